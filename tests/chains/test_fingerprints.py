"""Version, locktime and replaceability of transactions, as nodes and explorers show them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.chains.fingerprints import Fingerprint, read_fingerprints
from clew.errors import SourceError
from clew.model import Reply


def reply(form: str, body: Any) -> Reply:
    return Reply(form, "bip122:000000000019d6689c085ae165831e93", {}, "0", json.dumps(body).encode())


def tx(txid: str, *, version: Any = 2, locktime: Any = 0, sequences: tuple[Any, ...] = (0xFFFFFFFF,)) -> dict[str, Any]:
    return {"txid": txid, "version": version, "locktime": locktime, "vin": [{"sequence": s} for s in sequences]}


def test_the_marks_of_a_nodes_block_and_of_explorers_lists() -> None:
    rows = [tx("a", locktime=700_000, sequences=(0xFFFFFFFE,)), tx("b", version=1, sequences=(0xFFFFFFFF, 0xFFFFFFFD))]
    expected = {"a": Fingerprint(2, True, False), "b": Fingerprint(1, False, True)}
    assert read_fingerprints(reply("bitcoin/getblock", {"tx": rows})) == expected
    assert read_fingerprints(reply("bitcoin/getblock", {"result": {"tx": rows}, "error": None})) == expected
    assert read_fingerprints(reply("esplora/txs", rows)) == expected
    assert read_fingerprints(reply("esplora/tx", rows[0])) == {"a": expected["a"]}
    assert read_fingerprints(reply("etherscan/txlist", rows)) == {}


@pytest.mark.parametrize("broken", [{"version": "2"}, {"locktime": None}, {"sequences": (None,)}])
def test_what_lacks_its_marks_is_an_error(broken: dict[str, Any]) -> None:
    with pytest.raises(SourceError, match=r"no version|no sequence"):
        read_fingerprints(reply("esplora/tx", tx("a", **broken)))


@given(st.binary(max_size=80), st.sampled_from(["bitcoin/getblock", "esplora/tx", "esplora/txs"]))
def test_any_other_bytes_are_a_source_error(body: bytes, form: str) -> None:
    with pytest.raises(SourceError):
        read_fingerprints(Reply(form, "chain", {}, "0", b"!" + body))
