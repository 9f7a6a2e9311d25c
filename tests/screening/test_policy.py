"""A policy file says which facts lead to which decision, and a wrong one says what is wrong."""

from pathlib import Path

import pytest

from clew.errors import InputError
from clew.model import Category, Decision, Grade
from clew.screening.policy import DEFAULT, Fact, read_policy

HEAD = 'id = "p"\nversion = "3"\ntitle = "t"\n'
RULE = '[[rule]]\nid = "r"\non = "tag"\ndecision = "review"\nsays = "s"\n'


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(text)
    return path


def test_the_gravest_rule_decides_and_every_fact_is_a_reason(tmp_path: Path) -> None:
    graver = RULE.replace('"r"', '"q"').replace("review", "block") + 'categories = ["theft"]\n'
    policy = read_policy(write(tmp_path, HEAD + RULE + graver))
    tags = [Fact("tag", str(c), Grade.ASSERTED, category=c) for c in (Category.MIXER, Category.THEFT)]
    decision, reasons = policy.decide(tags)
    assert decision is Decision.BLOCK
    assert [(reason.rule, reason.text) for reason in reasons] == [("q", "s: theft"), ("r", "s: mixer")]
    assert policy.decide([]) == (Decision.CLEAR, ())


def test_what_cannot_be_read_is_never_clear_whatever_the_rules(tmp_path: Path) -> None:
    policy = read_policy(write(tmp_path, HEAD + RULE))
    decision, (reason,) = policy.decide([], unreadable="it is too short")
    assert (decision, reason.rule) == (Decision.NOT_SCREENED, "unreadable")
    assert reason.text.endswith("it is too short")


def test_the_policy_that_ships_is_read() -> None:
    assert read_policy(DEFAULT).version


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it states no id"),
        (HEAD, "it states no rule"),
        (HEAD + "extra = 1\n" + RULE, "unknown field 'extra'"),
        (HEAD + '[[rule]]\nid = "r"\n', "must state id, on, decision and says"),
        (HEAD + RULE.replace('"tag"', '"moon"'), "'moon' is no kind of fact"),
        (HEAD + RULE + "hops = 1\n", "no field 'hops'"),
        (HEAD + RULE.replace("review", "shrug"), "shrug"),
        (HEAD + RULE + 'categories = ["nobody"]\n', "nobody"),
        (HEAD + RULE + "least_confidence = true\n", "whole number"),
        (HEAD + RULE.replace('"tag"', '"exposure"') + "least_share = 0.1\n", "must be text"),
        (HEAD + RULE.replace('"tag"', '"exposure"') + 'least_share = "200 %"\n', "not between"),
        (HEAD + RULE.replace('"tag"', '"exposure"') + 'least_share = "much"\n', "docs/screening.md"),
        (HEAD + RULE + RULE, "two rules are called 'r'"),
        ("id = [", "readable TOML"),
    ],
)
def test_a_wrong_policy_is_refused_with_its_rule_and_fault(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=r"policy\.toml") as caught:
        read_policy(write(tmp_path, text))
    assert words in str(caught.value)
