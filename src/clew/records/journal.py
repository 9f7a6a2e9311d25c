"""A journal of answers: on the disk before they are told, and posted to the records later, as bookkeepers do.

A commit to a database for which other processes wait takes a busy service several times what a line at the end of a
file of its own does. A journal has one line of JSON for each group of answers, and one writer, which holds its lock;
so whoever posts it knows whether more will come. A last line without an end was never told to anybody.
"""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from clew.disk import lock_file, sync_folder
from clew.errors import RunError

LARGEST = 1 << 24
"""Bytes of a journal after which the next one is begun."""
_READ_AT_ONCE = 1 << 16
"""Bytes: what one transaction posts of a journal, for which others that write wait."""
_ENDING = ".journal"
_to_disk = getattr(os, "fdatasync", os.fsync)

Row = Sequence[Any]


class Journal:
    """What one process has to post; not for several threads at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = -1
        self._size = 0

    def keep(self, rows: Sequence[Row]) -> None:
        """Return when rows of JSON values are on the disk.

        RunError where that fails; what of them may stand there is then in no line that has an end, but for one that
        the system took and could not bring to the disk: that one may be posted though it was refused.
        """
        line = orjson.dumps(rows) + b"\n"
        try:
            if self._file < 0:
                self._begin()
            if os.write(self._file, line) != len(line):
                raise OSError("no room for a whole line")  # it ends as any other fault of the disk
            _to_disk(self._file)
        except OSError as error:
            self.close()  # nothing is ever written behind what may be a piece of a line
            words = error.strerror or str(error)
            raise RunError(words, where=str(self._folder), mend="make room, or mend the disk, and ask again") from error
        self._size += len(line)
        if self._size >= LARGEST:
            self.close()

    def close(self) -> None:
        """End it: nothing more will come."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _begin(self) -> None:
        self._folder.mkdir(exist_ok=True)
        path = self._folder / secrets.token_hex(8)
        self._file, self._size = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600), 0
        lock_file(self._file)
        path.rename(path.with_suffix(_ENDING))  # locked before others see it
        sync_folder(self._folder)


def journals(folder: Path) -> list[Path]:
    """All journals of a folder."""
    return sorted(folder.glob(f"*{_ENDING}"))


def is_ended(path: Path) -> bool:
    """Whether nothing more will come: its writer closed it, or is gone."""
    try:
        with path.open("rb+") as file:
            lock_file(file.fileno())
    except OSError:  # locked, or posted by another and removed
        return False
    return True


def read_journal(path: Path, start: int) -> tuple[list[Row], int]:
    """Some rows from byte `start` on, and where the next begin; none where no further line has its end.

    RunError where a whole line cannot be read.
    """
    with path.open("rb") as file:
        file.seek(start)
        text = file.read(_READ_AT_ONCE)
        while b"\n" not in text and (more := file.read(_READ_AT_ONCE)):
            text += more
    whole = text[: text.rfind(b"\n") + 1]
    try:
        rows = [row for line in whole.split(b"\n") if line for row in orjson.loads(line)]
    except orjson.JSONDecodeError as error:
        mend = "the disk lost what it had taken; set the file aside, and what follows is posted"
        raise RunError(f"no line of a journal from byte {start:,} on: {error}", where=str(path), mend=mend) from error
    return rows, start + len(whole)
