"""The desk answers from one snapshot, and says what a new one changes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.screening.listed import LISTED_EVM, MIXER, lists_of, tag, wallet

from clew.lists.listed import Lists
from clew.model import Category, Decision, Tag
from clew.records.store import Records
from clew.screening.addresses import AddressIndex
from clew.screening.policy import read_policy
from clew.service.screening import AddressQuestion, NameQuestion, Rescreening, Screening, Snapshot, answered, rescreen

NEWER = ("test-list", "c3d4", "2026-02-01")
OTHER = "0x" + "12" * 20


def snapshot(*addresses: str, version: tuple[str, str, str] = NEWER, tags: tuple[Tag, ...] = ()) -> Snapshot:
    return Snapshot(AddressIndex.build(lists_of(tuple(map(wallet, addresses)), version), tags), read_policy())


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records(f"sqlite:///{tmp_path}/records.db")
    yield opened
    opened.close()


def ask(desk: Screening, records: Records, *addresses: str) -> list[Decision]:
    questions = [AddressQuestion(address) for address in addresses]
    answers, given = desk.screen_addresses(questions)
    records.keep_answers([answered(q, a, given) for q, a in zip(questions, answers, strict=True)])
    return [answer.decision for answer in answers]


def test_all_answers_of_a_call_are_of_the_snapshot_that_is_given_back() -> None:
    desk = Screening(snapshot(LISTED_EVM))
    answers, given = desk.screen_addresses([AddressQuestion(LISTED_EVM), AddressQuestion(OTHER)])
    desk.swap(snapshot(OTHER))
    assert {answer.lists for answer in answers} == {given.addresses.lists.versions}
    assert desk.snapshot is not given


def test_what_an_answer_rests_on_differs_with_list_tag_and_policy() -> None:
    older = snapshot(LISTED_EVM, version=("test-list", "a1b2", "2026-01-01"))
    assert older.known != snapshot(LISTED_EVM).known
    assert snapshot(LISTED_EVM).known == snapshot(LISTED_EVM).known


def test_a_new_list_changes_past_answers_and_says_so_once(records: Records) -> None:
    first = snapshot(LISTED_EVM, version=("test-list", "a1b2", "2026-01-01"), tags=(tag(MIXER, Category.MIXER),))
    desk = Screening(first)
    assert ask(desk, records, LISTED_EVM, OTHER, MIXER, OTHER) == [
        Decision.BLOCK,
        Decision.CLEAR,
        Decision.REVIEW,
        Decision.CLEAR,
    ]
    second = snapshot(OTHER, tags=(tag(MIXER, Category.MIXER),))
    assert rescreen(records, second) == 2
    told = {json.loads(row["subject"])["address"]: (row["before"], row["after"]) for row in records.changes()}
    assert told == {LISTED_EVM: ("block", "clear"), OTHER: ("clear", "block")}
    assert rescreen(records, second) == 0


def test_a_rescreening_that_was_cut_off_goes_on(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clew.service.screening.BATCH", 2)
    addresses = [f"0x{number:040x}" for number in range(1, 8)]
    first, second = snapshot(), snapshot(*addresses, version=("test-list", "e5f6", "2026-03-01"))
    ask(Screening(first), records, *addresses)
    kept = records.keep_changes
    calls: list[tuple[object, ...]] = []

    def cut(*arguments: object) -> None:
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(arguments)
        kept(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(records, "keep_changes", cut)
    with pytest.raises(KeyboardInterrupt):
        rescreen(records, second)
    monkeypatch.setattr(records, "keep_changes", kept)
    assert rescreen(records, second) == len(addresses) - 4
    assert len(records.changes()) == len(addresses)


def test_a_name_is_asked_again_too(records: Records) -> None:
    first = snapshot(version=("test-list", "a1b2", "2026-01-01"))
    question = NameQuestion("John Doe", "person", ("1970-01-01",), ("KP",))
    (answer,), given = Screening(first).screen_names([question])
    records.keep_answers([answered(question, answer, given)])
    nobody = Lists((NEWER,), (), lambda: (), lambda: ())
    second = Snapshot(AddressIndex.build(nobody), read_policy())
    assert rescreen(records, second) == 1
    assert [(row["kind"], row["before"], row["after"]) for row in records.changes()] == [("name", "review", "clear")]


def test_an_answer_by_an_older_list_that_comes_late_is_asked_again_too(records: Records) -> None:
    first, second = snapshot(version=("test-list", "a1b2", "2026-01-01")), snapshot(LISTED_EVM, OTHER)
    late = Screening(first)  # a process that has not taken the new list in yet
    ask(late, records, LISTED_EVM)
    rescreening = Rescreening(records)
    assert rescreening.turn(second) == "asked past questions again: 1 have another answer"
    assert rescreening.turn(second) == ""
    ask(late, records, OTHER, MIXER)
    assert rescreening.turn(second) == "answers by what was in force before: 1 have another one now"
    assert rescreening.turn(second) == ""
    assert [(json.loads(row["subject"])["address"], row["after"]) for row in records.changes()] == [
        (LISTED_EVM, "block"),
        (OTHER, "block"),
    ]


def test_of_two_that_ask_again_one_does_and_the_other_goes_on_where_it_let_go(records: Records) -> None:
    first, second = snapshot(version=("test-list", "a1b2", "2026-01-01")), snapshot(LISTED_EVM, OTHER)
    ask(Screening(first), records, LISTED_EVM)
    one, other = Rescreening(records), Rescreening(records)
    assert one.turn(second)
    assert other.turn(second) == ""
    ask(Screening(first), records, OTHER)
    assert other.turn(second) == ""
    one.let_go()
    assert other.turn(second) == "asked past questions again: 1 have another answer"
    assert len(records.changes()) == 2


def test_who_was_replaced_begins_nothing_of_its_own(records: Records) -> None:
    second = snapshot(LISTED_EVM)
    one, other = Rescreening(records), Rescreening(records)
    one.turn(second)
    with records.engine.begin() as connection:
        connection.execute(text("update rescreenings set beat = 0"))  # it was held up for long
    assert other.turn(second)
    one.turn(second)  # finds that the work is another's
    ask(Screening(snapshot(version=("test-list", "a1b2", "2026-01-01"))), records, LISTED_EVM)
    assert one.turn(second) == ""
    assert other.turn(second) == "answers by what was in force before: 1 have another one now"
