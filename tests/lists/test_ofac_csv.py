"""The OFAC CSV release: remarks joined over files before anything is read; real ones against independent counts."""

import contextlib
import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.errors import InputError
from clew.lists import read_release
from clew.lists.parties import Identifier, NameType, PartyKind, Release
from clew.lists.wallets import found_in

GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
LIST = "us-ofac-sdn-csv"
NAMES = {"entries": "sdn", "addresses": "add", "aliases": "alt"}


def row(number: str, name: str, kind: str = "-0- ", programme: str = "CYBER2", remarks: str = "-0- ") -> str:
    return f'{number},"{name}",{kind},"{programme}",' + "-0- ," * 7 + f'"{remarks}"\r\n'


def read(entries: str, **parts: str) -> Release:
    return read_release(LIST, {"entries": entries.encode()} | {part: text.encode() for part, text in parts.items()})


def test_an_entry_with_all_its_files() -> None:
    remarks = (
        "DOB 14 Jun 1975; alt. DOB circa 1974; nationality Russia; Passport 71X (Russia); a.k.a. 'RED'; Gender Male."
    )
    release = read(
        row("7", "DOE, Jane", '"individual"', "CYBER2] [DPRK3", remarks) + "\x1a",
        addresses='7,1,"1 Street","Town","Nowhere",-0- \r\n',
        aliases='7,1,"fka","ROE, Jane",-0- \r\n7,2,"aka","J. DOE",-0- \r\n',
        comments='9,"lost"\r\n',
    )
    (party,) = release.parties
    assert (party.id, party.kind, party.programmes) == ("7", PartyKind.PERSON, ("CYBER2", "DPRK3"))
    assert [(one.text, one.type, one.weak) for one in party.names] == [
        ("DOE, Jane", NameType.PRIMARY, False),
        ("ROE, Jane", NameType.FKA, False),
        ("J. DOE", NameType.AKA, False),
        ("RED", NameType.AKA, True),
    ]
    assert party.births == ("1975-06-14", "1974~")
    assert party.countries == ("Russia", "Nowhere")
    assert party.addresses == ("1 Street, Town, Nowhere",)
    assert party.identifiers == (Identifier("Passport", "71X", "Russia"),)
    assert release.faults == ("comments: 1 numbers without an entry, such as 9: the files are of different dates",)


@pytest.mark.parametrize("cut", [1, 3, 20, 33])
def test_an_address_that_is_cut_in_the_middle_is_found_whole(cut: int) -> None:
    head = "Digital Currency Address - XBT " + GENESIS[:cut]
    remarks = "x" * (998 - len(head)) + "; " + head
    release = read(
        row("7", "A", remarks=remarks),
        comments=f'7,"{GENESIS[cut:]}; alt. Digital Currency Address - ETH 0x{"ab" * 20}."',
    )
    assert [(wallet.address, wallet.claims) for wallet in release.wallets] == [
        (GENESIS, ("XBT",)),
        ("0x" + "ab" * 20, ("ETH",)),
    ]


def test_without_its_continuation_it_is_kept_flagged_and_the_release_is_at_fault() -> None:
    head = "Digital Currency Address - XBT " + GENESIS[:3]
    release = read(row("7", "A", remarks="x" * (998 - len(head)) + "; " + head))
    assert [(wallet.original, wallet.flawed) for wallet in release.wallets] == [(GENESIS[:3], True)]
    assert "entries 7" in release.faults[-1]


def test_a_remark_that_is_not_cut_is_not_continued() -> None:
    release = read(
        row("7", "A", remarks=f"Digital Currency Address - XBT {GENESIS[:10]}"), comments=f'7,"{GENESIS[10:]}"'
    )
    assert [wallet.original for wallet in release.wallets] == [GENESIS[:10]]
    assert any("not cut" in fault for fault in release.faults)


def test_addresses_are_found_where_no_words_claim_them() -> None:
    release = read(row("7", "A", remarks=f"pays to {GENESIS}."), aliases=f'7,1,"aka","user 0x{"cd" * 20}",-0- \r\n')
    assert [(wallet.address, wallet.claims) for wallet in release.wallets] == [(GENESIS, ()), ("0x" + "cd" * 20, ())]


def test_an_entry_that_stands_twice_is_a_fault() -> None:
    release = read(row("7", "A") + row("7", "B"))
    assert (len(release.parties), "1 entries stand twice, such as 7" in release.faults) == (1, True)


def test_older_files_are_in_windows_1252_and_noise_is_refused() -> None:
    files = {"entries": row("7", "PEÑA").encode("cp1252")}
    assert read_release(LIST, files).parties[0].name == "PEÑA"
    with pytest.raises(InputError, match="neither UTF-8"):
        read_release(LIST, {"entries": b"7,\x81\xff"})


def test_a_heading_row_is_passed_over() -> None:
    heading = "ID,Name,Type,Country,Title,F,G,H,I,J,K,Details\r\n"
    assert [party.name for party in read(heading + row("7", "A")).parties] == ["A"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (row("7", "A")[:-30], "cells, not 12"),
        (row("7", "A") + '8,"never closed', "not CSV"),
        (row("7", "A") + row("x", "B"), "is no entry number"),
        ("<html>busy</html>\r\n", "cells, not 12"),
    ],
)
def test_a_broken_file_is_refused(text: str, what: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text)
    assert what in caught.value.what
    assert caught.value.where.startswith(f"{LIST} entries: line")


@given(st.text(max_size=200))
def test_no_text_raises_anything_but_an_input_error(text: str) -> None:
    with contextlib.suppress(InputError):
        read(text)


@pytest.mark.data
@pytest.mark.parametrize(
    ("comments", "statements", "distinct", "cut"),
    [("", 208, 206, 6), ("sdn-comments.csv", 408, 406, 4), ("sdn-comments-recent.csv", 434, 424, 0)],
)
def test_the_wallets_of_january_2023(
    shared_data: Callable[[str], Path], comments: str, statements: int, distinct: int, cut: int
) -> None:
    files = {"entries": gzip.decompress(shared_data("sanctions/sdn-2023-01.csv.gz").read_bytes())}
    if comments:
        files["comments"] = shared_data(f"sanctions/ofac-csv/{comments}").read_bytes()
    release = read_release(LIST, files)
    assert len(release.parties) == 11_443
    claimed = [item for party in release.parties for item in found_in(party) if item.claim]
    assert (len(claimed), len(release.wallets)) == (statements, distinct)
    assert len({holder for wallet in release.wallets for holder in wallet.holders}) == 30
    flawed = [wallet.original for wallet in release.wallets if wallet.flawed]
    assert flawed.pop(0) == "5be5543ff73456ab9f2d207887e2af87322c651ea1a873c5b25b7ffae456c320"
    assert len(flawed) == cut, "what is left are addresses that are cut short"


@pytest.mark.data
def test_the_release_of_2019(shared_data: Callable[[str], Path]) -> None:
    names = {"entries": "sdn", "addresses": "add", "aliases": "alt"}
    files = {
        part: gzip.decompress(shared_data(f"sanctions/ofac-csv/{name}.csv.gz").read_bytes())
        for part, name in names.items()
    }
    release = read_release(LIST, files)
    kinds = [party.kind for party in release.parties]
    assert [kinds.count(kind) for kind in PartyKind] == [3845, 2994, 323, 217]
    assert max(int(party.id) for party in release.parties) == 26235
    assert [wallet.form for wallet in release.wallets] == ["p2pkh", "p2pkh"]
    aliases = sum(one.type is not NameType.PRIMARY and not one.weak for party in release.parties for one in party.names)
    assert aliases > 9_600, "9,682 rows, a few twice in one entry"


@pytest.mark.data
def test_the_non_sdn_list(shared_data: Callable[[str], Path]) -> None:
    entries = gzip.decompress(shared_data("sanctions/ofac-csv/cons-prim.csv.gz").read_bytes())
    assert len(read_release("us-ofac-cons-csv", {"entries": entries}).parties) == 442
