"""The transactions of a UTXO chain as flat arrays: who is spent from, who is paid, what may mix several owners."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clew.chains.fingerprints import Fingerprint
from clew.chains.networks import find_network
from clew.chains.rawblock import Output
from clew.chains.script import ScriptType, is_unspendable, owner_script, script_owner, script_type
from clew.errors import InputError
from clew.ledger import TransferTable
from clew.model import UNSPENDABLE, Kind
from clew.protocols.coinjoin import Input, Protocol, Transaction, classify

Ids = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_KINDS = tuple(Kind)
_OP_RETURN = b"\x6a"
TYPES = tuple(ScriptType)
"""Script types by code."""


@dataclass(frozen=True, slots=True, eq=False)
class Payments:
    """Transactions in ledger order, their inputs and outputs laid end to end. Codes count into the lists.

    Whose owner or amount is not known has -1 there.
    """

    chain: str
    addresses: Sequence[str]
    txs: Sequence[str]
    """Ids by the codes of `tx`."""
    tx: Ids
    """Per transaction: its code."""
    height: Ids
    """-1: not known."""
    input_tx: Ids
    """Per input: the number of its transaction here; inputs of which nothing is known are left out."""
    input_owner: Ids
    input_amount: Ids
    hidden: Ids
    """Per transaction: its inputs of which nothing is known."""
    output_tx: Ids
    output_owner: Ids
    output_amount: Ids
    spender: Ids
    """Per output: the number of the transaction here that spends it; -1: none does."""
    mixed: Mask
    """Per transaction: a rule of `protocols.coinjoin` says, however unsure, that it mixes coins of several owners."""
    suspect: Mask
    """Per transaction: it may be a PayJoin, in which the payee adds a coin."""
    types: npt.NDArray[np.int8]
    """Per address: its script type, as an index into TYPES."""
    traits: Sequence[Fingerprint | None] | None = None
    """Per transaction: what its maker's software left in it, where the data has it."""

    def __len__(self) -> int:
        return len(self.tx)


def payments_of_table(table: TransferTable, chain: str, traits: dict[str, Fingerprint] | None = None) -> Payments:
    """The transactions that the ledger holds of a chain (CAIP-2 id) of the Bitcoin family."""
    network = find_network(chain)
    here = table.chain == (table.chains.index(chain) if chain in table.chains else -1)
    spends = np.flatnonzero(here & (table.kind == _KINDS.index(Kind.INPUT)))
    pays = np.flatnonzero(here & (table.kind == _KINDS.index(Kind.OUTPUT)))
    codes, first = np.unique(table.tx[pays], return_index=True)
    order = np.argsort(first, kind="stable")
    codes, first = codes[order], pays[first[order]]
    number = np.full(len(table.txs) + 1, -1, np.int64)
    number[codes] = np.arange(len(codes))
    input_tx, output_tx = number[table.tx[spends]], number[table.tx[pays]]
    shown = np.bincount(input_tx, minlength=len(codes))
    coinbase = np.zeros(len(codes), bool)
    coinbase[number[table.tx[here & (table.kind == _KINDS.index(Kind.COINBASE))]]] = True
    hidden = np.where(coinbase, 0, table.seq[first] - shown)  # a transaction's outputs count on from its inputs
    maker = np.full(len(table.account_name) + 1, -1, np.int64)
    maker[table.sender[spends]] = input_tx
    owned = np.unique(np.concatenate([table.owner[spends], table.owner[pays]]))
    types = np.full(len(table.account_name), TYPES.index(ScriptType.NONSTANDARD), np.int8)
    for code in owned[owned >= 0].tolist():
        types[code] = TYPES.index(script_type(owner_script(table.account_name[code], network)))
    unspendable = np.array([name == UNSPENDABLE for name in table.account_name] or [False])
    sunk = unspendable[table.receiver[pays]]
    found = Payments(
        chain,
        table.account_name,
        table.txs,
        codes.astype(np.int64),
        table.height[first].astype(np.int64),
        input_tx,
        table.owner[spends].astype(np.int64),
        table.amount[spends, 0].astype(np.int64),
        hidden,
        output_tx,
        table.owner[pays].astype(np.int64),
        table.amount[pays, 0].astype(np.int64),
        np.where(sunk, -1, maker[table.receiver[pays]]),
        np.zeros(len(codes), bool),
        np.zeros(len(codes), bool),
        types,
        None if traits is None else [traits.get(table.txs[code]) for code in codes.tolist()],
    )
    rows: dict[int, list[int]] = {}
    asked = set(codes[_doubtful(found)].tolist())
    for row in np.flatnonzero(here & np.isin(table.tx, list(asked))).tolist():
        rows.setdefault(int(table.tx[row]), []).append(row)
    for code, mine in rows.items():
        _judge(found, int(number[code]), transaction_of(table, mine))
    return found


def transaction_of(table: TransferTable, rows: Sequence[int]) -> Transaction:
    """A transaction made again from all its rows: scripts from addresses, inputs that no row shows as unknown ones."""
    inputs: list[Input] = []
    outputs: list[Output] = []
    count = 0
    for row in rows:
        kind = _KINDS[table.kind[row]]
        if kind is Kind.INPUT:
            inputs.append(Input(table.account_name[table.sender[row]], _output(table, row)))
        elif kind is Kind.OUTPUT:
            count = int(table.seq[row]) if not outputs else count
            outputs.append(_output(table, row))
    if inputs:
        inputs += [Input("") for _ in range(count - len(inputs))]
    return Transaction(table.txs[table.tx[rows[0]]], tuple(inputs), tuple(outputs), int(table.time[rows[0]]))


def _output(table: TransferTable, row: int) -> Output:
    amount, owner = table.amount_of(row), int(table.owner[row])
    if table.account_name[table.receiver[row]] == UNSPENDABLE:
        return Output(amount, _OP_RETURN)
    if owner < 0:
        return Output(amount, b"")
    network = find_network(table.chains[table.chain[row]])
    return Output(amount, owner_script(table.account_name[owner], network))


def payments_of_transactions(
    transactions: Iterable[Transaction], chain: str, traits: dict[str, Fingerprint] | None = None
) -> Payments:
    """Transactions that are given whole, in their order; one that occurs again is counted once."""
    network = find_network(chain)
    given = list({one.txid: one for one in transactions}.values())
    codes: dict[str, int] = {}
    types: list[int] = []
    addresses: list[str] = []

    def owner(output: Output | None) -> int:
        name = "" if output is None else script_owner(output.script, network)
        if not name or output is None:
            return -1
        if codes.setdefault(name, len(codes)) == len(types):
            types.append(TYPES.index(script_type(owner_script(name, network))))
        return codes[name]

    spends = [(number, i) for number, one in enumerate(given) for i in one.inputs if i.spent is not None]
    pays = [(number, vout, o) for number, one in enumerate(given) for vout, o in enumerate(one.outputs)]
    spender = {i.outpoint: number for number, one in enumerate(given) for i in one.inputs}
    found = Payments(
        chain,
        addresses,
        [one.txid for one in given],
        np.arange(len(given)),
        np.arange(len(given)),
        np.array([number for number, _ in spends], np.int64),
        np.array([owner(i.spent) for _, i in spends], np.int64),
        np.array([i.spent.amount if i.spent else -1 for _, i in spends], np.int64),
        np.array([sum(i.spent is None for i in one.inputs) for one in given], np.int64),
        np.array([number for number, _, _ in pays], np.int64),
        np.array([-1 if is_unspendable(o.script) else owner(o) for _, _, o in pays], np.int64),
        np.array([o.amount for _, _, o in pays], np.int64),
        np.array([spender.get(f"{given[number].txid}:{vout}", -1) for number, vout, _ in pays], np.int64),
        np.zeros(len(given), bool),
        np.zeros(len(given), bool),
        np.array(types, np.int8),
        None if traits is None else [traits.get(one.txid) for one in given],
    )
    addresses.extend(codes)  # known once every owner was met
    for number in np.flatnonzero(_doubtful(found)).tolist():
        _judge(found, number, given[number])
    return found


def _doubtful(payments: Payments) -> Mask:
    """The transactions the rules for mixes may fire on: an amount is paid twice, or there are few outputs."""
    count = len(payments)
    order = np.lexsort((payments.output_amount, payments.output_tx))
    tx, amount = payments.output_tx[order], payments.output_amount[order]
    twice = np.zeros(count, bool)
    twice[tx[1:][(tx[1:] == tx[:-1]) & (amount[1:] == amount[:-1])]] = True
    inputs = np.bincount(payments.input_tx, minlength=count)
    return (inputs + payments.hidden > 1) & (twice | (np.bincount(payments.output_tx, minlength=count) < 5))


def _judge(payments: Payments, number: int, transaction: Transaction) -> None:
    for verdict in classify(transaction):
        if verdict.protocol is Protocol.PAYJOIN:
            payments.suspect[number] = True
        elif verdict.protocol.mixes:
            payments.mixed[number] = True


def check_traits(payments: Payments, rule: str) -> Sequence[Fingerprint | None]:
    """The traits of the transactions; InputError where a rule needs them and the data has none."""
    if payments.traits is None:
        raise InputError(
            f"rule {rule!r} needs version, locktime and sequence of transactions",
            where="clustering",
            mend="read blocks that have them (chains.fingerprints), or leave the rule out",
        )
    return payments.traits


def first_owner(payments: Payments) -> Ids:
    """Per transaction: the first known owner of an input, or -1."""
    first = np.full(len(payments), -1, np.int64)
    rows = np.flatnonzero(payments.input_owner >= 0)[::-1]
    first[payments.input_tx[rows]] = payments.input_owner[rows]
    return first
