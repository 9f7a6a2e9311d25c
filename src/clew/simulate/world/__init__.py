"""Simulated worlds: many chains, services and people, thefts laundered in them, and the truth of it all.

Everything follows from the preset, the seed and the scale: integers and a generator of its own (`simulate.dice`), no
clock, no float, no library whose draws may change. So the bytes are the same on every machine.
"""

from pathlib import Path

from clew.errors import InputError
from clew.simulate.world.build import build
from clew.simulate.world.files import write_world
from clew.simulate.world.preset import read_preset

MOST_SCALE = 100_000
"""Thousandths."""


def simulate_world(preset: str, seed: int, out: Path, *, scale: int = 1000) -> None:
    """Write a world into the folder `out`; `scale` is in thousandths of the preset's own size.

    InputError where the preset is not one, or the folder cannot be written.
    """
    if not 1 <= scale <= MOST_SCALE:
        raise InputError(f"a scale of {scale} thousandths", where="--scale", mend="give 0.001 to 100")
    write_world(*build(read_preset(preset), seed, scale), out)
