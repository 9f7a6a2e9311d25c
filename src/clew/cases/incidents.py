"""Incidents: thefts of public record that ship with Clew, one TOML file each, with who says so."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from clew.cases.case_file import CASE_KEYS, Table, open_table, parse_case, parse_tag, raise_faults, text
from clew.errors import InputError
from clew.model import Case, Tag

FOLDER = Path(__file__).parents[1] / "incidents"
"""Where the incident files lie."""

OWN_KEYS = frozenset({"date", "victim", "attribution", "loss", "address"})
"""What an incident states beside a case's keys."""

_KEYS = (*CASE_KEYS, *sorted(OWN_KEYS))


@dataclass(frozen=True, slots=True)
class Incident:
    """What is publicly known of a theft."""

    id: str
    title: str
    date: str
    """ISO date (UTC) of the theft."""
    victim: str
    attribution: str
    """Who did it, as whom says, with the statement's address."""
    loss: str
    """The loss as stated at the time, with who stated it."""
    sources: tuple[str, ...]
    note: str
    """What is missing for a trace, where something is."""
    addresses: tuple[Tag, ...]
    """Addresses of the thief that a public source names."""
    case: Case | None
    """What `clew trace` follows; None where no theft transaction is known for certain."""


def read_incident(path: Path) -> Incident:
    """One incident file; InputError with all its faults."""
    top = open_table(path)
    top.check_keys(_KEYS)
    title = top.read("title", text, required=True) or ""
    addresses = tuple(
        tag
        for table in top.tables("address")
        if (tag := parse_tag(table, label=f"{title}: thief", category="theft", confidence="forensic")) is not None
    )
    case = parse_case(top, tags=addresses)
    incident = Incident(
        id=case.id,
        title=title,
        date=top.read("date", _date, required=True) or "",
        victim=_said(top, "victim"),
        attribution=_said(top, "attribution"),
        loss=_said(top, "loss"),
        sources=case.sources,
        note=case.note,
        addresses=addresses,
        case=case if case.thefts else None,
    )
    raise_faults(top)
    return incident


def _said(top: Table, key: str) -> str:
    return top.read(key, text, required=True) or ""


def _date(value: object, where: str) -> str:
    try:
        return date.fromisoformat(text(value, where)).isoformat()
    except ValueError as error:
        raise InputError(f"{value!r} is not a date", where=where, mend='write "2022-03-23"') from error
