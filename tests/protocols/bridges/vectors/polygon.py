"""Polygon: USDC locked on Ethereum and minted by the state that Polygon commits."""

from tests.protocols.bridges.encoding import ALICE, BOB, USDC, ZERO, Crossing, encode, event, number, transfer
from tests.solidity import topic

SENDER, RECEIVER = "0x28e4f3a7f651294b9564800b2d01f35189a5bfbe", "0x0000000000000000000000000000000000001001"
MANAGER, PREDICATE = "0xa6fa4fb5f76172d178d61b04b0ecd319c5d1c0aa", "0x40ec5b33f54e0e8a33a975908c5ba1c14e5bbbdf"
CHILD = "0x2791bca1f2de4661ed88a30c99a7a9449aa84174"
EXITS = "https://github.com/DefiLlama/dimension-adapters/blob/96cdb79489d5378ce589e936147ab738b19ffbd0/helpers/bridges/config.ts"
CHILD_ETHER, ETHER_EXITS = "0x7ceb23fd6bc0add59e62ac25578270cff1b9f619", "0x8484ef722627bf18ca5ae6bcf031c23e6e922b30"
CHILD_COIN, PLASMA_EXITS = "0x" + "0" * 36 + "1010", "0x2a88696e0ffa76baa1338f2c74497cc013495922"
MATIC, POL = "0x7d1afa7b718fb893db30a3abc0cfc608aacfebb0", "0x455e53cbb86018ac2b8092fdcd39d8444affc3f6"
PLASMA = "0x401f6c983ea34274ec46f84d70b31c151321188b"
DEPOSIT = encode(
    ["bytes32", "bytes"], [topic("DEPOSIT"), encode(["address", "address", "bytes"], [BOB, USDC, number(80)])]
)

CROSSINGS = [
    Crossing(
        "a token in",
        "https://github.com/l2beat/l2beat/blob/480e3ce259bba61fd7e4b3dbe0c7e98c41c1072f/packages/backend/src/modules/interop/plugins/polygon/polygon.plugin.ts",
        "eip155:1",
        [
            transfer(1, USDC, ALICE, PREDICATE, 80),
            event(2, SENDER, "StateSynced(*uint256,*address,bytes)", 2_900_000, MANAGER, DEPOSIT),
        ],
        "eip155:137",
        [
            transfer(3, CHILD, ZERO, BOB, 80),
            event(4, RECEIVER, "StateCommitted(*uint256,bool)", 2_900_000, True),
        ],
        {
            "bridge": "Polygon bridge", "id": "polygon:2900000", "asset": f"eip155:1/erc20:{USDC}", "amount": 80,
            "sender": ALICE, "to_chain": "eip155:137", "recipient": BOB,
        },
        {"asset": f"eip155:137/erc20:{CHILD}", "amount": 80, "recipient": BOB, "from_chain": "eip155:1"},
        moves=("out",),
    ),
    Crossing(
        "ether out",
        EXITS,
        "eip155:137",
        [transfer(1, CHILD_ETHER, BOB, ZERO, 4 * 10**17)],
        "eip155:1",
        [event(2, ETHER_EXITS, "ExitedEther(*address,uint256)", BOB, 4 * 10**17)],
        {
            "asset": f"eip155:137/erc20:{CHILD_ETHER}", "amount": 4 * 10**17, "sender": BOB, "recipient": BOB,
            "to_chain": "eip155:1", "asset_out": "eip155:1/slip44:60",
        },
        {"asset": "eip155:1/slip44:60", "amount": 4 * 10**17, "recipient": BOB, "from_chain": "eip155:137"},
        moves=(),
        foreign="",
    ),
    Crossing(
        "POL out",
        EXITS,
        "eip155:137",
        [event(1, CHILD_COIN, "Withdraw(*address,*address,uint256,uint256,uint256)", MATIC, BOB, 900, 1_000, 100)],
        "eip155:1",
        [
            transfer(1, POL, PLASMA, BOB, 900),
            event(2, PLASMA_EXITS, "Withdraw(*uint256,*address,*address,uint256)", 2**80, BOB, MATIC, 900),
        ],
        {"asset": "eip155:137/slip44:966", "amount": 900, "sender": BOB, "recipient": BOB, "to_chain": "eip155:1"},
        {"asset": f"eip155:1/erc20:{POL}", "amount": 900, "recipient": BOB, "from_chain": "eip155:137"},
        moves=("into",),
        foreign="",
    ),
]  # fmt: skip
