"""Arbitrum: a token in and out through the standard gateway, ether out through the outbox and in through the inbox."""

from tests.protocols.bridges.encoding import ALICE, BOB, USDC, ZERO, Crossing, event, number, transfer

GATEWAY, L2_GATEWAY = "0xa3a7b6f88361f48403514059f1f16c8e78d60eec", "0x09e9222e96e7b4ae2a407b98d48e330053351eee"
ARBSYS, OUTBOX = "0x0000000000000000000000000000000000000064", "0x0b9857ae2d4a3dbe74ffe1d7df045bb7f96e4840"
BRIDGE, INBOX = "0x8315177ab297ba92a06054ce80a67ed4dbd7ed3a", "0x4dbd4fc535ac27206064b68ffcf827b0a60bab3f"
L2_USDC = "0xff970a61a04b1ca14834a43f5de4533ebddb5cc8"
SOURCE = "https://github.com/l2beat/l2beat/blob/025a324732f9b72d9f8814eadaad07c4426fa823/packages/backend/src/modules/interop/plugins/orbitstack/orbitstack.ts"
MESSAGE = "L2ToL1Tx(address,*address,*uint256,*uint256,uint256,uint256,uint256,uint256,bytes)"
EXECUTED = "OutBoxTransactionExecuted(*address,*address,*uint256,uint256)"
DELIVERED = "MessageDelivered(*uint256,*bytes32,address,uint8,address,bytes32,uint256,uint64)"

CROSSINGS = [
    Crossing(
        "a token in",
        SOURCE,
        "eip155:1",
        [
            transfer(1, USDC, ALICE, GATEWAY, 60),
            event(2, GATEWAY, "DepositInitiated(address,*address,*address,*uint256,uint256)", USDC, ALICE, BOB, 9, 60),
        ],
        "eip155:42161",
        [
            transfer(3, L2_USDC, ZERO, BOB, 60),
            event(4, L2_GATEWAY, "DepositFinalized(*address,*address,*address,uint256)", USDC, ALICE, BOB, 60),
        ],
        {
            "bridge": "Arbitrum bridge", "asset": f"eip155:1/erc20:{USDC}", "amount": 60, "sender": ALICE,
            "to_chain": "eip155:42161", "recipient": BOB,
        },
        {"asset": f"eip155:42161/erc20:{L2_USDC}", "amount": 60, "recipient": BOB, "from_chain": "eip155:1"},
    ),
    Crossing(
        "a token out",
        SOURCE,
        "eip155:42161",
        [
            transfer(1, L2_USDC, ALICE, ZERO, 60),
            event(2, ARBSYS, MESSAGE, L2_GATEWAY, GATEWAY, 1, 4242, 2, 3, 4, 0, b"call"),
            event(
                3, L2_GATEWAY, "WithdrawalInitiated(address,*address,*address,*uint256,uint256,uint256)",
                *(USDC, ALICE, BOB, 4242, 0, 60),
            ),
        ],
        "eip155:1",
        [
            event(4, OUTBOX, EXECUTED, GATEWAY, L2_GATEWAY, 0, 4242),
            transfer(5, USDC, GATEWAY, BOB, 60),
            event(
                6, GATEWAY, "WithdrawalFinalized(*address,*address,*address,uint256,uint256)", USDC, ALICE, BOB, 0, 60
            ),
            event(7, BRIDGE, "BridgeCallTriggered(*address,*address,uint256,bytes)", OUTBOX, GATEWAY, 0, b"call"),
        ],
        {"id": "arbitrum:out/4242", "asset": f"eip155:42161/erc20:{L2_USDC}", "asset_out": f"eip155:1/erc20:{USDC}"},
        {"asset": f"eip155:1/erc20:{USDC}", "amount": 60, "recipient": BOB, "from_chain": "eip155:42161"},
        log={"into": 6},
    ),
    Crossing(
        "the coin out",
        SOURCE,
        "eip155:42161",
        [event(1, ARBSYS, MESSAGE, ALICE, BOB, 1, 4243, 2, 3, 4, 10**18, b"")],
        "eip155:1",
        [
            event(2, OUTBOX, EXECUTED, BOB, ALICE, 0, 4243),
            event(3, BRIDGE, "BridgeCallTriggered(*address,*address,uint256,bytes)", OUTBOX, BOB, 10**18, b""),
        ],
        {
            "id": "arbitrum:out/4243", "asset": "eip155:42161/slip44:60", "amount": 10**18, "sender": ALICE,
            "to_chain": "eip155:1", "recipient": BOB,
        },
        {"asset": "eip155:1/slip44:60", "amount": 10**18, "recipient": BOB, "from_chain": "eip155:42161"},
        moves=(),
        log={"into": 2},
    ),
    Crossing(
        "the coin in",
        SOURCE,
        "eip155:1",
        [
            event(1, BRIDGE, DELIVERED, 77, bytes(32), INBOX, 12, ALICE, bytes(32), 1, 2),
            event(2, INBOX, "InboxMessageDelivered(*uint256,bytes)", 77, bytes.fromhex(BOB[2:]) + number(10**18)),
        ],
        "eip155:42161",
        [],
        {
            "id": "", "asset": "eip155:1/slip44:60", "amount": 10**18, "to_chain": "eip155:42161", "recipient": BOB,
            "amount_out": 10**18,
        },
        {},
        moves=(),
    ),
]  # fmt: skip
