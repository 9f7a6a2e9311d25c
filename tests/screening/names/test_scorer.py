"""Scores: symmetric, bounded, explained to the last point; short, generic and hostile names are answered plainly."""

import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.screening.names import Kind, NamedParty, NameQuery, PartyName, compare, compare_names, threshold
from clew.screening.names.features import FEATURES, meaning, name_of
from clew.screening.names.scorecards import intercept, weighted
from clew.screening.names.scorer import align_names, most_points

WORD = st.text("abdehiklmnorstuvwyzäñ", min_size=2, max_size=9)
NAME = st.lists(WORD, min_size=1, max_size=5).map(" ".join)
ANY = st.one_of(st.text(max_size=60), NAME, st.text("习近平محمدПутин김정은 .-'", max_size=20))
KIND = st.sampled_from(Kind)


@settings(max_examples=200)
@given(ANY, ANY, KIND)
def test_a_score_is_symmetric_and_between_0_and_1(one: str, other: str, kind: Kind) -> None:
    found, turned = compare_names(one, other, kind), compare_names(other, one, kind)
    assert 0 <= found.score < 1
    assert math.isclose(found.score, turned.score, abs_tol=1e-9)


@given(st.lists(WORD, min_size=1, max_size=5), st.randoms())
def test_the_order_of_a_persons_words_changes_nothing(words: list[str], random: Random) -> None:
    turned = random.sample(words, len(words))
    there, again = " ".join(words), " ".join(turned)
    assert math.isclose(
        compare_names(there, again, Kind.PERSON).points, compare_names(there, there, Kind.PERSON).points, abs_tol=1e-9
    )


@given(NAME, NAME, KIND)
def test_the_points_are_those_of_the_features_and_never_above_the_bound(one: str, other: str, kind: Kind) -> None:
    found, aligned = compare_names(one, other, kind), align_names(one, other, kind)
    assert aligned is not None
    assert math.isclose(found.points, sum(feature.points for feature in found.features), abs_tol=1e-9)
    assert found.points <= most_points(aligned, kind) + 1e-9
    assert all(0 <= feature.value <= 1 for feature in found.features)


@given(NAME, NAME)
def test_a_name_is_most_like_itself(one: str, other: str) -> None:
    assert compare_names(one, other, Kind.PERSON).points <= compare_names(one, one, Kind.PERSON).points + 1e-9


def test_every_feature_says_what_it_means_and_why_it_holds() -> None:
    for measures in FEATURES.values():
        for measure in measures:
            assert meaning(measure).endswith("."), name_of(measure)
    found = compare_names("Anna Kite", "Anna Dove", Kind.PERSON)
    assert found.features[0].name == "intercept"
    assert all(feature.detail for feature in found.features)
    against = next(feature for feature in found.features if feature.name == "contradiction")
    assert against.detail == "'kite' stands against 'dove'"


def test_agreement_alone_gives_points() -> None:
    for card in FEATURES:
        assert {name for _, name, weight in weighted(card) if weight > 0} == {"agreement"}
        assert intercept(card) > 0


MATCHES = [
    ("Владимир Путин", "PUTIN, Vladimir Vladimirovich", Kind.PERSON),
    ("김정은", "Kim Jong Un", Kind.PERSON),
    ("习近平", "Xi Jinping", Kind.PERSON),
    ("習近平", "习近平", Kind.PERSON),
    ("محمد بن سلمان", "Mohammed bin Salman", Kind.PERSON),
    ("حسن روحانی", "Hassan Rouhani", Kind.PERSON),
    ("Wladimir Putin", "Vladimir Putin", Kind.PERSON),
    ("Hasan Rohani", "Hassan Rouhani", Kind.PERSON),
    ("VladimirPutin", "Vladimir Putin", Kind.PERSON),
    ("Jean-Claude Juncker", "Juncker Jean Claude", Kind.PERSON),
    ("Abdulrahman al-Rawi", "Abd al-Rahman al-Rawi", Kind.PERSON),
    ("Bob Dole", "Robert Dole", Kind.PERSON),
    ("ГАЗПРОМ НЕФТЬ ПАО", "Gazprom Neft PJSC", Kind.ORGANISATION),
    ("Siemens Aktiengesellschaft", "Siemens AG", Kind.ORGANISATION),
    ("Goodwill Company", "Good Will Company", Kind.ORGANISATION),
    ("The Procter & Gamble Company", "Procter and Gamble Co.", Kind.ORGANISATION),
    ("Iran Hormuz 25", "IRAN HORMUZ 25", Kind.VESSEL),
]
OTHERS = [
    ("Anna Kite", "Anna Dove", Kind.PERSON),
    ("Mohammad", "Mohammad Ali Hassan", Kind.PERSON),
    ("Hassan Rouhani", "Hassan Nasrallah", Kind.PERSON),
    ("高石早苗", "高木早苗", Kind.PERSON),
    ("CORP", "ACME CORP", Kind.ORGANISATION),
    ("Company", "Trading Company", Kind.ORGANISATION),
    ("The", "The Kites", Kind.ORGANISATION),
    ("Siemens Aktiengesellschaft", "Volkswagen Aktiengesellschaft", Kind.ORGANISATION),
    ("Fu Yuan Yu 8643", "Fu Yuan Yu 7864", Kind.VESSEL),
    ("YV2994", "YV2944", Kind.VESSEL),
]


@pytest.mark.parametrize(("one", "other", "kind"), MATCHES)
def test_these_may_be_one_bearers(one: str, other: str, kind: Kind) -> None:
    assert compare_names(one, other, kind).score >= threshold()


@pytest.mark.parametrize(("one", "other", "kind"), OTHERS)
def test_these_are_not(one: str, other: str, kind: Kind) -> None:
    assert compare_names(one, other, kind).score < threshold()


@pytest.mark.parametrize("empty", ["", " ", "...", "\u0301\u0308", "\u200b", "🙂🙂", "—"])
def test_a_name_without_letters_matches_nothing_and_says_why(empty: str) -> None:
    found = compare_names(empty, "Anna Kite", Kind.PERSON)
    assert (found.score, found.notes) == (0.0, ("a name without a letter or digit",))
    assert compare_names(empty, empty, Kind.ORGANISATION).score == 0.0


def test_a_name_of_ten_thousand_characters_is_compared_by_its_beginning_and_says_so() -> None:
    found = compare_names("Anna Kite " * 1000, "Anna Kite", Kind.PERSON)
    assert found.notes == ("the name asked for is longer: only the first 24 words of 40 letters were compared",)
    assert compare_names("a" * 10_000, "b" * 10_000, Kind.PERSON).score < threshold()


def test_a_kind_that_the_list_leaves_open_is_the_querys() -> None:
    party = NamedParty("1", Kind.UNKNOWN, (PartyName("Robert Kite"),))
    names = {f.name for f in compare(NameQuery("Bob Kite", Kind.PERSON), party, party.names[0]).features}
    assert "common-only" in names
