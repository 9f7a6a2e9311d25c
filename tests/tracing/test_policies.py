"""The policies by name, and what the report says of each."""

import pytest

from clew.errors import InputError
from clew.tracing.policies import DEFINITIONS, Policy, parse_policy


@pytest.mark.parametrize("policy", Policy)
def test_a_policy_is_named_as_it_prints_in_any_case(policy: Policy) -> None:
    assert parse_policy(str(policy)) is parse_policy(policy.upper()) is policy


@pytest.mark.parametrize("name", ["", "fifi", "clean first", "all", "fifo "])
def test_an_unknown_policy_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_policy(name, where="case.toml: policy")
    assert caught.value.where == "case.toml: policy"
    assert all(policy in caught.value.mend for policy in Policy)


def test_poison_alone_keeps_no_value() -> None:
    assert [policy for policy in Policy if not policy.keeps_value] == [Policy.POISON]


def test_every_policy_says_its_rule_and_where_it_stands() -> None:
    assert DEFINITIONS.keys() == set(Policy)
    assert all(each.rule.endswith(".") and each.standing.endswith(".") for each in DEFINITIONS.values())
    assert len({each.rule for each in DEFINITIONS.values()}) == len(Policy)
