"""GraphSense TagPacks: defaults at the top, inherited by every tag that does not say otherwise."""

import pytest

from clew.errors import InputError
from clew.lists.tagpack import entries

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
