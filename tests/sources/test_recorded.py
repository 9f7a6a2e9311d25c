"""Recorded replies of any program are read as they stand, and what is no reply is named by file and line."""

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.errors import ClewError, InputError, SourceError, VerificationError
from clew.model import Reply
from clew.sources.archive import Archive
from clew.sources.recorded import read_recorded

ETHEREUM = "eip155:1"
TXLIST = {"module": "account", "action": "txlist", "address": "0xaa"}
LINE = b'{"query": {"module": "account", "action": "txlist", "address": "0xaa"}, "fetched": 1695295183.6215777, '
BODY = b'{"status": "1",  "result": [{"value": "1"}]}'


def read(path: Path, content: bytes, name: str = "replies.jsonl") -> list[Reply]:
    (path / name).write_bytes(content)
    return read_recorded(path / name, default_chain=ETHEREUM)


def test_a_line_is_a_reply_with_its_exact_bytes(tmp_path: Path) -> None:
    assert read(tmp_path, LINE + b'"response": ' + BODY + b"}\n") == [
        Reply("etherscan/txlist", ETHEREUM, TXLIST, "1695295183.6215777", BODY)
    ]


def test_a_response_that_is_not_the_last_member_becomes_canonical_json(tmp_path: Path) -> None:
    line = (
        b'{"response": {"a":  123456789012345678901234567890, "b": "\xc3\xa9"}, "query": {"module":"m","action":"x"}}'
    )
    (reply,) = read(tmp_path, line)
    assert reply.body == b'{"a":123456789012345678901234567890,"b":"\xc3\xa9"}'
    assert reply.fetched == ""


def test_the_word_response_inside_a_text_does_not_confuse(tmp_path: Path) -> None:
    record = {"query": {**TXLIST, "note": '"response": {'}, "response": {"text": '"response": 1}'}}
    (reply,) = read(tmp_path, json.dumps(record).encode())
    assert json.loads(reply.body) == record["response"]


def test_gzip_is_told_by_its_content(tmp_path: Path) -> None:
    line = LINE + b'"response": ' + BODY + b"}"
    assert read(tmp_path, gzip.compress(line), "replies.jsonl") == read(tmp_path, line, "plain.jsonl.gz")


def test_an_array_of_records_is_read_too(tmp_path: Path) -> None:
    records = [{"query": {**TXLIST, "address": f"0x{n}"}, "response": {"n": n}} for n in range(3)]
    replies = read(tmp_path, json.dumps(records, indent=1).encode(), "replies.json")
    assert [reply.query["address"] for reply in replies] == ["0x0", "0x1", "0x2"]


def test_a_folder_gives_its_replies_and_leaves_other_files_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("about")
    (tmp_path / "labels.csv").write_text("address,label")
    (tmp_path / "b.jsonl").write_bytes(LINE + b'"response": {"n": 2}}')
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(LINE + b'"response": {"n": 1}}\n\n'))
    assert [reply.body for reply in read_recorded(tmp_path, default_chain=ETHEREUM)] == [b'{"n": 1}', b'{"n": 2}']


@pytest.mark.parametrize("folder", ["", "evidence"])
def test_an_evidence_folder_is_read_as_recorded(tmp_path: Path, folder: str) -> None:
    reply = Reply("bitcoin/block", "bip122:000000000019d6689c085ae165831e93", {"height": "1"}, "1.0", b"\x00\xff")
    digest = Archive(tmp_path / folder).put(reply)
    assert read_recorded(tmp_path, default_chain=ETHEREUM) == [reply]
    (tmp_path / folder / digest[:2] / f"{digest}.gz").write_bytes(b"changed")
    with pytest.raises(VerificationError, match=digest):
        read_recorded(tmp_path, default_chain=ETHEREUM)


@pytest.mark.parametrize(
    ("query", "format_", "chain"),
    [
        ({"module": "account", "action": "tokentx", "address": "0x"}, "etherscan/tokentx", ETHEREUM),
        ({"module": "account", "action": "txlist", "chainid": 137}, "etherscan/txlist", "eip155:137"),
        ({"method": "getblock", "params": ["00", 2]}, "bitcoin/getblock", ETHEREUM),
        ({"method": "getblockhash", "params": [5]}, "meta/getblockhash", ETHEREUM),
        ({"method": "eth_getBlockByNumber", "height": 1}, "meta/evm-rpc", ETHEREUM),
        ({"path": "/v1/accounts/T/transactions"}, "trongrid/transactions", ETHEREUM),
        ({"path": "/v1/accounts/T/transactions/trc20"}, "trongrid/trc20", ETHEREUM),
        ({"path": "/wallet/gettransactioninfobyid", "value": "aa"}, "trongrid/transactioninfo", ETHEREUM),
        ({"path": "/tx/" + "0" * 64}, "esplora/tx", ETHEREUM),
        ({"path": "/tx/" + "0" * 64 + "/merkle-proof"}, "meta/esplora-merkle-proof", ETHEREUM),
        ({"path": "/address/bc1q/txs/chain/" + "0" * 64}, "esplora/txs", ETHEREUM),
    ],
)
def test_the_format_is_recognised_by_the_query(tmp_path: Path, query: dict[str, Any], format_: str, chain: str) -> None:
    (reply,) = read(tmp_path, json.dumps({"query": query, "response": [1]}).encode())
    assert (reply.format, reply.chain) == (format_, chain)
    assert all(isinstance(value, str) for value in reply.query.values())


def test_a_stated_format_and_chain_count(tmp_path: Path) -> None:
    record = {"format": "esplora/tx", "chain": "bip122:x", "query": {"anything": "1"}, "response": {"a": 1}}
    (reply,) = read(tmp_path, json.dumps(record).encode())
    assert (reply.format, reply.chain) == ("esplora/tx", "bip122:x")


BROKEN: dict[str, tuple[bytes, str]] = {
    "breaks off": (LINE + b'"response": {"status": "1"', "broken JSON"),
    "is HTML": (b"<html><body>Access denied</body></html>", "web page"),
    "holds HTML": (LINE + b'"response": "  <!doctype html>"}', "web page"),
    "is no UTF-8": (LINE + b'"response": {"a": "\xff\xfe"}}', "UTF-8"),
    "is empty of a response": (LINE + b'"response": null}', "empty"),
    "has an empty text": (LINE + b'"response": ""}', "empty"),
    "has an empty object": (LINE + b'"response": {}}', "empty"),
    "lacks a response": (LINE[:-2] + b"}", "no recorded reply"),
    "lacks a query": (b'{"response": {"a": 1}}', "no recorded reply"),
    "has a query that is no object": (b'{"query": "txlist", "response": {"a": 1}}', "no recorded reply"),
    "is a number": (b"12", "no recorded reply"),
    "was fetched at no time": (
        b'{"query": {"path": "/tx"}, "fetched": "now", "format": "a/b", "response": 1}',
        "fetched is 'now'",
    ),
    "asks an unknown API": (b'{"query": {"a": "1"}, "response": {"a": 1}}', "no known API"),
}


@pytest.mark.parametrize(("line", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_a_line_that_is_no_reply_is_named(tmp_path: Path, line: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        read(tmp_path, LINE + b'"response": {"n": 1}}\n' + line + b"\n")
    assert caught.value.where == f"{tmp_path / 'replies.jsonl'}, line 2"


def test_a_broken_gzip_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="gzip") as caught:
        read(tmp_path, gzip.compress(LINE + b'"response": {"n": 1}}')[:-9])
    assert "replies.jsonl" in caught.value.where


@pytest.mark.parametrize("content", [b"", b"\n\n", b"[]"])
def test_an_empty_file_is_bad_input(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError, match="empty"):
        read(tmp_path, content)


def test_nothing_to_read_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no recorded replies"):
        read_recorded(tmp_path, default_chain=ETHEREUM)
    with pytest.raises(InputError, match="No such file"):
        read_recorded(tmp_path / "absent", default_chain=ETHEREUM)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_hostile_bytes_are_an_error_or_a_reply(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    try:
        replies = read(tmp_path_factory.mktemp("recorded"), content)
    except ClewError:
        return
    assert replies


@given(json_values, st.booleans())
def test_a_response_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, response: object, last: bool
) -> None:
    members: list[tuple[str, object]] = [("query", TXLIST), ("response", {"is": response})]
    line = json.dumps(dict(members if last else members[::-1])).encode()
    (reply,) = read(tmp_path_factory.mktemp("recorded"), line)
    assert json.loads(reply.body) == {"is": response}


@pytest.mark.data
def test_the_replies_of_the_ronin_theft_are_read_to_the_byte(shared_data: Callable[[str], Path]) -> None:
    path = shared_data("ronin-2022/txlist-replies.jsonl.gz")
    replies = read_recorded(path.parent, default_chain=ETHEREUM)
    assert len(replies) == 76
    assert {reply.format for reply in replies} == {"etherscan/txlist"}
    rows = [len(json.loads(reply.body)["result"]) for reply in replies]
    assert sum(rows) == 44_007
    assert sorted(rows)[-4:] == [10_000] * 4
    text = gzip.decompress(path.read_bytes())
    assert all(b'"response": ' + reply.body + b"}\n" in text for reply in replies[:3])
    assert len({hashlib.sha256(reply.body).digest() for reply in replies}) == 76
