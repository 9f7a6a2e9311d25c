"""Segwit addresses against the test vectors of BIP-173 and BIP-350."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.chains import bech32
from clew.errors import InputError

BECH32_STRINGS = [
    "A12UEL5L",
    "a12uel5l",
    "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
    "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
    "1" + "1" + "q" * 82 + "c8247j",
    "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
    "?1ezyfcl",
]
BECH32M_STRINGS = [
    "A1LQFN3A",
    "a1lqfn3a",
    "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
    "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
    "1" + "1" + "l" * 82 + "ludsr8",
    "split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
    "?1v759aa",
]
MALFORMED = [
    ("\x201nwldj5", "position 1 is not printable"),
    ("\x7f1axkwrx", "position 1 is not printable"),
    ("\x801eym55h", "position 1 is not printable"),
    ("an84characterslonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1569pvx", "has 91 char"),
    ("pzry9x0s0muk", "no prefix"),
    ("1pzry9x0s0muk", "no prefix"),
    ("x1b4n0q5v", "'b' at position 3 does not occur"),
    ("li1dgmt3", "has 5 characters after the separator"),
    ("de1lg7wt\xff", "position 9 is not printable"),
    ("A1G7SGD8", "checksum is wrong"),
    ("10a06t8", "no prefix"),
    ("1qzzfhee", "no prefix"),
    ("M1VUXWEZ", "checksum is wrong"),
]
ADDRESSES = [
    ("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "0014751e76e8199196d454941c45d1b3a323f1433bd6"),
    (
        "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
        "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262",
    ),
    (
        "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
        "5128751e76e8199196d454941c45d1b3a323f1433bd6751e76e8199196d454941c45d1b3a323f1433bd6",
    ),
    ("BC1SW50QGDZ25J", "6002751e"),
    ("bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", "5210751e76e8199196d454941c45d1b3a323"),
    (
        "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy",
        "0020000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433",
    ),
    (
        "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c",
        "5120000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433",
    ),
    (
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
    ),
]
NOT_ADDRESSES = [
    ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", "bech32 checksum, witness version 1 must"),
    ("tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf", "bech32 checksum, witness version 2 must"),
    ("BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL", "bech32 checksum, witness version 16 must"),
    ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh", "bech32m checksum, witness version 0 must"),
    ("tb1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq24jc47", "bech32m checksum, witness version 0 must"),
    ("bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4", "'o' at position 60"),
    ("BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R", "witness version is 17"),
    ("bc1pw5dgrnzv", "has 1 bytes, it must have 2 to 40"),
    ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav", "has 41 bytes"),
    ("BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", "has 16 bytes, version 0 has 20 or 32"),
    ("tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq", "mixes upper and lower case"),
    ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf", "padding"),
    ("tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j", "padding"),
    ("bc1gmk9yu", "no witness program"),
]


@pytest.mark.parametrize("text", BECH32_STRINGS)
def test_strings_of_bip_173_have_the_bech32_checksum(text: str) -> None:
    assert bech32.split(text)[2] == bech32.BECH32


@pytest.mark.parametrize("text", BECH32M_STRINGS)
def test_strings_of_bip_350_have_the_bech32m_checksum(text: str) -> None:
    assert bech32.split(text)[2] == bech32.BECH32M


@pytest.mark.parametrize(("text", "wrong"), MALFORMED)
def test_a_malformed_string_is_refused_with_what_is_wrong(text: str, wrong: str) -> None:
    with pytest.raises(InputError, match=wrong):
        bech32.split(text)


@pytest.mark.parametrize(("text", "script"), ADDRESSES)
def test_an_address_is_its_witness_program_and_back(text: str, script: str) -> None:
    raw = bytes.fromhex(script)
    version = raw[0] and raw[0] - 0x50
    assert bech32.decode(text) == (text[:2].lower(), version, raw[2:])
    assert bech32.encode(text[:2].lower(), version, raw[2:]) == text.lower()


@pytest.mark.parametrize(("text", "wrong"), NOT_ADDRESSES)
def test_what_is_no_segwit_address_is_refused_with_what_is_wrong(text: str, wrong: str) -> None:
    with pytest.raises(InputError, match=wrong):
        bech32.decode(text)


@given(st.integers(1, 16), st.binary(min_size=2, max_size=40), st.data())
def test_any_one_mistyped_character_is_noticed(version: int, program: bytes, data: st.DataObject) -> None:
    address = bech32.encode("bc", version, program)
    assert bech32.decode(address) == ("bc", version, program)
    position = data.draw(st.integers(3, len(address) - 1))
    other = data.draw(st.sampled_from(sorted(set(bech32.CHARSET) - {address[position]})))
    with pytest.raises(InputError):
        bech32.decode(address[:position] + other + address[position + 1 :])


@given(st.text(max_size=100))
def test_hostile_text_is_refused_as_input(text: str) -> None:
    with pytest.raises(InputError):
        bech32.decode(text)
