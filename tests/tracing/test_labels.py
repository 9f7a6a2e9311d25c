"""Labels: a theft and the weakest grade on the way, in one small number."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clew.model import Grade
from clew.tracing.compiled import kernel
from clew.tracing.labels import GRADES, grade_of, label_of, theft_of, weaken

grades = st.sampled_from(list(Grade))
thefts = st.integers(0, 500_000)


@kernel
def _weaken(labels: Any, by: Any, out: Any) -> None:
    for i in range(len(labels)):
        out[i] = weaken(labels[i], by[i])


def weakened(label: int, by: Grade) -> int:
    out = np.zeros(1, np.int32)
    _weaken(np.array([label], np.int32), np.array([GRADES.index(by)], np.int8), out)
    return int(out[0])


def test_grades_go_from_the_strongest_to_the_weakest() -> None:
    assert GRADES == (Grade.OBSERVED, Grade.DECODED, Grade.INFERRED, Grade.ASSERTED, Grade.EXPECTED)


@given(thefts, grades)
def test_a_label_tells_its_theft_and_grade(theft: int, grade: Grade) -> None:
    label = label_of(theft, grade)
    assert label > 0
    assert (theft_of(label), grade_of(label)) == (theft, grade)


@given(thefts, grades, grades)
def test_a_link_leaves_the_weaker_of_two_grades(theft: int, known: Grade, link: Grade) -> None:
    weaker = max(known, link, key=GRADES.index)
    assert weakened(label_of(theft, known), link) == label_of(theft, weaker)


@given(grades)
def test_clean_units_stay_clean_over_any_link(link: Grade) -> None:
    assert weakened(0, link) == 0
