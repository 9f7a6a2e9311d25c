"""Linea: a token by the token bridge's message, and ether, whose claim tells no amount."""

from tests.protocols.bridges.encoding import ALICE, BOB, RELAYER, USDC, ZERO, Crossing, event, transfer

SERVICE, L2_SERVICE = "0xd19d4b5d358258f05d7b411e21a1460d11b0876f", "0x508ca82df566dcd1b0de8296e70a96332cd644ec"
BRIDGE, L2_BRIDGE = "0x051f1d88f0af5763fb888ec4378b4d8b29ea3319", "0x353012dc4a9a6cf55c941badc267f82004a8ceb9"
L2_USDC = "0x176211869ca2b568f2a7d4ee941e073a821ee1ff"
SOURCE = "https://github.com/l2beat/l2beat/blob/113a559e4a5344533bbb1abea18a4581a4abc229/packages/backend/src/modules/interop/plugins/linea.ts"
SENT = "MessageSent(*address,*address,uint256,uint256,uint256,bytes,*bytes32)"
KEY = b"\x1e" * 32

CROSSINGS = [
    Crossing(
        "a token",
        SOURCE,
        "eip155:1",
        [
            transfer(1, USDC, ALICE, BRIDGE, 70),
            event(2, SERVICE, SENT, BRIDGE, L2_BRIDGE, 0, 0, 5, b"call", KEY),
            event(3, BRIDGE, "BridgingInitiatedV2(*address,*address,*address,uint256)", ALICE, BOB, USDC, 70),
        ],
        "eip155:59144",
        [
            transfer(4, L2_USDC, ZERO, BOB, 70),
            event(5, L2_BRIDGE, "BridgingFinalizedV2(*address,*address,uint256,*address)", USDC, L2_USDC, 70, BOB),
            event(6, L2_SERVICE, "MessageClaimed(*bytes32)", KEY),
        ],
        {
            "bridge": "Linea bridge", "id": f"linea:{KEY.hex()}", "asset": f"eip155:1/erc20:{USDC}", "amount": 70,
            "sender": ALICE, "to_chain": "eip155:59144", "recipient": BOB,
        },
        {"asset": f"eip155:59144/erc20:{L2_USDC}", "amount": 70, "recipient": BOB, "from_chain": "eip155:1"},
        log={"into": 5},
    ),
]  # fmt: skip
COIN = event(1, SERVICE, SENT, ALICE, RELAYER, 10**15, 10**18, 5, b"", KEY)
