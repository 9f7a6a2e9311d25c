"""`make bench`: every benchmark, each in a process of its own so that its memory is given back, as one table.

Run ``python -m benchmarks [usual|full] [NAME ...]``; all of them by default. One that fails, or does not end, costs
the table its own rows only. It ends by saying which goals were missed and why, as far as the rows say, and which
benchmarks failed; its exit code is 1 only where one did.
"""

import importlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from threading import Timer

from benchmarks.table import LeftOutError, Row, Scale

NAMES = (
    "machine",
    "taint",
    "fifo",
    "clustering",
    "names",
    "screening",
    "index",
    "typologies",
    "blocks",
)
"""In the order of the table; one that this copy of Clew does not have is passed over."""
SCREENING = {Scale.TINY: 0.1, Scale.USUAL: 1.0, Scale.FULL: 1.0}
"""The part of its time for which `benchmarks.screening` asks; it takes that in place of a scale."""
MOST = {Scale.TINY: 300, Scale.USUAL: 600, Scale.FULL: 7200}
"""Seconds after which a benchmark is ended, as one that failed."""


def present(names: Sequence[str]) -> list[str]:
    """Those of the names whose module is there."""
    return [name for name in names if importlib.util.find_spec(f"benchmarks.{name}") is not None]


def measure(name: str, scale: Scale) -> None:
    """Print each row of one benchmark as a line of JSON; what a benchmark prints itself is no row."""
    module = importlib.import_module(f"benchmarks.{name}")
    try:
        for row in module.rows(SCREENING[scale] if name == "screening" else scale):
            print(f"row {json.dumps(row)}", flush=True)
    except LeftOutError as error:
        print(f"out {error}", flush=True)


def run(name: str, scale: Scale) -> tuple[list[Row], int]:
    """Measure one benchmark in its own process and print its part of the table; its rows and its exit code."""
    rows = []
    print(f"\n{name}")
    command = [sys.executable, "-m", "benchmarks", "measure", name, scale]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ending = Timer(MOST[scale], process.kill)
        ending.start()
        for line in process.stdout:
            kind, _, rest = line.rstrip("\n").partition(" ")
            if kind == "row":
                rows.append(Row(*json.loads(rest)))
                print(rows[-1].line, flush=True)
            else:
                print(f"left out: {rest}" if kind == "out" else line.rstrip("\n"), flush=True)
        ending.cancel()
    if process.returncode:
        print(f"{name} failed with exit code {process.returncode}")
    return rows, process.returncode


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for; the exit code."""
    if arguments[:1] == ["measure"]:
        measure(arguments[1], Scale(arguments[2]))
        return 0
    scale = Scale(arguments[0]) if arguments else Scale.USUAL
    runs = {name: run(name, scale) for name in present(arguments[1:] or NAMES)}
    rows = [row for found, _ in runs.values() for row in found]
    goals, missed = [row for row in rows if row.goal is not None], [row for row in rows if not row.met]
    print(f"\n{len(goals) - len(missed)} of {len(goals)} goals met at the scale '{scale}'")
    for row in missed:
        print(f"missed: {row.line}")
    failed = [name for name, (_, code) in runs.items() if code]
    for name in failed:
        print(f"failed: {name}, after {len(runs[name][0])} rows")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
