"""Text from chain data and case files, made safe to read: hostile characters shown, long names and hashes cut."""

import unicodedata
from datetime import UTC, datetime

from clew.errors import InputError

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
"""Unicode categories that have no ink or turn the text around: controls, bidirectional overrides, odd spaces."""


def visible(text: str, limit: int = 160) -> str:
    """`text` on one line with every invisible or direction-changing character written out (``[U+202E]``).

    Longer than `limit` characters, it is cut and ends in ``…``.
    """
    line = " ".join(text.split())
    cut = line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
    return "".join(_shown(char) for char in cut)


def _shown(char: str) -> str:
    return f"[U+{ord(char):04X}]" if char != " " and unicodedata.category(char) in _HIDDEN else char


def shorten(name: str, head: int = 8, tail: int = 6) -> str:
    """A hash or address as its first and last characters; short ones stay whole."""
    return name if len(name) <= head + tail + 3 else f"{name[:head]}…{name[-tail:]}"


def moment(text: str | None) -> datetime | None:
    """The UTC time of ISO text (``2022-03-23T13:29:09Z``); None for empty text, InputError for no time at all."""
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{text!r} is not a time", mend="times are ISO 8601, such as 2022-03-23T13:29:09Z") from error
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def clock(text: str | None) -> str:
    """A time as people read it, ``2022-03-23 13:29:09 UTC``; empty for None."""
    time = moment(text)
    return f"{time:%Y-%m-%d %H:%M:%S} UTC" if time else ""


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun: ``1 address``, ``1,751 transfers``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
