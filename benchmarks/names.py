"""Name screening against OFAC's and the UN's lists in memory, on one core: start, speed, memory, recall, false alarms.

Queries are listed names with slips made from a fixed seed: words in another order, a letter lost, doubled, changed or
moved, a word left out. The baseline scans every listed name with rapidfuzz (token_sort_ratio, best ten). Times
are CPU time, told as measured and as ratios to the baseline of the same run.

False alarms: half of OFAC's parties are indexed, the primary names of the other half are screened against them; they
come from the same cultures and often from the same families, so this is a hard set. Recombined names (given names of
one person, the family name of another) are the second one. Alias recall asks for each alias in an index that holds
the party's primary name alone; many aliases are other names altogether, which no matcher of spellings can find.

Run ``python -m benchmarks.names [usual [FOLDER]]`` from the project's folder, FOLDER holding the sanctions test data;
by default it is looked for where the tests look (``CLEW_TEST_DATA``, or beside the project). Half a minute.
"""

import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from benchmarks.listed_names import listed_parties
from benchmarks.table import LeftOutError, Row, Scale, print_rows
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


def speed(index: NameIndex, rng: random.Random, queries: int) -> Iterator[Row]:
    """What a query takes, against the scan, and how often its party is found."""
    places = [rng.randrange(len(index.names)) for _ in range(queries)]
    parties = [index.parties[index.party_of[place]] for place in places]
    asked = [(slip(index.names[at].text, rng), party.kind) for at, party in zip(places, parties, strict=True)]
    texts = [name.text.lower() for name in index.names]
    ways: dict[str, Callable[[tuple[str, Kind]], object]] = {
        "screen a name": lambda query: screen_name(NameQuery(*query), index),
        "  retrieval alone": lambda query: index.closest(*query, 10),
        "  rapidfuzz scan of all names": lambda query: process.extract(
            query[0].lower(), texts, scorer=fuzz.token_sort_ratio, limit=10
        ),
    }
    taken = {what: milliseconds(way, asked) for what, way in ways.items()}
    scan = list(taken.values())[-1][1]
    for what, (median, high) in taken.items():
        yield Row(f"{what}, p95", high, "ms", less=True, note=f"p50 {median:.2f} ms; {scan / high:.1f} times the scan")
    held = found = first = 0
    for (name, kind), party in zip(asked, parties, strict=True):
        held += party.id in {index.parties[index.party_of[at]].id for at in index.closest(name, kind, 10)}
        ids = [match.party.id for match in screen_name(NameQuery(name, kind), index)]
        found, first = found + (party.id in ids), first + (ids[:1] == [party.id])
    for what, hits in (("retrieved", held), ("matched", found), ("matched first", first)):
        yield Row(f"{queries} names with a slip: {what}", hits / queries, "of 1")


def second_check(parties: Sequence[NamedParty], rng: random.Random, screens: int) -> Iterator[Row]:
    """False alarms and alias recall on OFAC's names."""
    ofac = [party for party in parties if party.id.startswith("ofac")]
    rng.shuffle(ofac)
    half = len(ofac) // 2
    index = NameIndex.build(ofac[:half])
    others = [(party.names[0].text, party.kind) for party in ofac[half : half + screens]]
    people = [party for party in ofac[half:] if party.kind is Kind.PERSON]
    mixed = [(recombined(people, rng), Kind.PERSON) for _ in range(screens)]
    unlisted, made = best_scores(index, others), best_scores(index, mixed)
    for level in (0.5, 0.6, 0.7, 0.8, 0.9):
        alarms, more = (1000 * sum(score >= level for score in scores) / len(scores) for scores in (unlisted, made))
        note = f"the other half of OFAC; recombined names {more:.0f}"
        yield Row(f"false alarms from score {level} on", alarms, "of 1,000", less=True, note=note)
    primary = NameIndex.build(NamedParty(p.id, p.kind, p.names[:1]) for p in ofac)
    aliases = [(party, alias) for party in ofac for alias in party.names[1:]]
    aliases = rng.sample(aliases, min(screens, len(aliases)))
    right = wrong = 0
    for party, alias in aliases:
        ids = {match.party.id for match in screen_name(NameQuery(alias.text, party.kind), primary)}
        right, wrong = right + (party.id in ids), wrong + bool(ids - {party.id})
    found, another = 1000 * right / len(aliases), 1000 * wrong / len(aliases)
    yield Row("aliases that find their party by its first name", found, "of 1,000", note=f"another party {another:.0f}")


def rows(scale: Scale, folder: Path | None = None) -> Iterator[Row]:
    """All figures; LeftOutError where there are no lists."""
    data = Path(os.environ.get("CLEW_TEST_DATA", Path(__file__).resolve().parents[2] / "shared/data"))
    folder, rng = folder or data / "sanctions", random.Random(1)
    if not folder.is_dir():
        raise LeftOutError(f"no lists at {folder} (CLEW_TEST_DATA names the folder of test data)")
    queries, screens = (20, 20) if scale is Scale.TINY else (QUERIES, 1000)
    wall, cpu = first_answer(folder)
    parties = listed_parties(folder)
    start = time.perf_counter()
    index = NameIndex.build(parties)
    built = time.perf_counter() - start
    job = f"{len(parties):,} parties, {len(index.names):,} names: first answer of a new process"
    yield Row(job, wall, "s", less=True, note=f"{cpu:.2f} s of processor time; the index is built in {built:.2f} s")
    yield from speed(index, rng, queries)
    yield Row("memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB", less=True)
    yield from second_check(parties, rng, screens)


if __name__ == "__main__":
    print_rows(rows(Scale.of(sys.argv), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
