"""Atheris on one target: ``python -m tests.fuzz.run TARGET [libFuzzer options]``, such as ``-runs=10000``.

A finding ends with a traceback and the file of the bytes that made it, which `replay` of the tests takes.
"""

import sys

import atheris

with atheris.instrument_imports(include=["clew.chains", "clew.protocols", "clew.lists"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz the target named first; without one, print the names."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.stdout.write("\n".join(TARGETS) + "\n")
        sys.exit(0 if len(sys.argv) < 2 else 2)
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
