"""Output scripts: each template, its address, and what is none."""

import pytest
from bitcoin.core import CScript
from bitcoin.wallet import CBitcoinAddress, CBitcoinAddressError
from hypothesis import example, given
from hypothesis import strategies as st

from clew.chains.networks import NETWORKS
from clew.chains.script import ScriptType, is_unspendable, script_owner, script_type

BITCOIN, _, _, LITECOIN, LITECOIN_REGTEST = NETWORKS.values()
GENESIS_KEY = (
    "04678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d"
    "578a4c702b6bf11d5f"
)
KEY = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
"""The generator point of secp256k1: its addresses are public facts."""

TEMPLATES = [
    (f"41{GENESIS_KEY}ac", ScriptType.P2PK, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
    (f"21{KEY}ac", ScriptType.P2PK, "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH"),
    ("76a914751e76e8199196d454941c45d1b3a323f1433bd688ac", ScriptType.P2PKH, "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH"),
    ("a914bcfeb728b584253d5f3f70bcb780e9ef218a68f487", ScriptType.P2SH, "3JvL6Ymt8MVWiCNHC7oWU6nLeHNJKLZGLN"),
    (
        "0014751e76e8199196d454941c45d1b3a323f1433bd6",
        ScriptType.P2WPKH,
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    ),
    (
        "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262",
        ScriptType.P2WSH,
        "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3",
    ),
    (
        "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
        ScriptType.P2TR,
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
    ),
    ("6002751e", ScriptType.WITNESS, "bc1sw50qgdz25j"),
    ("51024e73", ScriptType.WITNESS, "bc1pfeessrawgf"),
    (f"5121{KEY}21{KEY}52ae", ScriptType.MULTISIG, ""),
    ("6a0568656c6c6f", ScriptType.OP_RETURN, ""),
    ("6a", ScriptType.OP_RETURN, ""),
    ("00" * 10_001, ScriptType.OVERSIZED, ""),
    ("00" * 10_000, ScriptType.NONSTANDARD, ""),
    ("", ScriptType.NONSTANDARD, ""),
    (f"41{GENESIS_KEY}ad", ScriptType.NONSTANDARD, ""),
    (f"5321{KEY}21{KEY}52ae", ScriptType.NONSTANDARD, ""),
    (f"5121{KEY}51aeae", ScriptType.NONSTANDARD, ""),
    ("5151ae", ScriptType.NONSTANDARD, ""),
    ("0010751e76e8199196d454941c45d1b3a323", ScriptType.NONSTANDARD, ""),
]


@pytest.mark.parametrize(("script", "kind", "owner"), TEMPLATES)
def test_a_script_has_its_type_and_address(script: str, kind: ScriptType, owner: str) -> None:
    raw = bytes.fromhex(script)
    assert (script_type(raw), script_owner(raw, BITCOIN)) == (kind, owner)
    assert is_unspendable(raw) == (kind in {ScriptType.OP_RETURN, ScriptType.OVERSIZED})


def test_a_script_hash_of_litecoin_has_the_newer_of_its_two_versions() -> None:
    script = bytes.fromhex("a914bcfeb728b584253d5f3f70bcb780e9ef218a68f487")
    assert script_owner(script, LITECOIN)[0] == "M"
    assert script_owner(script, LITECOIN_REGTEST)[0] == "Q"


def test_coins_in_the_mimblewimble_extension_have_no_address() -> None:
    for opcode in ("58", "59"):
        script = bytes.fromhex(opcode + "20" + "11" * 32)
        assert script_type(script) is ScriptType.WITNESS
        assert script_owner(script, LITECOIN_REGTEST) == ""
        assert script_owner(script, BITCOIN).startswith("bc1")


@given(st.binary(max_size=80) | st.binary(max_size=40).map(lambda b: b"\x76\xa9\x14" + b[:20] + b"\x88\xac"))
@example(b"\x51")
@example(b"\xae")
@example(b"\x51\x51\xae")
def test_any_bytes_have_a_type_and_the_owner_an_independent_reader_finds(script: bytes) -> None:
    owner = script_owner(script, BITCOIN)
    try:
        expected = str(CBitcoinAddress.from_scriptPubKey(CScript(script)))
    except (CBitcoinAddressError, ValueError):
        assert script_type(script) not in {ScriptType.P2PKH, ScriptType.P2SH}
    else:
        assert owner == expected
