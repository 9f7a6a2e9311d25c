"""Labels of tainted units: which theft, and the weakest grade of link on the way.

Label 0 is clean. Label ``1 + 5 * theft + grade`` is taint of that theft (its index in the case) that has come over
links no weaker than that grade (its index in `Grade`). So totals by grade are exact sums, not estimates.
"""

from clew.model import Grade
from clew.tracing.compiled import inlined

GRADES = tuple(Grade)
"""Grades from the strongest (index 0) to the weakest."""
WIDTH = len(GRADES)
"""Labels of one theft."""


def label_of(theft: int, grade: Grade = Grade.OBSERVED) -> int:
    """The label of a theft's units at a grade."""
    return 1 + WIDTH * theft + GRADES.index(grade)


def theft_of(label: int) -> int:
    """The index of the theft a label belongs to."""
    return (label - 1) // WIDTH


def grade_of(label: int) -> Grade:
    """The weakest grade on the way of units with this label."""
    return GRADES[(label - 1) % WIDTH]


@inlined
def weaken(label, grade):
    """The label after a link of `grade` (its index): the weaker of the two grades; clean stays clean."""
    if label == 0 or (label - 1) % WIDTH >= grade:
        return label
    return label - (label - 1) % WIDTH + grade
