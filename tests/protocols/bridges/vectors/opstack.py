"""The OP Stack: ether from Ethereum to Base, USDC of the bridge from Optimism to Ethereum."""

from Crypto.Hash import keccak
from tests.protocols.bridges.encoding import ALICE, BOB, USDC, ZERO, Crossing, encode, event, transfer
from tests.solidity import topic

BRIDGE, MESSENGER = "0x3154cf16ccdb4c6d922629664174b904d80f2c35", "0x866e82a600a1414e583f7f13623f1ac5d58b0afa"
OP_BRIDGE, OP_MESSENGER = "0x99c9fc46f92e8a1c0dec1b1747d010903e884be1", "0x25ace71c97b33cc4729cf772ae268934f7ab5fa1"
L2_BRIDGE, L2_MESSENGER = "0x4200000000000000000000000000000000000010", "0x4200000000000000000000000000000000000007"
OP_USDC = "0x7f5c764cbc14f9669b88837ca1490cca17c31607"
SOURCE = "https://github.com/l2beat/l2beat/blob/082c7b65387be5907f375ba45cc546a6701bc06d/packages/backend/src/modules/interop/plugins/opstack/opstack.ts"
NONCE = (1 << 240) + 5
TOKEN_OUT, TOKEN_IN = (
    f"ERC20Bridge{end}(*address,*address,*address,address,uint256,bytes)" for end in ("Initiated", "Finalized")
)
SENT, VALUE, RELAYED = (
    "SentMessage(*address,address,bytes,uint256,uint256)",
    "SentMessageExtension1(*address,uint256)",
    "RelayedMessage(*bytes32)",
)


def message_hash(sender: str, target: str, value: int, body: bytes) -> bytes:
    """As the messengers take it: of the call that relays the message."""
    call = "relayMessage(uint256,address,address,uint256,uint256,bytes)"
    kinds = call.partition("(")[2][:-1].split(",")
    data = topic(call)[:4] + encode(kinds, [NONCE, sender, target, value, 200_000, body])
    return keccak.new(data=data, digest_bits=256).digest()


DEPOSIT = message_hash(BRIDGE, L2_BRIDGE, 10**18, b"finalize")
WITHDRAWAL = message_hash(L2_BRIDGE, OP_BRIDGE, 0, b"finalize token")

CROSSINGS = [
    Crossing(
        "the coin",
        SOURCE,
        "eip155:1",
        [
            event(1, BRIDGE, "ETHBridgeInitiated(*address,*address,uint256,bytes)", ALICE, BOB, 10**18, b""),
            event(2, MESSENGER, SENT, L2_BRIDGE, BRIDGE, b"finalize", NONCE, 200_000),
            event(3, MESSENGER, VALUE, BRIDGE, 10**18),
        ],
        "eip155:8453",
        [
            event(4, L2_BRIDGE, "ETHBridgeFinalized(*address,*address,uint256,bytes)", ALICE, BOB, 10**18, b""),
            event(5, L2_MESSENGER, RELAYED, DEPOSIT),
        ],
        {
            "bridge": "Base bridge", "id": f"opstack:{DEPOSIT.hex()}", "asset": "eip155:1/slip44:60",
            "amount": 10**18, "sender": ALICE, "to_chain": "eip155:8453", "recipient": BOB,
        },
        {"asset": "eip155:8453/slip44:60", "amount": 10**18, "recipient": BOB, "from_chain": "eip155:1"},
        moves=(),
        log={"out": 1, "into": 4},
    ),
    Crossing(
        "a token",
        SOURCE,
        "eip155:10",
        [
            transfer(1, OP_USDC, ALICE, ZERO, 50),
            event(2, L2_BRIDGE, TOKEN_OUT, OP_USDC, USDC, ALICE, BOB, 50, b""),
            event(3, L2_MESSENGER, SENT, OP_BRIDGE, L2_BRIDGE, b"finalize token", NONCE, 200_000),
            event(4, L2_MESSENGER, VALUE, L2_BRIDGE, 0),
        ],
        "eip155:1",
        [
            transfer(5, USDC, OP_BRIDGE, BOB, 50),
            event(6, OP_BRIDGE, TOKEN_IN, USDC, OP_USDC, ALICE, BOB, 50, b""),
            event(7, OP_MESSENGER, RELAYED, WITHDRAWAL),
        ],
        {"bridge": "Optimism bridge", "asset": f"eip155:10/erc20:{OP_USDC}", "asset_out": f"eip155:1/erc20:{USDC}"},
        {"asset": f"eip155:1/erc20:{USDC}", "amount": 50, "recipient": BOB, "from_chain": "eip155:10"},
        log={"out": 2, "into": 6},
    ),
]  # fmt: skip
