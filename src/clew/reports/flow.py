"""The flow picture: who passed stolen units to whom, from the theft on the left to where they stand on the right.

A layered drawing after Sankey (1898): a band's width is its stolen units. Accounts stand in the column of their
longest way from the theft; a payment back to an account that was reached earlier is not drawn but counted. Sums are
exact integers; floats serve coordinates alone.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from clew.model import FEE
from clew.reports.accounts import Names, Row, chain_name, find_names, link_to_account
from clew.reports.figures import Amount, make_amount, make_share
from clew.reports.groups import group_key, group_title, tone
from clew.reports.places import locate
from clew.reports.text import count, shorten, visible
from clew.reports.words import KINDS, SINKS

WIDTH = 960
STEPS = 4
"""Columns of accounts between the theft and where the units stand; the last holds all later accounts as one."""
ACCOUNTS = 7
"""Accounts drawn in one column; smaller ones are merged."""
ENDS = 9
"""Dispositions drawn; smaller ones are merged."""
_TALL = 300.0
"""Height of the whole theft, in the drawing's units."""
_SLOT, _GAP, _BAR, _TOP, _RIGHT = 30.0, 10.0, 10.0, 44.0, 196.0
_OUTPOINT = re.compile(r"[0-9a-f]{64}:\d+")

Node = tuple[str, str, str]
"""("account", chain, address) · ("conversion", from, to) · ("end", tone, title) · ("rest", column, "")."""
Edges = dict[tuple[Node, Node], int]


@dataclass(frozen=True, slots=True)
class Block:
    """A bar with two lines of text beside it."""

    x: str
    y: str
    width: str
    height: str
    tone: str
    label: str
    figure: str
    title: str
    text_x: str
    text_y: str


@dataclass(frozen=True, slots=True)
class Band:
    """A curve from one bar to the next, as wide as its stolen units."""

    path: str
    width: str
    tone: str
    title: str


@dataclass(frozen=True, slots=True)
class Flow:
    """The flow picture of one stolen asset."""

    symbol: str
    width: str
    height: str
    heading: str
    description: str
    columns: tuple[tuple[str, str], ...]
    """(x, words) of the column headings."""
    bands: tuple[Band, ...]
    blocks: tuple[Block, ...]
    caption: str


@dataclass(frozen=True, slots=True)
class _Graph:
    """Stolen units by edge, with the order in which accounts were first reached."""

    starts: tuple[Node, ...]
    edges: Edges
    order: Mapping[Node, int]
    returned: int
    """Units paid back to accounts reached earlier."""


@dataclass(frozen=True, slots=True)
class _Unit:
    asset: str
    symbol: str
    decimals: int
    total: int

    def amount(self, base: int) -> Amount:
        return make_amount(base, self.symbol, self.decimals)


def draw_flows(result: Row, rows: Sequence[Row]) -> tuple[Flow, ...]:
    """One picture for each stolen asset of which anything moved; none under poison, which measures nothing."""
    if result["policy"] == "poison":
        return ()
    names = find_names(result, rows)
    flows = []
    for unit in _stolen(result):
        graph = _join(result, rows, unit.asset)
        if graph.edges:
            flows.append(_draw(graph, unit, names))
    return tuple(flows)


def _stolen(result: Row) -> Iterable[_Unit]:
    totals: dict[tuple[str, str, int], int] = defaultdict(int)
    for entry in result["stolen"]:
        totals[entry["asset"], entry["symbol"], entry["decimals"]] += int(entry["amount"])
    return [_Unit(*key, total) for key, total in totals.items()]


# From transfers to a graph


def _join(result: Row, rows: Sequence[Row], asset: str) -> _Graph:
    """The graph of one stolen asset: transfers, conversions, and an edge to each disposition."""
    thefts = [entry for entry in result["stolen"] if entry["asset"] == asset]
    ids = {entry["theft"] for entry in thefts}
    starts = tuple(dict.fromkeys(("account", asset.partition("/")[0], entry["to"]) for entry in thefts))
    edges: Edges = defaultdict(int)
    moved = sorted((row for row in rows if row["theft"] in ids), key=_position)
    nodes = _Nodes(result, thefts, moved)
    for row in moved:
        if not nodes.is_theft(row) and int(row["origin_amount"]):
            edges[nodes.sender(row), nodes.receiver(row)] += int(row["origin_amount"])
    ends = [entry for entry in result["dispositions"] if entry["theft"] in ids]
    _end(edges, ends, moved, nodes)
    _bridge(edges, result, nodes)
    merged = _absorb(edges, starts)
    order = _order(starts, merged)
    forward = {edge: units for edge, units in merged.items() if order[edge[0]] < order[edge[1]] and units}
    returned = sum(units for (a, b), units in merged.items() if a != b and order[a] > order[b])
    return _Graph(starts, forward, order, returned)


def _position(row: Row) -> tuple[str, int, int, int]:
    return row["time"], int(row["height"]), int(row["tx_index"]), int(row["seq"])


class _Nodes:
    """Which node stands for the sender and receiver of a transfer."""

    def __init__(self, result: Row, thefts: Sequence[Row], rows: Iterable[Row]) -> None:
        self._thefts = {(entry["tx"], entry["asset"].partition("/")[0]): entry["to"] for entry in thefts}
        self._passed = {(r["chain"], r["sender"]): r["receiver"] for r in rows if r["kind"] == "input"}
        self._passed |= {(r["chain"], r["receiver"]): r["sender"] for r in rows if r["receiver"].startswith("@wrap:")}
        conversions = result.get("conversions") or ()
        self._steps = {str(entry.get("number", i)): self.conversion(entry) for i, entry in enumerate(conversions)}
        self._given = {(c["tx"], c["sender"], c["asset_in"]): self.conversion(c) for c in conversions}
        self._taken = {
            (c.get("tx_out") or c["tx"], c["receiver"], c["asset_out"]): self.conversion(c) for c in conversions
        }

    def is_theft(self, row: Row) -> bool:
        """Whether the row is the theft itself, which the picture begins after."""
        to = self._thefts.get((row["tx"], row["chain"]))
        return to is not None and (row["receiver"] == to or row["sender"].startswith("@tx:"))

    def account(self, chain: str, account: str) -> Node:
        """The node of an account.

        An outpoint of the theft is the thief, a spent one the transaction that spends it, a wrap whoever wraps.
        """
        if account.startswith("@conversion:"):
            number = account.split(":")[1]
            if number in self._steps:
                return self._steps[number]
        thief = self._thefts.get((account.partition(":")[0], chain)) if _OUTPOINT.fullmatch(account) else None
        return "account", chain, thief if thief is not None else self._passed.get((chain, account), account)

    def conversion(self, entry: Row) -> Node:
        """The node of a conversion; the account itself where the value comes back to the account it left."""
        giver = self.account(entry["chain_in"], entry["sender"])
        if giver == self.account(entry["chain_out"], entry["receiver"]):
            return giver
        return "conversion", visible(entry["symbol_in"], 12), visible(entry["symbol_out"], 12)

    def sender(self, row: Row) -> Node:
        """The node value leaves."""
        made = row["sender"].startswith("@") and not row["sender"].startswith("@tx:")
        taken = None if made else self._taken.get((row["tx"], row["receiver"], row["asset"]))
        return taken or self.account(row["chain"], row["sender"])

    def receiver(self, row: Row) -> Node:
        """The node value reaches."""
        made = row["receiver"].startswith("@")
        given = None if made else self._given.get((row["tx"], row["sender"], row["asset"]))
        return given or self.account(row["chain"], row["receiver"])


def _end(edges: Edges, ends: Sequence[Row], rows: Sequence[Row], nodes: _Nodes) -> None:
    """Add an edge from each account to what became of its units; fees have theirs from the transfers alone."""
    sinks = {b for _, b in edges if b[2] in SINKS}
    for entry, place in zip(ends, locate(ends, rows), strict=True):
        key = group_key(entry)
        if place and place not in SINKS:
            end: Node = ("end", tone(key[0], key[1]), group_title(key))
            edges[nodes.account(entry["chain"], place), end] += int(entry["origin_amount"] or 0)
    for node in sorted(sinks):
        kind = "fee" if node[2] == FEE else "burned"
        edges[node, ("end", kind, KINDS[kind][0])] += sum(units for (_, b), units in edges.items() if b == node)


def _bridge(edges: Edges, result: Row, nodes: _Nodes) -> None:
    """Add the two sides of a conversion that no transfer shows, as far as its accounts do not balance without."""
    for entry in result.get("conversions") or ():
        node = nodes.conversion(entry)
        giver = nodes.account(entry["chain_in"], entry["sender"])
        taker = nodes.account(entry["chain_out"], entry["receiver"])
        for edge, units in (((giver, node), _surplus(edges, giver)), ((node, taker), -_surplus(edges, taker))):
            if node != giver and edge not in edges and units > 0 and _known(edges, edge):
                edges[edge] += units


def _known(edges: Edges, edge: tuple[Node, Node]) -> bool:
    return any(edge[0] in found or edge[1] in found for found in edges)


def _surplus(edges: Edges, node: Node) -> int:
    return sum((b == node) * units - (a == node) * units for (a, b), units in edges.items())


def _absorb(edges: Edges, starts: Sequence[Node]) -> Edges:
    """Accounts from which everything goes to one end become that end: five pools of a mixer are one mixer."""
    out: dict[Node, set[Node]] = defaultdict(set)
    inward: set[Node] = set()
    for a, b in edges:
        if a != b:
            out[a].add(b)
            inward.add(b)
    single = {node: next(iter(to)) for node, to in out.items() if node in inward and len(to) == 1}
    ends = {node: to for node, to in single.items() if to[0] == "end" and node not in starts}
    merged: Edges = defaultdict(int)
    for (a, b), units in edges.items():
        if a not in ends:
            merged[a, ends.get(b, b)] += units
    return merged


def _order(starts: Iterable[Node], edges: Edges) -> dict[Node, int]:
    """Nodes in the order in which they were first reached; ends last."""
    order = {node: index for index, node in enumerate(dict.fromkeys(starts))}
    for a, b in edges:
        for node in (a, b):
            if node[0] != "end":
                order.setdefault(node, len(order))
    for edge in edges:
        order.setdefault(edge[1], len(order))
    return order


# From the graph to columns


def _columns(graph: _Graph) -> tuple[list[list[Node]], Edges]:
    """Nodes by column, and the edges between them once small and late ones are merged."""
    depth: dict[Node, int] = dict.fromkeys(graph.starts, 0)
    outward: dict[Node, list[Node]] = defaultdict(list)
    for a, b in graph.edges:
        outward[a].append(b)
    for node in sorted(graph.order, key=graph.order.__getitem__):
        if node[0] != "end":
            at = depth.setdefault(node, 1)
            for after in outward[node]:
                if after[0] != "end":
                    depth[after] = max(depth.get(after, 1), at + 1)
    used = {node for edge in graph.edges for node in edge}
    deepest = max((d for node, d in depth.items() if node in used), default=0)
    width = _throughput(graph.edges)
    alias: dict[Node, Node] = {}
    for column in range(1, min(deepest, STEPS) + 1):
        late = column == STEPS and deepest > STEPS
        inside = [n for n, d in depth.items() if n in used and (d >= column if late else d == column)]
        _merge(alias, inside, width, 0 if late else ACCOUNTS, ("rest", str(column), ""))
    _merge(alias, [n for n in used if n[0] == "end"], width, ENDS, ("rest", "end", ""))
    edges: Edges = defaultdict(int)
    for (a, b), units in graph.edges.items():
        a, b = alias.get(a, a), alias.get(b, b)
        if a != b:
            edges[a, b] += units
    placed: list[list[Node]] = [[] for _ in range(min(deepest, STEPS) + 2)]
    for node in dict.fromkeys(node for edge in edges for node in edge):
        placed[_column(node, depth, len(placed) - 1)].append(node)
    return placed, edges


def _column(node: Node, depth: Mapping[Node, int], last: int) -> int:
    if node[0] == "end" or node[:2] == ("rest", "end"):
        return last
    return int(node[1]) if node[0] == "rest" else min(depth[node], last - 1)


def _throughput(edges: Edges) -> dict[Node, int]:
    into: dict[Node, int] = defaultdict(int)
    out: dict[Node, int] = defaultdict(int)
    for (a, b), units in edges.items():
        out[a] += units
        into[b] += units
    return {node: max(into[node], out[node]) for node in into.keys() | out.keys()}


def _merge(alias: dict[Node, Node], nodes: Sequence[Node], width: Mapping[Node, int], keep: int, rest: Node) -> None:
    """Point all but the `keep` largest nodes to `rest`, where more than one would go."""
    ranked = sorted(nodes, key=lambda node: (-width[node], node))
    small = ranked[keep:]
    if len(small) > 1:
        counted: Node = (rest[0], rest[1], str(len(small)))
        alias.update(dict.fromkeys(small, counted))


# From columns to a drawing


def _draw(graph: _Graph, unit: _Unit, names: Names) -> Flow:
    columns, edges = _columns(graph)
    width = _throughput(edges)
    largest = max((sum(width[node] for node in column) for column in columns), default=1) or 1
    scale = _TALL / largest
    tall = {node: max(2.0, width[node] * scale) for node in width}
    slots = [sum(max(_SLOT, tall[node]) + _GAP for node in column) for column in columns]
    height = _TOP + max(slots) + 6
    pitch = (WIDTH - 8 - _RIGHT) / (len(columns) - 1)
    left = {node: 4 + index * pitch for index, column in enumerate(columns) for node in column}
    top = _stack(columns, edges, tall, slots)
    ordered = [node for column in columns for node in sorted(column, key=lambda node: top[node])]
    blocks = tuple(_block(node, left[node], top[node], tall[node], width[node], unit, names, graph) for node in ordered)
    back = unit.amount(graph.returned)
    returned = f" {back.exact} {back.symbol} paid back to accounts reached earlier is not drawn." if back.base else ""
    return Flow(
        symbol=visible(unit.symbol, 24),
        width=f"{WIDTH}",
        height=f"{height:.0f}",
        heading=f"Flow of {unit.amount(unit.total).short} {visible(unit.symbol, 24)}",
        description=_describe(columns, width, unit, names, graph),
        columns=tuple((f"{4 + index * pitch:.1f}", words) for index, words in enumerate(_headings(columns))),
        bands=_bands(edges, left, top, scale, unit, names),
        blocks=blocks,
        caption=f"The width of a band is its amount, in stolen {visible(unit.symbol, 24)}. An account stands in the "
        f"column of its longest way from the theft.{returned}",
    )


def _headings(columns: Sequence[Sequence[Node]]) -> list[str]:
    steps = [f"Step {number}" for number in range(1, len(columns) - 1)]
    if len(steps) == STEPS and any(node[0] == "rest" for node in columns[STEPS]):
        steps[-1] += " and later"
    return ["Stolen", *steps, "Where it stands"]


def _stack(
    columns: Sequence[Sequence[Node]], edges: Edges, tall: Mapping[Node, float], slots: Sequence[float]
) -> dict[Node, float]:
    """The top of each bar: columns centred, each node near the middle of what flows into it, merged ones last."""
    top: dict[Node, float] = {}
    for column, slot in zip(columns, slots, strict=True):
        ordered = sorted(column, key=lambda node: (node[0] == "rest", _middle(node, edges, top, tall), node))
        y = _TOP + (max(slots) - slot) / 2
        for node in ordered:
            room = max(_SLOT, tall[node])
            top[node] = y + (room - tall[node]) / 2
            y += room + _GAP
    return top


def _middle(node: Node, edges: Edges, top: Mapping[Node, float], tall: Mapping[Node, float]) -> float:
    found = [(top[a] + tall[a] / 2, units) for (a, b), units in edges.items() if b == node and a in top]
    weight = sum(units for _, units in found)
    return sum(y * (units / weight) for y, units in found) if weight else 0.0


def _bands(
    edges: Edges,
    left: Mapping[Node, float],
    top: Mapping[Node, float],
    scale: float,
    unit: _Unit,
    names: Names,
) -> tuple[Band, ...]:
    """Bands leave and enter each bar in the order of the bars at their other ends, so that few cross."""
    start, finish = {}, {}
    leaving, entering = dict(top), dict(top)
    for edge in sorted(edges, key=lambda edge: (top[edge[0]], left[edge[1]], top[edge[1]], edge)):
        start[edge], leaving[edge[0]] = leaving[edge[0]], leaving[edge[0]] + edges[edge] * scale
    for edge in sorted(edges, key=lambda edge: (top[edge[1]], left[edge[0]], top[edge[0]], edge)):
        finish[edge], entering[edge[1]] = entering[edge[1]], entering[edge[1]] + edges[edge] * scale
    bands = []
    for edge in sorted(edges, key=lambda edge: (-edges[edge], edge)):
        half = edges[edge] * scale / 2
        x0, x1 = left[edge[0]] + _BAR, left[edge[1]]
        y0, y1, bend = start[edge] + half, finish[edge] + half, (left[edge[0]] + _BAR + left[edge[1]]) / 2
        amount = unit.amount(edges[edge])
        bands.append(
            Band(
                path=f"M{x0:.1f} {y0:.1f}C{bend:.1f} {y0:.1f} {bend:.1f} {y1:.1f} {x1:.1f} {y1:.1f}",
                width=f"{max(1.0, half * 2):.1f}",
                tone=edge[1][1] if edge[1][0] == "end" else "account",
                title=f"{_full(edge[0], names)} → {_full(edge[1], names)}: {amount.exact} {amount.symbol}",
            )
        )
    return tuple(bands)


def _block(node: Node, x: float, y: float, tall: float, units: int, unit: _Unit, names: Names, graph: _Graph) -> Block:
    amount = unit.amount(units)
    share = make_share(units, unit.total)
    return Block(
        x=f"{x:.1f}",
        y=f"{y:.1f}",
        width=f"{_BAR:.0f}",
        height=f"{tall:.1f}",
        tone="theft" if node in graph.starts else {"end": node[1], "conversion": "conversion"}.get(node[0], "account"),
        label=_label(node, names, theft=node in graph.starts),
        figure=f"{amount.short} {amount.symbol}" + (f" · {share}" if node[0] == "end" else ""),
        title=f"{_full(node, names)}: {amount.exact} {amount.symbol}",
        text_x=f"{x + _BAR + 5:.1f}",
        text_y=f"{y + tall / 2 - 2:.1f}",
    )


def _label(node: Node, names: Names, *, theft: bool = False) -> str:
    match node:
        case ("end", _, title):
            return visible(title, 28)
        case ("conversion", given, taken):
            return f"{given} → {taken}"
        case ("rest", "end", number):
            return f"{number} smaller"
        case ("rest", _, number):
            return f"{number} others"
    link = link_to_account(node[1], node[2], names)
    return ("Theft · " if theft else "") + (
        visible(link.name, 20) if link.name and not theft else shorten(node[2].replace("@tx:", "tx "))
    )


def _full(node: Node, names: Names) -> str:
    if node[0] != "account":
        return _label(node, names)
    link = link_to_account(node[1], node[2], names)
    return f"{link.full} ({chain_name(node[1])}{', ' + link.name if link.name else ''})"


def _describe(
    columns: Sequence[Sequence[Node]], width: Mapping[Node, int], unit: _Unit, names: Names, graph: _Graph
) -> str:
    """The picture in words, for those who cannot see it."""
    ends = [f"{_label(node, names)} {unit.amount(width[node]).short}" for node in columns[-1]]
    accounts = count(sum(node[0] == "account" for node in graph.order), "account")
    return f"From the theft through {accounts} to: {'; '.join(ends)} ({visible(unit.symbol, 24)})."
