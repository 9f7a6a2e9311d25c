"""Deposit addresses of exchanges: what they sweep, and whose they are."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from clew.attribution import Attribution, bundled_tags
from clew.chains import decode
from clew.clustering.deposits import Deposit, Sweep, deposit_links, find_deposits
from clew.ingest.replies import append_reply
from clew.ledger import Ledger, TransferTable
from clew.model import Category, Decoded, Kind, Reply, Transfer
from clew.sources.recorded import read_recorded

SharedData = Callable[[str], Path]
CHAIN, ETH = "eip155:1", "eip155:1/slip44:60"
TOKEN = f"{CHAIN}/erc20:0x{'7' * 40}"
ETHER = 10**18

Move = tuple[int, str, str, int]


def table_of(moves: Sequence[Move], asset: str = ETH) -> TransferTable:
    """A ledger of (height, sender, receiver, amount)."""
    kind = Kind.NATIVE if asset == ETH else Kind.TOKEN
    rows = tuple(
        Transfer(CHAIN, height, 0, 0, f"0x{number:064x}", height, asset, sender, receiver, amount, kind)
        for number, (height, sender, receiver, amount) in enumerate(moves)
    )
    with Ledger.open(":memory:") as ledger:
        with ledger.writer.batch():
            ledger.writer.append(Decoded(rows), ledger.writer.reply(Reply("x", CHAIN, {}, "0", b""), "00"))
        return ledger.view.transfers()


def found(table: TransferTable, excluded: Sequence[str] = (), sweep: Sweep | None = None) -> list[Deposit]:
    codes = {name: code for code, name in enumerate(table.account_name)}
    others = {codes[name] for name in excluded if name in codes}
    return find_deposits(table, CHAIN, {codes["exchange"]: "Exchange"}, others, ETH, sweep)


def names(table: TransferTable, deposits: Sequence[Deposit]) -> list[str]:
    return [table.account_name[deposit.address] for deposit in deposits]


def test_an_address_that_forwards_what_it_gets_is_a_deposit_address_and_its_senders_one_customer() -> None:
    table = table_of(
        [
            (100, "alice", "deposit", ETHER),
            (150, "deposit", "exchange", ETHER - 10**15),
            (200, "ada", "deposit", 5 * ETHER),
            (260, "deposit", "exchange", 5 * ETHER - 10**15),
        ]
    )
    deposits = found(table)
    assert names(table, deposits) == ["deposit"]
    assert deposits[0].exchange == "Exchange"
    links = deposit_links(table, deposits, set())
    assert [table.account_name[code] for code in (*links.left, *links.right)] == ["alice", "ada"]
    assert [table.txs[code] for code in links.tx] == [f"0x{2:064x}"]


@pytest.mark.parametrize(
    ("sweep", "is_deposit"),
    [
        ((3300, "d", "exchange", ETHER - 10**16), True),
        ((3301, "d", "exchange", ETHER - 10**16), False),
        ((3300, "d", "exchange", ETHER - 10**16 - 1), False),
        ((3300, "d", "exchange", ETHER + 1), False),
        ((90, "d", "exchange", ETHER), False),
    ],
)
def test_the_bounds_are_included(sweep: Move, is_deposit: bool) -> None:
    table = table_of([(100, "alice", "d", ETHER), sweep] if sweep[0] > 100 else [sweep, (100, "alice", "d", ETHER)])
    assert names(table, found(table)) == (["d"] if is_deposit else [])


def test_a_token_is_swept_whole() -> None:
    whole = table_of([(1, "alice", "d", 50), (2, "d", "exchange", 50)], TOKEN)
    assert names(whole, found(whole)) == ["d"]
    part = table_of([(1, "alice", "d", 50), (2, "d", "exchange", 49)], TOKEN)
    assert found(part) == []


def test_who_also_pays_somebody_else_is_no_deposit_address() -> None:
    table = table_of([(1, "alice", "d", ETHER), (2, "d", "exchange", ETHER), (3, "x", "d", 9), (4, "d", "bob", 9)])
    assert found(table) == []


def test_a_service_is_no_deposit_address_and_no_customer() -> None:
    table = table_of(
        [(1, "pool", "d", ETHER), (2, "d", "exchange", ETHER), (3, "alice", "d", 5), (4, "d", "exchange", 5)]
    )
    assert found(table, ["d"]) == []
    codes = {name: code for code, name in enumerate(table.account_name)}
    assert len(deposit_links(table, found(table), {codes["pool"]})) == 0


def test_several_receipts_may_be_swept_together_unless_switched_off() -> None:
    table = table_of([(1, "alice", "d", 5), (2, "ada", "d", 7), (9, "d", "exchange", 12)], TOKEN)
    assert len(found(table)[0].receipts) == 2
    assert found(table, sweep=Sweep(together=False)) == []


@pytest.mark.data
def test_the_deposit_addresses_of_the_ronin_theft_are_found_and_no_other_labelled_address(
    shared_data: SharedData,
) -> None:
    with Ledger.open(":memory:") as ledger:
        with ledger.writer.batch():
            for reply in read_recorded(shared_data("ronin-2022/txlist-replies.jsonl.gz"), default_chain=CHAIN):
                append_reply(ledger.writer, reply, decode)
        table = ledger.view.transfers()
    with shared_data("ronin-2022/labels.csv").open() as file:
        label = {row["address"]: row["label"] for row in csv.DictReader(file)}
    attribution = Attribution(bundled_tags())
    tags = {code: attribution.stop_at(CHAIN, name) for code, name in enumerate(table.account_name)}
    services = {code for code, tag in tags.items() if tag}
    exchanges = {code: tag.entity for code, tag in tags.items() if tag and tag.category is Category.EXCHANGE}
    by_blocks = {}
    for blocks in (3200, 20_000):
        deposits = find_deposits(table, CHAIN, exchanges, services, ETH, Sweep(blocks=blocks))
        named = {table.account_name[deposit.address]: deposit.exchange for deposit in deposits}
        by_blocks[blocks] = {(label[name], exchange) for name, exchange in named.items() if name in label}
        assert all("Deposit Address" in label.get(name, "Deposit Address") for name in named)
        assert all(exchange in label.get(name, exchange) for name, exchange in named.items())
    assert by_blocks[3200] == {("FTX Deposit Address", "FTX")}
    assert by_blocks[20_000] == {("FTX Deposit Address", "FTX"), ("Huobi Deposit Address", "Huobi")}
