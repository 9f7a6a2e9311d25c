"""The ledger's view of UTXO transactions, on blocks made by hand and serialised by an independent library."""

from collections import defaultdict
from typing import Any

import pytest
from bitcoin.core import COIN, CBlock, CMutableOutPoint, CMutableTransaction, CMutableTxIn, CMutableTxOut, CScript
from hypothesis import given
from hypothesis import strategies as st

from clew.chains import decode, find_chain
from clew.chains.bitcoin import BlockReader
from clew.errors import SourceError
from clew.model import FEE, SUBSIDY, UNSPENDABLE, Kind, Reply, Transfer

REGTEST = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328"


def amounts(transfers: tuple[Transfer, ...], kind: Kind) -> list[int]:
    return [transfer.amount for transfer in transfers if transfer.kind is kind]


class Mint:
    """Blocks made by hand, serialised by an independent library."""

    def __init__(self) -> None:
        self.parent = bytes(32)
        self.height = 0

    def coinbase(self, *values: int) -> CMutableTransaction:
        """A coinbase that is unique by its height."""
        tx_in = CMutableTxIn(scriptSig=CScript([self.height, 0]))
        return CMutableTransaction([tx_in], [self.output(value) for value in values])

    @staticmethod
    def output(value: int, script: bytes = b"\x00\x14" + bytes(20)) -> CMutableTxOut:
        return CMutableTxOut(value, CScript(script))

    @staticmethod
    def spend(spent: list[tuple[CMutableTransaction, int]], *outputs: CMutableTxOut) -> CMutableTransaction:
        return CMutableTransaction(
            [CMutableTxIn(CMutableOutPoint(tx.GetTxid(), vout)) for tx, vout in spent], list(outputs)
        )

    def block(self, *transactions: CMutableTransaction) -> Reply:
        """The next block's reply."""
        unsigned = CBlock(vtx=transactions)
        made = CBlock(2, self.parent, unsigned.calc_merkle_root(), 1_600_000_000 + self.height, 0, 0, transactions)
        reply = Reply("bitcoin/block", REGTEST, {"height": str(self.height)}, "0", made.serialize())
        self.parent, self.height = made.GetHash(), self.height + 1
        return reply


def txid(transaction: CMutableTransaction) -> str:
    return bytes(reversed(transaction.GetTxid())).hex()


def test_inputs_then_outputs_then_the_fee() -> None:
    mint, reader = Mint(), BlockReader(REGTEST)
    first = mint.coinbase(30 * COIN, 20 * COIN)
    reader.read(mint.block(first))
    data = Mint.output(0, b"\x6a\x01x")
    pay = Mint.spend([(first, 1), (first, 0)], Mint.output(49 * COIN), data, Mint.output(0))
    decoded = reader.read(mint.block(mint.coinbase(51 * COIN), pay))
    account, a = f"@tx:{txid(pay)}", txid(first)
    owner = "bcrt1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqdku202"
    rows = [t[2:4] + t[7:] for t in decoded.transfers if t.tx == txid(pay)]
    assert rows == [
        (1, 0, f"{a}:1", account, 20 * COIN, Kind.INPUT, owner),
        (1, 1, f"{a}:0", account, 30 * COIN, Kind.INPUT, owner),
        (1, 2, account, f"{txid(pay)}:0", 49 * COIN, Kind.OUTPUT, owner),
        (1, 3, account, UNSPENDABLE, 0, Kind.OUTPUT, ""),
        (1, 4, account, f"{txid(pay)}:2", 0, Kind.OUTPUT, owner),
        (1, 5, account, FEE, 1 * COIN, Kind.FEE, ""),
    ]
    assert decoded.limitations == ()
    assert {(t.chain, t.height, t.time, t.asset) for t in decoded.transfers} == {
        (REGTEST, 1, 1_600_000_001, f"{REGTEST}/slip44:1")
    }


@pytest.mark.parametrize(
    ("claimed", "sources"),
    [
        ((50 * COIN, 0), [(SUBSIDY, 50 * COIN)]),
        ((50 * COIN, 7), [(SUBSIDY, 50 * COIN), (FEE, 7)]),
        ((49 * COIN,), [(SUBSIDY, 49 * COIN)]),
        ((0,), []),
    ],
)
def test_a_coinbase_takes_the_subsidy_then_fees(claimed: tuple[int, ...], sources: list[tuple[str, int]]) -> None:
    mint = Mint()
    coinbase = mint.coinbase(*claimed)
    transfers = decode(mint.block(coinbase)).transfers
    made = [t for t in transfers if t.kind is Kind.COINBASE]
    assert [(t.sender, t.amount) for t in made] == sources
    assert {t.receiver for t in made} <= {f"@tx:{txid(coinbase)}"}
    assert [t.seq for t in transfers] == list(range(len(transfers)))
    assert amounts(transfers, Kind.OUTPUT) == list(claimed)


def test_an_output_not_seen_is_a_limitation_and_its_fee_is_not_invented() -> None:
    mint = Mint()
    first, second = mint.coinbase(50 * COIN), mint.coinbase(1)
    mint.block(first)
    both = Mint.spend([(first, 0), (second, 0)], Mint.output(3))
    decoded = decode(mint.block(second, both))
    rows = [(t.seq, t.kind, t.amount) for t in decoded.transfers if t.tx == txid(both)]
    assert rows == [(1, Kind.INPUT, 1), (2, Kind.OUTPUT, 3)]
    (limitation,) = decoded.limitations
    assert (limitation.code, limitation.address) == ("missing-prevout", f"{txid(first)}:0")


def test_an_output_is_spent_once() -> None:
    mint = Mint()
    coinbase = mint.coinbase(50 * COIN)
    twice = [Mint.spend([(coinbase, 0)], Mint.output(n)) for n in (1, 2)]
    decoded = decode(mint.block(coinbase, *twice))
    assert amounts(decoded.transfers, Kind.INPUT) == [50 * COIN]
    assert [lim.code for lim in decoded.limitations] == ["missing-prevout"]


def test_paying_more_than_is_taken_is_refused() -> None:
    mint = Mint()
    coinbase = mint.coinbase(5)
    with pytest.raises(SourceError, match="pays 6 base units and takes 5"):
        decode(mint.block(coinbase, Mint.spend([(coinbase, 0)], Mint.output(6))))


def test_more_than_can_exist_is_refused() -> None:
    mint = Mint()
    with pytest.raises(SourceError, match="more than can exist"):
        decode(mint.block(mint.coinbase(21_000_000 * COIN + 1)))


def test_after_a_reorganisation_the_other_branch_is_read_whole() -> None:
    mint, reader = Mint(), BlockReader(REGTEST)
    first = mint.coinbase(50 * COIN)
    reader.read(mint.block(first))
    fork = mint.parent, mint.height
    stale = reader.read(mint.block(mint.coinbase(1), Mint.spend([(first, 0)], Mint.output(1))))
    mint.parent, mint.height = fork
    best = reader.read(mint.block(mint.coinbase(2), Mint.spend([(first, 0)], Mint.output(2))))
    assert stale.blocks[0].parent == best.blocks[0].parent != stale.blocks[0].hash
    assert best.limitations == ()
    assert amounts(best.transfers, Kind.FEE) == [50 * COIN - 2]
    assert sorted(amount for amount, _ in reader.unspent.values()) == [2, 2]


def test_a_reorganisation_deeper_than_is_remembered_is_a_limitation() -> None:
    mint, reader = Mint(), BlockReader(REGTEST)
    first = mint.coinbase(50 * COIN)
    reader.read(mint.block(first))
    fork = mint.parent, mint.height
    reader.read(mint.block(mint.coinbase(1), Mint.spend([(first, 0)], Mint.output(1))))
    for _ in range(find_chain(REGTEST).reorg_depth):
        reader.read(mint.block(mint.coinbase(1)))
    mint.parent, mint.height = fork
    best = reader.read(mint.block(mint.coinbase(2), Mint.spend([(first, 0)], Mint.output(2))))
    assert [lim.code for lim in best.limitations] == ["missing-prevout"]


def test_a_reader_resumes_from_its_unspent_outputs() -> None:
    mint, reader = Mint(), BlockReader(REGTEST)
    first = mint.coinbase(50 * COIN)
    reader.read(mint.block(first))
    second = mint.block(mint.coinbase(1), Mint.spend([(first, 0)], Mint.output(1)))
    resumed = BlockReader(REGTEST, dict(reader.unspent))
    assert resumed.read(second) == reader.read(second)
    assert resumed.unspent == reader.unspent


@given(st.lists(st.lists(st.integers(0, COIN), max_size=4), max_size=6), st.randoms(use_true_random=False))
def test_what_goes_in_comes_out(payments: list[list[int]], random: Any) -> None:
    mint, reader = Mint(), BlockReader(REGTEST)
    coinbase = mint.coinbase(30 * COIN, 20 * COIN)
    unspent, block = [(coinbase, 0), (coinbase, 1)], [coinbase]
    for values in payments:
        taken = [unspent.pop(random.randrange(len(unspent)))]
        room = taken[0][0].vout[taken[0][1]].nValue
        kept = [value for i, value in enumerate(values) if sum(values[: i + 1]) <= room]
        block.append(Mint.spend(taken, *map(Mint.output, [*kept, 0])))
        unspent += [(block[-1], vout) for vout in range(len(kept) + 1)]
    decoded = reader.read(mint.block(*block))
    balance: dict[str, int] = defaultdict(int)
    for transfer in decoded.transfers:
        balance[transfer.sender] -= transfer.amount
        balance[transfer.receiver] += transfer.amount
    expected = {f"{txid(tx)}:{vout}": tx.vout[vout].nValue for tx, vout in unspent}
    fees = balance.pop(FEE, 0)
    assert balance.pop(SUBSIDY) == -50 * COIN
    assert fees == 50 * COIN - sum(expected.values())
    assert {k: v for k, v in balance.items() if v} == {k: v for k, v in expected.items() if v}
    assert {k: amount for k, (amount, _) in reader.unspent.items()} == expected


HOSTILE_OUTPUT = st.builds(Mint.output, st.integers(0, 2**63 - 1) | st.integers(0, 9), st.binary(max_size=40))
HOSTILE_INPUT = st.tuples(st.integers(0, 3), st.sampled_from([0, 1, 2, 2**32 - 1]))
"""Which earlier transaction, and which of its outputs, there or not."""


@given(st.lists(st.tuples(st.lists(HOSTILE_INPUT, min_size=1, max_size=3), st.lists(HOSTILE_OUTPUT, max_size=3))))
def test_no_block_with_a_right_merkle_root_invents_coins(
    payments: list[tuple[list[tuple[int, int]], list[Any]]],
) -> None:
    mint = Mint()
    block = [mint.coinbase(40 * COIN, 10 * COIN)]
    for spent, outputs in payments:
        block.append(Mint.spend([(block[min(index, len(block) - 1)], vout) for index, vout in spent], *outputs))
    try:
        decoded = decode(mint.block(*block))
    except SourceError:
        return
    through: dict[str, int] = defaultdict(int)
    for transfer in decoded.transfers:
        through[transfer.receiver] += transfer.amount
        through[transfer.sender] -= transfer.amount
    blind = {f"@tx:{limitation.detail.split()[1]}" for limitation in decoded.limitations}
    assert all(through[f"@tx:{txid(tx)}"] == 0 for tx in block if f"@tx:{txid(tx)}" not in blind)
    assert {t.receiver for t in decoded.transfers if t.kind is Kind.FEE}.isdisjoint(blind)
    assert all(amount >= 0 for name, amount in through.items() if not name.startswith("@"))
