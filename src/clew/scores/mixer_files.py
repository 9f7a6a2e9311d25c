"""Files of a mixer's events, depositors and known pairs, in the formats of ``docs/mixers.md``.

JSON lists (plain, gzip, or one file in a zip, as Tornado Cash's own user interface kept them) or CSV with the same
names; depositors also from recorded replies of an explorer.
"""

import csv
import gzip
import io
import json
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from clew.attribution import Attribution, bundled_tags
from clew.chains import decode, find_chain
from clew.chains.execution import ZERO_ADDRESS
from clew.errors import InputError, SourceError
from clew.links.mixers import Deposit, Events, Withdrawal, pools, routers
from clew.model import Reply
from clew.protocols.tornado import DepositCall, decode_call
from clew.sources.recorded import read_recorded

Row = Mapping[str, Any]

_NAME = re.compile(r"(?<![a-z])(?P<symbol>[a-z]{3,5})-(?P<amount>[0-9]+(?:\.[0-9]+)?)(?![0-9])", re.IGNORECASE)
_HASH = re.compile(r"0x[0-9a-f]{64}")
_SHORTEST = 10
"""Characters of the shortest beginning of a hash: 0x and 8 digits."""
_BEGINNING = re.compile("0x[0-9a-f]{8,64}")
_ADDRESS = re.compile(r"0x[0-9a-f]{40}")
_LARGEST = 200_000_000
"""Bytes a zipped file may hold: the largest pool's events are a tenth of it."""
_ETHEREUM = "eip155:1"
REUSE_PAIRS = Path(__file__).with_name("tornado-reuse-pairs.csv")
"""Pairs of one deposit and one later withdrawal of a pool whose recipient was the depositor: facts from a public list,
lambdaclass/tornado_cash_anonymity_tool, ``data/heuristic_1_results.csv``, commit
ed23afc2ff8f8c76cc6bef3567591f21363f3b7a: those that join to one event each within one pool and whose deposit the list
names once, by the first digits of each transaction."""


class Pair(NamedTuple):
    """A withdrawal whose deposit somebody knows."""

    deposit: int
    """Row of the events."""
    withdrawal: int
    by: str
    """How it is known: ``stated``, or the rule that says so."""


@dataclass
class Trace:
    """What a file of depositors says beside their names."""

    depositors: dict[str, str] = field(default_factory=dict)
    """Transaction or commitment -> depositor."""
    gas_prices: dict[str, int] = field(default_factory=dict)
    """Transaction -> wei."""
    addresses: set[str] = field(default_factory=set)
    """Others of the trace: no service, and no depositor."""
    contacts: dict[str, Counter[str]] | None = None
    """Of each depositor, how often it transacted with whom outside of mixers and services."""


def read_events(deposits: Sequence[Path], withdrawals: Sequence[Path]) -> Events:
    """The events of all files; InputError names a wrong row, a leaf or a nullifier that occurs twice, a wrong order."""
    put = [_deposit(row, pool, where) for path in deposits for where, pool, row in _pooled(path)]
    paid = [_withdrawal(row, pool, where) for path in withdrawals for where, pool, row in _pooled(path)]
    files = ", ".join(map(str, (*deposits, *withdrawals)))
    if not put or not paid:
        raise InputError(f"no {'deposit' if not put else 'withdrawal'}", where=files)
    return checked_events(put, paid, files)


def read_pool_events(paths: Sequence[Path]) -> dict[str, Events]:
    """By chain, the events of files that hold deposits, withdrawals, or both; rows may name their `chain`.

    A row with a ``nullifierHash`` is a withdrawal. InputError as of `read_events`.
    """
    put: dict[str, list[Deposit]] = {}
    paid: dict[str, list[Withdrawal]] = {}
    for path in paths:
        for where, pool, row in _pooled(path):
            chain = find_chain(str(row.get("chain") or _ETHEREUM), where=where).id
            if row.get("nullifierHash"):
                paid.setdefault(chain, []).append(_withdrawal(row, pool, where))
            else:
                put.setdefault(chain, []).append(_deposit(row, pool, where))
    files = ", ".join(map(str, paths))
    return {chain: checked_events(put.get(chain, []), paid.get(chain, []), files) for chain in {*put, *paid}}


def checked_events(put: Sequence[Deposit], paid: Sequence[Withdrawal], where: str) -> Events:
    """The events in order; InputError for a leaf or a nullifier that occurs twice, and leaves out of order."""
    events = Events.of(put, paid)
    for one, two in zip(events.deposits, events.deposits[1:], strict=False):
        if one.pool == two.pool and one.leaf == two.leaf:
            raise InputError(f"pool {one.pool}: leaf {one.leaf} occurs twice", where=where)
        if one.pool == two.pool and one.block > two.block:
            raise InputError(
                f"pool {one.pool}: leaf {two.leaf} stands in an earlier block than {one.leaf}", where=where
            )
    twice = Counter((w.pool, w.nullifier) for w in events.withdrawals).most_common(1)
    if twice and twice[0][1] > 1:
        raise InputError(f"pool {twice[0][0][0]}: nullifier {twice[0][0][1]} occurs twice", where=where)
    return events


def _pooled(path: Path) -> Iterable[tuple[str, str, Row]]:
    named = _NAME.search(path.name)
    pool = f"{named['amount']} {named['symbol'].upper()}" if named else path.name.split(".")[0]
    for number, row in enumerate(_rows(path), 1):
        yield f"{path}, row {number}", str(row.get("pool") or pool), row


def _rows(path: Path) -> list[Row]:
    text = _text(path)
    if text.lstrip().startswith(("[", "{")):
        try:
            rows = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"broken JSON: {error}", where=str(path)) from error
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise InputError("a list of objects is expected", where=str(path), mend="see docs/mixers.md")
        return rows
    try:
        return list(csv.DictReader(io.StringIO(text)))
    except csv.Error as error:
        raise InputError(f"broken CSV: {error}", where=str(path)) from error


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if raw.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(raw)) as folder:
                [held] = folder.infolist()
                if held.file_size > _LARGEST:
                    raise InputError(f"it unpacks to {held.file_size} bytes", where=str(path), mend="split it")
                raw = folder.read(held)
        elif raw.startswith(b"\x1f\x8b"):
            raw = gzip.decompress(raw)
        return raw.decode("utf-8-sig")
    except (OSError, EOFError, ValueError, RuntimeError, zlib.error, zipfile.BadZipFile) as error:
        raise InputError(
            f"it cannot be read: {error}", where=str(path), mend="give JSON, CSV, or one in a zip"
        ) from error


def _integer(row: Row, name: str, where: str) -> int:
    value = row.get(name)
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,78}", value.strip()):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InputError(f"{name} is {str(value)[:40]!r}, not a whole number", where=where)
    return value


def _position(row: Row, name: str, where: str) -> int:
    value = _integer(row, name, where)
    if value >= 2**53:
        raise InputError(f"{name} {value} is out of range", where=where)
    return value


def _hex(row: Row, name: str, where: str, form: re.Pattern[str] = _HASH) -> str:
    value = str(row.get(name) or "").strip().lower()
    if form.fullmatch(value) is None:
        raise InputError(f"{name} is {value[:80]!r}, not 0x and hex digits", where=where)
    return value


def _price(row: Row, where: str) -> int | None:
    return None if row.get("gasPrice") in (None, "") else _integer(row, "gasPrice", where)


def _named(row: Row, name: str, where: str) -> str:
    return _hex(row, name, where, _ADDRESS) if row.get(name) else ""


def _deposit(row: Row, pool: str, where: str) -> Deposit:
    return Deposit(
        pool,
        _position(row, "leafIndex", where),
        _position(row, "blockNumber", where),
        _position(row, "timestamp", where),
        _hex(row, "transactionHash", where),
        _hex(row, "commitment", where),
        _named(row, "depositor", where),
        _price(row, where),
    )


def _withdrawal(row: Row, pool: str, where: str) -> Withdrawal:
    relayer = _named(row, "relayer", where)
    return Withdrawal(
        pool,
        _position(row, "blockNumber", where),
        _hex(row, "transactionHash", where),
        _hex(row, "nullifierHash", where),
        _hex(row, "to", where, _ADDRESS),
        _integer(row, "fee", where),
        "" if relayer == ZERO_ADDRESS else relayer,
        _price(row, where),
    )


# --- depositors


def read_depositors(path: Path) -> Trace:
    """Depositors from rows of ``transactionHash`` or ``commitment`` and ``depositor``, or from recorded replies."""
    if ".jsonl" in path.name or ".ndjson" in path.name:
        return _of_replies(read_recorded(path, default_chain=_ETHEREUM))
    trace = Trace()
    for number, row in enumerate(_rows(path), 1):
        where = f"{path}, row {number}"
        key = _hex(row, "transactionHash" if row.get("transactionHash") else "commitment", where)
        if trace.depositors.setdefault(key, name := _hex(row, "depositor", where, _ADDRESS)) != name:
            raise InputError(f"{key} has two depositors", where=where)
        price = _price(row, where)
        if price is not None:
            trace.gas_prices[key] = price
    return trace


def _of_replies(replies: Iterable[Reply]) -> Trace:
    """Who called a router or a pool, and whom the addresses that were asked about transacted with."""
    trace, met = Trace(), dict[str, set[tuple[str, str]]]()
    for reply in replies:
        if reply.format != "etherscan/txlist":
            continue
        owner = reply.query.get("address", "").lower()
        trace.addresses.add(owner)
        for row in _transactions(reply):
            _read_call(row, trace)
        for t in decode(reply).transfers:
            if t.amount and owner in (t.sender, t.receiver):
                met.setdefault(owner, set()).add((t.tx, t.receiver if t.sender == owner else t.sender))
    known = Attribution(bundled_tags())
    depositors = set(trace.depositors.values())
    trace.addresses = {a for a in trace.addresses - depositors if known.stop_at(_ETHEREUM, a) is None}
    trace.contacts = {
        depositor: Counter(o for _, o in met.get(depositor, ()) if known.stop_at(_ETHEREUM, o) is None and o[0] == "0")
        for depositor in depositors
    }
    return trace


def _transactions(reply: Reply) -> list[Row]:
    rows = json.loads(reply.body).get("result")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _read_call(row: Row, trace: Trace) -> None:
    """Notes a deposit: a successful call that a pool or a router understands."""
    to, sender, data = (str(row.get(name) or "").lower() for name in ("to", "from", "input"))
    place = (_ETHEREUM, to)
    if (place not in pools() and place not in routers()) or row.get("isError") != "0":
        return
    try:
        call = decode_call(bytes.fromhex(data[2:]), to=to)
    except ValueError as error:
        raise SourceError(f"call data are no hex: {error}", where=str(row.get("hash"))) from error
    if isinstance(call, DepositCall):
        trace.depositors[call.commitment] = sender
        trace.gas_prices[call.commitment] = _integer(row, "gasPrice", str(row.get("hash")))


def with_trace(events: Events, trace: Trace) -> Events:
    """The events with the depositors and gas prices of a trace, by commitment or else by transaction."""
    deposits = []
    for deposit in events.deposits:
        key = deposit.commitment if deposit.commitment in trace.depositors else deposit.tx
        name, price = trace.depositors.get(key, deposit.depositor), trace.gas_prices.get(key, deposit.gas_price)
        deposits.append(deposit._replace(depositor=name, gas_price=price))
    return Events(deposits, events.withdrawals)


# --- pairs


def read_pairs(path: Path, events: Events) -> tuple[list[Pair], dict[str, int]]:
    """Known pairs, and how many were left aside for which reason.

    Columns: ``deposit_tx`` or ``commitment``, ``withdrawal_tx`` or ``nullifierHash``, and ``by`` where a rule says so.
    A transaction of several events, and a deposit or withdrawal of several pairs, single nothing out. The beginning of
    a hash, of 8 digits or more as public lists print it, stands for the one hash that begins so.
    """
    put = _index((row, (d.tx, d.commitment)) for row, d in enumerate(events.deposits))
    paid = _index((row, (w.tx, w.nullifier)) for row, w in enumerate(events.withdrawals))
    found, aside = [], Counter[str]()
    for number, row in enumerate(_rows(path), 1):
        where = f"{path}, row {number}"
        left = _begun(put, _hex(row, "commitment" if row.get("commitment") else "deposit_tx", where, _BEGINNING))
        name = "nullifierHash" if row.get("nullifierHash") else "withdrawal_tx"
        right = _begun(paid, _hex(row, name, where, _BEGINNING))
        if not left or not right:
            aside["no such event"] += 1
        elif len(left) > 1 or len(right) > 1:
            aside["several events in the transaction"] += 1
        else:
            found.append(Pair(left[0], right[0], str(row.get("by") or "stated").strip()))
    return _sound(found, events, aside)


def reuse_pairs(events: Events) -> tuple[list[Pair], dict[str, int]]:
    """Pairs by address reuse: whoever has one deposit and one later withdrawal in a pool, and no more there."""
    put: dict[tuple[str, str], list[int]] = {}
    paid: dict[tuple[str, str], list[int]] = {}
    for row, deposit in enumerate(events.deposits):
        if deposit.depositor:
            put.setdefault((deposit.pool, deposit.depositor), []).append(row)
    for row, withdrawal in enumerate(events.withdrawals):
        paid.setdefault((withdrawal.pool, withdrawal.recipient), []).append(row)
    found = [
        Pair(rows[0], paid[key][0], "address-reuse")
        for key, rows in put.items()
        if len(rows) == 1 and len(paid.get(key, ())) == 1
    ]
    return _sound(found, events, Counter())


def _index(rows: Iterable[tuple[int, tuple[str, str]]]) -> dict[str, dict[str, list[int]]]:
    """Rows by hash, in groups of one beginning."""
    index: dict[str, dict[str, list[int]]] = {}
    for row, names in rows:
        for name in names:
            index.setdefault(name[:_SHORTEST], {}).setdefault(name, []).append(row)
    return index


def _begun(index: dict[str, dict[str, list[int]]], beginning: str) -> list[int]:
    """The rows of every hash that begins so: more than one single nothing out."""
    found = index.get(beginning[:_SHORTEST], {})
    return [row for name, rows in found.items() if name.startswith(beginning) for row in rows]


def _sound(pairs: list[Pair], events: Events, aside: Counter[str]) -> tuple[list[Pair], dict[str, int]]:
    uses = Counter(pair.deposit for pair in pairs), Counter(pair.withdrawal for pair in pairs)
    kept = []
    for pair in pairs:
        deposit, withdrawal = events.deposits[pair.deposit], events.withdrawals[pair.withdrawal]
        if deposit.pool != withdrawal.pool:
            aside["two pools"] += 1
        elif deposit.block > withdrawal.block:
            aside["withdrawn before the deposit"] += 1
        elif uses[0][pair.deposit] > 1 or uses[1][pair.withdrawal] > 1:
            aside["deposit or withdrawal in several pairs"] += 1
        else:
            kept.append(pair)
    return sorted(kept, key=lambda pair: pair.withdrawal), dict(sorted(aside.items()))
