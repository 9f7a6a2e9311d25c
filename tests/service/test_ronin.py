"""The Ronin bridge theft of March 2022, traced from recorded replies of an explorer: the known answers of that theft.

The replies are lists of normal transactions: no internal transfer, no token transfer. So the theft itself is taken from
the case file's word, and the ether that two addresses of the thief got for his USDC is not shown either: only what they
sent on to him. Without those swaps asserted it counts as clean.
"""

import csv
import gzip
import json
from collections import defaultdict, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from clew.service.trace import TraceRequest, trace_case
from clew.tracing.policies import Policy

pytestmark = pytest.mark.data

THIEF = "0x098b716b8aaf21512996dc57eb0615e2383e2f96"
ROUTER = "0xd90e2f925da726b50c4ed8d0fb90ad053324f31b"
"""Tornado Cash's router."""
USDC = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
THEFT_ETH = "0xc28fad5e8d5e0ce6a2eaf67b6687be5d58113e16be590824d6cfa1a94467d0b7"
THEFT_USDC = "0xed2c72ef1a552ddaec6dd1f5cddf0b59a8f37f82bdda5257d9c7c37db7bb9b08"
STOLEN = {"eth": 173_600 * 10**18, "usdc": 25_500_000 * 10**6}
DEPOSITED = 175_100 * 10**18
"""1,751 deposits of 100 ETH each."""
DORMANT = "0x8b4959bc175d93d41d6ca278296ce714881c8b0f"
EULER_EXPLOITER = "0xb66cd966670d962c227b3eaba30a872dbfb995db"
"""Sent the thief 100 ETH and got 2 ETH of him, a year later."""
TRAP = "0xee009faf00cf54c1b4387829af7a8dc5f0c8c8c5"
"""The 54,000 ETH that the Euler exploiter sent here are another theft's."""
TRUNCATED = {
    "0x28ffe35688ffffd0659aee2e34778b0ae4e193ad",
    "0xcac725bef4f114f728cbcfd744a731c2a463c3fc",
    "0x73f8fc2e74302eb2efda125a326655acf0dc2d1b",
    "0xc098b2a3aa256d2140208c3de6543aaef5cd3a94",
}
"""Exchange hot wallets whose replies end at 10,000 rows, long before the theft."""
KEEPING = [policy for policy in Policy if policy.keeps_value]

Json = dict[str, Any]
Traced = tuple[Json, Path]
SharedData = Callable[[str], Path]


# --- the recorded replies, read with nothing of Clew


class Sent(NamedTuple):
    """One normal transaction."""

    block: int
    place: int
    tx: str
    sender: str
    receiver: str
    value: int
    fee: int
    failed: bool
    input: str

    @property
    def moved(self) -> int:
        """Wei that reached the receiver."""
        return 0 if self.failed else self.value


Replies = dict[str, list[Sent]]


@pytest.fixture(scope="module")
def replies(shared_data: SharedData) -> Replies:
    """Every address's list, oldest first."""
    with gzip.open(shared_data("ronin-2022/txlist-replies.jsonl.gz"), "rt") as lines:
        read = [json.loads(line) for line in lines]
    return {line["query"]["address"].lower(): [_sent(row) for row in line["response"]["result"]] for line in read}


def _sent(row: dict[str, str]) -> Sent:
    return Sent(
        int(row["blockNumber"]),
        int(row["transactionIndex"]),
        row["hash"],
        row["from"],
        row["to"],
        int(row["value"]),
        int(row["gasUsed"]) * int(row["gasPrice"]),
        row["isError"] == "1",
        row["input"].removeprefix("0x"),
    )


@pytest.fixture(scope="module")
def labelled(shared_data: SharedData) -> dict[str, set[str]]:
    """Addresses by their label in the label table."""
    found = defaultdict(set)
    with shared_data("ronin-2022/labels.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found[row["label"]].add(row["address"])
    return found


# --- the swaps, worked out from the replies


class Swap(NamedTuple):
    """USDC that left the thief in `paid`, and what it brought his swapping address in `tx`."""

    paid: str
    usdc: int
    swapper: str
    tx: str
    eth: int


def _word(call: Sent, at: int) -> int:
    """The 32-byte word of a call's data that starts at hex digit `at` behind the selector."""
    return int(call.input[8 + at : 8 + at + 64], 16)


def _terms(call: Sent) -> tuple[int, int] | None:
    """USDC given and least ETH wanted, from a swap's call data; None where the call is no swap, or failed.

    1inch v4 ``swap(caller, desc, data)``: words 7 and 8 are the description's amount and minReturnAmount. Uniswap v3
    ``multicall``: behind a selfPermit stands an exactInput whose words amountIn and amountOutMinimum begin at hex
    digits 1224 and 1288 of these calls.
    """
    if call.failed:
        return None
    if call.input.startswith("7c025200"):
        return _word(call, 7 * 64), _word(call, 8 * 64)
    if call.input.startswith("ac9650d8"):
        return _word(call, 1224), _word(call, 1288)
    return None


def _payments(replies: Replies, swapper: str) -> deque[tuple[str, int]]:
    """The thief's calls of ``transfer(address _to, uint256 _value)`` of USDC to a swapping address."""
    head = "a9059cbb" + swapper.removeprefix("0x").rjust(64, "0")
    return deque((c.tx, _word(c, 64)) for c in replies[THIEF] if c.receiver == USDC and c.input.startswith(head))


def _swaps_of(replies: Replies, swapper: str) -> list[Swap]:
    """The swaps of one address.

    What they brought in all is known: the address holds nothing before and nothing after, so it is what it sent on and
    paid in fees, less what it received (the one ETH the thief gave it). Each swap brought at least the least return
    its call asked for; what they brought beyond that is shared in proportion to the USDC, the last taking the rest.
    """
    own = [call for call in replies[swapper] if call.sender == swapper]
    received = sum(call.moved for call in replies[swapper] if call.receiver == swapper)
    calls = [(call.tx, *terms) for call in own if (terms := _terms(call))]
    given = sum(usdc for _, usdc, _ in calls)
    spare = sum(call.fee + call.moved for call in own) - received - sum(least for _, _, least in calls)
    assert spare > 0
    payments, found, shared = _payments(replies, swapper), [], 0
    for number, (tx, usdc, least) in enumerate(calls, 1):
        paid, left = payments.popleft()
        if left > usdc:  # one payment fed two swaps
            payments.appendleft((paid, left - usdc))
        extra = spare * usdc // given if number < len(calls) else spare - shared
        shared += extra
        found.append(Swap(paid, usdc, swapper, tx, least + extra))
    assert not payments
    return found


@pytest.fixture(scope="module")
def swaps(replies: Replies, labelled: dict[str, set[str]]) -> list[Swap]:
    """All swaps of both addresses."""
    return [swap for swapper in sorted(labelled["Used for swapping"]) for swap in _swaps_of(replies, swapper)]


def test_the_swaps_take_all_the_stolen_usdc(swaps: list[Swap], labelled: dict[str, set[str]]) -> None:
    assert sum(swap.usdc for swap in swaps) == STOLEN["usdc"]
    assert {swap.swapper for swap in swaps} == labelled["Used for swapping"]
    assert len(swaps) == 6


def _units(amount: int, decimals: int) -> str:
    """Exact decimal text."""
    whole, part = divmod(amount, 10**decimals)
    return f"{whole}.{part:0{decimals}}"


@pytest.fixture(scope="module")
def case_with_swaps(swaps: list[Swap], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same theft with the swaps asserted: USDC leaves the thief's account, ETH reaches the swapping address."""
    parts = ['id = "ronin-2022-swaps"']
    for name, tx, decimals in (("eth", THEFT_ETH, 18), ("usdc", THEFT_USDC, 6)):
        amount = _units(STOLEN[name], decimals)
        parts.append(
            f'[[theft]]\nid = "{name}"\nchain = "ethereum"\ntx = "{tx}"\nasset = "{name.upper()}"\n'
            f'amount = "{amount}"\nto = "{THIEF}"\n'
        )
    parts += [
        f'[[conversion]]\nchain = "ethereum"\nfrom = "{THIEF}"\nasset_in = "USDC"\n'
        f'amount_in = "{_units(swap.usdc, 6)}"\ntx = "{swap.paid}"\nto = "{swap.swapper}"\nasset_out = "ETH"\n'
        f'amount_out = "{_units(swap.eth, 18)}"\ntx_out = "{swap.tx}"\n'
        for swap in swaps
    ]
    path = tmp_path_factory.mktemp("ronin") / "case.toml"
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


# --- the traces


@pytest.fixture(scope="module")
def trace(shared_data: SharedData, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Traced]:
    """Traces a case from the recorded replies: the result, and the folder it was written to."""

    def run(case: str, *tags: Path, policy: str = "all") -> Traced:
        recorded, out = shared_data("ronin-2022/txlist-replies.jsonl.gz"), tmp_path_factory.mktemp("trace") / "out"
        request = TraceRequest(case, out, policy=policy, recorded=recorded, offline=True, tags=tags)
        return trace_case(request), out

    return run


@pytest.fixture(scope="module")
def plain(trace: Callable[..., Traced]) -> Traced:
    """The incident as it ships: no conversion asserted."""
    return trace("ronin-2022")


@pytest.fixture(scope="module")
def tagged(trace: Callable[..., Traced], shared_data: SharedData) -> Traced:
    """With the label table as tags."""
    return trace("ronin-2022", shared_data("ronin-2022/labels.csv"), policy="fifo")


@pytest.fixture(scope="module")
def swapped(trace: Callable[..., Traced], case_with_swaps: Path) -> Traced:
    """With the swaps asserted."""
    return trace(str(case_with_swaps))


def _standing(result: Json, **wanted: str) -> int:
    """Units of the dispositions that have these values."""
    rows = result["dispositions"]
    return sum(int(row["amount"]) for row in rows if all(row[key] == value for key, value in wanted.items()))


def _moved(out: Path, senders: set[str], receivers: set[str]) -> list[dict[str, str]]:
    """Traced transfers between two sets of addresses."""
    with (out / "transfers.csv").open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if row["sender"] in senders and row["receiver"] in receivers]


def _sum(rows: list[dict[str, str]], column: str) -> int:
    return sum(int(row[column]) for row in rows)


@pytest.mark.parametrize("name", ["plain", "swapped"])
@pytest.mark.parametrize("policy", KEEPING)
def test_every_stolen_unit_is_accounted_for(name: str, policy: Policy, request: pytest.FixtureRequest) -> None:
    result, _ = request.getfixturevalue(name)
    for theft, stolen in STOLEN.items():
        rows = [row for row in result["compared"][policy] if row["theft"] == theft]
        assert _sum(rows, "origin_amount") == stolen
    assert {row["difference"] for row in result["conservation"]} == {"0"}


def test_poison_is_not_summed(plain: Traced) -> None:
    assert {row["origin_amount"] for row in plain[0]["compared"][Policy.POISON]} == {None}


@pytest.mark.parametrize("policy", KEEPING)
def test_tornado_cash_is_by_far_the_largest_disposition(plain: Traced, policy: Policy) -> None:
    rows = [row for row in plain[0]["compared"][policy] if row["theft"] == "eth"]
    second, first = sorted(rows, key=lambda row: int(row["origin_amount"]))[-2:]
    assert first["entity"] == "Tornado Cash"
    assert int(first["origin_amount"]) > 20 * int(second["origin_amount"])
    assert 95 * STOLEN["eth"] // 100 < int(first["origin_amount"]) <= DEPOSITED


def test_the_seven_intermediaries_are_found(plain: Traced, labelled: dict[str, set[str]]) -> None:
    _, out = plain
    seven = labelled["Intermediary to TC"]
    rows = _moved(out, {THIEF}, seven)
    assert len(rows) == len(seven) == 7
    assert {row["receiver"] for row in rows} == seven
    assert _sum(rows, "amount") == 144_835_998350000000000000
    assert {row["sender"] for row in _moved(out, seven, labelled["TC Depositor"])} == seven


def test_the_direct_depositors_are_found(plain: Traced, labelled: dict[str, set[str]]) -> None:
    rows = _moved(plain[1], {THIEF}, labelled["TC Depositor"])
    assert len({row["receiver"] for row in rows}) == 11
    assert len(rows) == 13
    assert _sum(rows, "amount") == _sum(rows, "tainted") == 31_075_957680000000000000


def test_every_depositor_reaches_tornado_cash(swapped: Traced, labelled: dict[str, set[str]]) -> None:
    """The last ones got what the swaps brought, which is clean where no swap is asserted."""
    rows = _moved(swapped[1], labelled["TC Depositor"], {ROUTER})
    assert {row["sender"] for row in rows} == labelled["TC Depositor"]
    assert _sum(rows, "tainted") == _standing(swapped[0], entity="Tornado Cash")


def test_the_exchange_exits_are_found_without_the_label_table(plain: Traced) -> None:
    """The deposit addresses sweep into hot wallets, which ship as entities; the gas of the sweeps does not arrive."""
    result, _ = plain
    # Two of the six Huobi deposit addresses have no reply: their 45 ETH stand there, and nobody says whose they are.
    swept = 5_028_909314828430532000 - 45 * 10**18
    assert 0 < swept - _standing(result, entity="Huobi") < 10**18
    assert 0 < 1_219_982731106252972000 - _standing(result, entity="FTX") < 10**18


def test_the_exchange_exits_are_exact_with_the_label_table(tagged: Traced, labelled: dict[str, set[str]]) -> None:
    result, _ = tagged
    assert _standing(result, entity="Huobi", category="exchange") == 5_028_909314828430532000
    assert _standing(result, entity="FTX", category="exchange") == 1_219_982731106252972000
    assert _standing(result, label="Cryptocom Deposit Address") == 10**18
    huobi = {row["address"] for row in result["dispositions"] if row["entity"] == "Huobi"}
    assert huobi == labelled["Huobi Deposit Address"]


def test_a_label_that_names_no_service_stops_nothing(plain: Traced, tagged: Traced) -> None:
    assert _standing(tagged[0], entity="Tornado Cash") == _standing(plain[0], entity="Tornado Cash")


@pytest.mark.parametrize("name", ["plain", "tagged", "swapped"])
def test_what_stays_at_the_dormant_address(name: str, request: pytest.FixtureRequest) -> None:
    """Its own reply is missing, so nobody can say that it still holds them: it is unavailable, not held."""
    result, _ = request.getfixturevalue(name)
    assert _standing(result, address=DORMANT) == _standing(result, address=DORMANT, kind="unavailable")
    assert _standing(result, address=DORMANT) == 73_811834374516485548
    assert DORMANT in {limit["address"] for limit in result["limitations"] if limit["code"] == "unavailable-history"}


@pytest.mark.parametrize("name", ["plain", "tagged"])
def test_another_thefts_ether_is_not_marked(name: str, request: pytest.FixtureRequest) -> None:
    result, out = request.getfixturevalue(name)
    assert _standing(result, address=TRAP) == 0
    assert not _moved(out, {EULER_EXPLOITER}, {TRAP})


def test_with_the_swaps_no_more_of_it_is_marked_than_the_thief_gave(swapped: Traced) -> None:
    """What the thief had left by then came of the swaps, so of the 2 ETH he gave some are stolen."""
    given = _sum(_moved(swapped[1], {THIEF}, {EULER_EXPLOITER}), "tainted")
    assert 0 < given <= 2 * 10**18
    assert _sum(_moved(swapped[1], {EULER_EXPLOITER}, {TRAP}), "tainted") <= given


@pytest.mark.parametrize("name", ["plain", "tagged", "swapped"])
def test_a_cut_history_is_never_drawn_from(name: str, request: pytest.FixtureRequest) -> None:
    result, out = request.getfixturevalue(name)
    asked = {row["query"]["address"].lower() for row in result["evidence"] if "address" in row["query"]}
    told = {limit["address"] for limit in result["limitations"] if limit["code"] == "truncated-history"}
    assert THIEF in asked
    assert not (asked & TRUNCATED) - told
    with (out / "transfers.csv").open(encoding="utf-8", newline="") as lines:
        assert not TRUNCATED & {row["sender"] for row in csv.DictReader(lines)}


def test_what_the_replies_cannot_show_is_said(plain: Traced, swapped: Traced, labelled: dict[str, set[str]]) -> None:
    codes = {limit["code"] for limit in plain[0]["limitations"]}
    assert {"no-internal-transfers", "no-token-transfers", "theft-not-shown"} <= codes
    assert labelled["Used for swapping"] & _short(plain[0])
    assert not labelled["Used for swapping"] & _short(swapped[0])


def _short(result: Json) -> set[str]:
    """Addresses that spend more than they are seen to receive."""
    return {limit["address"] for limit in result["limitations"] if limit["code"] == "unobserved-inflow"}


def test_the_swaps_are_graded_as_asserted(swapped: Traced) -> None:
    grades = {(row["theft"], row["grade"]): int(row["origin_amount"]) for row in swapped[0]["grades"]}
    assert grades == {("eth", "observed"): STOLEN["eth"], ("usdc", "asserted"): STOLEN["usdc"]}


# --- an independent calculation


class Purses:
    """First in, first out, address by address: queues of (theft, wei), oldest first; clean wei have no theft.

    Whoever has no reply or a cut one, and Tornado Cash, only receives.
    """

    def __init__(self, followed: set[str]) -> None:
        self.followed = followed
        self.queues: dict[str, deque[tuple[str, int]]] = defaultdict(deque)

    def pay(self, sender: str, receiver: str, amount: int) -> None:
        self.queues[receiver].extend(self._take(sender, amount))

    def _take(self, sender: str, amount: int) -> list[tuple[str, int]]:
        if sender not in self.followed:
            return [("", amount)]
        taken, queue = [], self.queues[sender]
        while amount and queue:
            theft, wei = queue.popleft()
            if wei > amount:
                queue.appendleft((theft, wei - amount))
                wei = amount
            taken.append((theft, wei))
            amount -= wei
        return [*taken, ("", amount)]  # what it was never seen to receive is clean

    def standing(self, who: str, theft: str) -> int:
        return sum(wei for name, wei in self.queues[who] if name == theft)


def _calculate(replies: Replies, swaps: list[Swap]) -> Purses:
    """All transactions in block and index order: fee, then value, then what the case says of the transaction."""
    whole = {address for address, rows in replies.items() if len(rows) < 10_000}
    purses = Purses(whole - {ROUTER})
    brought = {swap.tx: swap for swap in swaps}
    sent = {row.tx: row for address in whole for row in replies[address]}
    for row in sorted(sent.values(), key=lambda row: (row.block, row.place)):
        purses.pay(row.sender, "fees", row.fee)
        purses.pay(row.sender, row.receiver, row.moved)
        if row.tx == THEFT_ETH:
            purses.queues[THIEF].append(("eth", STOLEN["eth"]))
        if row.tx in brought:
            purses.queues[brought[row.tx].swapper].append(("usdc", brought[row.tx].eth))
    return purses


@pytest.mark.parametrize("name", ["plain", "swapped"])
def test_an_independent_calculation_gives_the_same_to_the_wei(
    name: str, replies: Replies, swaps: list[Swap], request: pytest.FixtureRequest
) -> None:
    result, _ = request.getfixturevalue(name)
    purses = _calculate(replies, swaps if name == "swapped" else [])
    for theft in STOLEN:
        assert _standing(result, entity="Tornado Cash", theft=theft) == purses.standing(ROUTER, theft)
        assert _standing(result, kind="fee", theft=theft) == purses.standing("fees", theft)
        for wallet in [*sorted(TRUNCATED), DORMANT]:
            assert _standing(result, address=wallet, theft=theft) == purses.standing(wallet, theft)


def test_with_the_swaps_the_total_at_tornado_cash_is_within_the_deposits(swapped: Traced, plain: Traced) -> None:
    total = _standing(swapped[0], entity="Tornado Cash")
    assert _standing(plain[0], entity="Tornado Cash") < total <= DEPOSITED
    assert DEPOSITED - total < DEPOSITED // 100


@pytest.mark.parametrize("policy", KEEPING)
def test_with_the_swaps_both_thefts_reach_tornado_cash(swapped: Traced, plain: Traced, policy: Policy) -> None:
    """Each counted in its own stolen units, under every policy that keeps value."""

    def reached(result: Json) -> dict[str, int]:
        rows = result["compared"][policy]
        return {row["theft"]: int(row["origin_amount"]) for row in rows if row["entity"] == "Tornado Cash"}

    assert reached(plain[0]).keys() == {"eth"}
    assert reached(swapped[0]).keys() == {"eth", "usdc"}
    assert all(0 < amount <= STOLEN[theft] for theft, amount in reached(swapped[0]).items())
