"""Tags from events, as a node or an explorer gave them: who is on an issuer's blacklist, which contract is a Safe.

A file holds one answer as it came, of ``eth_getLogs`` (a node, Etherscan's ``logs/getLogs``) or of TronGrid's
``/v1/contracts/CONTRACT/events``, or a list of such events. An issuer's contract names its chain; for a Safe's events
a key ``chain`` beside the answer does, else Ethereum is meant.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from clew.amounts import format_units
from clew.chains import Chain, find_chain
from clew.chains.events import named_event
from clew.chains.tokens import find_token
from clew.errors import InputError
from clew.protocols.issuers import Control, chains_of, decode_control, standing, ticker
from clew.protocols.refusal import Refused
from clew.protocols.safe import is_execution

_LAST = 253_402_300_800
"""The year 10000: a date has four digits for the year."""


class _Event(NamedTuple):
    """One event, whoever showed it."""

    contract: str
    topics: list[str]
    data: str
    tx: str
    order: tuple[int, int]
    time: int


def entries(text: str, *, where: str, until: int | None = None) -> Iterator[tuple[str, Mapping[str, str] | InputError]]:
    """Where each tag comes from and its fields, as of `until` (seconds since 1970; None: now).

    InputError where the text is no answer with events.
    """
    body, rows = _rows(text, where)
    chain = find_chain(str(body.get("chain") or "ethereum"), where=where)
    acts: list[tuple[tuple[int, int], Control, _Event]] = []
    safes: dict[str, _Event] = {}
    for number, row in enumerate(rows):
        place = f"{where}: event {number}"
        try:
            event = _event(row)
            if until is not None and event.time > until:
                continue
            if is_execution(event.topics):
                safes.setdefault(event.contract, event)
            for there in chains_of(event.contract):
                control = decode_control(there, event.contract, event.topics, event.data)
                if isinstance(control, Refused):
                    raise InputError(control.detail)
                if control is not None:
                    acts.append((event.order, control, event))
        except (InputError, ValueError) as error:
            yield place, InputError(f"no event that Clew can read: {error}", where=place, mend="give it as it came")
    acts.sort(key=lambda act: act[0])
    times = {event.tx: event.time for _, _, event in acts}
    for (asset, address), (control, tx, gone) in standing((act, event.tx) for _, act, event in acts).items():
        yield where, _frozen(control, asset, address, tx, gone, times[tx])
    for contract, event in safes.items():
        yield where, _safe(chain, contract, event)


def _rows(text: str, where: str) -> tuple[Mapping[str, Any], list[Any]]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InputError(f"not JSON: {error}", where=where, mend="give an answer with events, as it came") from error
    body: Mapping[str, Any] = value if isinstance(value, dict) else {}
    rows = value if isinstance(value, list) else body.get("result", body.get("data"))
    if not isinstance(rows, list):
        raise InputError(
            "no list of events", where=where, mend="give the answer of eth_getLogs or of TronGrid's events, as it came"
        )
    return body, rows


def _event(row: Any) -> _Event:
    if not isinstance(row, dict):
        raise InputError("an event is a JSON object")
    if "event_name" in row:
        return _tron_event(row)
    topics = row.get("topics")
    if not isinstance(topics, list) or not all(isinstance(topic, str) for topic in topics):
        raise InputError("it has no topics")
    order = _number(row.get("blockNumber", 0)), _number(row.get("logIndex", 0))
    time = _number(row.get("timeStamp") or row.get("blockTimestamp") or 0)
    return _Event(_text(row, "address"), topics, _text(row, "data"), _text(row, "transactionHash"), order, time)


def _tron_event(row: Mapping[str, Any]) -> _Event:
    """TronGrid names the event and its fields: they are put back as a log has them."""
    words = named_event(row)
    if words is None:
        raise InputError("its fields are not addresses and whole numbers")
    order = _number(row.get("block_number", 0)), _number(row.get("event_index", 0))
    time = _number(row.get("block_timestamp", 0)) // 1000
    tx = _text(row, "transaction_id")
    topics = [word.hex() for word in words[:2]]
    return _Event(_text(row, "contract_address"), topics, b"".join(words[2:]).hex(), tx, order, time)


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str):
        raise InputError(f"its {name} is no text")
    return value


def _number(value: object) -> int:
    """A number as nodes write it (hex, ``0x`` for 0) or as explorers do."""
    text = str(value)
    number = int(text[2:] or "0", 16) if text.startswith("0x") else int(text)
    if not 0 <= number < 2**53:
        raise InputError(f"{text[:80]} is no number of a block or a second")
    return number


def _date(time: int) -> str:
    known = 0 < time < _LAST
    return datetime.fromtimestamp(time, UTC).date().isoformat() if known else ""


def _frozen(control: Control, asset: str, address: str, tx: str, gone: int, time: int) -> Mapping[str, str]:
    token = find_token(asset)
    destroyed = f", {format_units(gone, token.decimals if token else 0)} destroyed since" if gone else ""
    return {
        "address": address,
        "chain": asset.partition("/")[0],
        "label": f"{ticker(asset)} frozen by {control.issuer}{destroyed}",
        "entity": control.issuer,
        "category": "frozen",
        "source": f"event of {asset}",
        "confidence": "ledger_immanent",
        "lastmod": _date(time),
        "asset": asset,
        "tx": tx,
    }


def _safe(chain: Chain, contract: str, event: _Event) -> Mapping[str, str]:
    return {
        "address": contract,
        "chain": chain.id,
        "label": "Safe",
        "category": "wallet",
        "source": "the contract's own event",
        "confidence": "heuristic",
        "lastmod": _date(event.time),
        "tx": event.tx,
    }
