"""Dates as lists write them -> ISO 8601, no more exact than they are; uncertain ones as in its part 2 (EDTF).

``1971``, ``1971-03``, ``1971-03-02``; about 1971 is ``1971~``; some time from 1968 to 1971 is ``1968/1971``, until
1980 is ``../1980``, from 1960 on is ``1960/..``. What is written so already is read as it stands.
"""

import re
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH = re.compile(r"(?:(?P<day>\d{1,2})[ -])?(?:(?P<month>[A-Za-z]{3})[a-z]*[ -])?(?P<year>\d{4})")
_SLASHED = re.compile(r"(?P<day>\w{1,2})/(?P<month>\w{1,2})/(?P<year>\d{4})")
_ISO = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?(?:[T ].*|Z|[+-]\d\d:\d\d)?")
_SPAN = re.compile(r"\s+(?:to|and|-)\s+")
_STORED = re.compile(r"(?P<start>\.\.|\d{4}[\d-]*)/(?P<end>\.\.|\d{4}[\d-]*)")
"""A span as it is written here; one end may be open."""
_ABOUT = re.compile(r"^(?:circa|approximately|about|c\.)\s+", re.IGNORECASE)


def partial(year: str, month: str = "", day: str = "", *, about: bool = False) -> str:
    """An ISO date of its parts; a part that is empty, zero, no number or impossible is left out with all after it."""
    if not (year.isdigit() and len(year) == 4 and int(year)):
        return ""
    text = year
    if month.isdigit() and 1 <= int(month) <= 12:
        text += f"-{int(month):02}"
        if day.isdigit() and _exists(int(year), int(month), int(day)):
            text += f"-{int(day):02}"
    return text + "~" * about


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def span(start: str, end: str) -> str:
    """A date some time from `start` to `end`; the one of them that is there, where the other is empty or the same."""
    return f"{start}/{end}" if start and end and start != end else start or end


def iso(text: str) -> str:
    """A date in English words, slashed (day first) or in ISO form; empty where it is none of these."""
    stated = " ".join(text.split())
    about = _ABOUT.match(stated) is not None or stated.endswith("~")
    stated = _ABOUT.sub("", stated).removesuffix("~")
    stored = _STORED.fullmatch(stated)
    halves = [stored["start"], stored["end"]] if stored else _SPAN.split(stated)
    if len(halves) == 2:
        between = span(*(half if half == ".." else iso(half).removesuffix("~") for half in halves))
        return between + "~" * about if between.strip("./") else ""
    for pattern in (_SLASHED, _ISO, _ENGLISH):
        found = pattern.fullmatch(stated)
        if found is not None:
            month = found["month"] or ""
            if month[:3].lower() in _MONTHS:
                month = str(_MONTHS.index(month[:3].lower()) + 1)
            return partial(found["year"], month, found["day"] or "", about=about)
    return ""
