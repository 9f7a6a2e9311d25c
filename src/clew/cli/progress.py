"""What long work is doing, on the terminal's error stream: a line that renews itself, or nothing where nobody looks."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def showing(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A function to tell progress to."""
    if quiet or not sys.stderr.isatty():
        yield lambda _line: None
        return
    from rich.console import Console

    with Console(stderr=True).status("starting") as status:
        yield status.update
