"""Whether probabilities of hidden passages hold where the truth is known: through CoinJoins and through a mixer."""

import csv
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from clew.errors import InputError
from clew.ledger import TransferTable
from clew.links.coinjoins import coinjoin_of
from clew.model import Kind
from clew.scores.calibration import Stated, gaps, pooled
from clew.scores.columns import Columns
from clew.scores.demix import demix
from clew.scores.mixer_files import read_depositors, read_events, read_pairs, with_trace
from clew.scores.timing import Timing

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

    An input may have paid any output not larger than itself, each as likely: coins are cut up greedily, so a large one
    leaves hardly more for a size than a small one.
    """
    counts = Counter(outputs.values())
    shares: dict[tuple[str, str], float] = {}
    for outpoint, amount in outputs.items():
        able = [name for name, value in inputs.items() if value >= amount] if counts[amount] > 1 else []
        shares |= {(name, outpoint): 1 / len(able) for name in able}
    return shares


class Rounds(NamedTuple):
    """The CoinJoins of a world: how many, how many of them are recognised, and each stated share with its truth."""

    rounds: int
    recognised: int
    stated: list[float]
    right: list[bool]


def read_rounds(table: TransferTable, passages: Path) -> Rounds:
    """The rounds that a world's ``passages.csv`` names, as its ledger shows them."""
    truth = read_passages(passages, "coinjoin")
    code = {name: number for number, name in enumerate(table.txs)}
    found = Rounds(len(truth), 0, [], [])
    recognised = 0
    for tx, links in sorted(truth.items()):
        rows = np.flatnonzero(table.tx == code[tx]).tolist()
        recognised += coinjoin_of(table, rows) is not None
        inputs = {table.account_name[table.sender[r]]: table.amount_of(r) for r in rows if _is(table, r, Kind.INPUT)}
        outputs = {
            table.account_name[table.receiver[r]]: table.amount_of(r) for r in rows if _is(table, r, Kind.OUTPUT)
        }
        for pair, share in coinjoin_shares(inputs, outputs).items():
            found.stated.append(share)
            found.right.append(pair in links)
    return found._replace(recognised=recognised)


def calibrated(found: Rounds) -> dict[str, Any]:
    """The rounds' figures, stated beside observed."""
    stated, right = np.array(found.stated, dtype=np.float64), np.array(found.right, dtype=np.bool_)
    facts = {"rounds": found.rounds, "recognised": found.recognised, "pairs": len(stated)}
    return {**facts, **gaps(Stated.alone(stated, right))}


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


def score_mixers(folders: Sequence[Path]) -> dict[str, Any]:
    """Whether the timing of the mixers of several worlds holds: world by world, and with all their pairs in one table.

    A world's bins hold a hundred statements or so, which chance alone may put off by 10 points; the table of all tells
    what a world cannot. Each world learns from its own pairs. InputError where a folder holds no world's mixer.
    """
    worlds, statements = [], defaultdict[str, list[Stated]](list)
    for folder in folders:
        events = read_events([folder / "deposits.csv"], [folder / "withdrawals.csv"])
        events = with_trace(events, read_depositors(folder / "depositors.csv"))
        pairs, _ = read_pairs(folder / "pairs.csv", events)
        timing = Timing.measure(events, [Columns.of(events, name) for name in events.pools()], pairs, shuffles=1)
        tables = {name: gaps(stated) for name, stated in timing.stated.items()}
        worlds.append({"world": str(folder.parent), "pairs": len(pairs), **tables})
        for name, stated in timing.stated.items():
            statements[name].append(stated)
    return {
        "kind": "passages",
        "pairs": sum(world["pairs"] for world in worlds),
        "pooled": {name: gaps(pooled(each)) for name, each in statements.items()},
        "worlds": worlds,
    }
