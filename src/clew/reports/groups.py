"""Dispositions of one kind, category and entity are one group, in tables and pictures alike."""

from clew.reports.accounts import Row
from clew.reports.text import visible
from clew.reports.words import KINDS

GroupKey = tuple[str, str, str]
"""Kind, category, entity; the last two may be empty."""


def group_key(entry: Row) -> GroupKey:
    """What makes dispositions one group: kind, category, entity."""
    return entry["kind"], entry.get("category") or "", entry.get("entity") or ""


def group_title(key: GroupKey) -> str:
    """The name of a group of dispositions: its entity, or the words of its kind."""
    kind, category, entity = key
    if entity:
        return visible(entity, 60)
    return f"Unnamed {visible(category)}" if kind == "service" and category else KINDS.get(kind, (visible(kind), ""))[0]


def tone(kind: str, category: str) -> str:
    """The colour class of a disposition, the same in every picture and table."""
    if kind != "service":
        return kind if kind in KINDS else "other"
    return category if category in {"mixer", "exchange", "bridge"} else "service"
