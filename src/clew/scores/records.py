"""How far the amount and asset of a swap single out its payout, on records of a service that published both sides."""

import gzip
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np

from clew.errors import InputError

_FIELDS = ("txId", "amount", "outputType", "outputCoin", "withdrawTx")
_UNKNOWN = "..."
_PLACES = (None, 6, 4, 2)
"""Decimals of the payout's amount that are known; None for all that are stated."""
_MIDDLE = (0.05, 0.95)
"""Quantiles of the other records' rates within which a payout is looked for where only the deposit is known."""
_ENOUGH = 20


@dataclass(frozen=True, slots=True)
class Record:
    """A swap whose two sides are known to belong together."""

    deposit_tx: str
    amount_in: Decimal
    asset: str
    amount_out: Decimal
    payout_tx: str
    """Empty where the record does not say."""


def read_records(path: Path) -> list[Record]:
    """The records of a JSON file in ShapeShift's form (docs/bridges.md), gzip or not; InputError names a wrong one."""
    try:
        data = path.read_bytes()
        text = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        table = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise InputError(f"it cannot be read as JSON: {error}", where=str(path)) from error
    rows = table.get("data") if isinstance(table, dict) else table
    if not isinstance(rows, list):
        raise InputError("no list of records", where=str(path), mend='write {"data": [...]}')
    return [_record(row, f"{path}, record {number}") for number, row in enumerate(rows, 1)]


def _record(row: object, where: str) -> Record:
    if not isinstance(row, dict) or any(name not in row for name in _FIELDS):
        raise InputError(f"a record has the fields {', '.join(_FIELDS)}", where=where)
    try:
        sent, got = Decimal(str(row["amount"])), Decimal(str(row["outputCoin"]))
    except InvalidOperation as error:
        raise InputError("an amount is no number", where=where) from error
    payout = str(row["withdrawTx"])
    known = "" if payout == _UNKNOWN else payout.lower()
    return Record(str(row["txId"]), sent, str(row["outputType"]), got, known)


def score_records(records: Iterable[Record]) -> dict[str, Any]:
    """The figures, as docs/bridges.md describes them."""
    given = list(records)
    usable = [record for record in given if record.amount_in > 0 and record.amount_out > 0]
    return {
        "records": len(given),
        "without_amount": len(given) - len(usable),
        "assets": len({record.asset for record in usable}),
        "amount_and_asset": [_by_amount(usable, places) for places in _PLACES],
        "deposit_alone": _by_rate(usable),
    }


def _by_amount(records: list[Record], places: int | None) -> dict[str, Any]:
    """Records whose payout's asset and amount, known to some decimals, are those of exactly one payout transaction."""
    keys = [(record.asset, _rounded(record.amount_out, places)) for record in records]
    payouts: defaultdict[tuple[str, Decimal], set[str]] = defaultdict(set)
    for key, record in zip(keys, records, strict=True):
        if record.payout_tx:
            payouts[key].add(record.payout_tx)
    single = [(payouts[key], record) for key, record in zip(keys, records, strict=True) if len(payouts[key]) == 1]
    right = sum(record.payout_tx in found for found, record in single)
    return {"decimals": "all" if places is None else places, **_figures(len(records), len(single), right)}


def _rounded(amount: Decimal, places: int | None) -> Decimal:
    return amount.normalize() if places is None else amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)


def _by_rate(records: list[Record]) -> dict[str, Any]:
    """Records whose deposit, at the rates of the asset's other records, leaves exactly one payout.

    The records have no times, so the rates are those of the whole period: this is the least that amounts tell.
    """
    by_asset: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.payout_tx:
            by_asset[record.asset].append(record)
    single = right = asked = candidates = 0
    for group in by_asset.values():
        if len(group) < _ENOUGH:
            continue
        sent = np.array([float(record.amount_in) for record in group])
        got = np.array([float(record.amount_out) for record in group])
        for own in range(len(group)):
            low, high = np.quantile(np.delete(got / sent, own), _MIDDLE) * sent[own]
            found = np.flatnonzero((got >= low) & (got <= high))
            asked, candidates = asked + 1, candidates + len(found)
            single += len(found) == 1
            right += len(found) == 1 and int(found[0]) == own
    mean = round(candidates / asked, 2) if asked else None
    return {**_figures(asked, single, right), "mean_candidates": mean}


def _figures(asked: int, single: int, right: int) -> dict[str, Any]:
    return {
        "records": asked,
        "singled_out": single,
        "share": round(single / asked, 6) if asked else None,
        "precision": round(right / single, 6) if single else None,
    }
