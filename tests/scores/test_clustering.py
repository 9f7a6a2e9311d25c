"""Pairwise and per-address figures, counted by hand."""

from pathlib import Path

import numpy as np
import pytest

from clew.clustering.clusters import Clusters, Links, Rule
from clew.errors import InputError
from clew.scores.clustering import read_owners, score

RULE = Rule("r", 90)


def clusters(*groups: str) -> Clusters:
    """Clusters of one-letter addresses, each group joined in a row."""
    found = Clusters("chain")
    for group in groups:
        found.add(group)
        count = np.arange(len(group) - 1)
        found.join(Links(RULE, count, count + 1, np.zeros(len(count), np.int64)), list(group), ["tx"])
    return found


def test_figures_of_two_clusters_and_two_owners() -> None:
    owners = {"a": "x", "b": "x", "c": "y", "d": "y", "e": "y", "z": "x"}
    found = score(clusters("abc", "de"), owners)
    # Together: ab ac bc de; one owner's: ab cd ce de; both: ab de.
    assert found["pairwise"] == {"pairs": 4, "correct": 2, "truth": 4, "precision": 0.5, "recall": 0.5, "f1": 0.5}
    # By address: a, b 2/3 and 1; c 1/3 and 1/3; d, e 1 and 2/3.
    assert found["per_address"] == {
        "precision": pytest.approx((2 / 3 * 2 + 1 / 3 + 2) / 5, abs=1e-6),
        "recall": pytest.approx((2 + 1 / 3 + 2 / 3 * 2) / 5, abs=1e-6),
        "f1": pytest.approx(0.733333, abs=1e-6),
    }
    assert (found["labelled"], found["labels_without_transaction"], found["clusters_of_several_owners"]) == (5, 1, 1)
    assert found["links"] == {"r": 3}


def test_where_nothing_is_joined_there_is_no_precision() -> None:
    found = score(clusters("a", "b"), {"a": "x", "b": "x"})
    assert found["pairwise"]["precision"] is None
    assert found["pairwise"]["recall"] == 0
    assert found["per_address"] == {"precision": 1.0, "recall": 0.5, "f1": 0.666667}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("address,who\na,x\n", "no column owner"),
        ("address,owner\na,x\na,y\n", "two owners"),
        ("address,owner\na,\n", "lacks its address or owner"),
        ("address,owner\n", "no owner"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, error: str) -> None:
    path = tmp_path / "owners.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=error):
        read_owners(path)
