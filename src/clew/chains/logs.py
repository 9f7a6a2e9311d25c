"""The events of transactions, out of the replies that show receipts: one transaction's, or a block's."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from clew.chains.fields import Fields, read_json
from clew.errors import SourceError
from clew.model import Reply

_TOPIC = re.compile(r"0x[0-9a-fA-F]{64}")
_MOST_INDEX = 2**32 - 2


@dataclass(frozen=True, slots=True)
class Log:
    """One event of a contract, as its receipt shows it."""

    contract: str
    topics: tuple[bytes, ...]
    data: bytes
    index: int
    """Its place in the block."""
    tx: str


def logs_of(reply: Reply) -> dict[str, tuple[Log, ...]]:
    """By transaction, the events of a reply of format ``etherscan/transaction`` or ``evm/block``, in order.

    A failed transaction has none. SourceError where the reply is not what its format says; a reply of another format
    shows no receipts, and so no transaction.
    """
    where = f"{reply.format} {reply.query.get('txhash') or reply.query.get('height', '')}".rstrip()
    if reply.format not in ("etherscan/transaction", "evm/block"):
        return {}
    body = Fields.of(read_json(reply.body, where), where)
    shown: dict[str, tuple[Log, ...]] = {}
    for receipt in _receipts(body, reply.format):
        tx = receipt.hash("transactionHash")
        shown[tx] = tuple(_log(log, tx) for log in receipt.children("logs"))
    return shown


def _receipts(body: Fields, form: str) -> Iterator[Fields]:
    if form == "etherscan/transaction":
        yield body.child("receipt").child("result")
        return
    rows = _result(body.table.get("receipts"))
    if not isinstance(rows, list):
        raise SourceError("a list of receipts is expected", where=body.where)
    for number, row in enumerate(rows):
        yield Fields.of(_result(row), f"{body.where}, receipt {number}")


def _result(value: object) -> object:
    """The result of a JSON-RPC answer; a value that is none is itself."""
    return value["result"] if isinstance(value, dict) and "result" in value else value


def _log(log: Fields, tx: str) -> Log:
    topics = log.items("topics")
    if any(not isinstance(topic, str) or _TOPIC.fullmatch(topic) is None for topic in topics):
        raise log.fault("topics", "hashes of 32 bytes")
    return Log(
        log.address("address"),
        tuple(bytes.fromhex(str(topic)[2:]) for topic in topics),
        bytes.fromhex(log.data("data")[2:]),
        log.quantity("logIndex", most=_MOST_INDEX),
        tx,
    )
