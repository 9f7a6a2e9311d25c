"""Events at their place in the chain, out of whichever reply shows them: blocks, receipts, lists of events. Pure.

The same event is the same value, whoever shows it. What it means is for the protocols to say.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from Crypto.Hash import keccak

from clew.chains import Chain, find_chain, parse_address
from clew.chains.fields import Fields, read_json
from clew.chains.logs import Log
from clew.errors import InputError, SourceError
from clew.model import Reply

_MOST_INDEX = 2**31 - 1
_MOST_HEIGHT = 2**63 - 1
_MOST_TIME = 2**53
_WORD = re.compile(r"(?:0x)?[0-9a-fA-F]{64}")
_BYTES = re.compile(r"(?:0x)?(?:[0-9a-fA-F]{2})*")
_TXID = re.compile(r"(?:0x)?[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True)
class Event:
    """One event, at its place in the chain."""

    chain: str
    height: int
    time: int
    """Block time, seconds since 1970; -1 where the reply does not say it."""
    log: Log
    """On TRON its index is that in the transaction, whose replies tell no other."""
    gas_price: int | None = None
    """Base units of the native coin for each unit of gas of its transaction, where the reply says it."""


def read_events(reply: Reply) -> tuple[Event, ...]:
    """The events a reply shows, in its order; none where its format shows none.

    Events of failed transactions never happened and are left out. SourceError where the reply is not what its format
    says.
    """
    reader = READERS.get(reply.format)
    if reader is None:
        return ()
    where = f"{reply.format} of {reply.chain}"
    return tuple(reader(read_json(reply.body, where), find_chain(reply.chain), where))


# --- EVM


def _in_block(body: object, chain: Chain, where: str) -> Iterator[Event]:
    """Of ``evm/block``: the block, its receipts and its traces, each as the node gave it."""
    parts = Fields.of(body, where)
    header = Fields.of(_answer(parts.table.get("block")), f"{where}, block")
    time = header.quantity("timestamp", most=_MOST_TIME)
    receipts = _answer(parts.table.get("receipts"))
    if not isinstance(receipts, list):
        raise SourceError("a list of receipts is expected", where=where)
    for row in receipts:  # one by one they come as answers, all at once as receipts
        yield from _in_receipt(Fields.of(_answer(row), where), chain, time)


def _answer(value: object) -> object:
    """What a JSON-RPC answer holds; the value itself where it is none."""
    return value.get("result") if isinstance(value, dict) and "result" in value else value


def _in_transaction(body: object, chain: Chain, where: str) -> Iterator[Event]:
    parts = Fields.of(body, where)
    block = _answer(parts.table.get("block"))
    time = Fields.of(block, where).quantity("timestamp", most=_MOST_TIME) if block is not None else -1
    yield from _in_receipt(Fields.of(_answer(parts.table.get("receipt")), where), chain, time)


def _receipt_alone(body: object, chain: Chain, where: str) -> Iterator[Event]:
    yield from _in_receipt(Fields.of(_answer(body), where), chain, -1)


def _in_receipt(receipt: Fields, chain: Chain, time: int) -> Iterator[Event]:
    if receipt.quantity("status", 1) == 0:
        return
    for row in receipt.children("logs"):
        yield _evm(row, chain, time)


def _listed(body: object, chain: Chain, where: str) -> Iterator[Event]:
    """Of ``eth_getLogs``, or of an explorer's ``logs/getLogs``, which writes the time as a quantity too."""
    rows = _answer(body)
    if not isinstance(rows, list):
        raise SourceError("a list of events is expected", where=where)
    for number, value in enumerate(rows):
        row = Fields.of(value, f"{where}, event {number}")
        if row.table.get("removed") is True:  # the block was taken back
            continue
        stamp = "timeStamp" if "timeStamp" in row else "blockTimestamp"
        yield _evm(row, chain, _number(row, stamp, _MOST_TIME) if stamp in row else -1)


def _evm(row: Fields, chain: Chain, time: int) -> Event:
    price = _number(row, "gasPrice", 2**128) if "gasPrice" in row else None
    index, tx = _number(row, "logIndex", _MOST_INDEX), f"0x{_hex(row, 'transactionHash', _TXID).hex()}"
    topics = tuple(_topic(row, topic) for topic in row.items("topics") if topic is not None)
    data = _hex(row, "data", _BYTES) if "data" in row else b""
    log = Log(row.address("address"), topics, data, index, tx)
    return Event(chain.id, _number(row, "blockNumber", _MOST_HEIGHT), time, log, price)


def _number(row: Fields, name: str, most: int) -> int:
    """A quantity; explorers write 0 as ``0x`` and some numbers in decimal digits."""
    value = row.table.get(name)
    text = value if isinstance(value, str) else ""
    if re.fullmatch(r"0x[0-9a-fA-F]{0,32}", text):
        number = int(text[2:] or "0", 16)
    elif re.fullmatch(r"[0-9]{1,39}", text):
        number = int(text)
    else:
        raise row.fault(name, "a whole number")
    if number > most:
        raise row.fault(name, f"at most {most}")
    return number


def _topic(row: Fields, topic: object) -> bytes:
    if not isinstance(topic, str) or _WORD.fullmatch(topic) is None:
        raise row.fault("topics", "a list of words of 32 bytes")
    return bytes.fromhex(topic.removeprefix("0x"))


def _hex(row: Fields, name: str, form: re.Pattern[str]) -> bytes:
    text = row.text(name)
    if form.fullmatch(text) is None:
        raise row.fault(name, "bytes in hex")
    return bytes.fromhex(text.removeprefix("0x"))


# --- TRON


def _in_info(body: object, chain: Chain, where: str) -> Iterator[Event]:
    """Of ``gettransactioninfobyid``: contracts and topics are bare hex."""
    info = Fields.of(body, where)
    receipt = info.child("receipt") if "receipt" in info else info
    if info.table.get("result") == "FAILED" or receipt.table.get("result", "SUCCESS") not in ("SUCCESS", "DEFAULT"):
        return
    place = _whole(info, "blockNumber", _MOST_HEIGHT), _whole(info, "blockTimeStamp", 10**14) // 1000
    tx = _hex(info, "id", _TXID).hex()
    for index, row in enumerate(info.children("log") if "log" in info else ()):
        topics = tuple(_topic(row, topic) for topic in (row.items("topics") if "topics" in row else ()))
        data = _hex(row, "data", _BYTES) if "data" in row else b""
        yield Event(chain.id, *place, Log(_tron(row, "address", chain), topics, data, index, tx))


def _named(body: object, chain: Chain, where: str) -> Iterator[Event]:
    """Of TronGrid's ``/v1/contracts/CONTRACT/events``: what it names is put back as the contract wrote it.

    Events whose fields are not addresses and whole numbers alone are left out: nothing that Clew decodes has others.
    """
    for number, value in enumerate(Fields.of(body, where).items("data")):
        row = Fields.of(value, f"{where}, event {number}")
        try:
            words = named_event(row.table)
        except InputError as error:
            raise row.fault("result", "the fields of a named event") from error
        if words is not None:
            place = _whole(row, "block_number", _MOST_HEIGHT), _whole(row, "block_timestamp", 10**14) // 1000
            index, tx = _whole(row, "event_index", _MOST_INDEX), _hex(row, "transaction_id", _TXID).hex()
            contract = _tron(row, "contract_address", chain)
            yield Event(chain.id, *place, Log(contract, words[:1], b"".join(words[1:]), index, tx))


def named_event(row: Mapping[str, object]) -> tuple[bytes, ...] | None:
    """The first topic of an event that TronGrid names, then a word for each of its fields; None for other types.

    `result` holds each field by its place and again by its name, `result_type` the type by name. Where the types are
    left out, a field of 40 hex digits is an address and one of decimal digits a number. InputError where it is no such
    event.
    """
    result, types = row.get("result"), row.get("result_type")
    if not isinstance(result, dict) or not isinstance(row.get("event_name"), str):
        raise InputError("it has no event_name and result")
    values = [result[str(place)] for place in range(len(result)) if str(place) in result] or list(result.values())
    stated = list(types.values()) if isinstance(types, dict) and len(types) == len(values) else []
    words, kinds = [], []
    for place, value in enumerate(values):
        word = _field(str(value), str(stated[place]) if stated else "")
        if word is None:
            return None
        words.append(word[1])
        kinds.append(word[0])
    signature = f"{row['event_name']}({','.join(kinds)})"
    return keccak.new(data=signature.encode(), digest_bits=256).digest(), *words


def _field(value: str, stated: str) -> tuple[str, bytes] | None:
    """Type and word of one field."""
    bare = value.removeprefix("0x")
    if stated in ("address", "") and re.fullmatch("(?:41)?[0-9a-fA-F]{40}", bare):
        return "address", bytes.fromhex(bare[-40:]).rjust(32, b"\0")
    if stated in ("uint256", "") and re.fullmatch("[0-9]{1,78}", value) and int(value) < 2**256:
        return "uint256", int(value).to_bytes(32)
    return None


def _tron(row: Fields, name: str, chain: Chain) -> str:
    text = row.text(name)
    bare = re.fullmatch("[0-9a-fA-F]{40}", text)
    try:
        return parse_address(f"41{text}" if bare else text, chain).value
    except InputError as error:
        raise row.fault(name, "a TRON address") from error


def _whole(row: Fields, name: str, most: int) -> int:
    value = row.table.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise row.fault(name, f"an integer of 0 to {most}")
    return value


READERS: dict[str, Callable[[object, Chain, str], Iterator[Event]]] = {
    "evm/block": _in_block,
    "evm/logs": _listed,
    "etherscan/getLogs": _listed,
    "etherscan/transaction": _in_transaction,
    "etherscan/eth_getTransactionReceipt": _receipt_alone,
    "trongrid/transactioninfo": _in_info,
    "trongrid/events": _named,
}
"""Reply format -> reader."""
