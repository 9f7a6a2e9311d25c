"""Swaps on Bitcoin-like chains: the memo in OP_RETURN outputs, the vault or payee in the others.

The node joins what the transaction's OP_RETURN outputs push, in order, and takes the first other output of an inbound
transaction for the vault's (THORChain's Bitcoin client; the vectors of the tests).
"""

from dataclasses import dataclass

from clew.chains.networks import find_network
from clew.chains.rawblock import Transaction
from clew.chains.script import script_owner
from clew.protocols.refusal import Fault, Refused
from clew.protocols.thorchain.facts import THORCHAIN, Protocol
from clew.protocols.thorchain.memo import Memo, memo_of_bytes

_RETURN = 0x6A
_PUSHDATA = {0x4C: 1, 0x4D: 2, 0x4E: 4}


@dataclass(frozen=True, slots=True)
class Paid:
    """An output that pays somebody."""

    vout: int
    address: str
    """Empty where the script has no address."""
    amount: int
    """Base units."""


@dataclass(frozen=True, slots=True)
class Utxo:
    """A transaction with a memo."""

    txid: str
    memo: Memo
    paid: tuple[Paid, ...]
    """Its outputs but for OP_RETURN, in order: first the vault's (inbound) or the payee's (outbound), then change."""


def pushed(script: bytes) -> bytes | None:
    """The bytes an OP_RETURN script pushes; None where it is no OP_RETURN, or its pushes are cut or no pushes."""
    if script[:1] != bytes([_RETURN]):
        return None
    at, data = 1, b""
    while at < len(script):
        opcode = script[at]
        width = _PUSHDATA.get(opcode, 0)
        if not width and opcode > 0x4B:
            return None
        size = int.from_bytes(script[at + 1 : at + 1 + width], "little") if width else opcode
        at += 1 + width
        if at + size > len(script):
            return None
        data += script[at : at + size]
        at += size
    return data


def decode_transaction(transaction: Transaction, chain: str, protocol: Protocol = THORCHAIN) -> Utxo | Refused:
    """The memo of a Bitcoin-family transaction (CAIP-2 `chain`) and the outputs it speaks of."""
    network = find_network(chain)
    notes = [pushed(output.script) for output in transaction.outputs]
    data = b"".join(note for note in notes if note)
    if not data:
        return Refused(Fault.NO_MEMO, "no output pushes bytes after OP_RETURN")
    memo = memo_of_bytes(data, protocol=protocol)
    if isinstance(memo, Refused):
        return memo
    paid = tuple(
        Paid(vout, script_owner(output.script, network), output.amount)
        for vout, output in enumerate(transaction.outputs)
        if output.script[:1] != bytes([_RETURN])
    )
    return (
        Utxo(transaction.txid, memo, paid)
        if paid
        else Refused(Fault.MISSING_FIELD, "the memo stands beside no payment")
    )
