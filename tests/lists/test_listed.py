"""Looking an address up: exactly, on every chain the listed one acts on; resemblance is a doubt, never a match."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.chains import CHAINS, find_chain
from clew.chains.forms import Verdict, recognise
from clew.lists.listed import Likeness, Lists
from clew.lists.parties import ListedParty, PartyKind, PartyName
from clew.lists.wallets import Found, wallets_of
from clew.model import Category

GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
EVM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
TRON = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
CASH = "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"
BITCOIN, ETHEREUM, BSC = find_chain("bitcoin").id, find_chain("ethereum").id, find_chain("bsc").id
PARTY = ListedParty("own", "1", PartyKind.PERSON, (PartyName("One Person"),), listed="2022-04-14")


def lists(*addresses: str, party: ListedParty = PARTY) -> Lists:
    wallets = wallets_of("own", [Found(address, "XBT", party.id, "") for address in addresses])
    return Lists((("own", "f" * 64, "2026-08-20"),), (), lambda: (party,), lambda: wallets)


LISTED = lists(GENESIS, EVM, TRON, CASH, "1Gq", "nonsense")


SPELLINGS = [GENESIS, f" {GENESIS}\n", EVM, EVM.lower(), "0X" + EVM[2:].upper(), TRON, CASH, CASH.upper()]


@pytest.mark.parametrize("text", SPELLINGS)
def test_an_address_is_found_in_each_of_its_right_spellings(text: str) -> None:
    found = LISTED.look_up(text)
    assert found.listed
    assert found.doubts == ()
    assert LISTED.holders(found.matches[0].wallet) == (PARTY,)


def test_one_evm_address_is_listed_on_every_evm_chain_and_on_no_other() -> None:
    for chain in CHAINS:
        found = LISTED.look_up(EVM, chain.id)
        assert found.listed == (chain.family == "evm")
        assert [hit.likeness for hit in found.doubts] == ([] if found.listed else [Likeness.OTHER_CHAIN])


def test_a_wrong_checksum_is_a_warning_and_still_a_match() -> None:
    wrong = EVM.replace("Aeb", "aeb")
    found = LISTED.look_up(wrong)
    assert (found.listed, found.form.verdict) == (True, Verdict.WRONG)


@pytest.mark.parametrize(
    ("text", "likeness"),
    [
        (GENESIS.lower(), Likeness.LETTER_CASE),
        (TRON.swapcase(), Likeness.LETTER_CASE),
        (GENESIS[:-1], Likeness.BEGINNING),
        (GENESIS[:10], Likeness.BEGINNING),
        (GENESIS + "x", Likeness.BEGINNING),
        (EVM[:20], Likeness.BEGINNING),
        ("0xa614f803b6fd780986a42c78ec9c7f77e6ded13c", Likeness.SAME_KEY),
        ("1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu", Likeness.SAME_KEY),
    ],
)
def test_what_only_resembles_a_listed_address_is_a_doubt(text: str, likeness: Likeness) -> None:
    found = LISTED.look_up(text)
    assert not found.listed
    assert [hit.likeness for hit in found.doubts] == [likeness]


def test_a_flawed_entry_matches_its_own_text_alone() -> None:
    assert LISTED.look_up("nonsense").listed
    assert not LISTED.look_up("1Gqx").listed
    assert not LISTED.look_up("NONSENSE").listed


def test_an_address_that_resembles_nothing_has_neither() -> None:
    found = LISTED.look_up("0x" + "12" * 20)
    assert (found.matches, found.doubts) == ((), ())


@given(st.text(max_size=60))
def test_no_text_raises_or_matches(text: str) -> None:
    assert not LISTED.look_up(text).listed or text.strip() in ("nonsense", "1Gq")


def test_a_listed_wallet_is_a_tag_of_its_holder_with_its_list_and_date() -> None:
    for chain in (ETHEREUM, BSC):
        (tag,) = LISTED.tags(chain, EVM.lower())
        assert (tag.category, tag.entity, tag.source, tag.lastmod, tag.first_seen, tag.stop) == (
            Category.SANCTIONED,
            "One Person",
            "own",
            "2026-08-20",
            "2022-04-14",
            False,
        )
    assert LISTED.tags(BITCOIN, EVM.lower()) == ()


@pytest.mark.data
def test_wrong_case_and_truncation_of_the_ofac_list_never_match_in_silence(shared_data: Callable[[str], Path]) -> None:
    with shared_data("sanctions/ofac-crypto-2026-08-20.csv").open(encoding="utf-8", newline="") as file:
        addresses = [row["address"] for row in csv.DictReader(file)]
    ofac = lists(*addresses)
    assert sum(ofac.look_up(address).listed for address in addresses) == 961
    for address in addresses:
        shorter = ofac.look_up(address[:-1])
        assert not shorter.listed
        assert address in {hit.wallet.original for hit in shorter.doubts}
        changed = ofac.look_up(address.lower())
        if address == address.lower() or recognise(address).name in ("evm", "bech32", "cashaddr"):
            assert changed.listed
        else:
            assert not changed.listed
            assert address in {hit.wallet.original for hit in changed.doubts}
