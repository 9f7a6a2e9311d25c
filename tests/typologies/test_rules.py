"""Rules are data that is checked: what is wrong is said, and the version names the very bytes."""

from pathlib import Path

import pytest

from clew.chains.tokens import known_tokens
from clew.errors import InputError
from clew.tracing.uint128 import unpack
from clew.typologies import Typology
from clew.typologies.rules import DEFAULT, read_rules

USDT = "eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7"


def test_the_rules_that_ship() -> None:
    rules = read_rules()
    assert rules.jurisdiction == "US"
    assert "31 CFR 1010.311" in rules.source
    assert set(rules.numbers) == set(Typology)
    assert {known_tokens()[asset].decimals for asset in rules.assets} == {6}
    assert {rule.threshold for rule in rules.assets.values()} == {10_000 * 10**6}


def test_amounts_just_below_the_threshold() -> None:
    assert unpack(read_rules().limits(USDT).band) == [10**6, 8_500 * 10**6, 10_000 * 10**6]
    assert unpack(read_rules().limits("another", width=128).band) == [1, 0, 0]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("counterparties = 5", "counterparties = 1", "counterparties is 1"),
        ("counterparties = 5", "counterparties = 49", "whole number from 2 to 48"),
        ("kept = 100", "kept = 0.1", "kept is 0.1"),
        ("kept = 100", "keep = 100", "unknown key 'keep'"),
        ("[fan-in]", "[fan-on]", "unknown key 'fan-on'"),
        ("part_least = 10", "part_least = 401", "more than part_most"),
        ("source = ", "source = '' # ", "no source"),
        ("threshold = 10_000_000_000", "threshold = -1", "threshold is -1"),
        ("threshold = 10_000_000_000", "threshold = true", "threshold is True"),
        ('id = "', 'name = "', "unknown key 'name'"),
        ("[[asset]]", "[asset]", "cannot be read as TOML"),
        ("version", "\ufeff\x00version", "cannot be read as TOML"),
    ],
)
def test_a_wrong_rule_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(DEFAULT.read_text("utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=says):
        read_rules(path)


def test_a_changed_byte_is_another_version(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(DEFAULT.read_text("utf-8") + "#", encoding="utf-8")
    assert read_rules(path).version != read_rules().version
    assert read_rules(path).version.startswith("1 ")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_rules(tmp_path / "none.toml")
