"""GraphSense TagPacks: defaults at the top, inherited by every tag that does not say otherwise."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.errors import InputError
from clew.lists.entry import CONFIDENCES, read_entry
from clew.lists.tagpack import entries, write_pack
from clew.model import Category, Tag

PACK = """
title: Example
creator: somebody
label: Exchange
category: exchange
currency: BTC
confidence: service_data
source: https://example.org/wallets
lastmod: 2022-11-16
actor: example
tags:
- address: 1BitcoinEaterAddressDontSendf59kuE
- address: 0xa160cdab225685da1d56aa342ad8841c3b53f291
  currency: USDT
  network: ETH
  label: Exchange 2
  concepts: [exchange]
"""


def test_a_tag_inherits_what_it_does_not_say() -> None:
    first, second = entries(PACK, where="pack.yaml")
    inherited = {
        "category": "exchange",
        "confidence": "service_data",
        "source": "https://example.org/wallets",
        "lastmod": "2022-11-16",
        "entity": "example",
    }
    assert first == (
        "pack.yaml: tags[1]",
        {**inherited, "address": "1BitcoinEaterAddressDontSendf59kuE", "label": "Exchange", "chain": "BTC"},
    )
    assert second == (
        "pack.yaml: tags[2]",
        {**inherited, "address": "0xa160cdab225685da1d56aa342ad8841c3b53f291", "label": "Exchange 2", "chain": "ETH"},
    )


def test_an_address_without_quotes_is_not_taken_for_a_number() -> None:
    ((_, fields),) = entries("tags:\n- address: 0x0000000000000000000000000000000000000000\n", where="pack")
    assert not isinstance(fields, InputError)
    assert fields["address"] == "0x" + "0" * 40


@pytest.mark.parametrize("tag", ["just text", "[a, list]", "{address: [a, list]}", "{address: a, label: {b: c}}"])
def test_a_tag_that_is_no_mapping_of_texts_is_told_in_its_place(tag: str) -> None:
    (wrong, right) = entries(f"tags:\n- {tag}\n- address: next\n", where="pack")
    assert wrong[0] == "pack: tags[1]"
    assert isinstance(wrong[1], InputError)
    assert right == ("pack: tags[2]", {"address": "next"})


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no list named tags"),
        ("just text", "no list named tags"),
        ("title: no tags", "no list named tags"),
        ("tags: text", "no list named tags"),
        ("tags: [", "line 2"),
        ("tags:\n- a: 1\n b: 2", "line 3"),
        ("tags: []\nlabel: a\nlabel: b", "'label' is set twice"),
        ("tags:\n- <<: {label: a}\n", "merge keys"),
        ("tags: " + "[" * 100_000, "nested more than 20 deep"),
        ("tags: *nowhere", "undefined alias"),
        ("\0", "not YAML"),
    ],
)
def test_what_is_no_tagpack_is_refused(text: str, what: str) -> None:
    with pytest.raises(InputError) as caught:
        list(entries(text, where="pack.yaml"))
    assert caught.value.where == "pack.yaml"
    assert what in caught.value.what


ADDRESSES = [
    ("bip122:000000000019d6689c085ae165831e93", "1BitcoinEaterAddressDontSendf59kuE"),
    ("eip155:1", "0xa160cdab225685da1d56aa342ad8841c3b53f291"),
    ("eip155:8453", "0xa160cdab225685da1d56aa342ad8841c3b53f291"),
    ("tron:0x2b6653dc", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),
]
WORDS = st.text(st.characters(exclude_categories=("C", "Z")), max_size=8)
DATES = st.dates().map(str) | st.just("")


@st.composite
def tags(draw: st.DrawFn) -> Tag:
    chain, address = draw(st.sampled_from(ADDRESSES))
    entity = draw(WORDS)
    return Tag(
        chain=chain,
        address=address,
        label=draw(WORDS) or entity,
        entity=entity,
        category=draw(st.sampled_from(Category)),
        source=draw(WORDS) or "x",
        confidence=draw(st.integers(0, 100)),
        lastmod=draw(DATES),
        stop=draw(st.booleans()),
        asset=draw(st.sampled_from(["", "eip155:1/slip44:60"])) if chain == "eip155:1" else "",
        tx=draw(WORDS),
        first_seen=draw(DATES),
        last_seen=draw(DATES),
    )


@settings(max_examples=40)
@given(st.lists(tags(), max_size=4))
def test_a_pack_that_is_written_is_read_again_as_it_was(written: list[Tag]) -> None:
    text = write_pack(written, title="Title: odd", creator="a desk")
    read = [read_entry(fields, where=place, source="") for place, fields in entries(text, where="pack")]  # type: ignore[arg-type]
    assert read == written


def test_a_written_pack_is_plain_to_other_readers() -> None:
    chain, address = ADDRESSES[1]
    tag = Tag(chain, address, "Pool", "Tornado Cash", Category.MIXER, "https://example.org", 60, "2022-08-08")
    pack = yaml.safe_load(write_pack([tag], title="Mixers", creator="a desk"))
    assert (pack["title"], pack["creator"]) == ("Mixers", "a desk")
    assert pack["tags"] == [
        {
            "address": address,
            "currency": "ETH",
            "network": "ETH",
            "label": "Pool",
            "actor": "Tornado Cash",
            "category": "mixer",
            "source": "https://example.org",
            "confidence": "authority_data",
            "lastmod": "2022-08-08",
        }
    ]


@pytest.mark.parametrize("level", range(0, 101, 7))
def test_a_confidence_between_two_levels_is_written_as_the_lower_and_kept_in_the_context(level: int) -> None:
    chain, address = ADDRESSES[1]
    tag = Tag(chain, address, "x", "", Category.OTHER, "y", level, stop=False)
    (fields,) = yaml.safe_load(write_pack([tag], title="t", creator="c"))["tags"]
    assert CONFIDENCES[fields["confidence"]] <= max(level, 5)


def test_a_context_of_other_makers_is_passed_over() -> None:
    for context in ("prose", "[1]", "3", '{"other": 1}'):
        ((_, fields),) = entries(f"tags:\n- address: A\n  context: '{context}'\n", where="pack")
        assert fields == {"address": "A"}
