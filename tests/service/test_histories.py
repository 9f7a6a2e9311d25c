"""The walk's door to the ledger: what an explorer says of one transaction joins what its lists say of the same."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clew.chains import find_chain
from clew.ledger import Ledger
from clew.model import Address, Kind, Reply, Theft
from clew.service.connections import Connections
from clew.service.histories import LedgerHistories
from clew.settings import Settings
from clew.sources.archive import Archive

CHAIN = find_chain("ethereum")
ALICE, BOB, TOKEN = (f"0x{digit * 40}" for digit in "abd")
TX, BLOCK_HASH = "0x" + "11" * 32, "0x" + "bb" * 32
TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"

LISTED = {"blockNumber": "7", "timeStamp": "1648041993", "hash": TX, "transactionIndex": "3", "from": ALICE, "to": BOB}
NORMAL = LISTED | {"value": "5", "gasUsed": "21000", "gasPrice": "100", "isError": "0", "input": "0x"}
TOKENS = LISTED | {"value": "9", "contractAddress": TOKEN, "tokenSymbol": "DOG", "tokenDecimal": "9"}
PLACE: dict[str, Any] = {"blockNumber": "0x7", "transactionIndex": "0x3", "blockHash": BLOCK_HASH}
SHOWN = PLACE | {"hash": TX, "from": ALICE, "to": BOB, "value": "0x5", "input": "0x", "gas": "0x5208"}
LOG = {"address": TOKEN, "topics": [TRANSFER, *("0x" + who[2:].rjust(64, "0") for who in (ALICE, BOB))]}
RECEIPT = PLACE | {"transactionHash": TX, "status": "0x1", "gasUsed": "0x5208", "effectiveGasPrice": "0x64"}
RECEIPT |= {"logs": [LOG | {"data": f"0x{9:064x}", "logIndex": "0x11"}]}
HEADER = {"number": "0x7", "hash": BLOCK_HASH, "parentHash": TX, "timestamp": "0x623b2009", "baseFeePerGas": "0x5a"}


def answer(action: str, query: dict[str, str], result: Any, **more: str) -> Reply:
    body = json.dumps({**more, "result": result}).encode()
    return Reply(f"etherscan/{action}", CHAIN.id, {"action": action, **query}, "1700000000", body)


def listing(action: str, *rows: dict[str, str]) -> Reply:
    query = {"module": "account", "address": ALICE}
    return answer(action, query, list(rows), **({"status": "1", "message": "OK"} if rows else EMPTY))


EMPTY = {"status": "0", "message": "No transactions found"}
LISTS = (listing("txlist", NORMAL), listing("txlistinternal"), listing("tokentx", TOKENS))
ASKED = (
    answer("eth_getTransactionByHash", {"module": "proxy", "txhash": TX}, SHOWN),
    answer("eth_getTransactionReceipt", {"module": "proxy", "txhash": TX}, RECEIPT),
    answer("eth_getBlockByNumber", {"module": "proxy", "tag": "0x7", "boolean": "false"}, HEADER),
)
ONCE = [
    (Kind.BURN, ALICE, "@burnt-fee", 1_890_000),
    (Kind.FEE, ALICE, "@fee", 210_000),
    (Kind.NATIVE, ALICE, BOB, 5),
    (Kind.TOKEN, ALICE, BOB, 9),
]


class Door:
    """Histories over a ledger in memory and an archive in a folder."""

    def __init__(self, folder: Path, *replies: Reply) -> None:
        self.ledger, self.archive = Ledger.open(":memory:"), Archive(folder)
        connections = Connections(Settings(), self.archive, recorded=replies, offline=True)
        self.histories = LedgerHistories(self.ledger, connections, limit=100, progress=lambda _line: None)

    def rows(self) -> list[tuple[Kind, str, str, int]]:
        table, kinds = self.histories.transfers(), tuple(Kind)
        return [
            (kinds[table.kind[i]], table.account_name[table.sender[i]], table.account_name[table.receiver[i]],
             table.amount_of(i))
            for i in range(len(table))
        ]  # fmt: skip


@pytest.fixture(params=["lists first", "transaction first"])
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Door]:
    made = Door(tmp_path, *LISTS, *ASKED)
    steps = [(made.histories.load, ALICE), (made.histories.show, TX)]
    for step, name in steps if request.param == "lists first" else reversed(steps):
        step([Address(CHAIN.id, name)])
    yield made
    made.ledger.close()


def test_no_row_is_there_twice(door: Door) -> None:
    assert door.rows() == ONCE
    table = door.histories.transfers()
    assert {(int(h), int(i), int(t)) for h, i, t in zip(table.height, table.tx_index, table.time, strict=True)} == {
        (7, 3, 1648041993)
    }


def test_every_reply_a_row_rests_on_is_evidence(door: Door) -> None:
    held = {(reply.format, reply.fetched) for reply in door.archive}
    assert {(reply.format, reply.fetched) for reply in door.ledger.view.replies()} <= held
    assert ("etherscan/transaction", "1700000000") in held


def test_what_is_there_already_is_not_read_again(tmp_path: Path) -> None:
    """As where another policy's walk asks for the same."""
    made = Door(tmp_path, *LISTS, *ASKED)
    made.histories.load([Address(CHAIN.id, ALICE)])
    loaded, claimed = made.histories.transfers(), made.histories.claims()
    made.histories.load([Address(CHAIN.id, ALICE)])
    assert made.histories.transfers() is loaded
    assert made.histories.claims() is claimed
    made.histories.show([Address(CHAIN.id, TX)])
    assert made.rows() == ONCE
    assert made.histories.transfers() is not loaded
    made.ledger.close()


def test_a_transaction_known_by_itself_alone_has_its_time_and_its_value(tmp_path: Path) -> None:
    made = Door(tmp_path, *ASKED)
    made.histories.show([Address(CHAIN.id, TX)])
    assert made.rows() == ONCE
    assert set(made.histories.transfers().time.tolist()) == {1648041993}
    made.ledger.close()


def test_a_transaction_that_nobody_recorded_stays_unknown(tmp_path: Path) -> None:
    made = Door(tmp_path, *LISTS)
    made.histories.show([Address(CHAIN.id, TX)])
    assert made.rows() == []
    made.ledger.close()


class Chain:
    """A chain read block by block that knows where its transactions stand."""

    name, chain, covers = "node", CHAIN.id, frozenset({Kind.NATIVE})

    def __init__(self, height: int | None) -> None:
        self.height = height
        self.first: list[int] = []

    def check(self) -> None:
        """Nothing is wrong with it."""

    def tip(self) -> int:
        return 1_000_000

    def height_of(self, tx: str) -> int | None:
        assert tx == TX
        return self.height

    def blocks(self, first: int, last: int) -> Iterator[Reply]:
        assert last == self.tip()
        self.first.append(first)
        return iter(())


@pytest.mark.parametrize(("height", "first"), [(None, 0), (20_000, 0), (20_001, 20_001), (900_000, 900_000)])
def test_a_young_chain_is_read_whole_and_an_old_one_from_its_earliest_theft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, height: int | None, first: int
) -> None:
    source = Chain(height)
    monkeypatch.setattr(Connections, "open", lambda _connections, _chain: source)
    theft = Theft("theft-1", CHAIN.native, 5, TX, ALICE)
    with Ledger.open(":memory:") as ledger:
        connections = Connections(Settings(), Archive(tmp_path))
        histories = LedgerHistories(ledger, connections, limit=10, progress=lambda _line: None, thefts=(theft,))
        histories.load([Address(CHAIN.id, ALICE)])
    assert source.first == [first]
