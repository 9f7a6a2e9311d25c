"""docs/simulation.md: every preset, key, verb, baseline and file, no more and no fewer than there are."""

from dataclasses import fields

from tests.docs.pages import DOCS, named, section

from clew.scores.trace import BASELINES
from clew.simulate.world.preset import Economy, Loot, Step, Thief, presets
from clew.simulate.world.verbs import VERBS

PAGE = DOCS / "simulation.md"


def keys(*kinds: type) -> set[str]:
    return {each.name for kind in kinds for each in fields(kind)}


def test_every_preset_is_described() -> None:
    assert named(section(PAGE, "Presets").partition("###")[0]) == set(presets())


def test_every_key_of_a_preset_is_described() -> None:
    assert named(section(PAGE, "`[[loot]]`: what is stolen")) == keys(Loot)
    steps = named(section(PAGE, "`[[step]]`: how it is laundered"))
    assert steps == keys(Step) | set(VERBS)
    assert named(section(PAGE, "`[thief]` and `[economy]`")) == keys(Thief, Economy)


def test_every_baseline_is_described() -> None:
    assert named(section(PAGE, "Baselines")) == set(BASELINES)
