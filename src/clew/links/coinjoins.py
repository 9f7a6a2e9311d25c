"""CoinJoins among the ledger's transactions: where inputs of several owners are mixed, no output is one input's."""

from collections.abc import Sequence

from clew.chains.networks import find_network
from clew.chains.rawblock import Output
from clew.chains.script import owner_script
from clew.ledger import TransferTable
from clew.model import UNSPENDABLE, Category, Kind, Tag
from clew.protocols.coinjoin import Input, Transaction, Verdict, classify

_KINDS = tuple(Kind)
_NAMES = {"wasabi-1": "Wasabi 1.x", "wasabi-2": "Wasabi 2", "whirlpool": "Whirlpool", "joinmarket": "JoinMarket"}
_OP_RETURN = b"\x6a"


def coinjoin_of(table: TransferTable, rows: Sequence[int]) -> Verdict | None:
    """The verdict on a transaction, given all its rows, where it is asserted to mix coins of several owners.

    Scripts are made again from addresses; an output without one (a data output, a bare multisig) counts by its amount.
    Every protocol that mixes pays equal amounts: where no amount is paid twice, nothing needs to be looked at.
    """
    paid = [table.amount_of(row) for row in rows if _KINDS[table.kind[row]] is Kind.OUTPUT]
    if len(set(paid)) == len(paid):
        return None
    verdicts = classify(_transaction(table, rows))
    if verdicts and verdicts[0].asserted and verdicts[0].protocol.mixes:
        return verdicts[0]
    return None


def _transaction(table: TransferTable, rows: Sequence[int]) -> Transaction:
    inputs, outputs = [], []
    for row in rows:
        kind = _KINDS[table.kind[row]]
        if kind is Kind.INPUT:
            inputs.append(Input(table.account_name[table.sender[row]], _output(table, row)))
        elif kind is Kind.OUTPUT:
            outputs.append(_output(table, row))
    return Transaction(table.txs[table.tx[rows[0]]], tuple(inputs), tuple(outputs), int(table.time[rows[0]]))


def _output(table: TransferTable, row: int) -> Output:
    amount, owner = table.amount_of(row), int(table.owner[row])
    if table.account_name[table.receiver[row]] == UNSPENDABLE:
        return Output(amount, _OP_RETURN)
    if owner < 0:
        return Output(amount, b"")
    network = find_network(table.chains[table.chain[row]])
    return Output(amount, owner_script(table.account_name[owner], network))


def mixer_tag(chain: str, txid: str, verdict: Verdict) -> Tag:
    """What a CoinJoin is to a trace: a mixer, named by its protocol, no surer than the verdict."""
    name = _NAMES.get(verdict.protocol, str(verdict.protocol))
    label = f"{name} CoinJoin, {verdict.equal_outputs} equal outputs"
    source = "the transaction's own structure: docs/coinjoin.md"
    return Tag(chain, txid, label, f"{name} CoinJoin", Category.MIXER, source, int(100 * verdict.confidence))
