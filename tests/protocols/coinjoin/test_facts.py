"""The facts of each protocol are complete, dated and sourced."""

import pytest

from clew.chains.script import ScriptType, script_type
from clew.protocols.coinjoin import Protocol
from clew.protocols.coinjoin.facts import facts_of


@pytest.mark.parametrize("protocol", Protocol)
def test_every_protocol_has_facts_with_sources(protocol: Protocol) -> None:
    facts = facts_of(protocol)
    assert facts.sources
    assert facts.until is None or facts.since < facts.until
    assert all(least <= most for least, most in facts.bounds.values())
    assert all(0 <= value < 1000 for value in (facts.start, facts.blind, facts.after))


def test_coordinators_are_paid_at_witness_scripts() -> None:
    scripts = facts_of("wasabi-1").coordinators
    assert bytes.fromhex("0014869f5c7a4cd7776ae0c0fcd9c3315abb239a9f0d") in scripts
    assert {script_type(script) for script in scripts} == {ScriptType.P2WPKH}


def test_a_day_begins_and_ends_at_midnight_utc() -> None:
    whirlpool = facts_of("whirlpool")
    assert (whirlpool.since, whirlpool.until) == (1_554_076_800, 1_714_003_200)
