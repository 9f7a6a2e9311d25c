"""Answers in a journal: each is among the records once, whoever posts them, whenever, and whatever was killed."""

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from clew.errors import RunError
from clew.records import journal
from clew.records.journal import Journal, is_ended, journals, read_journal
from clew.records.store import Answered, Records

ROWS: list[list[Any]] = [
    [1.5, None, "address", '{"address":"0x1"}', "clear", "[]", "v1", "ü"],
    [2.5, "t", "name", "{}", "block", "[]", "v2", ""],
]


def answer(subject: str) -> Answered:
    return Answered("address", subject, "clear", "[]", "v1")


class Clock:
    """A time that goes on by a second with each look."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/records.db"


@pytest.fixture
def reader(url: str) -> Iterator[Records]:
    """Another process's look at the same records."""
    opened = Records(url)
    yield opened
    opened.close()


def subjects(records: Records) -> list[str]:
    return [row["subject"] for row in records.answers(limit=100_000)]


def posted(records: Records) -> int:
    """Answers that are in the database itself."""
    with records.engine.connect() as connection:
        return int(connection.execute(text("select count(*) from answers")).scalar_one())


def test_what_is_kept_is_read_as_it_was(tmp_path: Path) -> None:
    own = Journal(tmp_path)
    own.keep(ROWS[:1])
    own.keep(ROWS[1:])
    (path,) = journals(tmp_path)
    rows, end = read_journal(path, 0)
    assert rows == ROWS
    assert end == path.stat().st_size
    assert read_journal(path, end) == ([], end)
    own.close()


def test_a_journal_has_not_ended_while_its_writer_may_go_on(tmp_path: Path) -> None:
    own = Journal(tmp_path)
    own.keep(ROWS)
    (path,) = journals(tmp_path)
    assert not is_ended(path)
    own.close()
    assert is_ended(path)


def test_a_line_longer_than_one_read_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_READ_AT_ONCE", 7)
    own = Journal(tmp_path)
    own.keep(ROWS)
    own.keep(ROWS[:1])
    (path,) = journals(tmp_path)
    first, end = read_journal(path, 0)
    assert first == ROWS
    assert read_journal(path, end)[0] == ROWS[:1]
    own.close()


def test_a_large_journal_is_followed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "LARGEST", 200)
    own = Journal(tmp_path)
    for _ in range(4):
        own.keep(ROWS)
    assert len(journals(tmp_path)) > 1
    assert sum(len(read_journal(path, 0)[0]) for path in journals(tmp_path)) == 8
    own.close()


def test_a_line_that_the_disk_lost_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.journal").write_bytes(b"[[1]]\n\0\0\0\n")
    with pytest.raises(RunError, match="from byte 6 on"):
        read_journal(tmp_path / "a.journal", 6)


def test_an_answer_is_in_no_table_before_it_is_posted_and_in_one_after(url: str, reader: Records) -> None:
    writer = Records(url, journaled=True)
    writer.keep_answers([answer("a"), answer("b")])
    assert posted(reader) == 0
    reader.post()
    assert posted(reader) == 2
    reader.post()
    assert posted(reader) == 2
    writer.close()


def test_who_reads_answers_posts_them_first(url: str, reader: Records) -> None:
    writer = Records(url, journaled=True)
    writer.keep_answers([answer("a")])
    assert subjects(reader) == ["a"]
    writer.keep_answers([answer("b")])
    assert [past.subject for batch in reader.last_answers() for past in batch] == ["a", "b"]
    writer.close()


def test_answers_of_several_journals_are_posted_by_time(url: str, reader: Records) -> None:
    clock = Clock()
    writers = [Records(url, journaled=True, clock=clock) for _ in range(3)]
    for number in range(9):
        writers[number * 2 % 3].keep_answers([answer(str(number))])
    assert subjects(reader) == [str(number) for number in range(9)]
    for writer in writers:
        writer.close()


def test_an_ended_journal_is_removed_once_it_is_posted(url: str, reader: Records, tmp_path: Path) -> None:
    writer = Records(url, journaled=True)
    writer.keep_answers([answer("a")])
    folder = tmp_path / "records.db.journals"
    reader.post()
    assert len(journals(folder)) == 1
    writer.keep_answers([answer("b")])
    writer.close()
    reader.post()
    assert list(folder.iterdir()) == []
    with reader.engine.connect() as connection:
        assert connection.execute(text("select count(*) from journals")).scalar_one() == 0
    assert subjects(reader) == ["a", "b"]


def test_a_piece_of_a_line_was_told_to_nobody_and_is_no_answer(url: str, reader: Records, tmp_path: Path) -> None:
    writer = Records(url, journaled=True)
    writer.keep_answers([answer("a")])
    (path,) = journals(tmp_path / "records.db.journals")
    writer.close()
    with path.open("ab") as file:
        file.write(b'[[1.0,null,"address"')
    assert subjects(reader) == ["a"]
    assert not path.exists()


def test_records_in_memory_and_on_a_server_have_no_journal() -> None:
    memory = Records("sqlite://", journaled=True)
    memory.keep_answers([answer("a")])
    assert subjects(memory) == ["a"]
    memory.close()


_LIMITED = """
import sys
from clew.errors import RunError
from clew.records.store import Answered, Records
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
records = Records(sys.argv[1], journaled=True)
records.keep_answers([Answered("address", "first", "clear", "[]", "v1")])
resource.setrlimit(resource.RLIMIT_FSIZE, (200, resource.RLIM_INFINITY))
try:
    records.keep_answers([Answered("address", "x" * 500, "clear", "[]", "v1")])
except RunError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
records.keep_answers([Answered("address", "last", "clear", "[]", "v1")])
"""


def run(program: str, *words: str, **named: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program, *words], text=True, capture_output=True, check=False, **named)


def test_an_answer_for_which_there_is_no_room_is_refused_and_the_next_is_kept(url: str, reader: Records) -> None:
    told = run(_LIMITED, url)
    assert "make room" in told.stdout, told.stderr
    assert subjects(reader) == ["first", "last"]


_ENDLESS = """
import sys
from clew.records.store import Answered, Records
records = Records(sys.argv[1], journaled=True)
number = 0
while True:
    group = [f"{sys.argv[2]}-{number + each}" for each in range(number % 3 + 1)]
    records.keep_answers([Answered("address", each, "clear", "[]", "v1") for each in group])
    print(*group, flush=True)
    number += len(group)
"""


def test_no_told_answer_is_lost_or_doubled_when_writers_and_posters_are_killed(url: str) -> None:
    posting = "import sys; from clew.records.store import Records; r = Records(sys.argv[1])\nwhile True: r.post()"
    Records(url).close()
    writers = [
        subprocess.Popen([sys.executable, "-c", _ENDLESS, url, str(each)], stdout=subprocess.PIPE, text=True)
        for each in range(2)
    ]
    told: list[str] = []
    for round_ in range(4):
        poster = subprocess.Popen([sys.executable, "-c", posting, url])
        for writer in writers:
            assert writer.stdout is not None
            told += [each for _ in range(150) for each in writer.stdout.readline().split()]
        poster.send_signal(signal.SIGKILL if round_ % 2 else signal.SIGTERM)
        poster.wait()
    for writer in writers:
        assert writer.stdout is not None
        writer.kill()
        told += writer.stdout.read().split()
        writer.stdout.close()
        writer.wait()
    with ThreadPoolExecutor(3) as several:  # three look at once
        opened = [Records(url) for _ in range(3)]
        list(several.map(Records.post, opened))
    kept = Counter(subjects(opened[0]))
    for each in opened:
        each.close()
    assert max(kept.values()) == 1
    assert set(told) <= set(kept)
    assert len(kept) - len(told) <= 2 * 3  # what each wrote last, and had no time to tell


def cut_off(folder: Path) -> None:
    """Leave a piece of a line in a journal whose writer is gone."""
    for path in journals(folder):
        if is_ended(path):
            with path.open("ab") as file:
                file.write(b"[[1,")


STEPS = st.lists(st.sampled_from(["keep", "keep other", "end", "post", "post other", "cut"]), max_size=25)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS, seed=st.integers(1, 4))
def test_each_answer_is_posted_once_whatever_happens_between(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str], seed: int
) -> None:
    """`cut`: one that ended has a piece of a line; `end`: a writer closes its own. Journals are small."""
    folder = tmp_path_factory.mktemp("steps")
    url = f"sqlite:///{folder}/records.db"
    posters = [Records(url), Records(url)]
    writers = [Records(url, journaled=True), Records(url, journaled=True)]
    kept = 0
    with pytest.MonkeyPatch.context() as small:
        small.setattr(journal, "LARGEST", 150 * seed)
        for step in steps:
            which = step.endswith("other")
            if step.startswith("keep"):
                writers[which].keep_answers([answer(str(kept)), answer(str(kept + 1))])
                kept += 2
            elif step.startswith("post"):
                posters[which].post()
            elif step == "cut":
                cut_off(folder / "records.db.journals")
            else:
                writers[0].close()
    assert sorted(map(int, subjects(posters[0]))) == list(range(kept))
    for each in (*posters, *writers):
        each.close()
