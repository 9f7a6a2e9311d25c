"""Label dumps of explorers: a label files a page, only the name tells a wallet."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from clew.errors import InputError
from clew.lists import read_tags
from clew.lists.explorer_labels import is_label_dump, rows
from clew.model import Category

ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def meaning(name: str, *labels: str) -> tuple[str, str]:
    ((_, fields),) = rows({ADDRESS: {"name": name, "labels": list(labels)}}, where="dump.json")
    assert not isinstance(fields, InputError)
    assert fields["address"] == ADDRESS.lower()
    return fields["category"], fields["entity"]


@pytest.mark.parametrize(
    ("name", "labels", "expected"),
    [
        ("Huobi 33", ("huobi",), ("exchange", "Huobi")),
        ("Crypto.com: Hot Wallet 2", ("crypto-com",), ("exchange", "Crypto.com")),
        ("FTX Exchange 2", ("ftx",), ("exchange", "FTX")),
        ("Huobi: HT Token", ("huobi",), ("other", "")),
        ("Tornado.Cash: 100 ETH", ("tornado-cash", "ofac-sanctions-lists"), ("mixer", "Tornado.Cash")),
        ("Ronin Bridge Exploiter", ("heist", "ofac-sanctions-lists"), ("theft", "Ronin Bridge Exploiter")),
        ("Polygon: Bridge", ("bridge",), ("bridge", "Polygon")),
        ("Wrapped X", ("bridge", "bridged-token"), ("other", "")),
        ("", ("airdrop-hunter",), ("other", "")),
    ],
)
def test_what_labels_and_name_mean(name: str, labels: tuple[str, ...], expected: tuple[str, str]) -> None:
    assert meaning(name, *labels) == expected


def test_a_dump_is_told_by_its_shape() -> None:
    assert is_label_dump({ADDRESS: {"name": "", "labels": []}})
    others: tuple[object, ...] = ({}, [], {"result": []}, {ADDRESS: "text"}, {"x": {"labels": []}})
    assert not any(is_label_dump(other) for other in others)


def test_a_wrong_entry_is_told_in_its_place() -> None:
    value = {ADDRESS: {"name": "a", "labels": []}, "0x" + "1" * 40: {"name": "b"}}
    first, (place, wrong) = rows(value, where="dump.json")
    assert not isinstance(first[1], InputError)
    assert isinstance(wrong, InputError)
    assert place.startswith("dump.json: 0x111")


@pytest.mark.data
def test_the_labels_of_etherscan(shared_data: Callable[[str], Path]) -> None:
    tags = read_tags(shared_data("labels/etherscan-labels.json.gz"))
    assert (len(tags), len({tag.address for tag in tags})) == (29_945, 29_772)
    said = {tag.address: tag for tag in tags}
    assert said["0xa160cdab225685da1d56aa342ad8841c3b53f291"].category is Category.MIXER
    assert said["0x098b716b8aaf21512996dc57eb0615e2383e2f96"].label == "Ronin Bridge Exploiter"
    assert said["0x28ffe35688ffffd0659aee2e34778b0ae4e193ad"].entity == "Huobi"
    assert said["0xc098b2a3aa256d2140208c3de6543aaef5cd3a94"].category is Category.EXCHANGE
    assert Counter(tag.confidence for tag in tags) == {20: 29_945}
