"""The desk answers from one snapshot, and says what a new one changes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.screening.listed import LISTED_EVM, MIXER, lists_of, tag, wallet

from clew.lists.listed import Lists
from clew.model import Category, Decision, Tag
from clew.records.store import Records
from clew.screening.addresses import AddressIndex
from clew.screening.policy import read_policy
from clew.service.screening import AddressQuestion, NameQuestion, Screening, Snapshot, answered, rescreen

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
    records.claim_rescreen(second.known)
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
