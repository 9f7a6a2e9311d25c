"""Simulated thefts with known truth: a case file, the replies explorers would give, and where every stolen unit is.

The truth is kept by a book of its own (`lots`), which shares no code with Clew's tracing.
"""

from pathlib import Path

from clew.errors import InputError
from clew.simulate.files import case_text, recorded_replies, truth_text
from clew.simulate.theft import tell


def simulate_theft(seed: int, out: Path) -> None:
    """Write ``case.toml``, ``replies.jsonl.gz`` and ``truth.json`` into `out`: the same bytes for the same seed.

    InputError where the folder cannot be written.
    """
    world = tell(seed)
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "case.toml").write_text(case_text(world, seed), encoding="utf-8", newline="\n")
        (out / "replies.jsonl.gz").write_bytes(recorded_replies(world))
        (out / "truth.json").write_text(truth_text(world, seed), encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(error.strerror or str(error), where=str(out), mend="name a folder you may write to") from error
