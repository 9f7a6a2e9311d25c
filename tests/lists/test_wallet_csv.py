"""Wallets as a plain table: one's own, those of seizure orders, extractions of the OFAC list."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from clew.chains.forms import Verdict
from clew.errors import InputError
from clew.lists import read_release
from clew.lists.parties import Release

GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
EVM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def read(text: str) -> Release:
    return read_release("own-desk", {"list": text.encode()})


def test_a_table_with_holders() -> None:
    release = read(
        "address,currency,entity,program,id,listed\n"
        f'{GENESIS},XBT,A|B,"X, Y",1|2,2022-04-14\n'
        f"{EVM},USDT,A,Z,1,2021-01-01\n"
        f"{EVM.lower()},ETH,,,,\n"
    )
    first, second = release.parties
    assert (first.id, first.name, first.programmes, first.listed) == ("1", "A", ("X", "Y", "Z"), "2021-01-01")
    assert (second.id, second.name) == ("2", "B")
    assert [(wallet.address, wallet.claims, wallet.holders) for wallet in release.wallets] == [
        (GENESIS, ("XBT",), ("1", "2")),
        (EVM.lower(), ("USDT", "ETH"), ("1",)),
    ]


def test_addresses_alone_are_enough() -> None:
    release = read(f"wallet\n{GENESIS}\nnonsense\n")
    assert release.parties == ()
    assert [(wallet.original, wallet.flawed) for wallet in release.wallets] == [(GENESIS, False), ("nonsense", True)]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no column with addresses"),
        ("a,b\n", "no column"),
        (f"address,name\n{GENESIS}\n", "cells under"),
        ('address\n"', "not CSV"),
    ],
)
def test_what_is_no_such_table_is_refused(text: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read(text)


@pytest.mark.data
def test_the_961_wallets_of_august_2026(shared_data: Callable[[str], Path]) -> None:
    release = read(shared_data("sanctions/ofac-crypto-2026-08-20.csv").read_text(encoding="utf-8"))
    forms = Counter(wallet.form for wallet in release.wallets)
    claims = Counter(wallet.claims[0] for wallet in release.wallets)
    assert (len(release.wallets), forms["evm"], forms["tron"]) == (961, 104, 277)
    assert (claims["XBT"], claims["TRX"], claims["ETH"], claims["USDT"]) == (523, 198, 98, 91)
    usdt = Counter(wallet.form for wallet in release.wallets if wallet.claims == ("USDT",))
    assert (usdt["tron"], usdt["evm"], usdt["p2pkh"] + usdt["p2sh"]) == (78, 6, 7)
    shared = next(wallet for wallet in release.wallets if wallet.address == "1H939dom7i4WDLCKyGbXUp3fs9CSTNRzgL")
    assert len(shared.holders) == 2
    odd = next(wallet for wallet in release.wallets if wallet.address == "TUCsTq7TofTCJRRoHk6RvhMoS2mJLm5Yzq")
    assert (odd.claims, odd.form, odd.acts_on("tron:0x2b6653dc")) == (("XBT",), "tron", True)


@pytest.mark.data
def test_the_wallets_of_the_seizure_orders(shared_data: Callable[[str], Path]) -> None:
    release = read_release("il-nbctf", {"list": shared_data("tron/wallets.csv").read_bytes()})
    assert {wallet.verdict for wallet in release.wallets} == {Verdict.VALID}
    counted = Counter(wallet.holders[0] for wallet in release.wallets)
    assert counted == {"15/22": 20, "34/23": 15, "29/23": 15, "53/23": 8, "44/21": 7, "19/23": 4}
