"""Category names of public taxonomies: each with its source, each to one of ours or to none."""

from clew.lists.categories import ABUSES, CATEGORIES, CONCEPTS, LABELS
from clew.model import Category


def test_every_name_has_its_scheme_and_source_and_stands_once() -> None:
    names = [(concept.kind, concept.name) for concept in CONCEPTS]
    assert len(names) == len(set(names)) > 80
    assert {concept.kind for concept in CONCEPTS} == {"entity", "abuse", "label"}
    assert all(concept.source.startswith("https://") for concept in CONCEPTS)


def test_the_names_of_the_interpol_taxonomy_are_all_there() -> None:
    dwva = {concept.name: concept.category for concept in CONCEPTS if concept.scheme == "dw-va"}
    assert len(dwva) == 14 + 6
    assert (dwva["mixing_service"], dwva["market"], dwva["shop"]) == (
        Category.MIXER,
        Category.MARKET,
        Category.MERCHANT,
    )
    assert (dwva["ponzi_scheme"], dwva["sextortion"], dwva["user"]) == (Category.SCAM, Category.EXTORTION, None)


def test_our_own_names_mean_themselves() -> None:
    assert all(CATEGORIES[str(category)] is category for category in Category)


def test_a_crime_is_no_place_where_a_trace_stops() -> None:
    from clew.lists.entry import SERVICES

    assert SERVICES.isdisjoint(ABUSES.values())


def test_labels_of_explorers_are_kept_apart_from_names_of_taxonomies() -> None:
    assert LABELS["tornado-cash"] is Category.MIXER
    assert "tornado-cash" not in CATEGORIES
