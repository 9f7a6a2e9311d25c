"""The pass over a whole ledger goes on with new blocks, is kept on disk, and equals one from the beginning."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.exposure.ledgers import CHAIN, ETH, MOVES, NAMES, Move, ledger, services

from clew.errors import InputError, RunError
from clew.exposure.address import Direction, exposure_in
from clew.exposure.wide import LedgerExposure
from clew.model import Address


def everything(found: LedgerExposure) -> dict[str, object]:
    return {name: found.of(CHAIN, name, ETH) for name in NAMES}


def whole(*moves: Move) -> LedgerExposure:
    found = LedgerExposure(services)
    found.advance(ledger(*moves))
    return found


@settings(max_examples=60)
@given(MOVES, st.lists(st.integers(1, 29), max_size=3, unique=True))
def test_any_batches_of_blocks_equal_one_pass(moves: list[Move], cuts: list[int]) -> None:
    found = LedgerExposure(services)
    for cut in [*sorted(cut for cut in cuts if cut < len(moves)), len(moves)]:
        found.advance(ledger(*moves[:cut]))
    assert everything(found) == everything(whole(*moves))


@settings(max_examples=60)
@given(MOVES)
def test_it_says_of_everybody_what_is_said_of_one(moves: list[Move]) -> None:
    moves = [("a", "x", 1), *moves]
    found = whole(*moves).of(CHAIN, "x", ETH)
    assert found is not None
    one = exposure_in(ledger(*moves), Address(CHAIN, "x"), services)
    assert found.total == one.totals[0].received
    received = [share for share in one.shares if share.direction is Direction.RECEIVED]
    by_category = {share.category for share in received}
    for category in by_category | set(found.direct) | set(found.indirect):
        parts = [share for share in received if share.category == category]
        assert found.direct.get(category, 0) == sum(share.direct for share in parts)
        # Entities of one category share what is left over by rounding as one label or as several.
        assert abs(found.indirect.get(category, 0) - sum(share.indirect for share in parts)) <= len(moves)


def test_a_state_is_saved_and_goes_on(tmp_path: Path) -> None:
    moves: list[Move] = [("mixer", "a", 9), ("a", "x", 4), ("exchange", "x", 3), ("a", "x", 5), ("x", "b", 6)]
    found = LedgerExposure(services)
    found.advance(ledger(*moves[:3]))
    found.save(tmp_path)
    again = LedgerExposure.load(tmp_path, services)
    assert everything(again) == everything(found)
    again.advance(ledger(*moves))
    assert everything(again) == everything(whole(*moves))
    received = again.of(CHAIN, "x", ETH)
    assert received is not None
    assert (received.total, received.direct, received.indirect) == (12, {"exchange": 3}, {"mixer": 9})
    assert received.hops == {"exchange": 1, "mixer": 2}


def test_a_ledger_that_changed_below_is_refused() -> None:
    found = LedgerExposure(services)
    found.advance(ledger(("mixer", "a", 9), ("a", "x", 4)))
    with pytest.raises(RunError, match="changed below"):
        found.advance(ledger(("mixer", "a", 8), ("a", "x", 4), ("x", "b", 1)))


def test_a_state_of_other_tags_is_refused(tmp_path: Path) -> None:
    whole(("mixer", "a", 9)).save(tmp_path)
    with pytest.raises(InputError, match="tagged or clustered otherwise"):
        LedgerExposure.load(tmp_path, lambda _chain, _name: None)
    with pytest.raises(InputError, match="no exposure can be read"):
        LedgerExposure.load(tmp_path / "other", services)


def test_who_was_never_seen_has_no_exposure() -> None:
    assert whole(("a", "b", 1)).of(CHAIN, "x", ETH) is None
