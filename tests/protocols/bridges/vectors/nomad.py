"""Nomad: the robbed bridge's ordinary way, from Moonbeam (domain 1650811245) to Ethereum (6648936)."""

from tests.protocols.bridges.encoding import ALICE, BOB, USDC, ZERO, Crossing, address, event, number, transfer

ROUTER, BEAM_ROUTER = "0x88a69b4e698a4b090df6cf5bd7b2d47325ad30a3", "0xd3dfd3ede74e0dcebc1aa685e151332857efce2d"
BEAM_HOME, BEAM_USDC = "0x8f184d6aa1977fd2f9d9024317d0ea5cf5815b6f", "0x8f552a71efe5eefc207bf75485b356a0b3f01ec9"
BEAM, ETH = 1650811245, 6648936
SEND, RECEIVE = (
    "Send(*address,*address,*uint32,bytes32,uint256,bool)",
    "Receive(*uint64,*address,*address,address,uint256)",
)
DISPATCH = "Dispatch(*bytes32,*uint256,*uint64,bytes32,bytes)"


def message(nonce: int, recipient: str, amount: int) -> bytes:
    """Header, token, and what to do with it."""
    header = number(BEAM)[-4:] + address(BEAM_ROUTER) + number(nonce)[-4:] + number(ETH)[-4:] + address(ROUTER)
    return header + number(ETH)[-4:] + address(USDC) + b"\x03" + address(recipient) + number(amount) + bytes(32)


CROSSINGS = [
    Crossing(
        "to Ethereum",
        "https://github.com/XChainDataGen/XChainDataGen/blob/5ab92992f6bcc83b6fa7f15d7b69b653e6e819f1/extractor/nomad/constants.py",
        "eip155:1284",
        [
            transfer(1, BEAM_USDC, ALICE, ZERO, 1_000),
            event(2, BEAM_HOME, DISPATCH, b"\x0d" * 32, 5, (ETH << 32) + 17, bytes(32), message(17, BOB, 1_000)),
            event(3, BEAM_ROUTER, SEND, BEAM_USDC, ALICE, ETH, address(BOB), 1_000, False),
        ],
        "eip155:1",
        [
            transfer(4, USDC, ROUTER, BOB, 1_000),
            event(5, ROUTER, RECEIVE, (BEAM << 32) + 17, USDC, BOB, ZERO, 1_000),
        ],
        {
            "bridge": "Nomad", "id": f"nomad:{BEAM}/{ETH}/17", "asset": f"eip155:1284/erc20:{BEAM_USDC}",
            "amount": 1_000, "sender": ALICE, "to_chain": "eip155:1", "recipient": BOB,
        },
        {"asset": f"eip155:1/erc20:{USDC}", "amount": 1_000, "recipient": BOB, "from_chain": "eip155:1284"},
    )
]  # fmt: skip
