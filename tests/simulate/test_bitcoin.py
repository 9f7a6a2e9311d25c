"""The simulated Bitcoin: inputs laid end to end, cut by the outputs, the fee last."""

from random import Random

from clew.model import FEE
from clew.simulate.bitcoin import BTC, CHAIN, Bitcoin
from clew.simulate.lots import Account, Lot, Lots
from clew.simulate.names import Names


def test_inputs_are_cut_by_outputs_and_the_fee_is_last() -> None:
    names, lots = Names(1), Lots()
    chain = Bitcoin(names, Random(1), lots, height=10)
    vault, clean = (chain.outside_coin(names.bitcoin_address(), amount) for amount in (9, 7))
    stolen = chain.spend([vault], [(names.bitcoin_address(), 3)], time=0, brought=[Lot("T", 3, 300)])[0]
    first, second = chain.spend([clean, stolen], [(names.bitcoin_address(), 4), (names.bitcoin_address(), 5)], time=0)
    assert [list(lots.queues[coin.account]) for coin in (first, second)] == [
        [Lot("", 4, 0)],
        [Lot("", 3, 0), Lot("T", 2, 200)],
    ]
    assert list(lots.queues[Account(CHAIN.id, FEE, BTC.id)])[-1] == Lot("T", 1, 100)


def test_the_transaction_states_its_inputs_outputs_and_fee() -> None:
    names, lots = Names(1), Lots()
    chain = Bitcoin(names, Random(1), lots, height=10)
    coin = chain.outside_coin(names.bitcoin_address(), 50)
    created = chain.spend([coin], [(names.bitcoin_address(), 20), (names.bitcoin_address(), 25)], time=1_000)
    tx = chain.transactions[0]
    assert tx["fee"] == 5 == tx["vin"][0]["prevout"]["value"] - sum(output["value"] for output in tx["vout"])
    assert [output["scriptpubkey_address"] for output in tx["vout"]] == [made.address for made in created]
    assert tx["status"]["block_time"] > 1_000
    assert chain.spent[coin.tx, coin.vout] == (tx, 0)
