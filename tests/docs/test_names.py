"""docs/names.md: features, weights, qualifiers and keys are those of the code, and its example runs."""

import re
from pathlib import Path

import pytest
from tests.docs.pages import DOCS, blocks, named, rows, section

from clew.scores.names import GROUPINGS, KINDS
from clew.screening.names import threshold
from clew.screening.names.features import FEATURES, meaning, name_of
from clew.screening.names.index import CANDIDATES, COMPARED
from clew.screening.names.scorecards import intercept, qualifier, weighted
from clew.screening.names.words import MOST_LETTERS, MOST_WORDS
from clew.service.score_names import score_names

PAGE = DOCS / "names.md"
SCORED = section(PAGE, "How it is scored")


def tables() -> tuple[list[list[str]], list[list[str]]]:
    """The rows of the table of features and of that of qualifiers."""
    found = rows(SCORED)
    return [cells for cells in found if len(cells) == 4], [cells for cells in found if len(cells) == 3]


def test_the_features_are_those_of_the_code_each_with_its_sentence_and_weights() -> None:
    weights = {card: {name: weight for _, name, weight in weighted(card)} for card in FEATURES}
    meanings = {name_of(measure): meaning(measure) for measures in FEATURES.values() for measure in measures}
    listed = {cells[0].strip("`"): cells[1:] for cells in tables()[0]}
    assert {name: cells[2] for name, cells in listed.items()} == meanings
    for place, card in enumerate(("person", "organisation")):
        assert {name: float(cells[place]) for name, cells in listed.items() if cells[place] != "-"} == weights[card]


def test_the_intercepts_threshold_and_bounds_are_those_of_the_code() -> None:
    assert f"an intercept ({intercept('person')} for persons, {intercept('organisation')} for all others)" in SCORED
    assert f"From **{threshold()}** on" in SCORED
    text = PAGE.read_text(encoding="utf-8")
    assert f"first {MOST_WORDS} words of {MOST_LETTERS} letters" in text
    assert f"proposes {CANDIDATES} names" in text
    assert f"the {COMPARED} whose words" in text


def test_the_qualifiers_are_those_of_the_code() -> None:
    for name, points, _ in tables()[1]:
        assert qualifier(name.strip("`")) == float(points)
    with pytest.raises(KeyError):
        qualifier("another")


def test_the_keys_are_those_of_the_figures(tmp_path: Path) -> None:
    cases = tmp_path / "cases.csv"
    cases.write_text("schema,name1,name2,is_match\nPerson,Anna,Anna,true\n", encoding="utf-8")
    told = section(PAGE, "How often it is right")
    keys = {key for cells in rows(told) for key in re.findall("`([a-z0-9_]+)`", cells[0])}
    assert keys == set(score_names(cases, wrong=True))
    assert all(f"`{column}`" in told for column in (*GROUPINGS, "name1", "name2", "is_match"))
    assert len(re.findall("Person, Company, Organization, LegalEntity, Vessel", told)) == 1
    assert {"person", "company", "organization", "legalentity", "vessel"} == set(KINDS)


def test_the_example_runs() -> None:
    (example,) = [block for block in blocks(PAGE) if block.comment == "run: names"]
    exec(compile(example.text, str(PAGE), "exec"), {})  # noqa: S102 - the page's own example


def test_every_feature_has_one_row() -> None:
    assert len(named(SCORED)) == len(tables()[0]) + len(tables()[1])
