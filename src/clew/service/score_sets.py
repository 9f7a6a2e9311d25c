"""The scores beside the traces: each a set of labelled data, or a simulation, with the figures that stand for it.

To add one, write a function that takes the folder of the labelled data and one to write in, and a line in `SETS`.
"""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from clew.errors import InputError
from clew.scores.mixer_files import REUSE_PAIRS
from clew.scores.transactions import read_transactions
from clew.service.score_bridges import score_bridges
from clew.service.score_coinjoin import score_coinjoin
from clew.service.score_demix import score_demix
from clew.service.score_names import score_names
from clew.service.score_swaps import score_swap_records, score_swaps
from clew.simulate.exchanger import simulate_exchanger

Json = dict[str, Any]
_MIXES = {"wasabi-1": "wasabi-1-2018", "wasabi-2": "wasabi-2-2024", "whirlpool": "whirlpool-mixes"}
"""Class of CoinJoin -> file of which every transaction is one."""
_POOLS = ("0.1", "1", "10", "100-to-2023-04")


class LabelledSet(NamedTuple):
    """One row of the page."""

    name: str
    needs: tuple[str, ...]
    """Paths in the folder of the labelled data; none: everything is simulated."""
    run: Callable[[Path, Path], Json]
    """``run(data, scratch)``: figures; those that are fractions may not fall."""


def plain(figures: Json) -> Json:
    """The numbers among figures, less times."""
    return {k: v for k, v in figures.items() if isinstance(v, int | float) and "second" not in k}


def _exchanger(_data: Path, scratch: Path) -> Json:
    files = simulate_exchanger(1, scratch)
    return plain(score_swaps(files.deposits, files.payouts, files.rates, files.truth))


def _nomad(data: Path, _scratch: Path) -> Json:
    folder = data / "nomad-bridge"
    sides = folder / "moonbeam-withdrawals.csv.gz", folder / "ethereum-withdrawals.csv.gz"
    forged = folder / "attack-withdrawals.csv"
    return plain(score_bridges(*sides, folder / "matched-withdrawals.csv.gz", forged=forged)["without_ids"])


def _shapeshift(data: Path, _scratch: Path) -> Json:
    return plain(score_swap_records(data / "shapeshift" / "swaps.json.gz"))


def _names(data: Path, _scratch: Path) -> Json:
    found = score_names(data / "names" / "cases.csv")
    return plain(found) | {f"cross-validated {rate}": found["cross_validated"][rate] for rate in _RATES}


_RATES = ("precision", "recall", "f1")


def _coinjoins(data: Path, scratch: Path) -> Json:
    """Real mixes by class; and of an emulated run, whose other transactions are ordinary ones, mixes of Wasabi 2."""
    found: Json = {}
    for name, file in _MIXES.items():
        path = data / "coinjoin" / f"{file}.txt.gz"
        mixes = dict.fromkeys((each.txid for each in read_transactions(path)), name)
        figures = score_coinjoin(path, _labels(scratch / "labels.csv", mixes))["classes"][name]
        found |= {f"{name} labelled": figures["labelled"], f"{name} recall": figures["recall"]}
    emulated = data / "coinjoin" / "emulated"
    blocks = emulated / "blocks.jsonl.gz"
    labels = dict.fromkeys((each.txid for each in read_transactions(blocks)), "none")
    labels |= dict.fromkeys(_ids(emulated / "coinjoins.json"), "wasabi-2")
    figures = score_coinjoin(blocks, _labels(scratch / "labels.csv", labels))
    rates = figures["classes"]["wasabi-2"]
    return found | {"emulated transactions": figures["labelled"]} | {f"emulated {r}": rates[r] for r in _RATES}


def _ids(path: Path) -> list[str]:
    """The transactions of a JSON list of mixes."""
    try:
        return [str(row["txHash"]) for row in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"it is no list of mixes: {error!r}", where=str(path)) from error


def _labels(path: Path, classes: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("txid", "class"), *classes.items()])
    return path


def _demix(data: Path, _scratch: Path) -> Json:
    """The Ronin theft's notes among the pools' events; the timing's calibration on known pairs."""
    folder = data / "tornado"
    sides = ([folder / f"{side}-eth-{pool}.json.zip" for pool in _POOLS] for side in ("deposits", "withdrawals"))
    depositors = data / "ronin-2022" / "txlist-replies.jsonl.gz"
    found = score_demix(*sides, depositors=depositors, pairs=REUSE_PAIRS)
    timing = found["calibration"]["timing"]
    gap = timing["each_tenth_in_turn"]["largest_gap_points"]
    notes = sum(pool["deposits_of_interest"] for pool in found["pools"])
    known = {"deposits joined": notes, "known pairs": found["calibration"]["pairs"], "largest gap points": gap}
    return known | {"calibration": round(1 - gap / 100, 4), "lift": timing["shuffled_pairs"]["lift"]}


SETS = (
    LabelledSet("exchanger, simulated, seed 1", (), _exchanger),
    LabelledSet("Nomad bridge without ids", ("nomad-bridge",), _nomad),
    LabelledSet("ShapeShift records", ("shapeshift/swaps.json.gz",), _shapeshift),
    LabelledSet("names", ("names/cases.csv",), _names),
    LabelledSet("CoinJoins", ("coinjoin",), _coinjoins),
    LabelledSet("demix, Ronin in Tornado Cash", ("tornado", "ronin-2022/txlist-replies.jsonl.gz"), _demix),
)
"""In the order of the page."""


def missing(needs: Sequence[str], data: Path | None) -> str:
    """Why a set that needs these files cannot be scored; nothing where it can."""
    if not needs:
        return ""
    if data is None:
        return "no folder of labelled data was given"
    lacking = [name for name in needs if not (data / name).exists()]
    return f"the folder of labelled data has no {' and no '.join(lacking)}" if lacking else ""
