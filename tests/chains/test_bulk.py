"""The kernel that checks a million addresses a second says what `clew.chains.forms`, one address at a time, says."""

import base58
import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from clew.chains import bech32
from clew.chains.bulk import BASE58, EVM, EVM_ONE_CASE, OTHER, SEGWIT, VERSIONS, check_addresses
from clew.chains.evm import checksum_address
from clew.chains.forms import Verdict, recognise

hashes = st.binary(min_size=20, max_size=20)
valid = st.one_of(
    hashes.map(lambda value: "0x" + value.hex()),
    hashes.map(lambda value: checksum_address("0x" + value.hex())),
    st.tuples(st.sampled_from(VERSIONS.tolist()), hashes).map(
        lambda pair: base58.b58encode_check(bytes([pair[0]]) + pair[1]).decode()
    ),
    st.tuples(st.sampled_from(["bc", "ltc", "tb"]), st.integers(0, 16), hashes).map(lambda t: bech32.encode(*t)),
    st.tuples(st.integers(0, 16), st.binary(min_size=32, max_size=32)).map(lambda t: bech32.encode("bc", *t)),
)
mangled = st.tuples(valid, st.integers(0, 90), st.characters(min_codepoint=33, max_codepoint=126)).map(
    lambda t: t[0][: t[1] % len(t[0])] + t[2] + t[0][t[1] % len(t[0]) + 1 :]
)
NAMES = {EVM_ONE_CASE: "evm", EVM: "evm", SEGWIT: "bech32"}


def check(text: str) -> tuple[int, int]:
    codes, keys = check_addresses(pa.array([text]))
    return int(codes[0]), int(keys[0])


@given(valid)
def test_a_valid_address_is_known_with_the_first_bytes_of_what_it_commits_to(text: str) -> None:
    code, key = check(text)
    form = recognise(text)
    assert code != OTHER
    assert f"{key:016x}" == form.key.partition(":")[2][:16]
    assert form.name == NAMES.get(code, form.name)


@given(st.one_of(mangled, st.text(max_size=100), valid.map(str.upper), valid.map(str.lower)))
def test_nothing_is_called_valid_that_is_not(text: str) -> None:
    code, _ = check(text)
    if code != OTHER:
        assert recognise(text).verdict in (Verdict.VALID, Verdict.UNCHECKED)


def test_published_addresses() -> None:
    """Of EIP-55, BIP-173, BIP-350 and the first block of Bitcoin."""
    known = {
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed": EVM,
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed": EVM_ONE_CASE,
        "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed": OTHER,
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa": BASE58,
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb": OTHER,
        "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4": SEGWIT,
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5": OTHER,
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0": SEGWIT,
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd": OTHER,
        "": OTHER,
    }
    codes, _ = check_addresses(pa.array(list(known)))
    assert dict(zip(known, codes.tolist(), strict=True)) == known


def test_a_slice_of_an_array_is_read_where_it_stands() -> None:
    texts = ["0x" + f"{number:040x}" for number in range(1, 50)]
    whole = check_addresses(pa.array(texts))
    part = check_addresses(pa.array(texts).slice(10, 20))
    assert np.array_equal(whole[0][10:30], part[0])
    assert np.array_equal(whole[1][10:30], part[1])
    assert check_addresses(pa.chunked_array([texts[:5], texts[5:]], pa.string()))[0].tolist() == whole[0].tolist()
    assert check_addresses(pa.array([], pa.string()))[0].tolist() == []
