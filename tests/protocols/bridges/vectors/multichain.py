"""Multichain: USDC from Ethereum to Fantom through the anyTokens that hold it."""

from tests.protocols.bridges.encoding import ALICE, BOB, TX, USDC, ZERO, Crossing, event, transfer

ROUTER, FANTOM_ROUTER = "0x6b7a87899490ece95443e979ca9485cbe7e71522", "0x1ccca1ce62c62f7be95d4a67722a8fdbed6eecb4"
ANY_USDC, FANTOM_ANY = "0x7ea2be2df7ba6e54b1a9c70676f668455e329d29", "0x95bf7e307bc1ab0ba38ae10fc27084bc36fcd605"
FANTOM_USDC = "0x04068da6c83afcfa0e13ba15a6696662335d5b75"
ROUTER_7, BSC_ROUTER_7 = "0x1633d66ca91ce4d81f63ea047b7b19beb92df7f3", "0x400b971099e0ebfda2c03a3063739cb5398734a6"
BSC_ANY, KEY = "0x" + "b5" * 20, b"\x07" * 32

CROSSINGS = [
    Crossing(
        "held in deposit",
        "https://github.com/DefiLlama/bridges-server/blob/147a0cf7ab380e86532d21a70b639247126de10b/src/adapters/multichain/index.ts",
        "eip155:1",
        [
            transfer(1, USDC, ALICE, ANY_USDC, 5_000),
            transfer(2, ANY_USDC, ZERO, ALICE, 5_000),
            transfer(3, ANY_USDC, ALICE, ZERO, 5_000),
            event(
                4, ROUTER, "LogAnySwapOut(*address,*address,*address,uint256,uint256,uint256)",
                *(ANY_USDC, ALICE, BOB, 5_000, 1, 250),
            ),
        ],
        "eip155:250",
        [
            transfer(1, FANTOM_ANY, ZERO, FANTOM_ROUTER, 4_990),
            transfer(2, FANTOM_ANY, FANTOM_ROUTER, ZERO, 4_990),
            transfer(3, FANTOM_USDC, FANTOM_ANY, BOB, 4_990),
            event(
                4, FANTOM_ROUTER, "LogAnySwapIn(*bytes32,*address,*address,uint256,uint256,uint256)",
                *(TX, FANTOM_ANY, BOB, 4_990, 1, 250),
            ),
        ],
        {
            "bridge": "Multichain", "id": f"multichain:{TX[2:]}", "asset": f"eip155:1/erc20:{USDC}", "amount": 5_000,
            "sender": ALICE, "to_chain": "eip155:250", "recipient": BOB,
        },
        {"asset": f"eip155:250/erc20:{FANTOM_USDC}", "amount": 4_990, "recipient": BOB, "from_chain": "eip155:1"},
    ),
    Crossing(
        "version 7, burnt and minted",
        "https://etherscan.io/address/0x1633d66ca91ce4d81f63ea047b7b19beb92df7f3#code",
        "eip155:1",
        [
            transfer(1, ANY_USDC, ALICE, ZERO, 5_000),
            event(
                2, ROUTER_7, "LogAnySwapOut(*bytes32,*address,*address,string,uint256,uint256)",
                *(KEY, ANY_USDC, ALICE, BOB.upper().replace("X", "x"), 5_000, 56),
            ),
        ],
        "eip155:56",
        [
            transfer(1, BSC_ANY, ZERO, BOB, 4_980),
            event(
                2, BSC_ROUTER_7, "LogAnySwapIn(string,*bytes32,*address,*address,uint256,uint256)",
                *(f"1:{TX}:7", KEY, BSC_ANY, BOB, 4_980, 1),
            ),
        ],
        {
            "bridge": "Multichain", "id": f"multichain:{KEY.hex()}", "asset": f"eip155:1/erc20:{ANY_USDC}",
            "amount": 5_000, "sender": ALICE, "to_chain": "eip155:56", "recipient": BOB,
        },
        {"asset": f"eip155:56/erc20:{BSC_ANY}", "amount": 4_980, "recipient": BOB, "from_chain": "eip155:1"},
    ),
]  # fmt: skip
TEXT = [
    transfer(1, ANY_USDC, ALICE, ZERO, 5_000),
    event(
        2, ROUTER, "LogAnySwapOut(*address,*address,string,uint256,uint256,uint256)",
        *(ANY_USDC, ALICE, "a.near", 5_000, 1, 1_001_313_161_554),
    ),
]  # fmt: skip
