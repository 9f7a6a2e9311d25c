"""How often exposure is right, on transfers whose answers are known: by (address, direction, category), and by address.

For an address with a label the labels are all it is exposed to: a category that is found and not labelled is wrong, one
that is labelled and not found is missed. Where a label states an amount, it has to be that amount to the base unit.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from clew.amounts import MAX_AMOUNT
from clew.errors import InputError
from clew.exposure.address import FEES, RETURNED, Direction, Exposure
from clew.ledger import Ledger, TransferTable
from clew.model import Decoded, Kind, Reply, Transfer
from clew.scores.calibration import quality
from clew.scores.tables import Naming, integers, read_columns

_COLUMNS = ("height", "tx", "sender", "receiver", "asset", "amount")
_APART = frozenset({FEES, RETURNED})
"""What is no exposure to anybody."""


class Known(NamedTuple):
    """One labelled exposure."""

    direction: str
    category: str
    amount: int | None


def read_transfers(path: Path, chain: str) -> TransferTable:
    """The transfers of a CSV file in its order, which must be that of the chain; InputError names a wrong row."""
    table = read_columns(path, "transfers", Naming(), _COLUMNS)
    heights = integers(table["height"])
    if not len(heights):
        raise InputError("no transfer", where=str(path))
    if (heights < 0).any() or (np.diff(heights) < 0).any():
        row = int(np.flatnonzero((heights < 0) | (np.diff(heights, prepend=heights[0]) < 0))[0]) + 1
        raise InputError("a height is none, or lower than the one before", where=f"{path}, row {row}")
    columns = [table[name].to_pylist() for name in _COLUMNS[1:]]
    rows = []
    for number, (height, tx, sender, receiver, asset, text) in enumerate(
        zip(heights.tolist(), *columns, strict=True), 1
    ):
        if not (tx and sender and receiver and asset and _is_amount(text)):
            raise InputError("a field is empty, or the amount is no whole number", where=f"{path}, row {number}")
        name = asset if asset.startswith(f"{chain}/") else f"{chain}/{asset}"
        rows.append(Transfer(chain, height, number, number, tx, height, name, sender, receiver, int(text), Kind.TOKEN))
    with Ledger.open(":memory:") as ledger:
        with ledger.writer.batch():
            reply = ledger.writer.reply(Reply("csv", chain, {}, "0", b""), "0" * 64)
            ledger.writer.append(Decoded(tuple(rows)), reply)
        return ledger.view.transfers()


def _is_amount(text: str | None) -> bool:
    """Whether a cell holds a whole number that a chain can state."""
    plain = text is not None and text.isascii() and text.isdigit() and len(text) < 79
    return plain and int(text or "") <= MAX_AMOUNT


def read_exposures(path: Path) -> dict[str, list[Known]]:
    """Address -> its labelled exposures, of a CSV file with address, direction, category and perhaps amount."""
    table = read_columns(path, "labels", Naming(), ("address", "direction", "category"), ("amount",))
    amounts = table["amount"].to_pylist() if "amount" in table else [None] * len(table["address"])
    columns = (table[name].to_pylist() for name in ("address", "direction", "category"))
    found: dict[str, list[Known]] = {}
    for number, (address, direction, category, amount) in enumerate(zip(*columns, amounts, strict=True), 1):
        where = f"{path}, row {number}"
        if not address or direction not in set(Direction) or not category:
            raise InputError(
                "a row lacks its address, direction or category", where=where, mend="direction is received or sent"
            )
        if amount is not None and not _is_amount(amount):
            raise InputError(f"{amount!r} is no whole number of base units", where=where)
        found.setdefault(address, []).append(Known(direction, category, None if amount is None else int(amount)))
    if not found:
        raise InputError("no label", where=str(path))
    return found


def score(
    labels: Mapping[str, Sequence[Known]], exposure: Callable[[str], Exposure | None], threshold: float
) -> dict[str, Any]:
    """The figures, as docs/exposure.md describes them; `exposure` gives None of an address that nothing shows."""
    correct = found = missing = stated = exact = 0
    each: list[tuple[float, float]] = []
    for address, known in labels.items():
        answer = exposure(address)
        missing += answer is None
        amounts = {} if answer is None else _by_category(answer, threshold)
        truth = {(one.direction, one.category) for one in known}
        right = len(truth & amounts.keys())
        correct, found = correct + right, found + len(amounts)
        each.append((right / len(amounts) if amounts else 0.0, right / len(truth)))
        for one in known:
            stated += one.amount is not None
            exact += one.amount is not None and amounts.get((one.direction, one.category)) == one.amount
    precision, recall = (sum(side) / len(each) for side in zip(*each, strict=True))
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {
        "addresses": len(labels),
        "addresses_without_transfer": missing,
        "threshold": threshold,
        "exposures": quality(found, correct, sum(map(len, labels.values()))),
        "per_address": {"precision": round(precision, 6), "recall": round(recall, 6), "f1": round(f1, 6)},
        "amounts_stated": stated,
        "amounts_exact": exact,
    }


def _by_category(answer: Exposure, threshold: float) -> dict[tuple[str, str], int]:
    """(direction, category) -> base units over all assets, where the share of an asset reaches the threshold."""
    sums: dict[tuple[str, str], int] = {}
    for share in answer.shares:
        if share.category not in _APART and share.millionths >= threshold * 1_000_000:
            key = (str(share.direction), share.category)
            sums[key] = sums.get(key, 0) + share.amount
    return sums
