"""One name against the lists: likely parties are reasons to look, never certainty."""

import pytest
from tests.screening.listed import PARTY, lists_of

from clew.model import Decision, Grade
from clew.screening.names import NameIndex, NameQuery, named_parties
from clew.screening.parties import NameAnswer, screen_party, to_json
from clew.screening.policy import read_policy

LISTS = lists_of(())
INDEX, POLICY = NameIndex.build(named_parties((PARTY,))), read_policy()


def screen(name: str) -> NameAnswer:
    return screen_party(NameQuery(name), INDEX, LISTS, POLICY)


def test_a_name_that_may_be_listed_is_reviewed_with_its_party_and_features() -> None:
    answer = screen("John Doe")
    assert answer.decision is Decision.REVIEW
    (reason,) = answer.reasons
    assert (reason.rule, reason.grade, reason.source) == ("listed-name", Grade.INFERRED, "test-list a1b2")
    (match,) = to_json(answer)["matches"]
    assert (match["list"], match["entry"], match["name"]) == ("test-list", "17", "DOE, John")
    assert match["score"] > 0.5
    assert match["features"]


def test_a_name_nobody_bears_is_clear() -> None:
    assert screen("Margarethe Oberhauser").decision is Decision.CLEAR


@pytest.mark.parametrize("name", ["", "   ", "...", "\u200b\u200b", "\u0301" * 50])
def test_a_name_without_a_letter_is_not_screened(name: str) -> None:
    answer = screen(name)
    assert answer.decision is Decision.NOT_SCREENED
    assert answer.reasons[0].rule == "unreadable"
