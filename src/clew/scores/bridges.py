"""How often the bridge matcher is right, with the bridge's ids and without them, on files as docs/bridges.md says."""

import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from clew.errors import InputError
from clew.links.bridges import Events, Matches, Rule, map_tokens, match_bridge
from clew.scores.calibration import calibration, quality
from clew.scores.tables import Naming, find_naming, folded, integers, read_columns

_EVENT = ("time", "tx", "recipient", "token", "amount")
_SHUFFLES = 1000
"""Permutations for the base rate that is reported (tracing reference, section 8.2)."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """A bridge's events and the pairs that are known to belong together."""

    deposits: Events
    withdrawals: Events
    deposit_keys: list[tuple[str, str]]
    """(transaction, id) of each request; the id is empty where the truth has none."""
    withdrawal_keys: list[tuple[str, str]]
    truth: frozenset[tuple[tuple[str, str], tuple[str, str]]]
    finality: int
    forged: frozenset[int] | None = None
    """Rows of payouts that are known to be forged."""


def read_bridge(
    deposits: Path,
    withdrawals: Path,
    truth: Path,
    *,
    tokens: Path | None = None,
    forged: Path | None = None,
    columns: str = "auto",
    finality: int | None = None,
) -> Bridge:
    """The files of a bridge; InputError names a file and what it lacks."""
    naming = find_naming(columns, "deposits", deposits, _EVENT)
    asked = read_columns(deposits, "deposits", naming, _EVENT, ("id", "token_out"))
    paid = read_columns(withdrawals, "withdrawals", naming, _EVENT, ("id",))
    known = read_columns(truth, "truth", naming, ("deposit_tx", "withdrawal_tx"), ("id",))
    asked["token"] = _expected_token(asked, _mapping(tokens, naming))
    with_id = "id" in known and "id" in asked and "id" in paid
    ids = _texts(known["id"]) if with_id else [""] * len(known["deposit_tx"])
    pairs = zip(_texts(known["deposit_tx"]), _texts(known["withdrawal_tx"]), ids, strict=True)
    return Bridge(
        _events(asked),
        _events(paid),
        _keys(asked, with_id),
        _keys(paid, with_id),
        frozenset(((sent, name), (got, name)) for sent, got, name in pairs),
        naming.finality if finality is None else finality,
        _forged(forged, naming, paid) if forged else None,
    )


def _events(columns: dict[str, Any]) -> Events:
    recipient, token = folded(columns["recipient"]), folded(columns["token"])
    return Events(integers(columns["time"]), recipient, token, columns["amount"], columns.get("id"))


def _expected_token(asked: dict[str, Any], mapping: dict[str, str] | None) -> Any:
    stated = folded(asked["token_out"]) if "token_out" in asked else None
    if mapping is not None:
        return map_tokens(folded(asked["token"]), mapping, stated)
    return asked["token"] if stated is None else stated


def _mapping(path: Path | None, naming: Naming) -> dict[str, str] | None:
    if path is None:
        return None
    table = read_columns(path, "tokens", naming, ("token_in", "token_out"))
    mapping: dict[str, str] = {}
    for source, target in zip(_texts(folded(table["token_in"])), _texts(folded(table["token_out"])), strict=True):
        if mapping.setdefault(source, target) != target:
            raise InputError(f"token {source} is mapped to two tokens", where=str(path), mend="keep one line of each")
    return mapping


def _forged(path: Path, naming: Naming, paid: dict[str, Any]) -> frozenset[int]:
    listed = read_columns(path, "forged", naming, ("tx", "recipient", "amount"), ("token", "id"))
    shared = [name for name in listed if name in paid]
    known = set(zip(*(_texts(folded(listed[name])) for name in shared), strict=True))
    rows = zip(*(_texts(folded(paid[name])) for name in shared), strict=True)
    return frozenset(row for row, key in enumerate(rows) if key in known)


def _keys(columns: dict[str, Any], with_id: bool) -> list[tuple[str, str]]:
    transactions = _texts(columns["tx"])
    return list(zip(transactions, _texts(columns["id"]) if with_id else [""] * len(transactions), strict=True))


def _texts(column: Any) -> list[str]:
    return [value or "" for value in column.to_pylist()]


def score(bridge: Bridge, *, ids: bool = True) -> dict[str, Any]:
    """The figures, as docs/bridges.md describes them."""
    events = len(bridge.deposits) + len(bridge.withdrawals)
    sides = (bridge.deposits, bridge.withdrawals)
    if not ids:
        sides = (replace(sides[0], id=None), replace(sides[1], id=None))
    started = time.perf_counter()
    match_bridge(*sides, finality=bridge.finality)
    seconds = time.perf_counter() - started
    matches = match_bridge(*sides, finality=bridge.finality, shuffles=_SHUFFLES)
    right = _right(bridge, matches)
    left, reasons = matches.unmatched_withdrawals(), Counter(why for _, why in matches.unmatched_deposits())
    figures = quality(len(matches), int(right.sum()), len(bridge.truth))
    figures |= {
        "events": events,
        "events_per_second": round(events / seconds) if seconds else None,
        "rules": {
            rule.name.lower(): {"pairs": int(chosen.sum()), "precision": round(float(right[chosen].mean()), 6)}
            for rule in Rule
            if (chosen := matches.rule == rule).any()
        },
        "flagged_withdrawals": {"count": len(left), "reasons": dict(Counter(why for _, why in left))},
        "unmatched_deposits": {"count": sum(reasons.values()), "reasons": dict(reasons)},
        "order_kept": round(matches.order_kept, 4),
        "latency_seconds": dict(
            zip(("least", "p05", "median", "p95", "greatest"), matches.latency.quantiles, strict=False)
        ),
        "base_rate": {
            "found": matches.base_rate.found,
            "by_chance": round(matches.base_rate.by_chance, 3),
            "spread": round(matches.base_rate.spread, 3),
            "shuffles": matches.base_rate.shuffles,
        },
        "calibration": calibration(matches.probability, right),
    }
    if bridge.forged is not None:
        flagged = {row for row, _ in left}
        figures["forged"] = {
            "listed": len(bridge.forged),
            "flagged": len(bridge.forged & flagged),
            "matched": len(bridge.forged - flagged),
        }
    return figures


def _right(bridge: Bridge, matches: Matches) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.array(
        [
            (bridge.deposit_keys[deposit], bridge.withdrawal_keys[withdrawal]) in bridge.truth
            for deposit, withdrawal in zip(matches.deposit.tolist(), matches.withdrawal.tolist(), strict=True)
        ],
        dtype=np.bool_,
    )
