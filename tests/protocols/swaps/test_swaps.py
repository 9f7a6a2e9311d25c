"""What the events of exchanges say: vectors by hand from the protocols' sources, and whatever else may be written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.protocols.swaps.events import POOL, TX, log, v2_swap
from tests.solidity import topic, word

from clew.chains.logs import Log
from clew.protocols.swaps import RULES, decode_event
from clew.protocols.swaps.event import events
from clew.protocols.swaps.trade import NATIVE, Claim, Refusal, Request, Trade

ETHEREUM = "eip155:1"
COIN = "0x" + "ee" * 20
ALICE, BOB, DAI, USDC = "0x" + "a1" * 20, "0x" + "b2" * 20, "0x" + "da" * 20, "0x" + "dc" * 20
ORDER = "0d" * 32

PUBLISHED = [
    (
        "Swap(address,uint256,uint256,uint256,uint256,address)",
        "d78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822",
    ),
    (
        "Swap(address,address,int256,int256,uint160,uint128,int24)",
        "c42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67",
    ),
    (
        "TokenExchangeUnderlying(address,int128,uint256,int128,uint256)",
        "d013ca23e77a65003c2c659c5442c00c805371b7fc1ebd4c206c41d1536bd90b",
    ),
    (
        "Swap(address,address,address,uint256,uint256,uint256,uint256)",
        "0874b2d545cb271cdbda4e093020c452328b24af12382ed62c4d00f5c26709db",
    ),
    (
        "Swapped(address,address,address,address,uint256,uint256)",
        "d6d4f5681c246c9f42c203e287975af1601f8df8035a9251f79aab5c8f09e2f8",
    ),
    ("Exchange(address,uint256,address)", "ddac40937f35385a34f721af292e5a83fc5b840f722bff57c2fc71adba708c48"),
    (
        "TransformedERC20(address,address,address,uint256,uint256)",
        "0f6672f78a59ba8e5e5b5d38df3ebc67f3c792e2c9259b8d97d7f00dd78ba1b3",
    ),
    (
        "SwappedV3(bytes16,address,uint256,address,address,address,address,uint256,uint256,uint256)",
        "e00361d207b252a464323eb23d45d42583e391f2031acdd2e9fa36efddd43cb0",
    ),
    ("Fill(bytes32,address,address,uint256)", "78ad7ec0e9f89e74012afa58738b6b661c024cb0fd185ee2f616c0a28924bd66"),
    (
        "AddLiquidity(address,uint256[3],uint256[3],uint256,uint256)",
        "423f6495a08fc652425cf4ed0d1f9e37e571d9b9529b1c1c23cce780b2e7df0d",
    ),
    (
        "AddLiquidity(address,uint256[2],uint256[2],uint256,uint256)",
        "26f55a85081d24974e85c6c00045d0f0453991e95873f52bff0d21af4079a768",
    ),
]
"""Topics as public bindings and data services state them, by the events' types."""


@pytest.mark.parametrize(("signature", "published"), PUBLISHED)
def test_topics_are_those_that_others_publish(signature: str, published: str) -> None:
    assert events()[bytes.fromhex(published)].signature == signature


def test_every_event_has_a_source_and_a_rule() -> None:
    assert len(events()) > 50
    for event in events().values():
        assert "https://" in event.source, event
        assert event.rule in RULES or event.rule == "placement", event
        known = {field.name for field in event.fields}
        for name, field in event.names.items():
            assert field in known or field == NATIVE or field.startswith("0x"), (event, name)


# --- pools that know their tokens by number


def trade(found: object) -> Trade:
    assert isinstance(found, Trade), found
    return found


@pytest.mark.parametrize(
    ("amounts", "given", "got"),
    [((500, 0, 0, 40), (0, 500), (1, 40)), ((0, 40, 499, 0), (1, 40), (0, 499)), ((500, 3, 0, 43), (0, 500), (1, 40))],
)
def test_uniswap_v2(amounts: tuple[int, int, int, int], given: tuple[int, int], got: tuple[int, int]) -> None:
    found = trade(decode_event(v2_swap(POOL, amounts, to=BOB, index=7), ETHEREUM))
    assert ((found.coin_in, found.amount_in), (found.coin_out, found.amount_out)) == (given, got)
    assert (found.protocol, found.tx, found.log, found.contract) == ("Uniswap v2", TX, 7, POOL)
    assert (found.recipient, found.trader, found.pool, found.asset_in, found.asset_out) == (BOB, "", True, None, None)


def test_a_pool_that_only_gave_or_only_took_traded_nothing() -> None:
    for amounts in ((0, 0, 5, 0), (5, 5, 0, 0), (0, 0, 0, 0)):
        found = decode_event(v2_swap(POOL, amounts), ETHEREUM)
        assert isinstance(found, Refusal)
        assert found.reason == "one-sided"


V3 = "Swap(address,address,int256,int256,uint160,uint128,int24)"
PANCAKE = "Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)"


@pytest.mark.parametrize(("signature", "more"), [(V3, []), (PANCAKE, [11, 0])])
def test_uniswap_v3_and_pancakeswap_v3_give_the_pools_changes(signature: str, more: list[int | str]) -> None:
    data: list[int | str] = [-2_000_000, 10**18, 2**96, 10**20, -887_220, *more]
    found = trade(decode_event(log(topic(signature), [ALICE, BOB], data), ETHEREUM))
    assert ((found.coin_in, found.amount_in), (found.coin_out, found.amount_out)) == ((1, 10**18), (0, 2_000_000))
    assert (found.recipient, found.pool) == (BOB, True)


def test_uniswap_v4_gives_the_callers_changes() -> None:
    first = topic("Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)")
    found = trade(decode_event(log(first, [ORDER, ALICE], [-(10**18), 3_000, 2**96, 1, 5, 500]), ETHEREUM))
    assert ((found.coin_in, found.amount_in), (found.coin_out, found.amount_out)) == ((0, 10**18), (1, 3_000))


@pytest.mark.parametrize(
    ("signature", "more"),
    [
        ("TokenExchange(address,int128,uint256,int128,uint256)", []),
        ("TokenExchangeUnderlying(address,int128,uint256,int128,uint256)", []),
        ("TokenExchange(address,uint256,uint256,uint256,uint256)", []),
        ("TokenExchange(address,uint256,uint256,uint256,uint256,uint256,uint256)", [9, 10**18]),
    ],
)
def test_curve(signature: str, more: list[int | str]) -> None:
    found = trade(decode_event(log(topic(signature), [ALICE], [2, 700, 0, 699, *more]), ETHEREUM))
    assert (found.coin_in, found.amount_in, found.coin_out, found.amount_out) == (2, 700, 0, 699)
    assert (found.protocol, found.pool) == ("Curve", True)


# --- events that name the tokens


def test_balancer_counts_only_from_its_vaults() -> None:
    first = topic("Swap(bytes32,address,address,uint256,uint256)")
    vault = "0xba12222222228d8ba445958a75a0704d566bf2c8"
    found = trade(decode_event(log(first, [ORDER, DAI, USDC], [100, 99], contract=vault), ETHEREUM))
    assert (found.asset_in, found.amount_in, found.asset_out, found.amount_out) == (DAI, 100, USDC, 99)
    assert decode_event(log(first, [ORDER, DAI, USDC], [100, 99]), ETHEREUM) is None
    newer = topic("Swap(address,address,address,uint256,uint256,uint256,uint256)")
    third = log(newer, [POOL, DAI, USDC], [100, 99, 1, 1], contract="0xba1333333333a1ba1108e8412f11850a5c319ba9")
    assert trade(decode_event(third, ETHEREUM)).protocol == "Balancer v3"


NAMED = [
    ("0x1111111254fb6c44bac0bed2854e76f90643097d", "Swapped(address,address,address,address,uint256,uint256)", [],
     [ALICE, COIN, USDC, BOB, 70, 8], (ALICE, BOB, NATIVE, 70, USDC, 8, "")),
    ("0xdef1c0ded9bec7f1a1670819833240f027b25eff", "TransformedERC20(address,address,address,uint256,uint256)",
     [ALICE], [DAI, COIN, 70, 8], (ALICE, "", DAI, 70, NATIVE, 8, "")),
    ("0xdef1c0ded9bec7f1a1670819833240f027b25eff",
     "LimitOrderFilled(bytes32,address,address,address,address,address,uint128,uint128,uint128,uint256,bytes32)", [],
     [ORDER, BOB, ALICE, POOL, USDC, DAI, 70, 8, 0, 0, 0], (ALICE, "", DAI, 70, USDC, 8, ORDER)),
    ("0xdef1c0ded9bec7f1a1670819833240f027b25eff",
     "RfqOrderFilled(bytes32,address,address,address,address,uint128,uint128,bytes32)", [],
     [ORDER, BOB, ALICE, USDC, DAI, 70, 8, 0], (ALICE, "", DAI, 70, USDC, 8, ORDER)),
    ("0xdef171fe48cf0115b1d80b88dc8eab59176fee57",
     "SwappedV3(bytes16,address,uint256,address,address,address,address,uint256,uint256,uint256)",
     [BOB, DAI, USDC], [0, POOL, 0, ALICE, 70, 8, 9], (ALICE, BOB, DAI, 70, USDC, 8, "")),
    ("0xdef171fe48cf0115b1d80b88dc8eab59176fee57",
     "Bought2(bytes16,address,uint256,address,address,address,address,uint256,uint256)",
     [BOB, DAI, COIN], [0, POOL, 0, ALICE, 70, 8], (ALICE, BOB, DAI, 70, NATIVE, 8, "")),
    ("0xe3cbd06d7dadb3f4e6557bab7edd924cd1489e8f", "Staked(address,uint256,uint256)", [ALICE], [70, 68],
     (ALICE, ALICE, NATIVE, 70, "0xd5f7838f5c461feff7fe49ea5ebaf7728bb0adfa", 68, "")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("contract", "signature", "indexed", "data", "expected"), NAMED, ids=lambda value: str(value)[:20]
)
def test_routers_and_order_books_name_everything(
    contract: str, signature: str, indexed: list[int | str], data: list[int | str], expected: tuple[object, ...]
) -> None:
    found = trade(decode_event(log(topic(signature), indexed, data, contract=contract), ETHEREUM))
    said = (found.trader, found.recipient, found.asset_in, found.amount_in, found.asset_out, found.amount_out, found.id)
    assert said == expected
    assert found.vouched
    assert not found.pool
    assert decode_event(log(topic(signature), indexed, data), ETHEREUM) is None, "another contract's"


def test_okx_is_read_but_not_vouched_for() -> None:
    first = topic("OrderRecord(address,address,address,uint256,uint256)")
    found = trade(decode_event(log(first, [], [COIN, USDC, ALICE, 70, 8]), ETHEREUM))
    assert (found.asset_in, found.asset_out, found.trader, found.vouched) == (NATIVE, USDC, ALICE, False)


SETTLEMENT = "0x9008d19f58aabd9ed0d60971565aa8510560ab41"
UID = bytes(range(56))


def test_cow_trades_bear_the_orders_uid() -> None:
    first = topic("Trade(address,address,address,uint256,uint256,uint256,bytes)")
    words: list[int | str] = [DAI, USDC, 70, 8, 1, 6 * 32, len(UID)]
    data = b"".join(map(word, words)) + UID.ljust(64, b"\0")
    found = trade(decode_event(log(first, [ALICE], data, contract=SETTLEMENT), ETHEREUM))
    assert (found.trader, found.asset_in, found.amount_in, found.asset_out, found.amount_out, found.id) == (
        ALICE, DAI, 70, USDC, 8, UID.hex(),
    )  # fmt: skip


def test_what_a_share_was_made_of_or_paid_in_is_not_told() -> None:
    shares = [
        log(topic("Mint(address,uint256,uint256)"), [ALICE], [5, 6]),
        log(topic("Burn(address,uint256,uint256,address)"), [ALICE, BOB], [5, 6]),
        log(topic("AddLiquidity(address,uint256[2],uint256[2],uint256,uint256)"), [ALICE], [5, 6, 0, 0, 11, 12]),
        log(topic("RemoveLiquidity(address,uint256[3],uint256)"), [ALICE], [1, 2, 3, 4]),
    ]
    vault = "0xba12222222228d8ba445958a75a0704d566bf2c8"
    arrays: list[int | str] = [96, 160, 224, 1, DAI, 1, -5, 1, 0]
    changed = topic("PoolBalanceChanged(bytes32,address,address[],int256[],uint256[])")
    shares.append(log(changed, [ORDER, ALICE], arrays, contract=vault))
    for share in shares:
        found = decode_event(share, ETHEREUM)
        assert isinstance(found, Refusal)
        assert found.reason == "lp-share"


def test_fills_that_name_no_amounts() -> None:
    for silent in (
        log(topic("OrderFilled(bytes32,uint256)"), [], [ORDER, 5]),
        log(topic("Fill(bytes32,address,address,uint256)"), [ORDER, ALICE, BOB], [1]),
        log(topic("Exchange(address,uint256,address)"), [], [POOL, 5, USDC]),
    ):
        found = decode_event(silent, ETHEREUM)
        assert isinstance(found, Refusal)
        assert found.reason == "amounts-not-told"


# --- requests that are paid later

QUEUE, MANAGER = "0x889edc2edab5f40e902b864ad4d7ade8e412f9b1", "0x38fdf7b489316e03ed8754ad339cb5c4483fdcf9"


def test_lido_and_meth_pay_requests_by_their_number() -> None:
    asked = topic("WithdrawalRequested(uint256,address,address,uint256,uint256)")
    paid = topic("WithdrawalClaimed(uint256,address,address,uint256)")
    place = (TX, 0, QUEUE)
    assert decode_event(log(asked, [41, ALICE, ALICE], [90, 80], contract=QUEUE), ETHEREUM) == Request(
        "Lido", *place, "41", ALICE, 90
    )
    assert decode_event(log(paid, [41, ALICE, BOB], [89], contract=QUEUE), ETHEREUM) == Claim(
        "Lido", *place, "41", BOB, NATIVE, 89
    )
    created = topic("UnstakeRequestCreated(uint256,address,uint256,uint256,uint256,uint256)")
    claimed = topic("UnstakeRequestClaimed(uint256,address,uint256,uint256,uint256,uint256)")
    request = decode_event(log(created, [3, ALICE], [50, 53, 99, 7], contract=MANAGER), ETHEREUM)
    claim = decode_event(log(claimed, [3, ALICE], [50, 53, 99, 7], contract=MANAGER), ETHEREUM)
    assert isinstance(request, Request)
    assert isinstance(claim, Claim)
    assert (request.id, request.amount_in, claim.id, claim.amount_out) == ("3", 50, "3", 53)
    assert decode_event(log(asked, [41, ALICE, ALICE], [90, 80]), ETHEREUM) is None, "not the queue's"


# --- whatever may be written

WORDS = st.one_of(
    st.integers(0, 300), st.integers(2**126, 2**128), st.integers(2**159, 2**256 - 1), st.integers(-300, 300)
).map(word)


@pytest.mark.parametrize("event", events().values(), ids=lambda event: event.signature[:40])
@given(topics=st.lists(WORDS, max_size=3), data=st.lists(WORDS, max_size=14).map(b"".join) | st.binary(max_size=300))
def test_no_event_breaks_the_reader_and_no_amount_is_made_up(event, topics, data) -> None:  # type: ignore[no-untyped-def]
    contract = next(iter(event.contracts.values()), [POOL])[0]
    chain = next((name for name in event.contracts if name != "*"), ETHEREUM)
    found = decode_event(Log(contract, (event.topic, *topics), data, 0, TX), chain)
    if isinstance(found, Trade):
        words = [int.from_bytes(data[at : at + 32]) for at in range(0, len(data), 32)]
        sums = {abs(a - b) % 2**256 for a in (*words, 0) for b in (*words, 0)} | {-a % 2**256 for a in words}
        assert {found.amount_in, found.amount_out} <= sums
        assert min(found.amount_in, found.amount_out) > 0


@given(st.lists(st.binary(max_size=40), max_size=5), st.binary(max_size=200))
def test_events_of_no_family_say_nothing(topics: list[bytes], data: bytes) -> None:
    assert decode_event(Log(POOL, tuple(topics), data, 0, TX), ETHEREUM) is None


def test_a_known_event_that_is_cut_is_malformed() -> None:
    whole = v2_swap(POOL, (500, 0, 0, 40))
    for cut in (Log(POOL, whole.topics, whole.data[:-1], 0, TX), Log(POOL, whole.topics[:2], whole.data, 0, TX)):
        found = decode_event(cut, ETHEREUM)
        assert isinstance(found, Refusal)
        assert found.reason == "malformed"
