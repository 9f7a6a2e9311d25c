"""Atheris: ``python -m tests.fuzz.run TARGET [libFuzzer options]``, such as ``-runs=10000``.

TARGET is one name, or the first part of several (``chains``), of which the first byte of each input then chooses. A
finding ends with a traceback and a file of the bytes that made it; the same command with that file runs it again.
"""

import sys

import atheris

with atheris.instrument_imports(include=["clew.chains", "clew.protocols", "clew.lists"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz the targets named first; without a name, print all."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    chosen = [TARGETS[wanted]] if wanted in TARGETS else [TARGETS[n] for n in TARGETS if n.startswith(f"{wanted}.")]
    if not chosen:
        sys.stdout.write("\n".join(TARGETS) + "\n")
        sys.exit(2 if wanted else 0)
    del sys.argv[1]

    def target(data: bytes) -> None:
        if len(chosen) == 1:
            chosen[0](data)
        elif data:
            chosen[data[0] % len(chosen)](data[1:])

    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
