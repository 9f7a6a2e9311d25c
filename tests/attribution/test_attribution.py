"""Who holds an address: the strongest statement first, and no statement merged with another."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

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


# --- statements that come and go

ACCOUNTS = [(chain, address) for chain in ("eip155:1", "eip155:56") for address in ("0xaa", "0xbb")]
TAGS = st.builds(
    Tag,
    chain=st.sampled_from(["eip155:1", "eip155:56"]),
    address=st.sampled_from(["0xaa", "0xbb"]),
    label=st.sampled_from(["", "x", "y"]),
    entity=st.sampled_from(["", "A", "B"]),
    category=st.sampled_from([Category.EXCHANGE, Category.MIXER, Category.FROZEN, Category.WALLET, Category.OTHER]),
    source=st.sampled_from(["s", "t"]),
    confidence=st.sampled_from([10, 50]),
    lastmod=st.sampled_from(["", "2022-01-01", "2023-01-01"]),
    stop=st.booleans(),
)
STEPS = st.lists(st.tuples(st.booleans(), st.lists(TAGS, max_size=4)), max_size=6)


def decided(attribution: Attribution, account: tuple[str, str]) -> tuple[object, ...]:
    return (
        attribution.tags_of(*account),
        attribution.stop_at(*account),
        attribution.is_wallet(*account),
        attribution.frozen_by(*account, "eip155:1/slip44:60"),
        attribution.label_of(*account),
        attribution.conflicts(*account),
    )


@given(first=st.lists(TAGS, max_size=5), steps=STEPS)
def test_adding_and_removing_gives_what_a_rebuild_gives_and_names_what_changed(
    first: list[Tag], steps: list[tuple[bool, list[Tag]]]
) -> None:
    attribution, standing = Attribution(first), set(first)
    for add, tags in steps:
        before = {account: decided(attribution, account)[1:] for account in ACCOUNTS}
        changed = attribution.add(tags) if add else attribution.remove(tags)
        standing = standing | set(tags) if add else standing - set(tags)
        rebuilt = Attribution(standing)
        for account in ACCOUNTS:
            assert decided(attribution, account) == decided(rebuilt, account)
            assert account in changed or before[account] == decided(attribution, account)[1:]
        assert changed <= {(tag.chain, tag.address) for tag in tags}


def test_what_changes_no_decision_is_not_named() -> None:
    attribution = Attribution([HUOBI])
    assert attribution.add([HUOBI]) == frozenset()
    assert attribution.add([HTX]) == {("eip155:1", "0xaa")}
    assert attribution.remove([replace(HUOBI, address="0xbb")]) == frozenset()
    assert attribution.remove([HTX]) == {("eip155:1", "0xaa")}


def test_what_was_known_on_a_day_leaves_out_what_came_later_and_what_has_no_date() -> None:
    early = replace(HUOBI, lastmod="2022-04-14")
    late = replace(HTX, lastmod="2023-09-13")
    since = replace(GUESS, lastmod="2023-09-13", first_seen="2021-01-01")
    attribution = Attribution([early, late, since, HUOBI])
    assert attribution.as_of("2022-12-31").tags_of("eip155:1", "0xaa") == (early, since)
    assert attribution.as_of("2020-12-31").tags_of("eip155:1", "0xaa") == ()


def test_conflicts_of_an_address_are_those_of_its_tags() -> None:
    (conflict,) = Attribution([HUOBI, HTX, GUESS]).conflicts("eip155:1", "0xaa")
    assert [side.value for side in conflict.sides] == ["HTX", "Huobi"]
