"""Hop: USDC from Polygon to Ethereum, bonded there; DAI from Ethereum to Arbitrum."""

from tests.protocols.bridges.encoding import ALICE, BOB, RELAYER, USDC, ZERO, Crossing, event, transfer

POLYGON_USDC, POLYGON_HUSDC = "0x2791bca1f2de4661ed88a30c99a7a9449aa84174", "0x9ec9551d4a1a1593b0ee8124d98590cc71b3b09d"
POLYGON_BRIDGE, POLYGON_WRAPPER = (
    "0x25d8039bb044dc227f741a9e381ca4ceae2e6ae8",
    "0x76b22b8c1079a44f1211d867d68b1eda76a635a7",
)
BRIDGE, DAI_BRIDGE = "0x3666f603cc164936c1b87e207f36beba4ac5f18a", "0x3d4cc8a61c7528fd86c55cfe061a78dcba48edd1"
DAI, ARBITRUM_DAI = "0x6b175474e89094c44da98b954eedeac495271d0f", "0xda10009cbd5d07dd0cecc66161fc93d7c9000da1"
ARBITRUM_BRIDGE, POOL = "0x7ac115536fe3a185100b2c4de4cb328bf3a58ba6", "0xa5a33ab9063395a90ccbea2d86a62eccf27b5742"
KEY = b"\x70" * 32
SOURCE = "https://github.com/DefiLlama/bridges-server/blob/master/src/adapters/hop/index.ts"

CROSSINGS = [
    Crossing(
        "from a roll-up",
        SOURCE,
        "eip155:137",
        [
            transfer(1, POLYGON_USDC, ALICE, POLYGON_WRAPPER, 1_000),
            transfer(2, POLYGON_HUSDC, POLYGON_WRAPPER, ZERO, 999),
            event(
                3,
                POLYGON_BRIDGE,
                "TransferSent(*bytes32,*uint256,*address,uint256,bytes32,uint256,uint256,uint256,uint256)",
                *(KEY, 1, BOB, 999, b"\x01" * 32, 9, 4, 0, 0),
            ),
        ],
        "eip155:1",
        [
            event(4, BRIDGE, "WithdrawalBonded(*bytes32,uint256)", KEY, 999),
            transfer(5, USDC, BRIDGE, BOB, 990),
            transfer(6, USDC, BRIDGE, RELAYER, 9),
        ],
        {
            "bridge": "Hop", "id": f"hop:{KEY.hex()}", "asset": f"eip155:137/erc20:{POLYGON_USDC}", "amount": 1_000,
            "sender": ALICE, "to_chain": "eip155:1", "recipient": BOB, "amount_out": 990,
        },
        {"asset": f"eip155:1/erc20:{USDC}", "amount": 999, "recipient": "", "before_fee": True},
        moves=("out",),
        log={"into": 4},
    ),
    Crossing(
        "from Ethereum",
        SOURCE,
        "eip155:1",
        [
            transfer(1, DAI, ALICE, DAI_BRIDGE, 500),
            event(
                2,
                DAI_BRIDGE,
                "TransferSentToL2(*uint256,*address,uint256,uint256,uint256,*address,uint256)",
                *(42161, BOB, 500, 490, 1_700_000_000, RELAYER, 1),
            ),
        ],
        "eip155:42161",
        [
            transfer(3, ARBITRUM_DAI, POOL, BOB, 495),
            event(
                4,
                ARBITRUM_BRIDGE,
                "TransferFromL1Completed(*address,uint256,uint256,uint256,*address,uint256)",
                *(BOB, 500, 490, 1_700_000_000, RELAYER, 1),
            ),
        ],
        {
            "asset": f"eip155:1/erc20:{DAI}", "amount": 500, "sender": ALICE, "to_chain": "eip155:42161",
            "recipient": BOB, "least_out": 490,
        },
        {"asset": f"eip155:42161/erc20:{ARBITRUM_DAI}", "amount": 495, "recipient": BOB, "from_chain": "eip155:1"},
    ),
]  # fmt: skip
