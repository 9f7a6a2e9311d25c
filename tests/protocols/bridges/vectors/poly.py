"""Poly Network: USDC locked on Ethereum (2) and unlocked on BNB Chain (6)."""

from tests.protocols.bridges.encoding import ALICE, BOB, USDC, Crossing, event, transfer

MANAGER, PROXY = "0x14413419452aaf089762a0c5e95ed2a13bbc488c", "0x250e76987d838a75310c34bf422ea9f1ac4cc906"
BSC_MANAGER, BSC_PROXY = "0x1c9ca8abb5da65d94dad2e8fb3f45535480d5909", "0x2f7ac9436ba4b548f9582af91ca1ef02cd2f1f03"
BSC_USDC = "0x8ac76a51cc950d9822d68b83fe1ad97b32cd580d"
KEY = bytes(30) + b"\x12\x34"


def raw(text: str) -> bytes:
    return bytes.fromhex(text[2:])


CROSSINGS = [
    Crossing(
        "locked and unlocked",
        "https://github.com/XChainDataGen/XChainDataGen/blob/85caba5c77a5db517ff27f07ac93de03a40398fa/extractor/polynetwork/constants.py",
        "eip155:1",
        [
            transfer(1, USDC, ALICE, PROXY, 900),
            event(
                2, MANAGER, "CrossChainEvent(*address,bytes,address,uint64,bytes,bytes)",
                *(ALICE, KEY, PROXY, 6, raw(BSC_PROXY), b"raw"),
            ),
            event(
                3, PROXY, "LockEvent(address,address,uint64,bytes,bytes,uint256)",
                *(USDC, ALICE, 6, raw(BSC_USDC), raw(BOB), 900),
            ),
        ],
        "eip155:56",
        [
            transfer(1, BSC_USDC, BSC_PROXY, BOB, 900 * 10**12),
            event(2, BSC_PROXY, "UnlockEvent(address,address,uint256)", BSC_USDC, BOB, 900 * 10**12),
            event(
                3, BSC_MANAGER, "VerifyHeaderAndExecuteTxEvent(uint64,bytes,bytes,bytes)",
                *(2, raw(BSC_PROXY), b"\x99" * 32, KEY),
            ),
        ],
        {
            "bridge": "Poly Network", "id": f"poly:2/{KEY.hex()}", "asset": f"eip155:1/erc20:{USDC}", "amount": 900,
            "sender": ALICE, "to_chain": "eip155:56", "recipient": BOB, "asset_out": f"eip155:56/erc20:{BSC_USDC}",
        },
        {
            "asset": f"eip155:56/erc20:{BSC_USDC}", "amount": 900 * 10**12, "recipient": BOB,
            "from_chain": "eip155:1",
        },
        log={"into": 2},
    )
]  # fmt: skip
