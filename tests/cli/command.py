"""Runs a command in this process, as a shell would: what it prints, and its exit code."""

import contextlib
import io
import sys
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from clew.cli import main


class Done(NamedTuple):
    """What a command printed, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


def command(name: str, *arguments: str | Path) -> Done:
    """``clew name arguments...``"""
    out, err = io.StringIO(), io.StringIO()
    words = ["clew", name, *map(str, arguments)]
    code: object = 0
    with patch.object(sys, "argv", words), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as done:
            code = done.code
    assert isinstance(code, int)
    return Done(code, out.getvalue(), err.getvalue())
