"""Figures of the name matcher: right by hand on small files, and held to the benchmark where the data is there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clew.errors import InputError
from clew.scores.names import NamePair, best_threshold, cross_validate, figures, fold_of, read_pairs, score
from clew.screening.names import Kind

HEAD = "case_group,schema,name1,name2,is_match,quality,category,notes\n"


def written(tmp_path: Path, *lines: str, head: str = HEAD) -> Path:
    path = tmp_path / "cases.csv"
    path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_pairs_are_counted_by_hand(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "a,Person,Anna Kite,Anna Kite,true,STRONG,,",
        "a,Person,Anna Kite,Peter Dove,false,STRONG,,",
        "b,Company,Kites LLC,Doves LLC,true,WEAK,wrong label,",
        "b,Vessel,Kite,Kite,false,WEAK,wrong label,",
    )
    found = score(read_pairs(path), wrong=True)
    assert {key: found[key] for key in ("true_positives", "false_positives", "false_negatives", "true_negatives")} == {
        "true_positives": 1,
        "false_positives": 1,
        "false_negatives": 1,
        "true_negatives": 1,
    }
    assert (found["precision"], found["recall"], found["f1"]) == (0.5, 0.5, 0.5)
    assert found["by"]["case_group"]["a"]["f1"] == 1.0
    assert found["by"]["category"]["none"]["f1"] == 1.0
    assert [pair["name1"] for pair in found["wrong"]] == ["Kites LLC", "Kite"]


def test_the_best_threshold_parts_scores_where_f1_is_highest() -> None:
    scores, truth = np.array([0.9, 0.8, 0.4, 0.3]), np.array([True, True, False, False])
    assert best_threshold(scores, truth) == pytest.approx(0.6)
    assert best_threshold(np.array([0.5, 0.5]), np.array([True, False])) == pytest.approx(0.25)


def test_nothing_to_divide_by_is_none() -> None:
    nothing = np.array([False])
    assert figures(nothing, nothing)["f1"] is None


def test_a_pair_stays_in_its_fold_in_either_order() -> None:
    there = NamePair("a", "b", Kind.PERSON, True, ())
    assert fold_of(there) == fold_of(NamePair("b", "a", Kind.PERSON, False, ()))


def test_nothing_of_a_fold_is_learned_from_itself() -> None:
    pairs = [NamePair(f"Anna {i}kite", f"Anna {i}kite", Kind.PERSON, True, ()) for i in range(40)]
    seen: list[int] = []

    class Blank:
        def points(self, table: Any) -> Any:
            return np.zeros(len(table))

    def learn(table: Any, truth: Any, card: str) -> Blank:
        assert (len(table), card) == (len(truth), "person")
        seen.append(len(truth))
        return Blank()

    cross_validate(pairs, learn)  # type: ignore[arg-type]
    sizes = [sum(fold_of(pair) == fold for pair in pairs) for fold in range(5)]
    assert sorted(seen) == sorted(len(pairs) - size for size in sizes)


@pytest.mark.parametrize(
    ("head", "line", "message"),
    [
        ("name1,name2\n", "a,b", "no column schema or is_match"),
        (HEAD, "a,Person,x,y,maybe,,,", "is_match is 'maybe'"),
        (HEAD, "a,Planet,x,y,true,,,", "unknown schema 'planet'"),
        (HEAD, "", "no pair"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, head: str, line: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_pairs(written(tmp_path, line, head=head))


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        read_pairs(tmp_path / "cases.csv")


@pytest.mark.data
def test_the_benchmark_is_met_as_shipped_and_cross_validated(shared_data: Callable[[str], Path]) -> None:
    found = score(read_pairs(shared_data("names/cases.csv")))
    assert found["pairs"] == 826
    assert found["threshold"] == 0.5
    assert found["f1"] >= 0.86
    assert found["cross_validated"]["f1"] >= 0.85
    assert found["by"]["quality"]["STRONG"]["f1"] >= 0.9
