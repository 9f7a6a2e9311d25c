"""The kernel and its evidence say of every ledger what the plain reference says: at once, in parts, narrow or wide."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.typologies.reference import Reference

from clew.errors import InputError, RunError
from clew.tracing.uint128 import pack
from clew.typologies import Typology
from clew.typologies.evidence import Evidence, Finding
from clew.typologies.kernel import Alerts, Transfers
from clew.typologies.rules import Rules, read_rules
from clew.typologies.watcher import ROW_BYTES, Watcher, joined

Row = tuple[int, int, int, int]
"""Sender, receiver, amount, time."""
RULES = """
version = "test"
fan-out = {counterparties = 3, window = 10}
fan-in = {counterparties = 3, window = 12}
pass-through = {window = 8, kept = 100}
structuring = {repeats = 2, window = 15, below = 150, jurisdiction = "none", source = "a test"}
peel-chain = {splits = 2, window = 14, part_least = 10, part_most = 400, rest_least = 500}
[[asset]]
id = "coin"
threshold = 100
least = 3
[[asset]]
id = "small"
threshold = 1000
"""


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    path = tmp_path_factory.mktemp("rules") / "rules.toml"
    path.write_text(RULES, encoding="utf-8")
    return read_rules(path)


def columns(rows: Sequence[Row], *, width: int = 64) -> Transfers:
    sender, receiver, amount, time = zip(*rows, strict=True) if rows else ((), (), (), ())
    payers, payees = (np.array(side, np.int32) for side in (sender, receiver))
    told = Transfers(payers, payees, pack(amount, width=width), np.array(time, np.int64))
    for column in told:
        column.flags.writeable = False  # as what Arrow reads, so that one compiled kernel serves both
    return told


def findings(watcher: Watcher, rows: Sequence[Row], alerts: Alerts, *, width: int = 64) -> list[Finding]:
    evidence = Evidence(alerts, watcher.rules, watcher.asset)
    for start in range(0, len(rows), 7):
        evidence.add(columns(rows[start : start + 7], width=width))
    return list(evidence.findings())


def watched(rules: Rules, rows: Sequence[Row]) -> list[Finding]:
    watcher = Watcher(rules, "coin")
    return findings(watcher, rows, watcher.advance(columns(rows)))


ROW = st.tuples(
    st.integers(0, 5),
    st.integers(0, 5),
    st.one_of(st.integers(0, 12), st.integers(80, 101), st.sampled_from([20, 30, 40, 60, 70, 200, 1000])),
    st.integers(0, 4),
)


@st.composite
def ledgers(draw: st.DrawFn) -> list[Row]:
    """Few accounts, amounts about the bounds, times that stand still, move on, and step back at times."""
    time, rows = 1, []
    for sender, receiver, amount, wait in draw(st.lists(ROW, max_size=60)):
        time += wait
        rows.append((sender, receiver, amount, time - (3 if amount == 7 else 0)))
    return rows


CHAIN = [(0, 1, 1000, 1), (1, 9, 200, 2), (1, 2, 790, 2), (2, 8, 100, 5), (2, 3, 690, 5), (3, 7, 50, 9), (3, 4, 640, 9)]


@settings(max_examples=150)
@given(rows=ledgers())
def test_the_kernel_says_what_the_reference_says(rules: Rules, rows: list[Row]) -> None:
    assert watched(rules, rows) == Reference(rules, "coin").watch(rows)


@settings(max_examples=40)
@given(rows=ledgers(), cuts=st.lists(st.integers(0, 60), max_size=3))
def test_a_run_in_parts_kept_on_disk_between_them_equals_one_from_scratch(
    rules: Rules, tmp_path_factory: pytest.TempPathFactory, rows: list[Row], cuts: list[int]
) -> None:
    path = tmp_path_factory.mktemp("state") / "state.npz"
    watcher, edges = Watcher(rules, "coin"), [0, *sorted(cuts), len(rows)]
    alerts: list[Alerts] = []
    for start, stop in pairwise(edges):
        alerts.append(watcher.advance(columns(rows[start:stop])))
        watcher.save(path)
        watcher = Watcher.load(path, rules)
    assert findings(watcher, rows, joined(alerts)) == watched(rules, rows)


@settings(max_examples=40)
@given(rows=ledgers(), times=st.sampled_from([2**54, 2**57, 2**61, 2**100]))
def test_sums_beyond_64_bits_are_exact(rules: Rules, rows: list[Row], times: int) -> None:
    """A ledger of larger units has the same alerts, by whatever way the state became wide."""
    scaled = [(s, r, amount * times, t) for s, r, amount, t in rows]
    asset = rules.assets["coin"]
    large = type(asset)(asset.threshold * times, asset.least * times)
    wide = Rules(rules.version, rules.numbers, "", "", {"coin": large})
    plain = Reference(rules, "coin").watch(rows)
    width = 64 if times * 1000 < 2**64 else 128
    watcher = Watcher(wide, "coin", width=64 if large.threshold < 2**64 else 128)
    with patch("clew.typologies.watcher.CHUNK", 5):
        alerts = watcher.advance(columns(scaled, width=width))
    found = findings(watcher, scaled, alerts, width=width)
    assert found == [replace(each, amount=each.amount * times) for each in plain]


def test_a_peel_chain_is_told_from_its_first_split_once_it_is_long_enough(rules: Rules) -> None:
    told = [each for each in watched(rules, CHAIN) if each.typology is Typology.PEEL_CHAIN]
    assert [(each.account, each.count, each.amount) for each in told] == [(2, 2, 790), (1, 2, 990), (3, 3, 690)]
    assert told[1].events == (0, 1, 2)


def test_the_part_may_come_after_the_rest(rules: Rules) -> None:
    swapped = [CHAIN[n] for n in (0, 2, 1, 4, 3, 6, 5)]
    told = [each for each in watched(rules, swapped) if each.typology is Typology.PEEL_CHAIN]
    assert [(each.account, each.count) for each in told] == [(2, 2), (1, 2), (3, 3)]


def test_counterparties_that_share_a_mark_delay_an_alert_and_never_make_one() -> None:
    """What docs/typologies.md says of 64 marks: of distinct counterparties, mean and largest number until five show."""
    rules, late = read_rules(), []
    for trial in range(400):
        watcher = Watcher(rules, "x")
        others = np.random.default_rng(trial).permutation(100_000)[:40] + 1
        alerts = watcher.advance(columns([(0, int(other), 1, 100) for other in others]))
        (event,) = alerts.event[alerts.typology == 0].tolist()
        late.append(event + 1)
    assert min(late) == 5
    assert 5.0 < sum(late) / len(late) < 5.4
    assert sum(each > 6 for each in late) < 20


def test_an_account_costs_64_bytes(rules: Rules) -> None:
    watcher = Watcher(rules, "coin", accounts=1000)
    assert watcher.lines.nbytes == 1000 * ROW_BYTES == 64_000


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ((-1, 2, 5, 1), "account numbers"),
        ((0, 2**31 - 1, 5, 1), "account numbers"),
        ((0, 1, 5, 2**32), "a time of"),
        ((0, 1, 2**117, 1), "an amount of"),
    ],
)
def test_what_does_not_fit_is_refused(rules: Rules, row: Row, says: str) -> None:
    with pytest.raises(InputError, match=says):
        Watcher(rules, "coin").advance(columns([row], width=128 if row[2] >= 2**64 else 64))


def test_a_sum_that_fits_no_width_is_refused_and_not_wrapped(rules: Rules) -> None:
    with pytest.raises(RunError, match="add up to"):
        Watcher(rules, "coin").advance(columns([(0, 1, 2**116, 1)] * 2, width=128))


def test_more_alerts_than_there_is_room_for_at_first(rules: Rules) -> None:
    rows = [(n, n + 1, 90, 1) for n in range(20_000) for _ in range(2)]
    alerts = Watcher(rules, "coin").advance(columns(rows))
    assert int((alerts.typology == 3).sum()) == 20_000


def test_a_state_of_other_rules_or_no_state_is_refused(rules: Rules, tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    Watcher(read_rules(), "coin").save(path)
    with pytest.raises(InputError, match="it is of rules"):
        Watcher.load(path, rules)
    path.write_bytes(b"no state")
    with pytest.raises(InputError, match="no state can be read"):
        Watcher.load(path, rules)
    with pytest.raises(InputError):
        Watcher(rules, "coin").save(tmp_path)
