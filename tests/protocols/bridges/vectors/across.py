"""Across: 2 ether from Ethereum to Base, deposited as the coin and paid as the coin; and USDC in the older forms."""

from tests.protocols.bridges.encoding import (
    ALICE,
    BASE_USDC,
    BASE_WETH,
    BOB,
    RELAYER,
    USDC,
    WETH,
    ZERO,
    Crossing,
    address,
    event,
    transfer,
    unwrap,
    wrap,
)

POOL, BASE_POOL = "0x5c7bcd6e7de5423a257d81b442095a1a6ced35c5", "0x09aea4b2242abc8bb4bb78d537a67a245a7bec64"
POOL_2, OPTIMISM_POOL_2 = "0x4d9079bb4165aeb4084c526a32695dcfd2f77381", "0xa420b2d1c0841415a695b81e5b867bcd07dff8c9"
OPTIMISM_USDC = "0x7f5c764cbc14f9669b88837ca1490cca17c31607"
IN, OUT = 2 * 10**18, 1_999 * 10**15
ACROSS = "https://github.com/across-protocol/contracts/blob/03365c1077666ff81f1665fec4b583d217c0bc8f/contracts/interfaces/V3SpokePoolInterface.sol"
SIGNED = "https://github.com/DefiLlama/bridges-server/blob/87c781b18c7b8667b7c8828c3612041446ebf233/src/adapters/across/index.ts"

CROSSINGS = [
    Crossing(
        "version 3, the coin",
        ACROSS,
        "eip155:1",
        [
            wrap(10, WETH, POOL, IN),
            event(
                11,
                POOL,
                "FundsDeposited(bytes32,bytes32,uint256,uint256,*uint256,*uint256,uint32,uint32,uint32,*bytes32,"
                "bytes32,bytes32,bytes)",
                *(address(WETH), address(BASE_WETH), IN, OUT, 8453, 2_500_000, 1, 2, 3, address(ALICE)),
                *(address(BOB), bytes(32), b""),
            ),
        ],
        "eip155:8453",
        [
            transfer(20, BASE_WETH, RELAYER, BASE_POOL, OUT),
            unwrap(21, BASE_WETH, BASE_POOL, OUT),
            event(
                22,
                BASE_POOL,
                "FilledRelay(bytes32,bytes32,uint256,uint256,uint256,*uint256,*uint256,uint32,uint32,bytes32,*bytes32,"
                "bytes32,bytes32,bytes32,(bytes32,bytes32,uint256,uint8))",
                *(address(WETH), address(BASE_WETH), IN, OUT, 1, 1, 2_500_000, 2, 3, bytes(32), address(RELAYER)),
                *(address(ALICE), address(BOB), bytes(32), (address(BOB), bytes(32), OUT, 0)),
            ),
        ],
        {
            "bridge": "Across", "id": "across:1/2500000", "asset": "eip155:1/slip44:60", "amount": IN, "sender": ALICE,
            "to_chain": "eip155:8453", "recipient": BOB, "asset_out": f"eip155:8453/erc20:{BASE_WETH}",
            "amount_out": OUT,
        },
        {
            "bridge": "Across", "asset": "eip155:8453/slip44:60", "amount": OUT, "recipient": BOB,
            "from_chain": "eip155:1",
        },
    ),
    Crossing(
        "version 3 with addresses",
        ACROSS,
        "eip155:1",
        [
            transfer(10, USDC, ALICE, POOL, 900),
            event(
                11,
                POOL,
                "V3FundsDeposited(address,address,uint256,uint256,*uint256,*uint32,uint32,uint32,uint32,*address,"
                "address,address,bytes)",
                *(USDC, ZERO, 900, 890, 8453, 77, 1, 2, 3, ALICE, BOB, ZERO, b"call"),
            ),
        ],
        "eip155:8453",
        [
            transfer(20, BASE_USDC, RELAYER, BOB, 880),
            event(
                22,
                BASE_POOL,
                "FilledV3Relay(address,address,uint256,uint256,uint256,*uint256,*uint32,uint32,uint32,address,*address,"
                "address,address,bytes,(address,bytes,uint256,uint8))",
                *(USDC, BASE_USDC, 900, 890, 1, 1, 77, 2, 3, ZERO, RELAYER, ALICE, BOB, b"call"),
                (BOB, b"other call", 880, 0),
            ),
        ],
        {
            "bridge": "Across", "id": "across:1/77", "asset": f"eip155:1/erc20:{USDC}", "amount": 900, "asset_out": "",
            "amount_out": 890, "sender": ALICE,
        },
        {"asset": f"eip155:8453/erc20:{BASE_USDC}", "amount": 880, "recipient": BOB},
    ),
    Crossing(
        "version 2",
        "https://github.com/DefiLlama/bridges-server/blob/018e6ec79b929e948ee5dc6748c87cc0369375db/src/adapters/across/index.ts",
        "eip155:1",
        [
            transfer(10, USDC, ALICE, POOL_2, 900),
            event(
                11,
                POOL_2,
                "FundsDeposited(uint256,uint256,uint256,uint64,*uint32,uint32,*address,address,*address)",
                *(900, 1, 10, 10**15, 7, 1, USDC, BOB, ALICE),
            ),
        ],
        "eip155:10",
        [
            transfer(20, OPTIMISM_USDC, RELAYER, BOB, 899),
            event(
                22,
                OPTIMISM_POOL_2,
                "FilledRelay(uint256,uint256,uint256,uint256,uint256,uint256,uint64,uint64,uint64,uint32,address,"
                "*address,*address,address,bool)",
                *(900, 900, 900, 10, 1, 10, 10**15, 10**15, 10**14, 7, OPTIMISM_USDC, RELAYER, ALICE, BOB, False),
            ),
        ],
        {"bridge": "Across", "id": "across:1/7", "amount": 900, "to_chain": "eip155:10", "amount_out": None},
        {"asset": f"eip155:10/erc20:{OPTIMISM_USDC}", "amount": 899, "recipient": BOB, "from_chain": "eip155:1"},
    ),
    Crossing(
        "between versions 2 and 3, with a reward",
        SIGNED,
        "eip155:1",
        [
            transfer(10, USDC, ALICE, POOL, 1_000_000),
            event(
                11,
                POOL,
                "FundsDeposited(uint256,uint256,*uint256,int64,*uint32,uint32,address,address,*address,bytes)",
                *(1_000_000, 1, 8453, -(10**15), 8, 1, USDC, BOB, ALICE, b""),
            ),
        ],
        "eip155:8453",
        [
            transfer(20, BASE_USDC, RELAYER, BOB, 1_000_900),
            event(
                22,
                BASE_POOL,
                "FilledRelay(uint256,uint256,uint256,uint256,*uint256,uint256,int64,int64,*uint32,address,address,"
                "*address,address,bytes,(address,bytes,int64,bool,int256))",
                *(1_000_000, 1_000_000, 1_000_000, 1, 1, 8453, -(10**15), 10**14, 8, BASE_USDC, RELAYER, ALICE, BOB),
                *(b"", (BOB, b"", -(10**15), False, 0)),
            ),
        ],
        {"bridge": "Across", "id": "across:1/8", "amount": 1_000_000, "sender": ALICE, "to_chain": "eip155:8453"},
        {"asset": f"eip155:8453/erc20:{BASE_USDC}", "amount": 1_000_900, "recipient": BOB, "from_chain": "eip155:1"},
    ),
]  # fmt: skip
