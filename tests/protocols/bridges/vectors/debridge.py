"""deBridge: 1,000 USDC on Ethereum, less 0.4 of fee, for ether on Base; and the newer form of the fulfilment."""

from tests.protocols.bridges.encoding import ALICE, BASE_USDC, BOB, RELAYER, USDC, ZERO, Crossing, event, transfer

SOURCE, DESTINATION = "0xef4fb24ad0916217251f553c0596f8edc630eb66", "0xe7351fd770a37282b91d153ee690b63579d6dd7f"
PUBLIC = "https://github.com/DefiLlama/bridges-server/blob/22fec05a81915b7985b97355e198d426c26f9ae4/src/adapters/debridgedln/index.ts"
KINDS = "(uint64,bytes,uint256,bytes,uint256,uint256,bytes,uint256,bytes,bytes,bytes,bytes,bytes,bytes)"
KEY = b"\xdb" * 32


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
]
