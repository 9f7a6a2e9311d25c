"""Where the money stands: dispositions by stolen asset, group and place, each with the transactions that prove it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from clew.reports.accounts import Link, Names, Row, chain_name, link_to_account, link_to_tx
from clew.reports.figures import Amount, make_amount, make_bar, make_share, maybe_amount
from clew.reports.groups import GroupKey, group_key, group_title, tone
from clew.reports.places import locate
from clew.reports.text import clock, count, visible
from clew.reports.words import MEANINGS

STANDINGS = 60
"""Addresses shown in each group of dispositions, largest first."""
STEPS = 16
"""Steps shown of one path: the first and the last half."""
DELIVERIES = 8
"""Transactions shown that brought value to one address, largest first."""

Units = Mapping[str, tuple[str, str, int]]
"""Theft id -> (asset, symbol, decimals) of what was stolen."""

Arrivals = Mapping[int, Sequence[Row]]
"""``id()`` of a disposition -> the traced transfers that reached it, largest first."""


@dataclass(frozen=True, slots=True)
class Step:
    """One traced transfer."""

    time: str
    chain: str
    tx: Link
    sender: Link
    receiver: Link
    amount: Amount | None
    tainted: Amount | None
    origin: Amount | None
    grade: str


@dataclass(frozen=True, slots=True)
class Standing:
    """One disposition: an amount at one place, with the transactions that prove it."""

    theft: str
    chain: str
    account: Link
    amount: Amount | None
    origin: Amount | None
    grade: str
    hops: str
    transfers: str
    first_time: str
    last_time: str
    last_tx: Link
    detail: str
    path: tuple[Step, ...]
    path_cut: int
    """Steps left out in the middle of the path."""
    deliveries: tuple[Step, ...]
    """The largest transfers that brought the value there; none where the path already shows them all."""
    deliveries_of: int


@dataclass(frozen=True, slots=True)
class Group:
    """Dispositions of one kind and entity, in one stolen asset; the renderers show `standings`, then say `more`."""

    kind: str
    tone: str
    title: str
    subtitle: str
    meaning: str
    origin: Amount | None
    share: str
    width: str
    """The share as a percentage for a bar, between 0 and 100."""
    places: str
    standings: tuple[Standing, ...]
    more: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """All dispositions of one stolen asset."""

    asset: str
    stolen: Amount
    groups: tuple[Group, ...]
    total: Amount | None


def make_ledgers(result: Row, rows: Sequence[Row], names: Names) -> tuple[Ledger, ...]:
    """Where each stolen asset stands, by kind and entity, largest first."""
    stolen: dict[tuple[str, str, int], int] = defaultdict(int)
    for entry in result["stolen"]:
        stolen[entry["asset"], entry["symbol"], entry["decimals"]] += int(entry["amount"])
    by_asset: dict[str, list[Row]] = defaultdict(list)
    for entry in result["dispositions"]:
        by_asset[entry["origin_asset"]].append(entry)
    arrivals = _arrivals(result["dispositions"], rows)
    return tuple(
        _ledger(asset, make_amount(amount, symbol, decimals), by_asset[asset], arrivals, names, stolen_units(result))
        for (asset, symbol, decimals), amount in stolen.items()
    )


def stolen_units(result: Row) -> dict[str, tuple[str, str, int]]:
    """Theft id -> (asset, symbol, decimals) of what was stolen."""
    return {entry["theft"]: (entry["asset"], entry["symbol"], entry["decimals"]) for entry in result["stolen"]}


def _arrivals(entries: Sequence[Row], rows: Sequence[Row]) -> dict[int, list[Row]]:
    places: dict[tuple[str, str, str], list[Row]] = {}
    located = [(e["chain"], place, e["theft"]) for e, place in zip(entries, locate(entries, rows), strict=True)]
    for place in located:
        places[place] = []
    for row in rows:
        reached = places.get((row["chain"], row["receiver"], row["theft"]))
        if reached is not None:
            reached.append(row)
    for found in places.values():
        found.sort(key=lambda row: -int(row["origin_amount"] or 0))
    return {id(entry): places[place] for entry, place in zip(entries, located, strict=True)}


def _ledger(
    asset: str,
    stolen: Amount,
    entries: Iterable[Row],
    arrivals: Arrivals,
    names: Names,
    units: Units,
) -> Ledger:
    grouped: dict[GroupKey, list[Row]] = defaultdict(list)
    for entry in entries:
        grouped[group_key(entry)].append(entry)
    groups = []
    for key, members in grouped.items():
        members.sort(key=lambda entry: (-int(entry.get("origin_amount") or 0), entry.get("address") or ""))
        groups.append((_sum_origin(members), key, members))
    groups.sort(key=lambda group: (-(group[0] or 0), -len(group[2]), group[1]))
    known = [total for total, _, _ in groups if total is not None]
    decimals = next((d for a, _, d in units.values() if a == asset), 0)
    return Ledger(
        asset=visible(asset, 200),
        stolen=stolen,
        groups=tuple(
            _group(key, members, total, stolen, decimals, arrivals, names, units) for total, key, members in groups
        ),
        total=make_amount(sum(known), stolen.symbol, decimals) if len(known) == len(groups) else None,
    )


def _sum_origin(entries: Iterable[Row]) -> int | None:
    amounts = [entry.get("origin_amount") for entry in entries]
    return None if None in amounts else sum(int(amount) for amount in amounts if amount is not None)


def _group(
    key: GroupKey,
    members: Sequence[Row],
    total: int | None,
    stolen: Amount,
    decimals: int,
    arrivals: Arrivals,
    names: Names,
    units: Units,
) -> Group:
    kind, category, _ = key
    rest = members[STANDINGS:]
    left = _sum_origin(rest)
    more = ""
    if rest:
        worth = f", together {make_amount(left, stolen.symbol, decimals).exact} {stolen.symbol}" if left else ""
        more = f"{count(len(rest), 'smaller place')} not shown{worth}: see result.json"
    share = make_share(total, stolen.base) if total is not None else ""
    named = ((entry["chain"], entry.get("address") or "@") for entry in members)
    addresses = len({place for place in named if not place[1].startswith("@")})
    return Group(
        kind=kind,
        tone=tone(kind, category),
        title=group_title(key),
        subtitle=visible(category if category and kind == "service" else kind.replace("-", " ")),
        meaning=MEANINGS.get(kind, ""),
        origin=None if total is None else make_amount(total, stolen.symbol, decimals),
        share=share,
        width=make_bar(total or 0, stolen.base),
        places=count(addresses, "address", "addresses") if addresses else "",
        standings=tuple(_standing(entry, arrivals, names, units) for entry in members[:STANDINGS]),
        more=more,
    )


def _standing(
    entry: Row,
    arrivals: Arrivals,
    names: Names,
    units: Units,
) -> Standing:
    path = entry.get("path") or []
    kept = [*path[: STEPS // 2], *path[-STEPS // 2 :]] if len(path) > STEPS else path
    arrived = arrivals[id(entry)]
    shown = () if _moves(arrived) <= _moves(kept) else arrived[:DELIVERIES]
    account = link_to_account(entry["chain"], entry.get("address"), names)
    if entry.get("label") and not account.name:
        account = Link(account.full, account.short, account.url, visible(entry["label"], 60))
    origin = {"theft": entry["theft"]}
    return Standing(
        theft=visible(entry["theft"]),
        chain=chain_name(entry["chain"]),
        account=account,
        amount=maybe_amount(entry.get("amount"), entry["symbol"], entry["decimals"]),
        origin=maybe_amount(entry.get("origin_amount"), entry["origin_symbol"], entry["origin_decimals"]),
        grade=visible(entry["grade"]),
        hops="" if entry.get("hops") is None else f"{entry['hops']:,}",
        transfers="" if entry.get("transfers") is None else count(entry["transfers"], "transfer"),
        first_time=clock(entry.get("first_time")),
        last_time=clock(entry.get("last_time")),
        last_tx=link_to_tx(entry["chain"], entry.get("last_tx")),
        detail=visible(entry.get("detail") or "", 400),
        path=tuple(make_step({**origin, **step}, names, units) for step in kept),
        path_cut=len(path) - len(kept),
        deliveries=tuple(make_step(row, names, units) for row in shown),
        deliveries_of=len(arrived),
    )


def _moves(rows: Iterable[Row]) -> set[tuple[str, str, str]]:
    return {(row["tx"], row["sender"], row["receiver"]) for row in rows}


def make_step(row: Row, names: Names, units: Units) -> Step:
    """One transfer of a path, formatted."""
    chain = row["chain"]
    _, symbol, decimals = units.get(row["theft"], ("", row["symbol"], row["decimals"]))
    return Step(
        time=clock(row.get("time")),
        chain=chain_name(chain),
        tx=link_to_tx(chain, row["tx"]),
        sender=link_to_account(chain, row["sender"], names),
        receiver=link_to_account(chain, row["receiver"], names),
        amount=maybe_amount(row.get("amount"), row["symbol"], row["decimals"]),
        tainted=maybe_amount(row.get("tainted"), row["symbol"], row["decimals"]),
        origin=maybe_amount(row.get("origin_amount"), symbol, decimals),
        grade=visible(row["grade"]),
    )
