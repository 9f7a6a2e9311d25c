"""How often the CoinJoin rules are right on labelled transactions: precision, recall and F1 of each class.

A transaction's predicted class is that of its first verdict where that is confident enough, else ``none``; a label of
``none`` says that a transaction is an ordinary one. Labels come from outside: another tool's verdicts are no truth.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from clew.errors import InputError
from clew.protocols.coinjoin import Protocol, Transaction, classify

ORDINARY = "none"
"""The class of a transaction that is no CoinJoin."""
CLASSES = (*(protocol.value for protocol in Protocol), ORDINARY)
"""What a label may be."""


def read_labels(path: Path) -> dict[str, str]:
    """Transaction id -> class, of a CSV file with the columns ``txid`` and ``class``; InputError names a wrong line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"it cannot be read as CSV: {error}", where=str(path)) from error
    rows = csv.DictReader(text.splitlines())
    missing = {"txid", "class"} - set(rows.fieldnames or ())
    if missing:
        raise InputError(
            f"no column {' or '.join(sorted(missing))}", where=str(path), mend="the first line is: txid,class"
        )
    labels: dict[str, str] = {}
    for row in rows:
        where = f"{path}, line {rows.line_num}"
        txid, named = (row["txid"] or "").strip().lower(), (row["class"] or "").strip().lower()
        if len(txid) != 64 or not set(txid) <= set("0123456789abcdef"):
            raise InputError(f"{txid[:80]!r} is no transaction id of 64 hex digits", where=where)
        if named not in CLASSES:
            raise InputError(f"unknown class {named!r}", where=where, mend=f"known: {', '.join(CLASSES)}")
        if labels.setdefault(txid, named) != named:
            raise InputError(f"{txid} has two labels, {labels[txid]} and {named}", where=where)
    if not labels:
        raise InputError("no label", where=str(path))
    return labels


def score(transactions: Iterable[Transaction], labels: Mapping[str, str], threshold: float) -> dict[str, Any]:
    """The figures of classifying `transactions` against `labels`, as ``docs/coinjoin.md`` describes them.

    A transaction that occurs again is counted once; those without a label are counted, and scored no further.
    """
    predicted: dict[str, str] = {}
    suspected = 0
    for transaction in transactions:
        if transaction.txid in predicted:
            continue
        verdicts = classify(transaction)
        sure = bool(verdicts) and verdicts[0].confidence >= threshold
        predicted[transaction.txid] = verdicts[0].protocol.value if sure else ORDINARY
        suspected += bool(verdicts) and not sure
    pairs = {txid: (labels[txid], found) for txid, found in predicted.items() if txid in labels}
    confusion = Counter(pairs.values())
    unlabelled = [found for txid, found in predicted.items() if txid not in labels]
    return {
        "threshold": threshold,
        "transactions": len(predicted),
        "labelled": len(pairs),
        "unlabelled": len(unlabelled),
        "unlabelled_named": sum(found != ORDINARY for found in unlabelled),
        "labels_without_transaction": len(labels) - len(pairs),
        "suspicions_below_threshold": suspected,
        "classes": {name: figures for name in CLASSES if (figures := _figures(name, confusion))},
        "confusion": {
            truth: {found: confusion[truth, found] for found in CLASSES if confusion[truth, found]}
            for truth in CLASSES
            if any(confusion[truth, found] for found in CLASSES)
        },
        "false_positives": _false_positives(pairs),
        "errors": [
            {"txid": txid, "label": truth, "predicted": found}
            for txid, (truth, found) in pairs.items()
            if truth != found
        ],
    }


def _figures(name: str, confusion: Counter[tuple[str, str]]) -> dict[str, Any] | None:
    """Counts, precision, recall and F1 of a class; None where it neither occurs nor is predicted."""
    right = confusion[name, name]
    labelled = sum(count for (truth, _), count in confusion.items() if truth == name)
    named = sum(count for (_, found), count in confusion.items() if found == name)
    if not labelled and not named:
        return None
    return {
        "labelled": labelled,
        "predicted": named,
        "right": right,
        "precision": _ratio(right, named),
        "recall": _ratio(right, labelled),
        "f1": _ratio(2 * right, labelled + named),
    }


def _ratio(part: int, whole: int) -> float | None:
    """A share to six digits; None where there is nothing to be a share of."""
    return round(part / whole, 6) if whole else None


def _false_positives(pairs: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Ordinary transactions that were given a class."""
    ordinary = [txid for txid, (truth, _) in pairs.items() if truth == ORDINARY]
    flagged = [txid for txid in ordinary if pairs[txid][1] != ORDINARY]
    return {"ordinary": len(ordinary), "named": len(flagged), "rate": _ratio(len(flagged), len(ordinary))}
