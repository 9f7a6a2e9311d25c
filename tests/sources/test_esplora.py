"""An Esplora API asked for outpoints, addresses and transactions."""

import json
from typing import Any

import pytest

from clew.chains import decode
from clew.errors import InputError, RetryError, SourceError
from clew.model import Kind, Reply
from clew.sources import HistorySource, NotRecordedError, Question
from clew.sources.esplora import EsploraSource

BITCOIN = "bip122:000000000019d6689c085ae165831e93"
ADDRESS = "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH"
SCRIPT = "76a914751e76e8199196d454941c45d1b3a323f1433bd688ac"


def txid(number: int) -> str:
    return f"{number:064x}"


def transaction(number: int, height: int | None) -> dict[str, Any]:
    """Spends output 0 of the transaction before; unconfirmed without a height."""
    output = {"scriptpubkey": SCRIPT, "value": 1000}
    return {
        "txid": txid(number),
        "vin": [{"txid": txid(number - 1), "vout": 0, "prevout": output, "is_coinbase": False}],
        "vout": [output],
        "status": status(height),
    }


def status(height: int | None) -> dict[str, Any]:
    if height is None:
        return {"confirmed": False}
    return {"confirmed": True, "block_height": height, "block_hash": txid(height), "block_time": 1_600_000_000}


class Explorer:
    """Answers paths from a table."""

    def __init__(self, **paths: Any) -> None:
        self.paths: dict[str, Any] = {"/blocks/tip/height": 900, **paths}
        self.asked: list[Question] = []

    def hold(self, number: int, height: int | None, pos: int = 0) -> "Explorer":
        """Know a transaction."""
        path = f"/tx/{txid(number)}"
        self.paths |= {path: transaction(number, height), f"{path}/status": status(height)}
        if height is not None:
            self.paths[f"{path}/merkle-proof"] = {"block_height": height, "merkle": [], "pos": pos}
        return self

    def ask(self, question: Question) -> Reply:
        self.asked.append(question)
        assert question.query["path"] == question.request.path
        if question.request.path not in self.paths:
            raise NotRecordedError("offline", where=question.request.path)
        value = self.paths[question.request.path]
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        question.check(body)
        return Reply(question.format, question.chain, question.query, "0", body)


def source(explorer: Explorer) -> HistorySource:
    return EsploraSource(BITCOIN, explorer)


def test_an_outpoint_leads_to_the_transaction_that_spends_it_at_its_exact_position() -> None:
    explorer = Explorer().hold(2, 100, pos=7)
    spend = {"spent": True, "txid": txid(2), "vin": 0, "status": status(100)}
    explorer.paths[f"/tx/{txid(1)}/outspend/0"] = spend
    fetched = source(explorer).history(f"{txid(1)}:0", limit=10)
    assert fetched.status == "complete"
    (reply,) = fetched.replies
    transfers = decode(reply).transfers
    assert {(t.height, t.tx_index) for t in transfers} == {(100, 7)}
    assert transfers[0].sender == f"{txid(1)}:0"
    assert {t.kind for t in transfers} <= fetched.covers


@pytest.mark.parametrize(
    ("spend", "detail"),
    [
        ({"spent": False}, "unspent at block 900"),
        (
            {"spent": True, "txid": txid(2), "vin": 0, "status": {"confirmed": False}},
            f"unspent at block 900; {txid(2)} waits to spend it",
        ),
    ],
)
def test_an_unspent_outpoint_is_complete_as_of_the_tip(spend: dict[str, Any], detail: str) -> None:
    explorer = Explorer(**{f"/tx/{txid(1)}/outspend/0": spend})
    fetched = source(explorer).history(f"{txid(1)}:0", limit=10)
    assert (fetched.replies, fetched.status, fetched.detail) == ((), "complete", detail)
    assert all(question.keep for question in explorer.asked)  # "unspent" is evidence, and a replay asks the same


def address(explorer: Explorer, count: int, *pages: list[int]) -> Explorer:
    """Let the explorer list an address's transactions, newest first."""
    stats = {"tx_count": count, "funded_txo_count": count, "spent_txo_count": count - 1}
    explorer.paths[f"/address/{ADDRESS}"] = {"chain_stats": stats}
    path = f"/address/{ADDRESS}/txs/chain"
    for page in pages:
        explorer.paths[path] = [transaction(number, 100 + number) for number in page]
        path = f"/address/{ADDRESS}/txs/chain/{txid(page[-1])}" if page else path
    return explorer


def test_an_addresss_transactions_are_read_page_by_page_oldest_first() -> None:
    explorer = Explorer().hold(1, 101).hold(2, 102, pos=3).hold(3, 103)
    fetched = source(address(explorer, 3, [3, 2], [1])).history(ADDRESS, limit=5)
    assert (fetched.status, fetched.detail) == ("complete", "")
    transfers = [transfer for reply in fetched.replies for transfer in decode(reply).transfers]
    positions = [transfer.position for transfer in transfers]
    assert positions == sorted(positions)
    assert {(t.tx, t.height, t.tx_index) for t in transfers} == {
        (txid(1), 101, 0),
        (txid(2), 102, 3),
        (txid(3), 103, 0),
    }
    assert len([t for t in transfers if t.kind is not Kind.FEE and t.owner == ADDRESS]) == 6


def test_an_address_with_more_transfers_than_the_limit_is_busy_before_any_is_asked() -> None:
    explorer = address(Explorer(), 3, [3, 2], [1])
    fetched = source(explorer).history(ADDRESS, limit=4)
    assert (fetched.status, fetched.replies, fetched.detail) == ("busy", (), "5 transfers, the limit is 4")
    assert len(explorer.asked) == 1


@pytest.mark.parametrize("last", [[], [2]])
def test_a_list_shorter_than_the_explorers_own_count_is_truncated(last: list[int]) -> None:
    explorer = Explorer().hold(2, 102).hold(3, 103)
    fetched = source(address(explorer, 3, [3, 2], last)).history(ADDRESS, limit=5)
    assert (fetched.status, fetched.detail) == ("truncated", "2 of 3 transactions are listed")
    assert len(fetched.replies) == 2


def test_a_transaction_is_asked_with_its_position() -> None:
    (reply,) = source(Explorer().hold(2, 100, pos=7)).transaction(txid(2))
    assert reply.query == {"path": f"/tx/{txid(2)}", "pos": "7"}


def test_an_unconfirmed_transaction_is_told_and_not_kept() -> None:
    explorer = Explorer().hold(2, None)
    (reply,) = source(explorer).transaction(txid(2))
    assert [lim.code for lim in decode(reply).limitations] == ["unconfirmed"]
    assert not explorer.asked[-1].keep


def test_offline_without_a_recorded_proof_the_position_is_unknown() -> None:
    explorer = Explorer().hold(2, 100)
    del explorer.paths[f"/tx/{txid(2)}/merkle-proof"]
    (reply,) = source(explorer).transaction(txid(2))
    assert {t.tx_index for t in decode(reply).transfers} == {-1}


def test_a_proof_of_another_block_is_asked_again() -> None:
    explorer = Explorer().hold(2, 100)
    explorer.paths[f"/tx/{txid(2)}/merkle-proof"]["block_height"] = 99
    with pytest.raises(RetryError, match="not in block 99"):
        source(explorer).transaction(txid(2))


@pytest.mark.parametrize(
    ("path", "answer", "wrong"),
    [
        (f"/tx/{txid(1)}/outspend/0", b"<html>", "web page"),
        (f"/tx/{txid(1)}/outspend/0", b"Too Many Requests", "broken JSON"),
        (f"/tx/{txid(1)}/outspend/0", [], "no JSON object"),
        (f"/tx/{txid(1)}/outspend/0", {"spent": True}, "does not say what spends"),
        ("/blocks/tip/height", {}, "is no height"),
    ],
)
def test_what_is_no_answer_is_refused(path: str, answer: Any, wrong: str) -> None:
    with pytest.raises(SourceError, match=wrong):
        source(Explorer(**{path: answer})).history(f"{txid(1)}:0", limit=1)


@pytest.mark.parametrize(
    ("path", "answer", "wrong"),
    [
        (f"/address/{ADDRESS}", {}, "no chain_stats"),
        (f"/address/{ADDRESS}", {"chain_stats": {"tx_count": -1}}, "'tx_count' has to be a count"),
        (f"/address/{ADDRESS}/txs/chain", {}, "no JSON list"),
        (f"/address/{ADDRESS}/txs/chain", [{"txid": "../x", "status": {}}], "no transaction"),
    ],
)
def test_what_is_no_list_of_an_address_is_refused(path: str, answer: Any, wrong: str) -> None:
    explorer = address(Explorer(), 1, [])
    explorer.paths[path] = answer
    with pytest.raises(SourceError, match=wrong):
        source(explorer).history(ADDRESS, limit=10)


@pytest.mark.parametrize("account", ["", "../tx", f"{txid(1)}:", f"{txid(1).upper()}:0g", "@fee"])
def test_what_is_neither_outpoint_nor_address_is_refused(account: str) -> None:
    with pytest.raises(InputError, match="neither an outpoint"):
        source(Explorer()).history(account, limit=1)
    with pytest.raises(InputError, match="no transaction id"):
        source(Explorer()).transaction(account)
