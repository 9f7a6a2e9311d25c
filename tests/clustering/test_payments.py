"""Payments from the ledger and from whole transactions are the same; what may mix is marked, also where inputs hide."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.clustering.made import CHAIN, Coins, script

from clew.chains.bitcoin import BlockReader, decode_block
from clew.chains.rawblock import Output
from clew.clustering.bitcoin import cluster_payments
from clew.clustering.payments import Payments, payments_of_table, payments_of_transactions
from clew.ingest.replies import append_reply
from clew.ledger import Ledger, TransferTable
from clew.model import Decoded, Reply
from clew.protocols.coinjoin import Input, Transaction
from clew.scores.transactions import read_transactions

SharedData = Callable[[str], Path]
REGTEST = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328"


def by_name(payments: Payments) -> dict[str, object]:
    """Every transaction in words."""
    names = [*payments.addresses, ""]
    told: dict[str, object] = {}
    for number, code in enumerate(payments.tx.tolist()):
        spends, pays = payments.input_tx == number, payments.output_tx == number
        taken = zip(payments.input_owner[spends].tolist(), payments.input_amount[spends].tolist(), strict=True)
        given = zip(payments.output_owner[pays].tolist(), payments.output_amount[pays].tolist(), strict=True)
        told[payments.txs[code]] = (
            sorted((names[owner], amount) for owner, amount in taken),
            [(names[owner], amount) for owner, amount in given],
            [payments.txs[payments.tx[s]] if s >= 0 else "" for s in payments.spender[pays].tolist()],
            (int(payments.hidden[number]), bool(payments.mixed[number]), bool(payments.suspect[number])),
        )
    return told


@pytest.mark.data
def test_the_ledger_and_the_transactions_of_a_run_say_the_same(shared_data: SharedData) -> None:
    path = shared_data("coinjoin/emulated/blocks.jsonl.gz")
    whole = payments_of_transactions(read_transactions(path), REGTEST)
    reader = BlockReader(REGTEST, {})
    with Ledger.open(":memory:") as ledger, gzip.open(path) as lines:
        with ledger.writer.batch():
            for line in lines:
                append_reply(
                    ledger.writer, Reply("bitcoin/getblock", REGTEST, {"n": str(len(line))}, "0", line), reader.read
                )
        stored = payments_of_table(ledger.view.transfers(), REGTEST)
    assert by_name(stored) == by_name(whole)
    assert cluster_payments(stored).clusters() == cluster_payments(whole).clusters()


@pytest.mark.data
@pytest.mark.parametrize(("name", "height"), [("block-413567", 413_567), ("block-702861", 702_861)])
def test_a_single_block_hides_most_inputs_and_joins_only_what_it_shows(
    shared_data: SharedData, name: str, height: int
) -> None:
    body = shared_data(f"bitcoin/{name}.raw").read_bytes()
    decoded = decode_block(Reply("bitcoin/block", CHAIN, {"height": str(height)}, "0", body))
    payments = payments_of_table(table_of(decoded), CHAIN)
    assert (payments.hidden >= 0).all()
    assert payments.hidden.sum() > 1_000
    links = cluster_payments(payments).links()
    assert links
    for link in links:
        number = int(np.flatnonzero(payments.tx == payments.txs.index(link.tx))[0])
        assert not payments.mixed[number]


def table_of(decoded: Decoded) -> TransferTable:
    with Ledger.open(":memory:") as ledger:
        reply = Reply("x", CHAIN, {}, "0", b"")
        with ledger.writer.batch():
            ledger.writer.append(decoded, ledger.writer.reply(reply, "00"))
        return ledger.view.transfers()


def test_a_mix_whose_inputs_are_partly_unknown_is_marked_on_any_suspicion() -> None:
    outputs = [Output(1_000_000, script(f"out{n}")) for n in range(5)] + [
        Output(7_000 + n, script(f"c{n}")) for n in range(5)
    ]
    known = [Input(f"{'ab' * 32}:{n}", Output(1_100_000 + n, script(f"in{n}"))) for n in range(2)]
    hidden = [Input(f"{'cd' * 32}:{n}") for n in range(4)]
    mix = Transaction("ef" * 32, (*known, *hidden), tuple(outputs), 1_600_000_000)
    payments = payments_of_transactions([mix], CHAIN)
    assert payments.mixed.tolist() == [True]
    assert payments.hidden.tolist() == [4]
    assert len(cluster_payments(payments, ()).links()) == 0


def test_data_outputs_and_odd_scripts_have_no_owner() -> None:
    made = Coins()
    made.pay([("a", 9)], [("b", 4)])
    odd = Transaction("ab" * 32, (Input("x:0", Output(5, b"\x51")),), (Output(0, b"\x6a\x01\x02"), Output(4, b"\x51")))
    payments = payments_of_transactions([*made.transactions, odd], CHAIN)
    assert payments.output_owner.tolist() == [1, -1, -1]
    assert payments.input_owner.tolist() == [0, -1]


def test_a_transaction_that_occurs_twice_counts_once() -> None:
    made = Coins()
    made.pay([("a", 9)], [("b", 4)])
    assert len(payments_of_transactions([*made.transactions, *made.transactions], CHAIN)) == 1
