"""Celer cBridge: a pool's transfer of ether as the coin, and a pegged token that is locked and minted."""

from tests.protocols.bridges.encoding import ALICE, BOB, USDC, WETH, ZERO, Crossing, event, transfer, unwrap, wrap

POOL, ARBITRUM_POOL = "0x5427fefa711eff984124bfbb1ab6fbf5e3da1820", "0x1619de6b6b20ed217a58d00f37b9d47c7663feca"
VAULT, PEGGED = "0x7510792a3b1969f9307f3845ce88e39578f2bae1", "0x26c76f7fef00e02a5dd4b5cc8a0f717eb61e1e4b"
ARBITRUM_WETH, MINTED = "0x82af49447d8a07e3bd95bd0d56f35241523fbab1", "0x" + "3e" * 20
KEY, OTHER = b"\x1c" * 32, b"\x2c" * 32
SOURCE = "https://github.com/DefiLlama/bridges-server/blob/0e20e138713051664fce1f79f4fbcec8ea4fd969/src/adapters/celer/index.ts"
RELAY = "Relay(bytes32,address,address,address,uint256,uint64,bytes32)"
SEND = "Send(bytes32,address,address,address,uint256,uint64,uint64,uint32)"

CROSSINGS = [
    Crossing(
        "pools, the coin",
        SOURCE,
        "eip155:1",
        [wrap(1, WETH, POOL, 10**18), event(2, POOL, SEND, KEY, ALICE, BOB, WETH, 10**18, 42161, 7, 5000)],
        "eip155:42161",
        [
            unwrap(3, ARBITRUM_WETH, ARBITRUM_POOL, 998 * 10**15),
            event(4, ARBITRUM_POOL, RELAY, OTHER, ALICE, BOB, ARBITRUM_WETH, 998 * 10**15, 1, KEY),
        ],
        {
            "bridge": "Celer cBridge", "id": f"celer:{KEY.hex()}", "asset": "eip155:1/slip44:60", "amount": 10**18,
            "sender": ALICE, "to_chain": "eip155:42161", "recipient": BOB,
        },
        {
            "asset": "eip155:42161/slip44:60", "amount": 998 * 10**15, "recipient": BOB, "from_chain": "eip155:1",
            "refunds": False,
        },
    ),
    Crossing(
        "pegged",
        SOURCE,
        "eip155:1",
        [
            transfer(1, USDC, ALICE, VAULT, 500),
            event(
                2, VAULT, "Deposited(bytes32,address,address,uint256,uint64,address,uint64)",
                *(KEY, ALICE, USDC, 500, 56, BOB, 1),
            ),
        ],
        "eip155:56",
        [
            transfer(3, MINTED, ZERO, BOB, 500),
            event(
                4, PEGGED, "Mint(bytes32,address,address,uint256,uint64,bytes32,address)",
                *(OTHER, MINTED, BOB, 500, 1, KEY, ALICE),
            ),
        ],
        {"asset": f"eip155:1/erc20:{USDC}", "amount": 500, "to_chain": "eip155:56", "recipient": BOB},
        {"asset": f"eip155:56/erc20:{MINTED}", "amount": 500, "recipient": BOB, "from_chain": "eip155:1"},
    ),
    Crossing(
        "given back",
        SOURCE,
        "eip155:1",
        [transfer(1, USDC, ALICE, POOL, 500), event(2, POOL, SEND, KEY, ALICE, BOB, USDC, 500, 56, 7, 5000)],
        "eip155:1",
        [
            transfer(3, USDC, POOL, ALICE, 500),
            event(
                4, POOL, "WithdrawDone(bytes32,uint64,address,address,uint256,bytes32)", OTHER, 3, ALICE, USDC, 500, KEY
            ),
        ],
        {"amount": 500, "to_chain": "eip155:56"},
        {"amount": 500, "recipient": ALICE, "from_chain": "eip155:1", "refunds": True},
    ),
]  # fmt: skip
