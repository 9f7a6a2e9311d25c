"""Clusters of addresses on one chain: every union keeps its witness, and can be taken back.

State is flat arrays: a parent and the next member for each address, the two ends, transaction, rule and height for each
link. Links hang at their left end, so the members of a component lead to all of its links without a search. What is
joined link by link is what one pass over all links would join, in any order.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from clew.clustering.unionfind import Labels, check_ids, root_of, singletons, unite_rings
from clew.errors import InputError

STATIC = -1
"""Height of a link that no later block can change."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What joins two addresses, and how far to believe it."""

    name: str
    confidence: int
    """0 to 100, Clew's degree of belief in one link, on the scale of tags; no measured frequency."""
    dynamic: bool = False
    """Whether a later block can change what it says, so that its links keep the height they were evaluated at."""


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """What one rule joins, in codes of the caller's lists of addresses and transactions."""

    rule: Rule
    left: npt.NDArray[np.integer[Any]]
    right: npt.NDArray[np.integer[Any]]
    tx: npt.NDArray[np.integer[Any]]
    """The witness of each link."""
    height: int = STATIC
    """The last height the rule had seen, where it is dynamic."""

    def __len__(self) -> int:
        return len(self.left)


@dataclass(frozen=True, slots=True)
class Link:
    """One link as people read it."""

    left: str
    right: str
    tx: str
    rule: Rule
    height: int


class Clusters:
    """The partition of one chain's addresses (CAIP-2 `chain`), with the links it rests on."""

    def __init__(self, chain: str) -> None:
        self.chain = chain
        self._ids: dict[str, int] = {}
        self._names: list[str] = []
        self._txs: dict[str, int] = {}
        self._tx_names: list[str] = []
        self._rules: list[Rule] = []
        self._parent: Labels = singletons(0)
        self._ring: Labels = singletons(0)
        self._first = np.empty(0, np.int64)
        """Per address: the last link added with it at its left end, or -1."""
        self._rows = 0
        self._link = np.empty(0, _LINK)

    # --- growing

    def add(self, addresses: Iterable[str]) -> npt.NDArray[np.uint32]:
        """The ids of addresses in canonical form, each alone when first met."""
        found = [self._id_of(name) for name in addresses]
        if len(self._names) > len(self._parent):
            self._parent, self._ring = (_longer_ids(array, len(self._names)) for array in (self._parent, self._ring))
            self._first = np.concatenate([self._first, np.full(len(self._parent) - len(self._first), -1)])
        return np.array(found, np.uint32)

    def join(self, links: Links, addresses: Sequence[str], txs: Sequence[str]) -> None:
        """Join what a rule's links say. InputError where a code is not one of the lists'."""
        for codes, names in ((links.left, addresses), (links.right, addresses), (links.tx, txs)):
            check_ids(len(names), codes)
        count = len(links)
        if not count:
            return
        used, ends = np.unique(np.concatenate([links.left, links.right]), return_inverse=True)
        ids = self.add(addresses[code] for code in used.tolist())[ends]
        left, right = ids[:count], ids[count:]
        witness, of = np.unique(links.tx, return_inverse=True)
        tx = np.array([self._tx_of(txs[code]) for code in witness.tolist()], np.int64)[of]
        self._keep(left, right, tx, self._rule_of(links.rule), links.height)
        unite_rings(self._parent, self._ring, left, right)

    def refresh(self, links: Links, addresses: Sequence[str], txs: Sequence[str]) -> None:
        """Put the links of a rule, evaluated anew, in place of those it gave before."""
        self.retract(rule=links.rule.name)
        self.join(links, addresses, txs)

    def _keep(self, left: Labels, right: Labels, tx: npt.NDArray[np.int64], rule: int, height: int) -> None:
        start, self._rows = self._rows, self._rows + len(left)
        if self._rows > len(self._link):
            grown = np.zeros(max(2 * len(self._link), self._rows), _LINK)
            grown[:start] = self._link[:start]
            self._link = grown
        rows = self._link[start : self._rows]
        rows["left"], rows["right"], rows["tx"] = left, right, tx
        rows["rule"], rows["height"], rows["alive"] = rule, height, True
        for row, node in enumerate(left.tolist(), start):
            self._link["after"][row] = self._first[node]
            self._first[node] = row

    def _id_of(self, name: str) -> int:
        number = self._ids.setdefault(name, len(self._names))
        if number == len(self._names):
            self._names.append(name)
        return number

    def _tx_of(self, name: str) -> int:
        code = self._txs.setdefault(name, len(self._tx_names))
        if code == len(self._tx_names):
            self._tx_names.append(name)
        return code

    def _rule_of(self, rule: Rule) -> int:
        if rule not in self._rules:
            if any(known.name == rule.name for known in self._rules):
                raise InputError(f"rule {rule.name!r} is already there with another confidence", where="clustering")
            self._rules.append(rule)
        return self._rules.index(rule)

    # --- taking back

    def retract(self, *, tx: str | None = None, rule: str | None = None) -> int:
        """Take back the links of a witness transaction, of a rule, or of a rule in a transaction; how many.

        Only the components that had such a link are joined anew, from the links they keep.
        """
        if tx is None and rule is None:
            raise InputError("nothing says which links to take back", where="clustering", mend="name a tx or a rule")
        rows = self._link[: self._rows]
        gone = rows["alive"].copy()
        if tx is not None:
            gone &= rows["tx"] == self._txs.get(tx, -1)
        if rule is not None:
            gone &= np.isin(rows["rule"], [code for code, known in enumerate(self._rules) if known.name == rule])
        rows["alive"][gone] = False
        roots = {int(root_of(self._parent, node)) for node in np.unique(rows["left"][gone])}
        for root in roots:
            self._rejoin(root)
        return int(gone.sum())

    def _rejoin(self, root: int) -> None:
        members = np.array(self._members(root), np.uint32)
        kept = self._links_of(members.tolist())
        self._parent[members] = members
        self._ring[members] = members
        unite_rings(self._parent, self._ring, self._link["left"][kept], self._link["right"][kept])

    def _members(self, node: int) -> list[int]:
        found, at = [node], int(self._ring[node])
        while at != node:
            found.append(at)
            at = int(self._ring[at])
        return found

    def _links_of(self, members: Iterable[int]) -> list[int]:
        """The links, still standing, whose left end is one of these: of a component's members, all of its links."""
        found = []
        for member in members:
            row = int(self._first[member])
            while row >= 0:
                if self._link["alive"][row]:
                    found.append(row)
                row = int(self._link["after"][row])
        return found

    # --- reading

    def __len__(self) -> int:
        return len(self._names)

    def members(self, address: str) -> tuple[str, ...]:
        """The addresses of the cluster an address belongs to, sorted; itself alone where nothing was ever joined."""
        node = self._ids.get(address)
        return (address,) if node is None else tuple(sorted(self._names[member] for member in self._members(node)))

    def cluster_of(self, address: str) -> str:
        """The id of the cluster of an address: its smallest member, as text."""
        return self.members(address)[0]

    def clusters(self) -> dict[str, str]:
        """Every address -> the id of its cluster, in the order of addresses."""
        names = sorted(self._names)
        smallest: dict[int, str] = {}
        return {name: smallest.setdefault(int(root_of(self._parent, self._ids[name])), name) for name in names}

    def links(self) -> list[Link]:
        """Every link that stands, in the order it was added."""
        return [self._read(row) for row in np.flatnonzero(self._link["alive"][: self._rows]).tolist()]

    def _read(self, row: int) -> Link:
        link = self._link[row]
        left, right = self._names[link["left"]], self._names[link["right"]]
        return Link(left, right, self._tx_names[link["tx"]], self._rules[link["rule"]], int(link["height"]))

    def why(self, a: str, b: str) -> tuple[Link, ...] | None:
        """The fewest links that lead from one address to another; of equally few, those added first.

        None where they are not in one cluster, no link from an address to itself.
        """
        if a == b:
            return ()
        start, goal = self._ids.get(a), self._ids.get(b)
        if start is None or goal is None or root_of(self._parent, start) != root_of(self._parent, goal):
            return None
        beside: dict[int, list[tuple[int, int]]] = {}
        for row in sorted(self._links_of(self._members(start))):
            left, right = int(self._link["left"][row]), int(self._link["right"][row])
            beside.setdefault(left, []).append((right, row))
            beside.setdefault(right, []).append((left, row))
        return tuple(map(self._read, _shortest(beside, start, goal)))


_LINK = np.dtype(
    [
        ("left", np.uint32),
        ("right", np.uint32),
        ("tx", np.int64),
        ("after", np.int64),
        ("height", np.int64),
        ("rule", np.int16),
        ("alive", np.bool_),
    ]
)


def _longer_ids(array: Labels, count: int) -> Labels:
    """The array with room for `count` ids, doubled so that growing costs little in all; new ids are their own."""
    if count <= len(array):
        return array
    grown = singletons(max(count, 2 * len(array)))
    grown[: len(array)] = array
    return grown


def _shortest(beside: dict[int, list[tuple[int, int]]], start: int, goal: int) -> list[int]:
    """The links of a shortest way, in its order."""
    came: dict[int, tuple[int, int]] = {start: (start, -1)}
    waiting = deque([start])
    while goal not in came:
        node = waiting.popleft()
        for other, row in beside[node]:
            if other not in came:
                came[other] = node, row
                waiting.append(other)
    way = []
    while goal != start:
        goal, row = came[goal]
        way.append(row)
    return way[::-1]
