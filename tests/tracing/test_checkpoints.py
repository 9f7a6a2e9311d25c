"""A state on disk: whole or refused; carried on from any block it equals a run from the beginning, byte for byte."""

import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.tracing.hot_wallets import CONVERSION, hot_wallets, swept
from tests.tracing.kernels import WIDTHS, advance, new_taint, state_of
from tests.tracing.reference import Book, CollidedError, Move

from clew.errors import ClewError, InputError, RunError, VerificationError
from clew.tracing.checkpoints import read_checkpoint, write_checkpoint
from clew.tracing.policies import Policy
from clew.tracing.taint import Taint

examples = settings(
    max_examples=8, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
LABELS = 1 + 5 * 120


def accounts(moves: list[Move]) -> list[bool]:
    return [True] * (CONVERSION + len(moves) + 1)


def run(policy: Policy, moves: list[Move], width: int) -> Taint:
    # Ropes take most of a minute to compile, and are saved as the same arrays in either width: one is enough.
    taint = new_taint(policy, [], width=width, labels=LABELS, chunk=4 if width == 64 else 1 << 12)
    taint.widen(len(accounts(moves)))
    advance(taint, moves, accounts(moves))
    return taint


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("policy", Policy)
@examples
@given(
    moves=hot_wallets(longest=60, conversions=False),
    cuts=st.lists(st.integers(0, 60), min_size=1, max_size=3),
)
def test_blocks_carried_on_from_a_file_equal_a_run_from_the_beginning(
    policy: Policy, width: int, moves: list[Move], cuts: list[int], tmp_path: Path
) -> None:
    """The state's own bytes, not only what it says: so every later block goes on alike too."""
    moves = without_collisions(policy, moves)
    path, whole = tmp_path / "state", tmp_path / "whole"
    write_checkpoint(path, run(policy, [], width), at="0")
    for start, end in pairwise(sorted({0, len(moves), *(cut for cut in cuts if cut < len(moves))})):
        found = read_checkpoint(path)
        assert found.at == str(start)
        found.taint.widen(len(accounts(moves)))
        advance(found.taint, moves[start:end], accounts(moves))
        write_checkpoint(path, found.taint, at=str(end))
    write_checkpoint(whole, run(policy, moves, width), at=str(len(moves)))
    assert path.read_bytes() == whole.read_bytes()


def without_collisions(policy: Policy, moves: list[Move]) -> list[Move]:
    """The moves, or where a theft would take tainted units, those without their marks that do so."""
    if policy is Policy.POISON:
        return moves
    try:
        Book(policy).run(moves)
    except CollidedError:
        return [move for move in moves if not move.stolen]
    return moves


@pytest.fixture
def state(tmp_path: Path) -> Path:
    path = tmp_path / "state"
    write_checkpoint(path, run(Policy.FIFO, swept(3, bits=20, length=60, conversions=False), 64), at="block 7")
    return path


def test_a_file_says_of_which_block_it_is(state: Path) -> None:
    assert read_checkpoint(state).at == "block 7"


def test_undone_blocks_are_carried_on_a_copy_and_forgotten(state: Path) -> None:
    """The file of the last final block is read again, and the blocks that stand in their place are carried."""
    undone, final = read_checkpoint(state), read_checkpoint(state)
    before = state_of(final.taint).held
    advance(undone.taint, [Move(0, 2, 10**6), Move(2, 3, 5)], [True] * 9)
    assert state_of(undone.taint).held != before
    assert state_of(read_checkpoint(state).taint).held == before == state_of(final.taint).held


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.9999])
def test_a_torn_file_is_refused_and_says_how_to_mend_it(state: Path, share: float) -> None:
    body = state.read_bytes()
    state.write_bytes(body[: int(len(body) * share)])
    with pytest.raises((InputError, VerificationError)) as caught:
        read_checkpoint(state)
    assert caught.value.where == str(state)
    assert "earlier block" in caught.value.mend


def test_a_changed_byte_is_found_wherever_it_stands(state: Path) -> None:
    body = state.read_bytes()
    head = body.index(b"\n") + 1
    places = {*range(0, head, 7), *range(head, len(body), 499), len(body) - 1}
    for place in places:
        state.write_bytes(body[:place] + bytes([body[place] ^ 4]) + body[place + 1 :])
        with pytest.raises(ClewError):
            read_checkpoint(state)
    state.write_bytes(body + b"x")
    with pytest.raises(VerificationError, match="too many"):
        read_checkpoint(state)


def test_a_file_of_another_version_or_kind_is_refused(state: Path) -> None:
    body = state.read_bytes()
    state.write_bytes(body.replace(b'"version":2', b'"version":3'))
    with pytest.raises(InputError, match="version 3; this Clew reads 2"):
        read_checkpoint(state)
    state.write_bytes(b"[1]\n")
    with pytest.raises(InputError, match="no state"):
        read_checkpoint(state)
    with pytest.raises(InputError, match="cannot be read"):
        read_checkpoint(state.with_name("none"))


def test_a_file_that_cannot_be_written_leaves_the_old_one(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body, taint = state.read_bytes(), read_checkpoint(state).taint

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunError, match="No space left") as caught:
        write_checkpoint(state, taint, at="block 8")
    assert "untouched" in caught.value.mend
    assert state.read_bytes() == body
    assert list(state.parent.iterdir()) == [state]
