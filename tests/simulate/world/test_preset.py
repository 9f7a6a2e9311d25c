"""Presets: those that ship are read, and a wrong one is refused with where and how to mend it."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.errors import InputError
from clew.simulate.world.preset import presets, read_preset
from clew.simulate.world.verbs import VERBS


@pytest.mark.parametrize("name", presets())
def test_a_preset_that_ships_is_whole(name: str) -> None:
    preset = read_preset(name)
    assert preset.title != name
    pools = {"loot"} | {pool for step in preset.steps for pool in (step.to, step.rest)}
    for step in preset.steps:
        assert step.verb in VERBS
        assert step.source in pools, "nothing ever comes into this pool"
    for source in pools:
        assert sum(step.share for step in preset.steps if step.source == source) <= 1000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "nothing is stolen"),
        ("[", "cannot be read as TOML"),
        ("colour = 1", "unknown key 'colour'"),
        ("loot = 3", "no list of tables"),
        ('[[loot]]\nasset = "ETH"', "units is missing"),
        ('[[loot]]\nasset = "ETH"\nunits = 1.5', "units is 1.5"),
        ('[[loot]]\nasset = "ETH"\nunits = 1\n[economy]\nusers = "many"', "users is 'many'"),
        ('[[loot]]\nasset = "ETH"\nunits = 1\n[[step]]\nverb = "hop"', "source is missing"),
    ],
)
def test_a_wrong_preset_is_refused(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_preset(str(path))


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match="dprk"):
        read_preset("nobody")


@given(st.text(max_size=60), st.sampled_from(["economy", "loot", "step", "thief"]), st.integers(-5, 5))
def test_text_that_is_no_preset_never_breaks_it(text: str, table: str, number: int) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "any.toml"
        for content in (text, f"[{table}]\n{text}", f"[[{table}]]\n{text} = {number}", f"{table} = {number}"):
            path.write_text(content, encoding="utf-8")
            with pytest.raises(InputError):
                read_preset(str(path))
