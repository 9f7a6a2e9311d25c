"""Wallets of a release: every mention found, one row an address, letter case repaired only where it is certain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.lists.wallets import Found, stated_in, wallets_of, with_case

GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
TRON = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
EVM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def test_a_claim_in_words_is_read_with_its_ticker_and_its_last_stop() -> None:
    text = f"Digital Currency Address - XBT {GENESIS}; alt. Digital Currency Address - ETH {EVM}."
    assert [(item.text, item.claim) for item in stated_in(text, "7", "here")] == [(GENESIS, "XBT"), (EVM, "ETH")]


def test_spellings_of_one_evm_address_are_one_row_with_the_first_spelling_kept() -> None:
    items = [Found(EVM, "ETH", "1", "a"), Found(EVM.lower(), "USDT", "2", "b"), Found(EVM, "ETH", "1", "c")]
    (wallet,) = wallets_of("own", items)
    assert (wallet.address, wallet.original, wallet.claims, wallet.holders, wallet.place) == (
        EVM.lower(),
        EVM,
        ("ETH", "USDT"),
        ("1", "2"),
        "a",
    )


def test_lower_cased_base58_is_repaired_by_a_list_that_has_its_case() -> None:
    assert with_case([GENESIS.lower(), TRON.lower(), EVM.lower()], [GENESIS, EVM]) == {GENESIS.lower(): GENESIS}


@pytest.mark.parametrize("cased", [[], [GENESIS.lower()], [GENESIS.swapcase()], [GENESIS[:-1]]])
def test_without_one_certain_spelling_nothing_is_repaired(cased: list[str]) -> None:
    assert with_case([GENESIS.lower()], cased) == {}


@given(st.text(max_size=80), st.text("0123456789abcdefx; -.", max_size=40))
def test_an_address_is_found_in_any_prose(before: str, after: str) -> None:
    text = f"{before} {GENESIS} {after}"
    assert GENESIS in [item.text for item in stated_in(text, "7", "here")]
