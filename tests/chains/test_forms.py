"""What an address is by its own form: public addresses of every kind, and broken ones that never pass."""

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import base58
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.chains import CHAINS
from clew.chains.forms import Verdict, find_addresses, recognise

HASH = "751e76e8199196d454941c45d1b3a323f1433bd6"
"""HASH160 of the compressed public key of the private key 1 (BIP-173's test vectors)."""
GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
SEGWIT = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
EVM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
USDT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
MONERO = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
CASH = "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"
BITCOIN = "bip122:000000000019d6689c085ae165831e93"
LITECOIN = "bip122:12a765e31ffd4059bada1e25190f6e98"


@pytest.mark.parametrize(
    ("text", "name", "chain", "verdict"),
    [
        (GENESIS, "p2pkh", BITCOIN, Verdict.VALID),
        (GENESIS, "p2pkh", "bitcoin-cash", Verdict.VALID),
        ("3P14159f73E4gFr7JterCCQh9QjiTjiZrG", "p2sh", BITCOIN, Verdict.VALID),
        ("3P14159f73E4gFr7JterCCQh9QjiTjiZrG", "p2sh", LITECOIN, Verdict.VALID),
        (SEGWIT, "bech32", BITCOIN, Verdict.VALID),
        (SEGWIT.upper(), "bech32", BITCOIN, Verdict.VALID),
        ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "bech32", BITCOIN, Verdict.VALID),
        ("LVg2kJoFNg45Nbpy53h7Fe1wKyeXVRhMH9", "p2pkh", LITECOIN, Verdict.VALID),
        (EVM, "evm", "eip155:1", Verdict.VALID),
        (EVM, "evm", "eip155:56", Verdict.VALID),
        (EVM, "evm", "eip155:999999", Verdict.VALID),
        (EVM.lower(), "evm", "eip155:1", Verdict.UNCHECKED),
        (EVM.replace("Bea", "bea").replace("eA", "ea"), "evm", "eip155:1", Verdict.WRONG),
        (USDT, "tron", "tron:0x2b6653dc", Verdict.VALID),
        ("41a614f803b6fd780986a42c78ec9c7f77e6ded13c", "tron", "tron:0x2b6653dc", Verdict.UNCHECKED),
        ("bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", "cashaddr", "bitcoin-cash", Verdict.VALID),
        ("ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq", "cashaddr", "bitcoin-cash", Verdict.VALID),
        (MONERO, "monero", "monero", Verdict.VALID),
        ("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "xrp", "xrp-ledger", Verdict.VALID),
        ("So11111111111111111111111111111111111111112", "solana", "solana", Verdict.UNCHECKED),
    ],
)
def test_public_addresses(text: str, name: str, chain: str, verdict: Verdict) -> None:
    form = recognise(text)
    assert (form.name, form.verdict) == (name, verdict)
    assert form.acts_on(chain)


@pytest.mark.parametrize(
    ("version", "starts", "chain"),
    [
        (b"\x1e", "D", "dogecoin"),
        (b"\x4c", "X", "dash"),
        (b"\x26", "G", "bitcoin-gold"),
        (b"\x1c\xb8", "t1", "zcash"),
        (b"\x1c\xbd", "t3", "zcash"),
        (b"\x32", "M", LITECOIN),
    ],
)
def test_version_bytes_tell_the_chain(version: bytes, starts: str, chain: str) -> None:
    address = base58.b58encode_check(version + bytes.fromhex(HASH)).decode()
    assert address.startswith(starts)
    assert recognise(address).chains[0] == chain


def test_all_addresses_of_one_key_share_it() -> None:
    litecoin = base58.b58encode_check(b"\x30" + bytes.fromhex(HASH)).decode()
    same = ["1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH", SEGWIT, litecoin]
    assert {recognise(address).key for address in same} == {f"hash160:{HASH}"}
    cash = {
        recognise(a).key for a in ("1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu", "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a")
    }
    assert len(cash) == 1
    assert recognise(USDT).key == recognise("0xa614f803b6fd780986a42c78ec9c7f77e6ded13c").key


def test_one_evm_address_stands_for_every_evm_chain_in_one_form() -> None:
    form = recognise(EVM)
    assert form.chains == ("eip155",)
    assert all(form.acts_on(chain.id) == (chain.family == "evm") for chain in CHAINS)


def test_the_canonical_spelling_is_lower_case_for_evm_and_bech32_and_untouched_for_base58() -> None:
    assert recognise(EVM).address == EVM.lower()
    assert recognise(SEGWIT.upper()).address == SEGWIT
    assert recognise(f" {GENESIS} ").address == GENESIS


SAMPLES = [
    GENESIS,
    SEGWIT,
    USDT,
    MONERO,
    "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh",
    "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
]


@given(address=st.sampled_from(SAMPLES), cut=st.integers(1, 30), front=st.booleans())
def test_a_cut_address_is_never_valid(address: str, cut: int, front: bool) -> None:
    shorter = address[cut:] if front else address[:-cut]
    assert recognise(shorter).verdict is not Verdict.VALID


@given(address=st.sampled_from([GENESIS, USDT, MONERO]), data=st.data())
def test_base58_in_another_letter_case_is_never_valid(address: str, data: st.DataObject) -> None:
    places = [i for i, character in enumerate(address) if character.isalpha()]
    chosen = data.draw(st.sets(st.sampled_from(places), min_size=1))
    changed = "".join(c.swapcase() if i in chosen else c for i, c in enumerate(address))
    assert recognise(changed).verdict is not Verdict.VALID
    assert recognise(address.lower()).verdict in (Verdict.WRONG, Verdict.UNKNOWN, Verdict.UNCHECKED)


@given(text=st.text(max_size=120) | st.text("123abcABCxyzrT0lq:", max_size=120))
def test_no_text_raises(text: str) -> None:
    form = recognise(text)
    assert form.verdict is not Verdict.UNKNOWN or form.chains == ()
    find_addresses(text)


def test_addresses_are_found_in_prose_and_transactions_are_not() -> None:
    prose = f"paid to {GENESIS}, then {EVM}; tx 0x{'ab' * 32}, {SEGWIT}. Passport 123456789, {GENESIS[:-1]}x"
    assert [form.address for form in find_addresses(prose)] == [GENESIS, EVM.lower(), SEGWIT]


@pytest.mark.data
def test_every_address_of_the_ofac_list_has_the_form_that_was_found_by_other_means(
    shared_data: Callable[[str], Path],
) -> None:
    with shared_data("sanctions/ofac-crypto-2026-08-20.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    forms = {row["address"]: recognise(row["address"]) for row in rows}
    counted = Counter(form.name for form in forms.values())
    assert (len(forms), counted["evm"], counted["tron"]) == (961, 104, 277)
    for row in rows:
        form, told = forms[row["address"]], row["format_check"]
        assert told in (form.name, "unchecked") or told.startswith("b58v"), row["address"]
        assert form.verdict in (Verdict.VALID, Verdict.UNCHECKED) or row["ofac_type"] == "XMR"
    wrong = [address for address, form in forms.items() if form.verdict is Verdict.UNKNOWN]
    assert "5be5543ff73456ab9f2d207887e2af87322c651ea1a873c5b25b7ffae456c320" in wrong
    assert len(wrong) == 2, "the other XMR value holds the letter l, which is not in base58"
    assert forms["TUCsTq7TofTCJRRoHk6RvhMoS2mJLm5Yzq"].name == "tron"
