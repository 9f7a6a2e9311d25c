"""What threads may do to shared entries, what steps are for, kept code out of date, and kernels compiled ahead."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import njit
from tests import compiling

from clew.compiled import compare_and_swap, keep, load_shared, store_shared
from clew.tracing.compiled import apart, inlined


def _swap(rows: Any, index: Any, old: Any, new: Any) -> Any:
    return compare_and_swap(rows, index, old, new)


def _move(rows: Any, source: Any, target: Any) -> None:
    store_shared(rows, target, load_shared(rows, source))


def _count_up(rows: Any, times: Any) -> None:
    for _ in range(times):
        known = load_shared(rows, 1)
        while not compare_and_swap(rows, 1, known, rows.dtype.type(known + 1)):
            known = load_shared(rows, 1)


swap, move, count_up = (njit(nogil=True)(function) for function in (_swap, _move, _count_up))


@pytest.mark.parametrize("width", [np.uint32, np.uint64])
def test_an_entry_is_swapped_only_where_it_is_what_one_takes_it_for(width: type) -> None:
    rows: Any = np.array([7, 8, 9], width)
    assert not swap(rows, 1, width(7), width(1))
    assert rows.tolist() == [7, 8, 9]
    assert swap(rows, 1, width(8), width(1))
    assert rows.tolist() == [7, 1, 9]


def test_an_entry_is_read_and_written_at_its_place() -> None:
    rows = np.array([7, 8, 9], np.uint32)
    move(rows, 2, 0)
    assert rows.tolist() == [9, 8, 9]


def test_no_thread_undoes_what_another_counted() -> None:
    rows = np.zeros(3, np.uint64)
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(count_up, rows, 50_000) for _ in range(4)]:
            done.result()
    assert rows.tolist() == [0, 200_000, 0]


@pytest.mark.parametrize("step", [inlined, apart])
def test_a_step_does_its_work_in_kernels_and_python_cannot_call_it(step: Any) -> None:
    double = step(lambda number: 2 * number)
    quadruple = njit(lambda number: double(double(number)))
    assert (quadruple(21), quadruple(0.5)) == (84, 2.0)
    with pytest.raises(TypeError):
        double(21)


def test_kept_code_that_names_what_has_moved_since_is_compiled_anew() -> None:
    double = keep(njit(cache=True)(lambda number: 2 * number), "tests.steps", Path(__file__).parent)
    index = Path(double._cache._cache_file._index_path)
    index.parent.mkdir(parents=True, exist_ok=True)
    moved = b"cclew.compiled\nMoved\n."  # a pickle that names a class which is not there
    index.write_bytes(pickle.dumps(double._cache._cache_file._version) + moved)
    assert double(21) == 42
    assert b"Moved" not in index.read_bytes()


def test_each_step_is_run_by_one_worker_and_only_where_its_tests_run(monkeypatch: pytest.MonkeyPatch) -> None:
    run: list[str] = []
    steps = [compiling.Step(partial(run.append, name), f"{name}.py") for name in "abcde"]
    monkeypatch.setattr(compiling, "STEPS", steps)
    collected = {f"tests/{name}.py" for name in "abde"}
    shares = []
    for worker in range(3):
        compiling.compile_share(worker, 3, collected)
        shares.append(run.copy())
        run.clear()
    assert shares == [["a", "e"], ["b"], ["d"]]


def test_the_tests_that_steps_are_run_for_exist() -> None:
    assert [step.tests for step in compiling.STEPS if not (Path(__file__).parent / step.tests).is_file()] == []
