"""What a trace states of hidden passages, held against a truth that is written down by hand."""

from pathlib import Path

import pytest
from tests.tracing.test_candidates import NOTE, TAGS, Notes, Round, trace
from tests.tracing.worlds import Shelf

from clew.attribution import Attribution
from clew.errors import InputError
from clew.scores.passages import Shown, Truth, everything, read_passages, state, state_any
from clew.tracing.policies import Policy
from clew.tracing.trace import Bounds, Trace
from clew.tracing.walk import walk


def paid_in(found: Trace, payer: str) -> str:
    """The transaction by which somebody paid a note."""
    table = found.table
    return next(
        str(table.txs[table.tx[row]])
        for row in range(len(table))
        if table.account_name[table.sender[row]] == payer and table.amount_of(row) == NOTE
    )


def paid_out(found: Trace, name: str) -> str:
    table = found.table
    return next(
        str(table.txs[table.tx[row]]) for row in range(len(table)) if table.account_name[table.receiver[row]] == name
    )


def joined(story: Round) -> Trace:
    return walk(story.case, Policy.FIFO, Shelf(story.world.rows), Attribution(TAGS), Bounds(through_mixes=True))


def test_a_pair_of_a_pool_is_right_where_the_withdrawal_spent_the_note() -> None:
    found = trace(Notes())
    truth = Truth({}, {(paid_in(found, "thief"), paid_out(found, "bob"))})
    stated = state(found.passages, Shown(found.table, truth))
    assert stated["mixer"].probability == pytest.approx([0.5, 0.5])
    assert stated["mixer"].right.tolist() == [0, 1]
    assert stated["mixer"].subject.tolist() == [0, 0], "who has another's note leaves him his own"
    assert len(stated["coinjoins"].right) == 0


def test_any_is_the_sum_over_the_notes_and_true_by_whatever_note() -> None:
    """Bob was paid for a note that a trace knows of, but holds no candidate of his."""
    found = trace(Notes())
    truth = Truth({}, {(paid_in(found, "thief"), paid_out(found, "bob"))})
    (passage,) = found.passages
    alice, bob = passage.shares
    other = passage._replace(entry=passage.entry._replace(tx="another"), shares=(alice, bob))
    stated = state_any([passage._replace(shares=(alice,)), other], Shown(found.table, truth))["mixer"]
    assert stated.probability == pytest.approx([1.0, 0.5])
    assert stated.right.tolist() == [0, 1]


def test_all_that_entered_is_stated_as_if_it_were_stolen() -> None:
    """The stranger's note too: two notes, two withdrawals."""
    found = trace(Notes())
    truth = Truth(
        {}, {(paid_in(found, "thief"), paid_out(found, "bob")), (paid_in(found, "stranger"), paid_out(found, "alice"))}
    )
    shown = Shown(found.table, truth)
    stated = state(everything(shown, found.case), shown)["mixer"]
    assert stated.probability == pytest.approx([0.5] * 4)
    assert sorted(stated.right.tolist()) == [0, 0, 1, 1]
    assert len(everything(shown, found.case)) == 2


def test_a_pair_of_a_coinjoin_is_right_by_the_part_of_the_output_that_the_input_paid() -> None:
    """The stolen coin and a second one are one participant's: each pays its part of his two outputs."""
    story = Round()
    found = joined(story)
    coins = [f"{row.sender}" for row in story.world.rows if row.receiver == f"@tx:{story.mix}"]
    his = {(coin, f"{story.mix}:{vout}") for coin in coins[:2] for vout in (0, 3)}
    others = {(coin, f"{story.mix}:{vout}") for coin, vout in zip(coins[2:], (1, 2, 4), strict=True)}
    shown = Shown(found.table, Truth({story.mix: his | others}, set()))
    stated = state(found.passages, shown)
    assert stated["coinjoins"].probability == pytest.approx([0.2] * 5, abs=1e-6)
    assert stated["coinjoins"].right == pytest.approx([0.5, 0, 0, 0.5, 0])
    assert set(stated["coinjoins"].subject.tolist()) == {0}, "all that one input paid is right or wrong together"
    every = state(everything(shown, found.case), shown)
    assert len(every["coinjoins"].right) == 25
    assert every["coinjoins"].right.sum() == pytest.approx(5)


def test_passages_are_read_by_kind_and_a_wrong_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "passages.csv"
    path.write_text("kind,service,sent,received,owner\ncoinjoin,t,a,b,\nmixer,m,c,d,\ncoinjoin,t,a,e,\n")
    assert read_passages(path, "coinjoin") == {"t": {("a", "b"), ("a", "e")}}
    assert Truth.read(path) == Truth({"t": {("a", "b"), ("a", "e")}}, {("c", "d")})
    path.write_text("nothing\nof it\n")
    with pytest.raises(InputError, match="no passages"):
        read_passages(path, "coinjoin")
