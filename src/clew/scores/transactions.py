"""Files of Bitcoin transactions to be classified, in the formats of ``docs/coinjoin.md``.

Each is read a line at a time, gzip or not: the ``:::`` text of transaction collections, or JSON lines of transactions
(Esplora's form) and blocks (a node's ``getblock``). What an input spends is taken from its line or, where the line does
not say, from a transaction earlier in the file.
"""

import gzip
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from clew.chains import find_chain, rawblock
from clew.chains.bitcoin_json import exact_json, read_esplora, read_getblock
from clew.chains.fields import Fields
from clew.chains.rawblock import Output
from clew.errors import InputError, SourceError
from clew.protocols.coinjoin import Input, Transaction

_BITCOIN = find_chain("bitcoin").id
_INPUT = re.compile(r"([0-9a-f]{64})-([0-9]{1,10})-([0-9]{1,16})\+((?:[0-9a-f]{2})*)\+[A-Za-z0-9]+")
_OUTPUT = re.compile(r"([0-9]{1,16})\+((?:[0-9a-f]{2})*)\+[A-Za-z0-9]+")
_TXID = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"[0-9]{1,12}")
_TEXT_FORM = "txid:::block:::position:::time:::inputs:::outputs"


def read_transactions(path: Path) -> Iterator[Transaction]:
    """The transactions of a file in its order; InputError names the line that cannot be read."""
    made: dict[str, Output] = {}
    for number, line in enumerate(_lines(path), 1):
        where = f"{path}, line {number}"
        if line.startswith("{"):
            yield from _of_json(line, where, made)
        elif line:
            yield _of_text(line, where)


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rt", encoding="utf-8-sig") if zipped else path.open(encoding="utf-8-sig") as text:
            yield from map(str.strip, text)
    except UnicodeDecodeError as error:
        raise InputError("it is not text in UTF-8", where=str(path), mend="give JSON lines or ::: lines") from error
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"it cannot be read: {error}", where=str(path)) from error


def _of_text(line: str, where: str) -> Transaction:
    fields = line.split(":::")
    if len(fields) != 6:
        joined = "; is a line break missing between two files?" if len(fields) > 6 else ""
        raise InputError(f"{len(fields)} fields between ':::', 6 are expected", where=where, mend=_TEXT_FORM + joined)
    txid, _, _, time, spent, paid = fields
    if _TXID.fullmatch(txid) is None:
        raise InputError(f"{txid[:80]!r} is no transaction id of 64 hex digits", where=where)
    if _NUMBER.fullmatch(time) is None:
        raise InputError(f"{time[:80]!r} is no time in Unix seconds", where=where)
    inputs = []
    for text in spent.split("}{") if spent else ():
        found = _INPUT.fullmatch(text)
        if found is None:
            raise InputError(f"input {text[:80]!r} is not txid-number-value+script+type", where=where)
        outpoint = f"{found[1]}:{int(found[2])}"
        inputs.append(Input(outpoint, Output(int(found[3]), bytes.fromhex(found[4]))))
    outputs = []
    for text in paid.split("}{"):
        found = _OUTPUT.fullmatch(text)
        if found is None:
            raise InputError(f"output {text[:80]!r} is not value+script+type", where=where)
        outputs.append(Output(int(found[1]), bytes.fromhex(found[2])))
    return Transaction(txid, tuple(inputs), tuple(outputs), int(time))


def _of_json(line: str, where: str, made: dict[str, Output]) -> Iterator[Transaction]:
    try:
        fields = Fields.of(exact_json(line.encode(), where), where)
        if "tx" in fields:
            block = read_getblock(fields, _BITCOIN)
            for raw in block.transactions:
                yield _with_coins(raw, block.prevouts, block.block.time, made)
            return
        fields.table.setdefault("status", {"confirmed": False})
        shown = read_esplora(fields, _BITCOIN)
        yield _with_coins(shown.transaction, shown.prevouts, shown.block.time if shown.block else None, made)
    except SourceError as error:
        mend = error.mend or "each line is an Esplora transaction or a getblock reply"
        raise InputError(error.what, where=error.where or where, mend=mend) from error


def _with_coins(
    raw: rawblock.Transaction, named: Mapping[str, Output], time: int | None, made: dict[str, Output]
) -> Transaction:
    """The transaction with what it spends; its outputs are kept for those that follow."""
    spent = {outpoint: coin for outpoint in raw.inputs if (coin := named.get(outpoint) or made.pop(outpoint, None))}
    made.update((f"{raw.txid}:{index}", output) for index, output in enumerate(raw.outputs))
    return Transaction.of(raw, spent, time)
