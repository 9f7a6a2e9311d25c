"""The sentences of a report: the headline, what can still be stopped, what was read, and the bounds of the run."""

from collections import defaultdict
from collections.abc import Iterable

from clew.reports.accounts import Row
from clew.reports.figures import make_amount
from clew.reports.standings import Group, Ledger
from clew.reports.text import clock, count, visible
from clew.reports.words import KINDS


def say_headline(ledgers: Iterable[Ledger], *, measured: bool) -> str:
    """The answer in one sentence for each theft."""
    sentences = [_sentence(ledger) if measured else _poison_sentence(ledger) for ledger in ledgers]
    return " ".join(sentences) or "The case names no theft, so there is nothing to follow."


def _sentence(ledger: Ledger) -> str:
    stolen = f"{ledger.stolen.short} {ledger.stolen.symbol}"
    parts = [_clause(group) for group in ledger.groups[:3] if group.origin and group.origin.base]
    if not parts:
        return f"Nothing of the {stolen} stolen could be followed."
    rest = len(ledger.groups) - len(parts)
    tail = "; the rest stands elsewhere" if rest > 0 else ""
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"Of {stolen} stolen, {listed}{tail}."


def _clause(group: Group) -> str:
    assert group.origin is not None  # noqa: S101  (the caller asked)
    verb = KINDS.get(group.kind, ("", "stands at"))[1]
    worth = f"{group.origin.short} {group.origin.symbol} ({group.share})"
    if group.kind == "fee":
        return f"{worth} {verb}"
    if group.kind == "service":
        return f"{worth} {verb} {group.title}" + (f" ({group.subtitle})" if group.subtitle not in group.title else "")
    entity = f" ({group.title})" if group.title != KINDS.get(group.kind, ("", ""))[0] else ""
    return f"{worth} {verb} {group.places or 'places without an address'}{entity}"


def _poison_sentence(ledger: Ledger) -> str:
    places = sum(len(group.standings) for group in ledger.groups)
    return (
        f"The theft of {ledger.stolen.short} {ledger.stolen.symbol} touches {count(places, 'place')}; "
        "poison keeps no value, so no amounts are stated."
    )


def say_next(result: Row) -> str:
    """What the worklist asks of its reader."""
    tasks = result.get("worklist") or []
    if not tasks:
        return "Nothing on the worklist: no place was found where somebody could still stop the coins."
    sums: dict[tuple[str, int], int] = defaultdict(int)
    symbols = {entry["asset"]: (entry["symbol"], entry["decimals"]) for entry in result["stolen"]}
    for task in tasks:
        if task.get("origin_amount") is not None and task["origin_asset"] in symbols:
            sums[symbols[task["origin_asset"]]] += int(task["origin_amount"])
    worth = " and ".join(f"{make_amount(s, *unit).short} {visible(unit[0], 24)}" for unit, s in sums.items())
    places = count(len(tasks), "place")
    return f"The worklist names {places} to act on" + (f", for {worth} of what was stolen." if worth else ".")


def say_scope(result: Row, dispositions: int) -> str:
    """What was read to reach the answer."""
    accounts = result.get("accounts") or {}
    return (
        f"{count(accounts.get('loaded', 0), 'account history', 'account histories')} read, "
        f"{accounts.get('stopped', 0):,} stopped at, {accounts.get('unavailable', 0):,} not available; "
        f"{count(result.get('transfers', 0), 'traced transfer')}; {count(dispositions, 'disposition')}."
    )


def list_bounds(result: Row) -> tuple[str, ...]:
    """The bounds of the walk in words, those that were set."""
    bounds = result.get("bounds") or {}
    units = {entry["asset"]: (entry["symbol"], entry["decimals"]) for entry in result["stolen"]}
    lines = []
    if bounds.get("max_addresses") is not None:
        lines.append(f"at most {count(bounds['max_addresses'], 'address', 'addresses')} loaded")
    for asset, base in (bounds.get("min_amount") or {}).items():
        amount = make_amount(base, *units[asset]) if asset in units else make_amount(base, asset, 0)
        lines.append(f"amounts below {amount.exact} {amount.symbol} not followed")
    if bounds.get("max_hops") is not None:
        lines.append(f"at most {count(bounds['max_hops'], 'hop')}")
    if bounds.get("until"):
        lines.append(f"transfers until {clock(bounds['until'])}")
    if bounds.get("max_transfers") is not None:
        lines.append(f"accounts with more than {count(bounds['max_transfers'], 'transfer')} not followed")
    return tuple(lines)
