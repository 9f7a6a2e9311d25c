"""Streams of links: whatever the threads do, and in whatever order, the partition is that of one pass."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from clew.clustering import memory
from clew.clustering.stream import cluster_stream
from clew.errors import InputError, RunError

Ends = tuple["np.ndarray[tuple[int], np.dtype[np.uint32]]", "np.ndarray[tuple[int], np.dtype[np.uint32]]"]


def ends(*pairs: tuple[int, int]) -> Ends:
    left, right = zip(*pairs, strict=True)
    return np.array(left, np.uint32), np.array(right, np.uint32)


def cut(links: Ends, size: int) -> Iterator[Ends]:
    for start in range(0, len(links[0]), size):
        yield links[0][start : start + size], links[1][start : start + size]


def smallest(count: int, links: Ends) -> list[int]:
    """The smallest id of each one's component, by scipy."""
    components, theirs = connected_components(coo_array((np.ones(len(links[0])), links), shape=(count, count)), False)
    first = np.full(components, count)
    np.minimum.at(first, theirs, np.arange(count))
    found: list[int] = first[theirs].tolist()
    return found


@pytest.mark.parametrize("links", [50_000, 110_000, 300_000])
def test_two_threads_agree_with_scipy_on_random_graphs(links: int) -> None:
    random = np.random.default_rng(links)
    left, right = random.integers(0, 100_000, (2, links), dtype=np.uint32)
    assert cluster_stream(100_000, cut((left, right), 1_777), threads=2).tolist() == smallest(100_000, (left, right))


def test_threads_that_join_the_same_few_ids_again_and_again_agree_with_scipy() -> None:
    random = np.random.default_rng(5)
    for count in (2, 3, 50, 400, 3_000):
        for _ in range(10):
            left, right = random.integers(0, count, (2, count), dtype=np.uint32)
            found = cluster_stream(count, cut((left, right), 1 + count // 16), threads=4)
            assert found.tolist() == smallest(count, (left, right))


def test_a_long_chain_given_from_its_far_end_bears_the_smallest_id() -> None:
    count = 60_000
    order = np.arange(count - 1, 0, -1, dtype=np.uint32)
    assert not cluster_stream(count, cut((order, order - np.uint32(1)), 999), threads=3).any()


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(1, 40), st.integers(1, 3), st.data())
def test_any_graph_in_any_chunks_on_any_threads(count: int, threads: int, data: st.DataObject) -> None:
    end = st.integers(0, count - 1)
    links = ends(*data.draw(st.lists(st.tuples(end, end), min_size=1, max_size=60)))
    found = cluster_stream(count, cut(links, data.draw(st.integers(1, 60))), threads=threads)
    assert found.tolist() == smallest(count, links)


def test_no_link_leaves_each_alone() -> None:
    assert cluster_stream(5, iter(())).tolist() == [0, 1, 2, 3, 4]


def test_a_wrong_chunk_ends_every_thread_and_is_named() -> None:
    taken = []

    def chunks(wrong: Ends) -> Iterator[Ends]:
        yield wrong
        for number in range(1_000):
            taken.append(number)
            yield ends((0, 1))

    with pytest.raises(InputError, match="ids from 1 to 9 where there are 9"):
        cluster_stream(9, chunks(ends((0, 1), (0, 9))), threads=1)
    assert not taken
    with pytest.raises(InputError, match="2 left and 1 right"):
        cluster_stream(9, chunks((ends((0, 1), (1, 2))[0], ends((0, 1))[1])), threads=2)


def test_it_says_what_memory_it_needs_and_refuses_before_it_reads_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 5_000_000_000)
    said: list[str] = []

    def never() -> Iterator[Ends]:
        raise AssertionError
        yield

    with pytest.raises(RunError, match=r"needs 5\.6 GB of memory, and 5\.0 GB are free"):
        cluster_stream(1_400_000_000, never(), progress=said.append)
    assert said == ["1,400,000,000 ids need 5.6 GB of memory, and what their links take"]
    monkeypatch.setattr(memory, "available_memory", lambda: None)
    assert cluster_stream(2, iter((ends((1, 0)),))).tolist() == [0, 0]
