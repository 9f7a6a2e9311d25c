"""Polygon: USDC locked on Ethereum and minted by the state that Polygon commits."""

from tests.protocols.bridges.encoding import ALICE, BOB, USDC, ZERO, Crossing, encode, event, number, topic, transfer

SENDER, RECEIVER = "0x28e4f3a7f651294b9564800b2d01f35189a5bfbe", "0x0000000000000000000000000000000000001001"
MANAGER, PREDICATE = "0xa6fa4fb5f76172d178d61b04b0ecd319c5d1c0aa", "0x40ec5b33f54e0e8a33a975908c5ba1c14e5bbbdf"
CHILD = "0x2791bca1f2de4661ed88a30c99a7a9449aa84174"
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
    )
]  # fmt: skip
