"""Blocks and transactions in the JSON of nodes (``getblock``) and explorers (Esplora) of the Bitcoin family.

Scripts are read from their hex, so the forms of old nodes (``addresses``) and new ones (``address``) are one.
"""

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow
from types import MappingProxyType
from typing import NamedTuple

from clew.chains.fields import Fields
from clew.chains.networks import COIN
from clew.chains.rawblock import Output, Transaction, ids_of, merkle_root
from clew.errors import SourceError
from clew.model import Block

_ID = re.compile(r"[0-9a-f]{64}")
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation, Overflow])
_MAX_COINS = 2**63 // COIN
NO_PARENT = "0" * 64
"""What the first block names as its parent."""


class BlockReply(NamedTuple):
    """A block as a reply shows it, whatever the reply's form."""

    block: Block
    transactions: Sequence[Transaction]
    prevouts: Mapping[str, Output]
    """Spent outputs the reply names, by outpoint."""
    extended: bool
    """Whether a MimbleWimble extension block belongs to it, which is not read."""
    owners: Mapping[bytes, str] = MappingProxyType({})
    """Addresses of scripts, as far as they were written down together."""


def exact_json(body: bytes, where: str) -> object:
    """The JSON value of a body, with decimals exact."""
    try:
        value: object = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError, DecimalException) as error:
        raise SourceError(f"the reply is not JSON: {error}", where=where) from error
    return value


def rpc_result(body: bytes, where: str) -> Fields:
    """The object a node answered with: the body itself, or the result inside a JSON-RPC object."""
    value = exact_json(body, where)
    if isinstance(value, dict) and "result" in value:
        if value.get("error") is not None:
            raise SourceError(f"the node answered with an error: {value['error']}", where=where)
        value = value["result"]
    return Fields.of(value, where)


def read_getblock(reply: Fields, chain: str) -> BlockReply:
    """A ``getblock`` result of verbosity 2 or 3 (which names the spent outputs)."""
    if any(isinstance(item, str) for item in reply.items("tx")):
        raise SourceError(
            "the transactions are ids alone", where=reply.where, mend="ask getblock with verbosity 2 or 3"
        )
    prevouts: dict[str, Output] = {}
    transactions = [_node_transaction(tx, prevouts) for tx in reply.children("tx")]
    if not transactions or any((index == 0) == bool(tx.inputs) for index, tx in enumerate(transactions)):
        raise SourceError("the first transaction, and no other, must be a coinbase", where=reply.where)
    root = merkle_root(ids_of([tx.txid for tx in transactions]))
    if root[::-1].hex() != identifier(reply, "merkleroot"):
        raise SourceError("the Merkle root of the transactions is not the one the reply states", where=reply.where)
    height = integer(reply, "height")
    parent = identifier(reply, "previousblockhash") if height else NO_PARENT
    block = Block(chain, height, identifier(reply, "hash"), parent, integer(reply, "time"))
    return BlockReply(block, transactions, prevouts, "mweb" in reply)


def _node_transaction(tx: Fields, prevouts: dict[str, Output]) -> Transaction:
    inputs: list[str] = []
    for spent in tx.children("vin"):
        if "coinbase" in spent:
            continue
        outpoint = f"{identifier(spent, 'txid')}:{integer(spent, 'vout')}"
        inputs.append(outpoint)
        if "prevout" in spent:
            prevouts[outpoint] = _node_output(spent.child("prevout"))
    if not inputs and len(tx.items("vin")) != 1:
        raise tx.fault("vin", "a list of spent outputs")
    return Transaction(identifier(tx, "txid"), inputs, _numbered(tx, [_node_output(o) for o in tx.children("vout")]))


def _numbered(tx: Fields, outputs: list[Output]) -> list[Output]:
    """The outputs, having checked that they are listed by number."""
    if any(integer(output, "n") != number for number, output in enumerate(tx.children("vout"))):
        raise tx.fault("vout", "a list in the order of n")
    return outputs


def _node_output(output: Fields) -> Output:
    return Output(coins(output, "value"), script_bytes(output.child("scriptPubKey"), "hex"))


def coins(fields: Fields, name: str) -> int:
    """Base units of an amount that is written in coins."""
    value = fields.table.get(name)
    wanted = "an amount in coins with at most 8 decimals"
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value <= _MAX_COINS:
        raise fields.fault(name, wanted)
    try:
        amount = _EXACT.multiply(Decimal(value), Decimal(COIN))
    except DecimalException as error:
        raise fields.fault(name, wanted) from error
    if amount != int(amount):
        raise fields.fault(name, wanted)
    return int(amount)


def integer(fields: Fields, name: str) -> int:
    """A JSON integer from 0 to 2**63 - 1."""
    value = fields.table.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise fields.fault(name, "an integer")
    return value


def identifier(fields: Fields, name: str) -> str:
    """A block hash or transaction id: 64 digits of lower-case hex."""
    value = fields.text(name)
    if _ID.fullmatch(value) is None:
        raise fields.fault(name, "a hash of 64 hex digits")
    return value


def script_bytes(fields: Fields, name: str) -> bytes:
    """A script in hex."""
    try:
        return bytes.fromhex(fields.text(name))
    except ValueError as error:
        raise fields.fault(name, "a script in hex") from error


class EsploraTransaction(NamedTuple):
    """A transaction of Esplora's ``/tx/:txid``, which names what each input spent."""

    transaction: Transaction
    prevouts: Mapping[str, Output]
    block: Block | None
    """Its block, of which Esplora does not say the parent; None where it is unconfirmed."""


def read_esplora(reply: Fields, chain: str) -> EsploraTransaction:
    """An Esplora transaction; amounts are integers in base units there."""
    spent = [tx_in for tx_in in reply.children("vin") if tx_in.table.get("is_coinbase") is not True]
    outpoints = [f"{identifier(tx_in, 'txid')}:{integer(tx_in, 'vout')}" for tx_in in spent]
    prevouts = {
        outpoint: _esplora_output(tx_in.child("prevout"))
        for outpoint, tx_in in zip(outpoints, spent, strict=True)
        if "prevout" in tx_in
    }
    if not spent and len(reply.items("vin")) != 1:
        raise reply.fault("vin", "a list of spent outputs")
    outputs = [_esplora_output(output) for output in reply.children("vout")]
    status = reply.child("status")
    block = None
    if status.table.get("confirmed") is True:
        height, time = integer(status, "block_height"), integer(status, "block_time")
        block = Block(chain, height, identifier(status, "block_hash"), "", time)
    return EsploraTransaction(Transaction(identifier(reply, "txid"), outpoints, outputs), prevouts, block)


def _esplora_output(output: Fields) -> Output:
    return Output(integer(output, "value"), script_bytes(output, "scriptpubkey"))
