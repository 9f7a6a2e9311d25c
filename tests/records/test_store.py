"""The records keep tokens as hashes, answers with what they rest on, and what changed; all or nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, text
from tests.conftest import absent
from tests.peers.postgres import find_postgres, running

from clew.errors import InputError
from clew.records.store import Answered, Change, Records, canonical


class Clock:
    """A time that tests set."""

    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The URL of a real server."""
    programs = find_postgres()
    if programs is None:
        absent("PostgreSQL is not installed")
        raise AssertionError  # not reached
    with running(programs) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.peer)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/records.db"
    server: str = request.getfixturevalue("postgres")
    name = f"records_{tmp_path.name}".lower()
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f'create database "{name}"'))
    return f"{server}/{name}"


@pytest.fixture
def records(url: str, clock: Clock) -> Iterator[Records]:
    opened = Records(url, clock=clock)
    yield opened
    opened.close()


def answer(subject: str, decision: str = "clear", known: str = "v1") -> Answered:
    return Answered("address", subject, decision, "[]", known)


def transfer(**changed: str) -> dict[str, str]:
    row = {"id": "t1", "reference": "r1", "direction": "deposit", "chain": "eip155:1", "asset": "a", "amount": "1"}
    return {**row, "address": "0x1", "decision": "clear", "answer": "{}", **changed}


def test_a_token_is_told_once_and_kept_as_a_hash(records: Records) -> None:
    secret = records.add_token("desk", ["screen", "read"])
    token = records.token_of(secret)
    assert token is not None
    assert (token.name, sorted(token.scopes)) == ("desk", ["read", "screen"])
    with records.engine.connect() as connection:
        rows = connection.execute(text("select * from tokens")).all()
    assert secret not in str(rows)
    assert records.token_of("clew_nothing") is None


def test_a_revoked_token_is_none(records: Records) -> None:
    secret = records.add_token("desk", ["screen"])
    records.revoke_token("desk")
    assert records.token_of(secret) is None
    assert records.tokens()[0].revoked is not None
    with pytest.raises(InputError, match="no token called 'desk' is in force"):
        records.revoke_token("desk")


@pytest.mark.parametrize(("name", "scopes", "words"), [("a", ["all"], "'all'"), ("a", [], "no scope")])
def test_a_token_needs_known_scopes(records: Records, name: str, scopes: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        records.add_token(name, scopes)


def test_two_tokens_have_two_names(records: Records) -> None:
    records.add_token("desk", ["screen"])
    with pytest.raises(InputError, match="'desk' exists"):
        records.add_token("desk", ["read"])


def test_the_last_answer_to_each_question_is_given_whatever_the_batch(records: Records) -> None:
    records.keep_answers([answer("a"), answer("b"), answer("a", "block"), answer("c")])
    batches = list(records.last_answers(batch=2))
    assert [len(batch) for batch in batches] == [2, 1]
    assert [(past.subject, past.decision) for batch in batches for past in batch] == [
        ("b", "clear"),
        ("a", "block"),
        ("c", "clear"),
    ]


def test_of_past_answers_only_those_behind_a_number_and_by_something_else_are_given(records: Records) -> None:
    records.keep_answers([answer("a"), answer("b"), answer("a", known="v2"), answer("c"), answer("d", known="v2")])

    def given(**named: Any) -> list[str]:
        return [past.subject for batch in records.last_answers(**named) for past in batch]

    assert given(other_than="v2") == ["b", "c"]
    assert given(other_than="v2", behind=2) == ["c"]
    assert records.last_number() == 5


def test_pages_go_on_behind_the_last_number(records: Records) -> None:
    records.keep_answers([answer(str(number)) for number in range(5)])
    first = records.answers(limit=2)
    assert [row["subject"] for row in first] == ["0", "1"]
    assert [row["subject"] for row in records.answers(after=first[-1]["id"], limit=9)] == ["2", "3", "4"]
    assert [row["id"] for row in records.answers(subject="3")] == [4]


def test_a_change_and_its_new_answer_are_kept_together(records: Records) -> None:
    records.keep_answers([answer("a")])
    change = Change("address", "a", 1, "clear", "block", "[]", "v1", "v2")
    records.keep_changes([change], [answer("a", "block", "v2")])
    assert [(row["before"], row["after"]) for row in records.changes()] == [("clear", "block")]
    assert [past.known for batch in records.last_answers() for past in batch] == ["v2"]


def test_a_transfer_its_answer_and_its_reply_are_kept_together_or_not_at_all(records: Records) -> None:
    reply = {"token": "x", "key": "k", "digest": "d", "status": 201, "body": "{}"}
    records.keep_transfer(transfer(), answer("a"), reply)
    assert records.transfer("t1") is not None
    assert records.reply_to("x", "k") is not None
    with pytest.raises(InputError, match="'r2' is registered already"):
        records.keep_transfer(transfer(id="t2", reference="r2"), answer("b"), reply)
    assert records.transfer("t2") is None
    assert [row["subject"] for row in records.answers()] == ["a"]


def test_one_process_of_several_asks_again_and_one_that_is_gone_is_replaced(records: Records, clock: Clock) -> None:
    assert records.claim_rescreening("v1", "one") == 0
    assert records.claim_rescreening("v1", "other") is None
    assert records.claim_rescreening("v2", "other") == 0
    clock.now += 50
    assert records.beat_rescreening("v1", "one", behind=7)
    clock.now += 50
    assert records.claim_rescreening("v1", "other") is None
    clock.now += 11
    assert records.claim_rescreening("v1", "other") == 7
    assert not records.beat_rescreening("v1", "one")


def test_who_lets_go_of_asking_again_is_replaced_at_once(records: Records) -> None:
    records.claim_rescreening("v1", "one")
    records.beat_rescreening("v1", "one", behind=3, let_go=True)
    assert records.claim_rescreening("v1", "other") == 3


def test_a_place_that_is_none_is_told(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/none/there.db", "nonsense", "oracle://x"):
        with pytest.raises(InputError, match="records"):
            Records(url)


def test_equal_values_have_one_text() -> None:
    assert canonical({"b": 1, "a": "ü"}) == '{"a":"ü","b":1}'
