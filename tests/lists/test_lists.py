"""Tag files of every kind: found by their ending, read in order, wrong entries named and never dropped in silence."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.errors import InputError
from clew.lists import READERS, read_tags
from clew.lists.categories import ABUSES, CATEGORIES
from clew.lists.entry import CONFIDENCES, FIELDS
from clew.model import Category

POOL = "0xa160cdab225685da1d56aa342ad8841c3b53f291"
CSV = f"address,label\n{POOL},pool\n0x123,broken\n{POOL},again\n"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize("name", ["tags.csv", "tags.csv.gz", "TAGS.CSV", "my.2022.tags.csv"])
def test_a_csv_file_is_known_by_its_ending(tmp_path: Path, name: str) -> None:
    tags = read_tags(write(tmp_path, name, f"address,label\n{POOL},pool\n"))
    assert [(tag.address, tag.label, tag.source) for tag in tags] == [(POOL, "pool", name)]


@pytest.mark.parametrize("name", ["pack.yaml", "pack.yml", "pack.yaml.gz"])
def test_a_tagpack_is_known_by_its_ending(tmp_path: Path, name: str) -> None:
    tags = read_tags(write(tmp_path, name, f"label: pool\ntags:\n- address: {POOL}\n"))
    assert [(tag.address, tag.label) for tag in tags] == [(POOL, "pool")]


@pytest.mark.parametrize("name", ["tags.txt", "tags", "tags.gz", "tags.xml"])
def test_another_ending_is_refused_with_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="unknown kind of tag file") as caught:
        read_tags(write(tmp_path, name, ""))
    assert all(ending in caught.value.mend for ending in READERS)


def test_a_wrong_entry_is_an_error_that_names_file_and_entry(tmp_path: Path) -> None:
    path = write(tmp_path, "tags.csv", CSV)
    with pytest.raises(InputError, match="0x123") as caught:
        read_tags(path)
    assert caught.value.where == f"{path}: line 3"


def test_wrong_entries_come_back_beside_the_tags_when_asked_for(tmp_path: Path) -> None:
    tags, errors = read_tags(write(tmp_path, "tags.csv", CSV), strict=False)
    assert [tag.label for tag in tags] == ["pool", "again"]
    assert ["0x123" in error.what for error in errors] == [True]


@pytest.mark.parametrize("strict", [True, False])
def test_a_file_that_cannot_be_read_is_an_error_either_way(tmp_path: Path, strict: bool) -> None:
    broken = tmp_path / "tags.csv.gz"
    broken.write_bytes(gzip.compress(CSV.encode())[:-9])
    latin = tmp_path / "latin.csv"
    latin.write_bytes(b"address,label\n0x1,Z\xfcrich\n")
    for path in (broken, latin, tmp_path / "absent.csv", tmp_path):
        with pytest.raises(InputError):
            read_tags(path, strict=strict)  # type: ignore[call-overload]


@given(
    text=st.text(max_size=60)
    | st.lists(st.sampled_from(["tags:", "- address: ", "[", "{", ",", '"', "\n", " ", "&a", "*a", "<<: ", POOL])).map(
        "".join
    ),
    ending=st.sampled_from(sorted(READERS)),
)
def test_no_text_raises_anything_but_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, text: str, ending: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"hostile{ending}"
    path.write_text(text, encoding="utf-8", errors="ignore", newline="")
    try:
        tags = read_tags(path)
    except InputError:
        return
    assert all(tag.address in text.lower() for tag in tags)


@pytest.mark.data
def test_the_labels_of_the_ronin_trail(shared_data: Callable[[str], Path]) -> None:
    tags = read_tags(shared_data("ronin-2022/labels.csv"))
    stops = [tag for tag in tags if tag.stop]
    assert len(tags) == 74
    assert sorted(tag.entity for tag in stops) == ["Cryptocom", "FTX"] + ["Huobi"] * 6
    assert {tag.category for tag in stops} == {Category.EXCHANGE}
    assert sum(tag.label == "TC Depositor" for tag in tags) == 48


@pytest.mark.data
@pytest.mark.parametrize(
    ("pack", "tags", "errors", "category"),
    [
        ("lazarus.yaml", 21, 0, Category.SANCTIONED),
        ("lazarus2.yaml", 6, 0, Category.SANCTIONED),
        ("ronin-bridge.yaml", 6, 0, Category.THEFT),
        ("exchange-wallets-okx.yaml", 36, 0, Category.EXCHANGE),
        ("exchange-wallets-bybit.yaml", 8, 0, Category.EXCHANGE),
        ("exchange-wallets-cryptocom.yaml", 10, 0, Category.EXCHANGE),
        ("exchange-wallets-deribit.yaml", 16, 2, Category.EXCHANGE),
        ("usdt-blacklist.yaml.gz", 774, 0, Category.OTHER),
        ("etherscan-wordcloud-exchange.yaml", 646, 0, Category.EXCHANGE),
    ],
)
def test_public_tagpacks_are_read_whole(
    shared_data: Callable[[str], Path], pack: str, tags: int, errors: int, category: Category
) -> None:
    read, faults = read_tags(shared_data(f"labels/packs/{pack}"), strict=False)
    assert (len(read), len(faults)) == (tags, errors)
    assert {tag.category for tag in read} == {category}


@pytest.mark.data
def test_what_a_pack_holds_of_other_chains_is_told(shared_data: Callable[[str], Path]) -> None:
    path = shared_data("labels/packs/ofac.yaml")
    tags, errors = read_tags(path, strict=False)
    assert len(tags) + len(errors) == 572
    assert {error.what for error in errors} >= {f"unknown chain {name!r}" for name in ("BCH", "XMR", "ZEC", "XRP")}
    usdt = [tag for tag in tags if tag.chain == "tron:0x2b6653dc"]
    assert len(usdt) > 3, "three TRX entries, and USDT entries decided by the form of the address"


@pytest.mark.parametrize(
    ("language", "ending", "stops"), [("yaml", ".yaml", [True, True]), ("csv", ".csv", [True, True, True])]
)
def test_the_documented_examples_are_read(tmp_path: Path, language: str, ending: str, stops: list[bool]) -> None:
    page = (Path(__file__).parents[2] / "docs/tags.md").read_text(encoding="utf-8")
    tags = read_tags(write(tmp_path, f"example{ending}", page.split(f"```{language}\n")[1].split("```")[0]))
    assert [tag.stop for tag in tags] == stops


def test_the_documentation_names_every_category_and_confidence_level() -> None:
    page = (Path(__file__).parents[2] / "docs/tags.md").read_text(encoding="utf-8")
    for name in [*CONFIDENCES, *CATEGORIES, *ABUSES, *FIELDS]:
        assert f"`{name}`" in page
