"""JSON of nodes and explorers: exact amounts, Esplora transactions, and replies that are none."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.chains import decode
from clew.chains.bitcoin_json import coins, exact_json
from clew.chains.fields import Fields
from clew.errors import ClewError, InputError, SourceError
from clew.model import FEE, Kind, Reply

BITCOIN = "bip122:000000000019d6689c085ae165831e93"
FIRST_PAYMENT = "f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16"
SATOSHI = (
    "410411db93e1dcdb8a016b49840f8c53bc1eb68a382e97b1482ecad7b148a6909a5cb2e0eaddfb84ccf9744464f82e160bfa9b8b64f9d4c0"
    "3f999b8643f656b412a3ac"
)
FINNEY = (
    "4104ae1a62fe09c5f51b13905f07f06b99a2f7159b2225f374cd378d71302fa28414e7aab37397f554a7df5f142c21c1b7303b8a0626f1ba"
    "ded5c72a704f7e6cd84cac"
)


def esplora_transaction() -> dict[str, Any]:
    """The first payment of all, block 170, in Esplora's form."""
    return {
        "txid": FIRST_PAYMENT,
        "version": 1,
        "locktime": 0,
        "vin": [
            {
                "txid": "0437cd7f8525ceed2324359c2d0ba26006d92d856a9c20fa0241106ee5a597c9",
                "vout": 0,
                "prevout": {"scriptpubkey": SATOSHI, "scriptpubkey_type": "p2pk", "value": 5000000000},
                "is_coinbase": False,
                "sequence": 4294967295,
            }
        ],
        "vout": [
            {"scriptpubkey": FINNEY, "scriptpubkey_type": "p2pk", "value": 1000000000},
            {"scriptpubkey": SATOSHI, "scriptpubkey_type": "p2pk", "value": 4000000000},
        ],
        "fee": 0,
        "status": {
            "confirmed": True,
            "block_height": 170,
            "block_hash": "00000000d1145790a8694403d4063f323d499e655c83426834d4ce2f8dd4a2ee",
            "block_time": 1231731025,
        },
    }


def esplora_reply(value: object, **query: str) -> Reply:
    return Reply("esplora/tx", BITCOIN, query, "0", json.dumps(value).encode())


def test_an_esplora_transaction_is_whole() -> None:
    decoded = decode(esplora_reply(esplora_transaction(), path=f"/tx/{FIRST_PAYMENT}", pos="1"))
    assert [(t.seq, t.sender, t.receiver, t.amount, t.kind, t.owner) for t in decoded.transfers] == [
        (
            0,
            "0437cd7f8525ceed2324359c2d0ba26006d92d856a9c20fa0241106ee5a597c9:0",
            f"@tx:{FIRST_PAYMENT}",
            5000000000,
            Kind.INPUT,
            "12cbQLTFMXRnSzktFkuoG3eHoMeFtpTu3S",
        ),
        (
            1,
            f"@tx:{FIRST_PAYMENT}",
            f"{FIRST_PAYMENT}:0",
            1000000000,
            Kind.OUTPUT,
            "1Q2TWHE3GMdB6BZKafqwxXtWAWgFt5Jvm3",
        ),
        (
            2,
            f"@tx:{FIRST_PAYMENT}",
            f"{FIRST_PAYMENT}:1",
            4000000000,
            Kind.OUTPUT,
            "12cbQLTFMXRnSzktFkuoG3eHoMeFtpTu3S",
        ),
        (3, f"@tx:{FIRST_PAYMENT}", FEE, 0, Kind.FEE, ""),
    ]
    assert {(t.height, t.tx_index, t.time) for t in decoded.transfers} == {(170, 1, 1231731025)}
    assert decoded.limitations == ()


def test_without_its_position_a_transaction_says_so() -> None:
    assert {t.tx_index for t in decode(esplora_reply(esplora_transaction())).transfers} == {-1}


def test_a_page_of_an_address_gives_each_transaction_without_position() -> None:
    waiting = {**esplora_transaction(), "status": {"confirmed": False}}
    body = json.dumps([waiting, esplora_transaction()]).encode()
    decoded = decode(Reply("esplora/txs", BITCOIN, {"path": "/address/x/txs"}, "0", body))
    assert decoded.transfers == decode(esplora_reply(esplora_transaction())).transfers
    assert [lim.code for lim in decoded.limitations] == ["unconfirmed"]


def test_an_unconfirmed_transaction_moves_nothing() -> None:
    decoded = decode(esplora_reply({**esplora_transaction(), "status": {"confirmed": False}}))
    assert decoded.transfers == ()
    assert [(lim.code, lim.address) for lim in decoded.limitations] == [("unconfirmed", FIRST_PAYMENT)]


def test_a_coinbase_in_esploras_form() -> None:
    transaction = esplora_transaction()
    vin = {"txid": "0" * 64, "vout": 4294967295, "prevout": None, "is_coinbase": True}
    decoded = decode(esplora_reply({**transaction, "vin": [vin]}, pos="0"))
    assert [t.kind for t in decoded.transfers] == [Kind.COINBASE, Kind.OUTPUT, Kind.OUTPUT]


def test_another_transaction_than_the_one_asked_for_is_refused() -> None:
    with pytest.raises(SourceError, match="was not asked"):
        decode(esplora_reply(esplora_transaction(), path="/tx/" + "ab" * 32))


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("0", 0),
        ("50", 5_000_000_000),
        ("0.1", 10_000_000),
        ("1e-8", 1),
        ("1.00000000000", 100_000_000),
        ("20999999.97690000", 2_099_999_997_690_000),
        ("0.30000000", 30_000_000),
    ],
)
def test_an_amount_in_coins_is_exact(written: str, amount: int) -> None:
    value = exact_json(f'{{"value": {written}}}'.encode(), "here")
    assert coins(Fields.of(value, "here"), "value") == amount


@pytest.mark.parametrize(
    "written", ["0.000000001", "-1", "-0.1", "true", "null", '"1"', "NaN", "Infinity", "1e999999", "1e-999999", "[]"]
)
def test_what_is_no_exact_amount_is_refused(written: str) -> None:
    value = exact_json(f'{{"value": {written}}}'.encode(), "here")
    with pytest.raises(SourceError, match="amount in coins"):
        coins(Fields.of(value, "here"), "value")


def node_block() -> dict[str, Any]:
    """Block 170 in the form of ``getblock`` with verbosity 3."""
    coinbase = "b1fea52486ce0c62bb442b530a3f0132b826c74e473d1f2c220bfa78111c5082"
    paid = esplora_transaction()
    prevout = {"generated": True, "height": 9, "value": 50.0, "scriptPubKey": {"hex": SATOSHI}}
    return {
        "hash": "00000000d1145790a8694403d4063f323d499e655c83426834d4ce2f8dd4a2ee",
        "height": 170,
        "merkleroot": "7dac2c5666815c17a3b36427de37bb9d2e2c5ccec3f8633eb91a4205cb4c10ff",
        "previousblockhash": "000000002a22cfee1f2c846adbd12b3e183d4f97683f85dad08a79780a84bd55",
        "time": 1231731025,
        "tx": [
            {
                "txid": coinbase,
                "vin": [{"coinbase": "04ffff001d0102", "sequence": 4294967295}],
                "vout": [{"value": 50.0, "n": 0, "scriptPubKey": {"hex": SATOSHI}}],
            },
            {
                "txid": FIRST_PAYMENT,
                "vin": [{"txid": paid["vin"][0]["txid"], "vout": 0, "prevout": prevout}],
                "vout": [
                    {"value": 10.0, "n": 0, "scriptPubKey": {"hex": FINNEY}},
                    {"value": 40.0, "n": 1, "scriptPubKey": {"hex": SATOSHI}},
                ],
            },
        ],
    }


def node_reply(value: object, **query: str) -> Reply:
    return Reply("bitcoin/getblock", BITCOIN, query, "0", json.dumps(value).encode())


def test_verbosity_3_names_what_is_spent() -> None:
    block = decode(node_reply(node_block()))
    assert block.limitations == ()
    paid = [t for t in block.transfers if t.tx == FIRST_PAYMENT]
    assert paid == list(decode(esplora_reply(esplora_transaction(), pos="1")).transfers)


def test_the_whole_json_rpc_object_is_read_like_its_result() -> None:
    wrapped = decode(node_reply({"result": node_block(), "error": None, "id": "clew"}))
    assert wrapped == decode(node_reply(node_block()))
    with pytest.raises(SourceError, match="Block not found"):
        decode(node_reply({"result": None, "error": {"code": -5, "message": "Block not found"}, "id": 1}))


def test_a_transaction_left_out_does_not_fit_the_merkle_root() -> None:
    block = node_block()
    del block["tx"][1]
    with pytest.raises(SourceError, match="Merkle root"):
        decode(node_reply(block))


def test_another_block_than_the_one_asked_for_is_refused() -> None:
    with pytest.raises(SourceError, match="was not asked"):
        decode(node_reply(node_block(), params=f'["{"ab" * 32}",3]'))


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000, b'{"a": 1e99999999999999999999}', b"[1]"])
@pytest.mark.parametrize("form", ["bitcoin/getblock", "esplora/tx", "esplora/txs"])
def test_a_body_that_is_no_reply_is_refused(form: str, body: bytes) -> None:
    with pytest.raises(SourceError):
        decode(Reply(form, BITCOIN, {}, "0", body))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("00" * 32),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(["esplora", "node"]), st.data())
def test_any_field_replaced_by_anything_gives_a_reply_or_a_source_fault(form: str, data: st.DataObject) -> None:
    reply = esplora_transaction() if form == "esplora" else node_block()
    here: Any = reply
    while True:
        key = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
        if not isinstance(here[key], dict | list) or not here[key] or data.draw(st.booleans()):
            break
        here = here[key]
    here[key] = data.draw(JSON)
    try:
        decoded = decode(esplora_reply(reply) if form == "esplora" else node_reply(reply))
    except ClewError as error:
        assert isinstance(error, SourceError | InputError)  # noqa: PT017
    else:
        paid = sum(t.amount for t in decoded.transfers if t.kind in {Kind.OUTPUT, Kind.FEE})
        taken = sum(t.amount for t in decoded.transfers if t.kind in {Kind.INPUT, Kind.COINBASE})
        assert paid == taken or any(lim.code == "missing-prevout" for lim in decoded.limitations)
