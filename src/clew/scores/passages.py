"""Whether probabilities of hidden passages hold where the truth is known: through CoinJoins and through a mixer."""

import csv
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from clew.errors import InputError
from clew.ledger import TransferTable
from clew.links.coinjoins import coinjoin_of
from clew.model import Kind
from clew.scores.demix import demix, gaps
from clew.scores.mixer_files import read_depositors, read_events, read_pairs

_KINDS = tuple(Kind)


def read_passages(path: Path, kind: str) -> dict[str, set[tuple[str, str]]]:
    """Service -> (sent, received) of one kind in a world's ``passages.csv``; InputError where it is none."""
    found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    try:
        with path.open(encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text):
                if row["kind"] == kind:
                    found[row["service"]].add((row["sent"], row["received"]))
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, TypeError) as error:
        raise InputError(f"these are no passages: {error!r}", where=str(path)) from error
    return dict(found)


def coinjoin_shares(inputs: dict[str, int], outputs: dict[str, int]) -> dict[tuple[str, str], float]:
    """Of each input and each output that has a twin: the probability that one owner has both, by amounts alone.

    An input may have paid any output not larger than itself, in proportion to its amount among all that may.
    """
    counts = Counter(outputs.values())
    shares: dict[tuple[str, str], float] = {}
    for outpoint, amount in outputs.items():
        able = {name: value for name, value in inputs.items() if value >= amount}
        total = sum(able.values())
        if counts[amount] > 1 and total:
            shares |= {(name, outpoint): value / total for name, value in able.items()}
    return shares


def score_coinjoins(table: TransferTable, passages: Path) -> dict[str, Any]:
    """How many rounds are recognised, and whether the shares of `coinjoin_shares` hold."""
    truth = read_passages(passages, "coinjoin")
    code = {name: number for number, name in enumerate(table.txs)}
    recognised, stated, right = 0, [], []
    for tx, links in sorted(truth.items()):
        rows = np.flatnonzero(table.tx == code[tx]).tolist()
        recognised += coinjoin_of(table, rows) is not None
        inputs = {table.account_name[table.sender[r]]: table.amount_of(r) for r in rows if _is(table, r, Kind.INPUT)}
        outputs = {
            table.account_name[table.receiver[r]]: table.amount_of(r) for r in rows if _is(table, r, Kind.OUTPUT)
        }
        for pair, share in coinjoin_shares(inputs, outputs).items():
            stated.append(share)
            right.append(pair in links)
    probability, held = np.array(stated, dtype=np.float64), np.array(right, dtype=np.bool_)
    return {"rounds": len(truth), "recognised": recognised, "pairs": len(stated), **gaps(probability, held)}


def _is(table: TransferTable, row: int, kind: Kind) -> bool:
    return _KINDS[table.kind[row]] is kind


def score_mixer(folder: Path) -> dict[str, Any]:
    """What `clew score demix` says of a world's mixer: its rules and their calibration on the true pairs."""
    deposits, withdrawals = folder / "deposits.csv", folder / "withdrawals.csv"
    events, trace = read_events([deposits], [withdrawals]), read_depositors(folder / "depositors.csv")
    pairs, aside = read_pairs(folder / "pairs.csv", events)
    found = demix(events, trace, pairs, aside)
    rules = [{name: row[name] for name in ("rule", "pool", "status", "links") if name in row} for row in found["rules"]]
    return {"pairs": len(pairs), "rules": rules, "calibration": found["calibration"]}
