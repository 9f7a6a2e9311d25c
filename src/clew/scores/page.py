"""The page of scores (docs/scores.md), and the least that each figure may be."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from clew.errors import InputError

LEAST = Path(__file__).with_name("least.toml")
"""Figures as recorded, less what they may vary by; a lower one fails the run."""

TYPOLOGIES = "typologies"
"""Where a world's figures keep those of its typologies."""

Json = dict[str, Any]

_COLUMNS = (
    "method",
    "loaded",
    "exchange P",
    "exchange R",
    "exchange F1",
    "as claimed P",
    "as claimed R",
    "visible R",
    "exchange addr. P",
    "exchange addr. R",
    "all P",
    "all R",
    "all F1",
    "all addr. P",
    "all addr. R",
    "from 100 USD P",
    "from 100 USD R",
)

_HEAD = """# Scores

`make score` writes this page: worlds of fixed seeds, and the labelled data beside the project where it is present. It \
fails where a figure falls below the least that `src/clew/scores/least.toml` records. [Simulation](simulation.md) \
describes the worlds, what truth means in them, the baselines, and the figures on seeds nobody had tuned on.

**Columns.** *Loaded*: accounts that were loaded, of those that may be. P is precision, R recall, F1 their harmonic \
mean, in per cent. Value is right as far as a place truly holds as much as a method says, in dollars of the stolen \
asset; *addr.* counts addresses that hold a dollar, *from 100 USD* those of all places that hold a \
hundred. *Exchange*: what stands at exchanges. *All*: all places. No more can stand anywhere \
than was stolen, so a method that claims more in all places together has its claims cut down to that, in proportion; \
*as claimed* is without this. *Visible R*: recall of what came to exchanges over no mixer, CoinJoin or exchanger. \
Poison keeps no value.

**Rows.** `fifo` and the other policies walk as `clew trace` does. `fifo through suspects` stops at no service that \
only its behaviour tells; `fifo on from exchangers` follows deposits of the exchanger to the payout that alone fits; \
`fifo through mixes` also shares what entered mixers over what may be its. The last five are \
[baselines](simulation.md#baselines).

**What this proves, and what not.** A simulated world holds what its authors thought of. It shows that the arithmetic, \
the walk and the joins do what they should where the truth is known, and how policies and methods compare on the same \
input. It does not show how often a real case comes out right. Everybody is given the same joined swaps and bridges \
and the same labels, so a baseline is stronger here than alone.
"""


def page(
    worlds: Mapping[str, Json], edges: Mapping[str, Json], others: Mapping[str, Json], left_out: Mapping[str, str]
) -> str:
    """The page, in Markdown; the same text for the same figures. `left_out`: what was not scored, and why."""
    parts = [_HEAD]
    for name, found in worlds.items():
        bound = f"At most {found['runs'][0]['bound']:,} accounts may be loaded."
        parts.append(f"## World {name}\n\n{bound}\n\n{_table(found['runs'])}\n{_passages(found)}")
    for name, found in edges.items():
        facts = f"{found['transfers']} payments, {found['addresses']} addresses, {found['sources']} sources, "
        facts += (
            f"{found['terminals_in_edges']} terminals in the list. Stolen {_dollars(found['stolen'])}, entering the "
        )
        facts += (
            f"terminals {_dollars(found['into_terminals'])}: such a list conserves no value, so a method that does "
        )
        facts += "cannot find more than was stolen, and one that counts all inflow finds more than there was. The list "
        facts += "holds laundering alone, so whoever follows everything is never wrong on it. Value counts at each "
        facts += "terminal up to what entered it."
        parts.append(f"## {name}\n\n{facts}\n\n{_edge_table(found)}")
    if any(TYPOLOGIES in found for found in worlds.values()):
        parts.append(_typologies(worlds))
    if others:
        rows = [f"| {name} | {_line(figures)} |" for name, figures in others.items()]
        parts.append("\n".join(["## Other scores", "", "| what | figures |", "| --- | --- |", *rows]) + "\n")
    if left_out:
        rows = [f"- {name}: {why}." for name, why in left_out.items()]
        parts.append("\n".join(["## Left out", "", *rows]) + "\n")
    return "\n".join(parts)


def _line(figures: Json) -> str:
    """The numbers of a score, in its own words."""
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in figures.items())


def _dollars(micro: str) -> str:
    return f"{int(micro) // 10**6:,} USD"


def _table(runs: Sequence[Json]) -> str:
    lines = [f"| {' | '.join(_COLUMNS)} |", f"|{' --- |' * len(_COLUMNS)}"]
    for run in runs:
        exchanges, whole, fair = run["exchanges"], run["everywhere"], run["scaled"]
        cells = [run["method"], str(run["loaded"]), *_rates(fair["exchanges"]), *_pair(exchanges["value"])]
        cells += [_percent(fair["visible"], "recall"), *_pair(exchanges["addresses"])]
        cells += [*_rates(fair["everywhere"]), *_pair(whole["addresses"]), *_pair(whole["material"])]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _edge_table(found: Json) -> str:
    """Of labelled edges nothing is known but the terminals."""
    lines = [
        "| method | bound | loaded | terminals found | value found, USD | of what was stolen | as claimed |",
        f"|{' --- |' * 7}",
    ]
    for run in found["runs"]:
        value, addresses = run["exchanges"]["value"], run["exchanges"]["addresses"]
        named = round((addresses["recall"] or 0) * addresses["true"])
        fair = run["scaled"]["exchanges"]
        worth: tuple[str, ...] = ("-", "-", "-")
        if value is not None and fair is not None:
            right, claimed = int(fair["right"]), int(value["right"])
            shares = (f"{100 * sum_ / int(found['stolen']):.1f}" for sum_ in (right, claimed))
            worth = (f"{right // 10**6:,}", *shares)
        lines.append(f"| {' | '.join((run['method'], str(run['bound']), str(run['loaded']), str(named), *worth))} |")
    return "\n".join(lines) + "\n"


def _pair(figures: Json | None) -> tuple[str, str]:
    return _percent(figures, "precision"), _percent(figures, "recall")


def _rates(figures: Json | None) -> tuple[str, str, str]:
    return *_pair(figures), _percent(figures, "f1")


def _percent(figures: Json | None, name: str) -> str:
    value = None if figures is None else figures[name]
    return "-" if value is None else f"{100 * value:.1f}"


def _passages(found: Json) -> str:
    """What is stated of hidden passages, each kind's largest gap between stated and true."""
    joined, mixer = found["coinjoins"], found["mixer"]
    timing = mixer["calibration"]["timing"]
    text = f"CoinJoins: {joined['recognised']} of {joined['rounds']} rounds recognised; {_gaps(joined)}."
    text += f" Mixer: {mixer['pairs']} true pairs; {_gaps(mixer)}; timing {timing['status']}"
    return f"{text}{_gap(timing.get('each_tenth_in_turn', {}))}.\n"


def _gaps(kind: Json) -> str:
    """The gaps of what is stated of all that entered, and of what a trace found entering."""
    names = {"stated": "pairs as stated", "traced": "of the theft's", "any": "any of the theft's"}
    return "; ".join(f"{words} {_count(kind[name])}{_gap(kind[name])}" for name, words in names.items())


def _count(figures: Json) -> str:
    return f"({sum(row['links'] for row in figures['bins']):,})"


def _gap(figures: Json) -> str:
    if figures.get("largest_gap_points") is None:
        return ""
    low, high = figures["largest_gap_interval"]
    beyond = ", beyond chance" if figures["off_beyond_chance"] else ""
    mean = f", expected calibration error {figures['expected_calibration_error_points']} points"
    return f"{mean}, largest gap {figures['largest_gap_points']} points (95 % interval {low} to {high}{beyond})"


def _typologies(worlds: Mapping[str, Json]) -> str:
    """Flagged accounts against those that truly play a typology, world by world."""
    lines = [
        "## Typologies",
        "",
        "Accounts, over all chains of a world; what counts as true: [typologies](typologies.md#scoring).",
        "",
        "| world | typology | flagged | true | right | P | R | base rate | the thief's |",
        f"|{' --- |' * 9}",
    ]
    for name, found in worlds.items():
        for typology, row in found.get(TYPOLOGIES, {}).items():
            rates = (_percent(row, rate) for rate in ("precision", "recall", "base_rate", "thiefs"))
            cells = (name, typology, *(str(row[count]) for count in ("flagged", "true", "right")), *rates)
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def figures_of(worlds: Mapping[str, Json], edges: Mapping[str, Json], others: Mapping[str, Json]) -> dict[str, float]:
    """Every figure that may not fall, by a name such as ``dprk 1/fifo/3000/exchanges/value/recall``.

    ``held`` is 1 less the largest gap between what is stated of hidden passages and what is true.
    """
    found: dict[str, float] = {}
    for name, table in (*worlds.items(), *edges.items()):
        for run in table["runs"]:
            for part, rates in _parts(run):
                fractions = {rate: value for rate, value in (rates or {}).items() if isinstance(value, float)}
                found |= {f"{name}/{run['method']}/{run['bound']}/{part}/{rate}": v for rate, v in fractions.items()}
        for typology, row in table.get(TYPOLOGIES, {}).items():
            rates = {rate: row[rate] for rate in ("precision", "recall") if row[rate] is not None}
            found |= {f"{name}/{TYPOLOGIES}/{typology}/{rate}": value for rate, value in rates.items()}
        for kind in ("coinjoins", "mixer"):
            worst = table.get(kind, {}).get("stated", {}).get("largest_gap_points")
            found |= {} if worst is None else {f"{name}/{kind}/stated/held": round(1 - worst / 100, 4)}
    for name, figures in others.items():
        found |= {f"{name}/{key}": value for key, value in figures.items() if isinstance(value, float)}
    return found


def _parts(run: Json) -> Iterator[tuple[str, Json | None]]:
    """The groups of figures of a row, by name."""
    for part in ("exchanges", "visible", "everywhere"):
        for kind in ("value", "addresses"):
            yield f"{part}/{kind}", run[part][kind]
        yield f"scaled/{part}", run["scaled"][part]


def shortfalls(figures: Mapping[str, float], least: Path = LEAST) -> list[str]:
    """The figures that are below the least recorded, or missing though their subject was scored, each as a sentence."""
    try:
        table = tomllib.loads(least.read_text(encoding="utf-8"))["least"]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError) as error:
        raise InputError(f"it cannot be read: {error!r}", where=str(least)) from error
    scored = {name.partition("/")[0] for name in figures}
    wrong = []
    for name, bar in table.items():
        if name.partition("/")[0] not in scored:
            continue
        value = figures.get(name)
        if value is None or value < bar:
            wrong.append(f"{name} is {value}, recorded is at least {bar}")
    return wrong
