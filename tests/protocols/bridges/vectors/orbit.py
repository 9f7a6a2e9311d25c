"""Orbit: a token of Ethereum's vault to Polygon's minter, a burnt token back, and ether out of the vault."""

from tests.protocols.bridges.encoding import ALICE, BOB, TX, USDC, ZERO, Crossing, address, event, transfer

VAULT, MINTER = "0x1bf68a9d1eaee7826b3593c20a0ca93293cb489a", "0x6bd8e3beec87176ba9c705c9507aa5e6f0e6706f"
BSC_VAULT = "0x89c527764f03bcb7dc469707b23b79c1d7beb780"
ORBIT_USDC = "0x5bef2617ecca9a39924c09017c5f1e25efbb3ba8"
SOURCE = "https://github.com/DefiLlama/bridges-server/blob/1d1ff2d09f1219d9ff763b38731904965eb645a4/src/adapters/orbitbridge/index.ts"
DEPOSIT = "Deposit(string,address,bytes,address,uint8,uint256,uint256,bytes)"
WITHDRAW = "Withdraw(string,bytes,bytes,bytes,bytes32[],uint256[],bytes)"
REQUEST = "SwapRequest(string,address,bytes,bytes,address,uint8,uint256,uint256,bytes)"
SWAP = "Swap(string,bytes,bytes,address,bytes32[],uint256[],bytes)"
A, B = bytes.fromhex(ALICE[2:]), bytes.fromhex(BOB[2:])
GOV = b"\x60" * 32

CROSSINGS = [
    Crossing(
        "a vault's token",
        SOURCE,
        "eip155:1",
        [
            transfer(1, USDC, ALICE, VAULT, 7_000_000),
            event(2, VAULT, DEPOSIT, "MATIC", ALICE, B, USDC, 6, 7_000_000, 17_999, b""),
        ],
        "eip155:137",
        [
            transfer(1, ORBIT_USDC, ZERO, BOB, 7_000_000),
            event(2, MINTER, SWAP, "ETH", A, B, ORBIT_USDC, [GOV, TX], [7_000_000, 6, 17_999], b""),
        ],
        {
            "bridge": "Orbit Bridge", "id": f"orbit:{TX[2:]}/17999", "asset": f"eip155:1/erc20:{USDC}",
            "amount": 7_000_000, "sender": ALICE, "to_chain": "eip155:137", "recipient": BOB,
        },
        {
            "asset": f"eip155:137/erc20:{ORBIT_USDC}", "amount": 7_000_000, "recipient": BOB,
            "from_chain": "eip155:1",
        },
    ),
    Crossing(
        "back into the vault's token",
        SOURCE,
        "eip155:137",
        [
            transfer(1, ORBIT_USDC, ALICE, ZERO, 5_000_000),
            event(2, MINTER, REQUEST, "ETH", ALICE, B, address(USDC)[12:], ORBIT_USDC, 6, 5_000_000, 44, b""),
        ],
        "eip155:1",
        [
            transfer(1, USDC, VAULT, BOB, 5_000_000),
            event(2, VAULT, WITHDRAW, "MATIC", A, B, address(USDC)[12:], [GOV, TX], [5_000_000, 6, 44], b""),
        ],
        {"asset": f"eip155:137/erc20:{ORBIT_USDC}", "amount": 5_000_000, "to_chain": "eip155:1", "recipient": BOB},
        {"asset": f"eip155:1/erc20:{USDC}", "amount": 5_000_000, "recipient": BOB, "from_chain": "eip155:137"},
    ),
    Crossing(
        "coins",
        SOURCE,
        "eip155:56",
        [event(2, BSC_VAULT, DEPOSIT, "ETH", ALICE, B, ZERO, 18, 10**18, 3, b"")],
        "eip155:1",
        [event(2, VAULT, WITHDRAW, "BSC", A, B, bytes(20), [GOV, TX], [10**18, 18, 3], b"")],
        {"asset": "eip155:56/slip44:714", "amount": 10**18, "to_chain": "eip155:1", "recipient": BOB},
        {"asset": "eip155:1/slip44:60", "amount": 10**18, "recipient": BOB, "from_chain": "eip155:56"},
        moves=(),
    ),
]  # fmt: skip
TAXED = [
    transfer(1, USDC, ALICE, VAULT, 1_000),
    event(2, VAULT, DEPOSIT, "ORBIT", ALICE, A, USDC, 6, 10, 18_000, b""),
    event(3, VAULT, DEPOSIT, "KLAYTN", ALICE, B, USDC, 6, 990, 18_001, b""),
]
