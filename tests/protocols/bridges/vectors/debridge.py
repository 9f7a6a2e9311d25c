"""deBridge: 1,000 USDC on Ethereum, less 0.4 of fee, for ether on Base; and the newer form of the fulfilment."""

from tests.protocols.bridges.encoding import (
    ALICE,
    BASE_USDC,
    BOB,
    RELAYER,
    USDC,
    WETH,
    ZERO,
    Crossing,
    event,
    transfer,
    wrap,
)

SOURCE, DESTINATION = "0xef4fb24ad0916217251f553c0596f8edc630eb66", "0xe7351fd770a37282b91d153ee690b63579d6dd7f"
PUBLIC = "https://github.com/DefiLlama/bridges-server/blob/22fec05a81915b7985b97355e198d426c26f9ae4/src/adapters/debridgedln/index.ts"
KINDS = "(uint64,bytes,uint256,bytes,uint256,uint256,bytes,uint256,bytes,bytes,bytes,bytes,bytes,bytes)"
KEY = b"\xdb" * 32
GATE, BASE_GATE = "0x43de2d77bf8027e25dbd179b491e8d64f38398aa", "0xc1656b63d9eeba6d114f6be19565177893e5bcbf"
GATES = "https://github.com/l2beat/l2beat/blob/025a324732f9b72d9f8814eadaad07c4426fa823/packages/backend/src/modules/interop/plugins/debridge.ts"
SENT = "Sent(bytes32,*bytes32,uint256,bytes,uint256,*uint256,uint32,(uint256,uint256,uint256,bool,bool),bytes,address)"
CLAIMED = "Claimed(bytes32,*bytes32,uint256,*address,uint256,*uint256,bytes,bool)"
FEES, DE_ETH = (10**18, 10**15, 10**15, True, True), "0x" + "de" * 20


def raw(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def order(take: str, amount: int) -> tuple[object, ...]:
    """An order of 999.6 USDC from Ethereum to Base."""
    give = (7, raw(ALICE), 1, raw(USDC), 999_600_000)
    return (*give, 8453, raw(take), amount, raw(BOB), raw(ALICE), raw(BOB), b"", b"", b"")


def crossing(name: str, take: str, amount: int, paid: list[object], form: str, *more: int) -> Crossing:
    asset = "eip155:8453/slip44:60" if take == ZERO else f"eip155:8453/erc20:{take}"
    return Crossing(
        name,
        PUBLIC,
        "eip155:1",
        [
            transfer(1, USDC, ALICE, SOURCE, 1_000_000_000),
            event(
                2, SOURCE, f"CreatedOrder({KINDS},bytes32,bytes,uint256,uint256,uint32,bytes)",
                *(order(take, amount), KEY, b"", 10**15, 400_000, 0, b""),
            ),
        ],
        "eip155:8453",
        [*paid, event(4, DESTINATION, form, order(take, amount), KEY, *more, RELAYER, RELAYER)],  # type: ignore[list-item]
        {
            "bridge": "deBridge", "id": f"debridge:{KEY.hex()}", "asset": f"eip155:1/erc20:{USDC}",
            "amount": 1_000_000_000, "sender": ALICE, "to_chain": "eip155:8453", "recipient": BOB, "asset_out": asset,
            "amount_out": amount,
        },
        {"asset": asset, "amount": more[0] if more else amount, "recipient": BOB, "from_chain": "eip155:1"},
        moves=("out", "into") if paid else ("out",),
    )  # fmt: skip


CROSSINGS = [
    crossing("for the coin", ZERO, 4 * 10**17, [], f"FulfilledOrder({KINDS},bytes32,address,address)"),
    crossing(
        "with the amount paid",
        BASE_USDC,
        990_000_000,
        [transfer(3, BASE_USDC, RELAYER, BOB, 989_000_000)],
        f"FulfilledOrder({KINDS},bytes32,uint256,address,address)",
        989_000_000,
    ),
    Crossing(
        "through the gate",
        GATES,
        "eip155:1",
        [
            wrap(1, WETH, GATE, 10**18),
            event(2, GATE, SENT, KEY, b"\x01" * 32, 998 * 10**15, raw(BOB), 7, 8453, 0, FEES, b"", ALICE),
        ],
        "eip155:8453",
        [
            transfer(1, DE_ETH, ZERO, BOB, 998 * 10**15),
            event(2, BASE_GATE, CLAIMED, KEY, b"\x01" * 32, 998 * 10**15, BOB, 7, 1, b"", False),
        ],
        {
            "bridge": "deBridge", "id": f"debridge:{KEY.hex()}", "asset": "eip155:1/slip44:60", "amount": 10**18,
            "sender": ALICE, "to_chain": "eip155:8453", "recipient": BOB, "amount_out": 998 * 10**15,
        },
        {
            "asset": f"eip155:8453/erc20:{DE_ETH}", "amount": 998 * 10**15, "recipient": BOB, "from_chain": "eip155:1",
        },
    ),
]  # fmt: skip
MESSAGE = event(2, GATE, SENT, KEY, b"\x01" * 32, 0, raw(BOB), 7, 8453, 0, (0, 10**15, 0, False, True), b"", ALICE)
