"""A small world, in memory and on disk: every verb, three chains, a few people."""

from pathlib import Path

import pytest

from clew.simulate.world.build import build
from clew.simulate.world.files import write_world
from clew.simulate.world.people import Town
from clew.simulate.world.preset import read_preset
from clew.simulate.world.state import World

PRESET = """
title = "A small world"

[[loot]]
asset = "ETH"
units = 300
day = 2

[[loot]]
asset = "USDT"
units = 90_000
day = 2

[economy]
days = 16
users = 24
events = 250
notes = 20
coinjoins = 4
round_least = 11
round_most = 13
"""
STEPS: tuple[tuple[str, str, str, dict[str, int | str]], ...] = (
    ("sell", "loot", "ether", {}),
    ("parcels", "ether", "parcel", {"size": 15}),
    ("thorchain", "parcel", "coin", {"share": 350}),
    ("exchanger", "parcel", "coin", {"share": 100}),
    ("bridge", "parcel", "dollars", {"share": 150}),
    ("mix", "parcel", "out", {"share": 100, "rest": "left"}),
    ("cycle", "parcel", "left", {"share": 100}),
    ("peel", "parcel", "", {"share": 100, "rest": "left"}),
    ("structure", "parcel", "", {"share": 50, "size": 9000}),
    ("gather", "left", "gathered", {"parts": 3, "share": 700}),
    ("hop", "gathered", "on", {}),
    ("cash", "on", "", {"parts": 2}),
    ("coinjoin", "coin", "joined", {"share": 300}),
    ("blend", "coin", "blended", {"share": 200}),
    ("peel", "coin", "", {"share": 300, "rest": "blended"}),
    ("rest", "blended", "last", {}),
    ("cash", "last", "", {}),
    ("trade", "left", "", {"share": 300}),
    ("broker", "dollars", "", {"share": 500}),
    ("cash", "dollars", "", {"share": 400}),
)


def preset_text() -> str:
    lines = [PRESET]
    for verb, source, to, more in STEPS:
        lines.append(f'[[step]]\nverb = "{verb}"\nsource = "{source}"\nto = "{to}"\nafter_hours = 1\nover_hours = 12')
        lines += [
            f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}" for name, value in more.items()
        ]
    return "\n".join(lines)


@pytest.fixture(scope="session")
def preset_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("preset") / "small.toml"
    path.write_text(preset_text(), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def built(preset_file: Path) -> tuple[World, Town]:
    return build(read_preset(str(preset_file)), 5)


@pytest.fixture(scope="session")
def folder(built: tuple[World, Town], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("world") / "out"
    write_world(*built, out)
    return out
