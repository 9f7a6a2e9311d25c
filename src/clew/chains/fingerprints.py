"""What the software that made a Bitcoin transaction left in it beside amounts: version, locktime, sequence.

Wallets differ in these (BIP-68 version 2, BIP-125 replaceability, locktime against fee sniping), and a wallet's next
transaction mostly bears the same marks.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from clew.chains.bitcoin_json import exact_json, rpc_result
from clew.chains.fields import Fields
from clew.errors import SourceError
from clew.model import Reply

_FINAL = 0xFFFFFFFE
"""The least sequence that does not signal replaceability (BIP-125)."""


class Fingerprint(NamedTuple):
    """The marks of one transaction."""

    version: int
    locked: bool
    """Whether it has a locktime, as wallets set against fee sniping."""
    replaceable: bool
    """Whether an input signals that a higher fee may replace it (BIP-125)."""


def read_fingerprints(reply: Reply) -> dict[str, Fingerprint]:
    """Transaction id -> fingerprint, of a node's ``getblock`` or Esplora's transactions; none of other formats.

    SourceError where the reply is not what its format says.
    """
    where = reply.format
    if reply.format == "bitcoin/getblock":
        return dict(map(_fingerprint, rpc_result(reply.body, where).children("tx")))
    if reply.format in ("esplora/tx", "esplora/txs"):
        value = exact_json(reply.body, where)
        rows = value if isinstance(value, list) else [value]
        return dict(_fingerprint(Fields.of(row, where)) for row in rows)
    return {}


def _fingerprint(tx: Fields) -> tuple[str, Fingerprint]:
    table: Mapping[str, Any] = tx.table
    version, locktime, spent = table.get("version"), table.get("locktime"), table.get("vin")
    if not isinstance(version, int) or not isinstance(locktime, int) or not isinstance(spent, list):
        raise SourceError("a transaction has no version, locktime or inputs", where=tx.where)
    marks = [entry.get("sequence") for entry in spent if isinstance(entry, dict)]
    sequences = [mark for mark in marks if isinstance(mark, int)]
    if len(sequences) < len(spent):
        raise SourceError("an input has no sequence", where=tx.where)
    replaceable = any(sequence < _FINAL for sequence in sequences)
    return str(table.get("txid")), Fingerprint(version, locktime > 0, replaceable)
