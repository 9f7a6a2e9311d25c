"""Deployers and names: links that a record states."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.clustering.clusters import Clusters
from clew.clustering.stated import DEPLOYER, NAME, Stated, join_stated, read_creations
from clew.errors import InputError, SourceError
from clew.model import Reply

ALICE, CONTRACT, SERVICE = ("0x" + digit * 40 for digit in "abc")


def txlist(*rows: dict[str, str]) -> Reply:
    body = json.dumps({"status": "1", "message": "OK", "result": rows}).encode()
    return Reply("etherscan/txlist", "eip155:1", {}, "0", body)


def test_a_creation_joins_creator_and_contract_with_its_transaction_as_witness() -> None:
    creation = {"from": ALICE.upper().replace("X", "x"), "to": "", "contractAddress": CONTRACT, "hash": "0xAA"}
    failed = creation | {"isError": "1"}
    payment = creation | {"contractAddress": "", "to": SERVICE}
    assert read_creations(txlist(creation, failed, payment)) == [Stated(ALICE, CONTRACT, "0xaa")]
    clusters = Clusters("eip155:1")
    assert join_stated(clusters, DEPLOYER, read_creations(txlist(creation))) == 1
    assert [link.tx for link in clusters.why(CONTRACT, ALICE) or ()] == ["0xaa"]


def test_a_service_joins_nobody() -> None:
    clusters = Clusters("eip155:1")
    stated = [Stated(SERVICE, CONTRACT, "0x1"), Stated(ALICE, CONTRACT, "0x2")]
    assert join_stated(clusters, NAME, stated, services=[SERVICE]) == 1
    assert clusters.cluster_of(SERVICE) == SERVICE


def test_a_link_needs_a_witness_and_addresses_of_the_chain() -> None:
    with pytest.raises(InputError, match="no witness"):
        join_stated(Clusters("eip155:1"), NAME, [Stated(ALICE, CONTRACT, "")])
    with pytest.raises(InputError):
        join_stated(Clusters("eip155:1"), NAME, [Stated(ALICE, "bc1qqq", "0x1")])


def test_other_replies_show_no_creation() -> None:
    assert read_creations(Reply("etherscan/tokentx", "eip155:1", {}, "0", b"")) == []
    assert read_creations(Reply("etherscan/txlist", "eip155:1", {}, "0", b'{"result": "rate limit"}')) == []


@given(st.binary(max_size=60))
def test_bytes_that_are_no_json_are_a_source_error(body: bytes) -> None:
    with pytest.raises(SourceError):
        read_creations(Reply("etherscan/txlist", "eip155:1", {}, "0", b"!" + body))
