"""Chainflip: ether on Ethereum for bitcoin, USDC on Arbitrum for ether."""

from tests.protocols.bridges.encoding import ALICE, BOB, Crossing, event, transfer

VAULT, ARBITRUM_VAULT = "0xf5e10380213880111522dd0efd3dbb45b9f62bcc", "0x79001a5e762f3befc8e5871b42f6734e00498920"
ARBITRUM_USDC = "0xaf88d065e77c8cc2239327c5edb3a432268e5831"
GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
SOURCE = "https://github.com/chainflip-io/chainflip-eth-contracts/blob/master/contracts/interfaces/IVault.sol"

CROSSINGS = [
    Crossing(
        "the coin for bitcoin",
        SOURCE,
        "eip155:1",
        [
            event(
                1, VAULT, "SwapNative(uint32,bytes,uint32,uint256,*address,bytes)",
                *(3, GENESIS.encode(), 5, 10**18, ALICE, b"\x01"),
            )
        ],
        "bip122:000000000019d6689c085ae165831e93",
        [],
        {
            "bridge": "Chainflip", "id": "", "asset": "eip155:1/slip44:60", "amount": 10**18, "sender": ALICE,
            "to_chain": "bip122:000000000019d6689c085ae165831e93", "recipient": GENESIS,
        },
        {},
        moves=(),
    ),
    Crossing(
        "a token for the coin",
        SOURCE,
        "eip155:42161",
        [
            transfer(1, ARBITRUM_USDC, ALICE, ARBITRUM_VAULT, 44),
            event(
                2, ARBITRUM_VAULT, "SwapToken(uint32,bytes,uint32,address,uint256,*address,bytes)",
                *(1, bytes.fromhex(BOB[2:]), 1, ARBITRUM_USDC, 44, ALICE, b""),
            ),
        ],
        "eip155:1",
        [],
        {
            "id": "", "asset": f"eip155:42161/erc20:{ARBITRUM_USDC}", "amount": 44, "to_chain": "eip155:1",
            "recipient": BOB,
        },
        {},
    ),
]  # fmt: skip
