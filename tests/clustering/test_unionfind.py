"""Union-find: the label of a component is its smallest id."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from clew.clustering.unionfind import flatten, singletons, unite
from clew.errors import InputError


def ids(*values: int) -> "np.ndarray[tuple[int], np.dtype[np.uint32]]":
    return np.array(values, np.uint32)


def test_what_is_joined_bears_the_smallest_id_and_what_is_not_its_own() -> None:
    parent = singletons(7)
    assert unite(parent, ids(5, 6, 2), ids(3, 5, 2)) == 2
    assert flatten(parent).tolist() == [0, 1, 2, 3, 4, 3, 3]


@settings(max_examples=200)
@given(st.integers(1, 60), st.data())
def test_it_agrees_with_scipy_on_any_graph(count: int, data: st.DataObject) -> None:
    end = st.integers(0, count - 1)
    pairs = data.draw(st.lists(st.tuples(end, end), max_size=120))
    compare(count, ids(*(a for a, _ in pairs)), ids(*(b for _, b in pairs)))


@pytest.mark.parametrize("links", [1_000, 100_000, 400_000])
def test_it_agrees_with_scipy_on_large_random_graphs(links: int) -> None:
    random = np.random.default_rng(links)
    ends = random.integers(0, 200_000, (2, links), dtype=np.uint32)
    compare(200_000, *ends)


def compare(count: int, left: "np.ndarray[tuple[int], np.dtype[np.uint32]]", right: object) -> None:
    right = np.asarray(right, np.uint32)
    parent = singletons(count)
    joined = unite(parent, left, right)
    matrix = coo_array((np.ones(len(left)), (left, right)), shape=(count, count))
    components, theirs = connected_components(matrix, directed=False)
    first = np.full(components, count)
    np.minimum.at(first, theirs, np.arange(count))
    assert joined == count - components
    assert flatten(parent).tolist() == first[theirs].tolist()


def test_batches_give_what_one_pass_gives() -> None:
    random = np.random.default_rng(7)
    left, right = random.integers(0, 5_000, (2, 6_000), dtype=np.uint32)
    whole, parts = singletons(5_000), singletons(5_000)
    unite(whole, left, right)
    for start in range(0, 6_000, 37):
        unite(parts, left[start : start + 37], right[start : start + 37])
    assert flatten(parts).tolist() == flatten(whole).tolist()


def test_an_id_beyond_the_partition_is_refused_and_nothing_is_written() -> None:
    parent = singletons(3)
    with pytest.raises(InputError, match="3 to 3 where there are 3"):
        unite(parent, ids(0), ids(3))
    with pytest.raises(InputError, match="1 left and 2 right"):
        unite(parent, ids(0), ids(1, 2))
    assert parent.tolist() == [0, 1, 2]


def test_more_ids_than_32_bits_name_are_refused() -> None:
    with pytest.raises(InputError, match="do not fit 32 bits"):
        singletons(2**32 + 1)
