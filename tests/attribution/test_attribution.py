"""Who holds an address: the strongest statement first, and no statement merged with another."""

from dataclasses import replace

from clew.attribution import Attribution
from clew.model import Category, Tag

HUOBI = Tag("eip155:1", "0xaa", "Huobi 33", "Huobi", Category.EXCHANGE, "https://a.example", 50)
HTX = replace(HUOBI, label="HTX 33", entity="HTX", source="https://b.example", confidence=60)
GUESS = replace(HUOBI, label="cold wallet", entity="", source="https://c.example", confidence=10, stop=False)


def test_statements_stand_by_falling_confidence_and_then_by_source() -> None:
    same = replace(HUOBI, source="https://0.example")
    assert Attribution([GUESS, HUOBI, HTX, same]).tags_of("eip155:1", "0xaa") == (HTX, same, HUOBI, GUESS)


def test_a_statement_given_twice_is_one() -> None:
    assert Attribution([HUOBI, HUOBI]).tags_of("eip155:1", "0xaa") == (HUOBI,)


def test_a_trace_stops_at_the_strongest_tag_that_says_so() -> None:
    label = replace(HTX, stop=False, confidence=100)
    assert Attribution([HUOBI, label, GUESS]).stop_at("eip155:1", "0xaa") == HUOBI
    assert Attribution([label, GUESS]).stop_at("eip155:1", "0xaa") is None


def test_statements_that_disagree_are_all_shown() -> None:
    assert Attribution([HUOBI, HTX, GUESS]).label_of("eip155:1", "0xaa") == "HTX 33 | Huobi 33 | cold wallet"


def test_one_entity_is_shown_by_its_strongest_label() -> None:
    other = replace(HUOBI, label="Huobi old", entity="huobi", confidence=20)
    assert Attribution([other, HUOBI]).label_of("eip155:1", "0xaa") == "Huobi 33"


def test_nothing_is_said_of_another_address_or_of_the_same_one_on_another_chain() -> None:
    attribution = Attribution([HUOBI])
    for chain, address in (("eip155:1", "0xbb"), ("eip155:56", "0xaa")):
        assert attribution.tags_of(chain, address) == ()
        assert attribution.stop_at(chain, address) is None
        assert attribution.label_of(chain, address) == ""
