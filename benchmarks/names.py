"""Name screening against OFAC's and the UN's lists in memory, on one core: start, speed, memory, recall, false alarms.

Queries are listed names with slips made from a fixed seed: words in another order, a letter lost, doubled, changed or
moved, a word left out. The baseline scans every listed name with rapidfuzz (token_sort_ratio, best ten). Times
are CPU time, told as measured and as ratios to the baseline of the same run.

False alarms: half of OFAC's parties are indexed, the primary names of the other half are screened against them; they
come from the same cultures and often from the same families, so this is a hard set. Recombined names (given names of
one person, the family name of another) are the second one. Alias recall asks for each alias in an index that holds
the party's primary name alone; many aliases are other names altogether, which no matcher of spellings can find.

Run ``python -m benchmarks.names [FOLDER]`` from the project's folder, FOLDER holding the sanctions test data; by
default it is looked for where the tests look (``CLEW_TEST_DATA``, or beside the project). Half a minute.
"""

import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from benchmarks.listed_names import listed_parties
from rapidfuzz import fuzz, process

from clew.screening.names import Kind, NamedParty, NameIndex, NameQuery, screen_name

QUERIES = 500
_FIRST = """
from pathlib import Path
from benchmarks.listed_names import listed_parties
from clew.screening.names import NameIndex, NameQuery, screen_name
index = NameIndex.build(listed_parties(Path({folder!r})))
assert screen_name(NameQuery("Usama bin Laden"), index)
"""


def slip(name: str, rng: random.Random) -> str:
    """The name as somebody might type it."""
    words = name.replace(",", "").split()
    if rng.random() < 0.5:
        rng.shuffle(words)
    place = rng.randrange(len(words))
    word = words[place]
    if len(word) > 3:
        at = rng.randrange(1, len(word) - 1)
        changed = (
            word[at + 1] + word[at],
            word[at] * 2 + word[at + 1],
            word[at + 1],
            rng.choice("aeiourst") + word[at + 1],
        )
        words[place] = word[:at] + rng.choice(changed) + word[at + 2 :]
    if len(words) > 2 and rng.random() < 0.2:
        words.pop(rng.randrange(len(words)))
    return " ".join(words)


def recombined(people: Sequence[NamedParty], rng: random.Random) -> str:
    """The given names of one listed person with the family name of another."""
    one, other = (rng.choice(people).names[0].text for _ in range(2))
    return f"{one.split(',')[0]},{other.partition(',')[2]}"


def milliseconds(
    work: Callable[[tuple[str, Kind]], object], queries: Sequence[tuple[str, Kind]]
) -> tuple[float, float]:
    """Median and 95th percentile of one call, in CPU time, which other programs on the machine do not stretch."""
    taken = []
    for query in queries:
        start = time.thread_time()
        work(query)
        taken.append(time.thread_time() - start)
    median, high = np.percentile(taken, [50, 95]) * 1000
    return float(median), float(high)


def best_scores(index: NameIndex, queries: Sequence[tuple[str, Kind]]) -> list[float]:
    """The best score of each query; 0 where nothing matches."""
    found = (screen_name(NameQuery(name, kind), index) for name, kind in queries)
    return [matches[0].score if matches else 0.0 for matches in found]


def first_answer(folder: Path) -> tuple[float, float]:
    """Wall seconds and CPU seconds of a new process that reads the lists, builds the index and answers once."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", _FIRST.format(folder=str(folder))], check=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def speed(index: NameIndex, rng: random.Random) -> None:
    """Print what a query takes, against the scan, and how often its party is found."""
    rows = [rng.randrange(len(index.names)) for _ in range(QUERIES)]
    parties = [index.parties[index.party_of[row]] for row in rows]
    queries = [(slip(index.names[row].text, rng), party.kind) for row, party in zip(rows, parties, strict=True)]
    texts = [name.text.lower() for name in index.names]
    asked = milliseconds(lambda query: screen_name(NameQuery(*query), index), queries)
    proposed = milliseconds(lambda query: index.closest(*query, 10), queries)
    scan = milliseconds(
        lambda query: process.extract(query[0].lower(), texts, scorer=fuzz.token_sort_ratio, limit=10), queries
    )
    for what, (median, high) in (("screen", asked), ("retrieval alone", proposed), ("rapidfuzz scan", scan)):
        print(f"{what:>16}: p50 {median:6.2f} ms, p95 {high:6.2f} ms; p95 against the scan {high / scan[1]:.2f}")
    held = found = first = 0
    for (name, kind), party in zip(queries, parties, strict=True):
        held += party.id in {index.parties[index.party_of[row]].id for row in index.closest(name, kind, 10)}
        ids = [match.party.id for match in screen_name(NameQuery(name, kind), index)]
        found, first = found + (party.id in ids), first + (ids[:1] == [party.id])
    print(
        f"{QUERIES} slips: retrieval {held / QUERIES:.3f}, matched {found / QUERIES:.3f}, first {first / QUERIES:.3f}"
    )


def second_check(parties: Sequence[NamedParty], rng: random.Random) -> None:
    """Print false alarms and alias recall on OFAC's names."""
    ofac = [party for party in parties if party.id.startswith("ofac")]
    rng.shuffle(ofac)
    half = len(ofac) // 2
    index = NameIndex.build(ofac[:half])
    others = [(party.names[0].text, party.kind) for party in ofac[half : half + 1000]]
    people = [party for party in ofac[half:] if party.kind is Kind.PERSON]
    mixed = [(recombined(people, rng), Kind.PERSON) for _ in range(1000)]
    unlisted, made = best_scores(index, others), best_scores(index, mixed)
    print("false alarms in 1,000 screens, from each score on: other half of OFAC, recombined names")
    for level in (0.5, 0.6, 0.7, 0.8, 0.9):
        shares = (1000 * sum(score >= level for score in scores) / len(scores) for scores in (unlisted, made))
        print(f"{level:>6}: {', '.join(f'{share:.0f}' for share in shares)}")
    primary = NameIndex.build(NamedParty(p.id, p.kind, p.names[:1]) for p in ofac)
    asked = [(party, alias) for party in ofac for alias in party.names[1:]]
    asked = rng.sample(asked, min(1000, len(asked)))
    right = wrong = 0
    for party, alias in asked:
        ids = {match.party.id for match in screen_name(NameQuery(alias.text, party.kind), primary)}
        right, wrong = right + (party.id in ids), wrong + bool(ids - {party.id})
    found, another = 1000 * right / len(asked), 1000 * wrong / len(asked)
    print(f"of 1,000 aliases, {found:.0f} find their party, {another:.0f} another")


def main() -> None:
    """Measure and print."""
    data = Path(os.environ.get("CLEW_TEST_DATA", Path(__file__).resolve().parents[2] / "shared/data"))
    folder, rng = Path(sys.argv[1]) if len(sys.argv) > 1 else data / "sanctions", random.Random(1)
    if not folder.is_dir():
        print(f"names: left out, no lists at {folder} (CLEW_TEST_DATA names the folder of test data)")
        return
    wall, cpu = first_answer(folder)
    parties = listed_parties(folder)
    start = time.perf_counter()
    index = NameIndex.build(parties)
    built = time.perf_counter() - start
    started = f"first answer {wall:.2f} s ({cpu:.2f} s CPU), build {built:.2f} s"
    print(f"{len(parties):,} parties, {len(index.names):,} names; {started}")
    speed(index, rng)
    print(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    second_check(parties, rng)


if __name__ == "__main__":
    main()
