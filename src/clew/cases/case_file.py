"""Case files: a theft, and what the investigator asserts, as TOML -> Case. Every fault is told, and told at once.

The format is described in docs/case-files.md. Tables are counted from 1: ``theft[1]`` is the first ``[[theft]]``.
"""

import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from clew.amounts import Asset, parse_units
from clew.chains import Chain, find_chain, parse_address
from clew.chains.tokens import parse_asset
from clew.errors import InputError
from clew.lists.entry import FIELDS, read_entry
from clew.model import Case, Conversion, Tag, Theft
from clew.tracing.policies import parse_policy

CASE_KEYS = ("id", "title", "policy", "sources", "note", "theft", "conversion", "tag")
_THEFT_KEYS = ("chain", "tx", "asset", "amount", "to", "vout", "part", "decimals", "symbol", "id")
_CONVERSION_KEYS = (
    *("chain", "from", "asset_in", "amount_in", "to", "asset_out", "amount_out", "tx", "chain_out", "tx_out"),
    *("decimals_in", "symbol_in", "decimals_out", "symbol_out", "note"),
)

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_HASH = re.compile(r"(?:0[xX])?(?P<digits>[0-9a-fA-F]{64})")

_T = TypeVar("_T")
_Parse = Callable[[object, str], _T]


@dataclass(frozen=True, slots=True)
class _Float:
    """A TOML float, kept as it was written: no amount ever passes through a binary fraction."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """A TOML table under reading: faults are noted with their place and the reading goes on."""

    file: str
    name: str
    """Such as ``theft[1]``; empty for the top of the file."""
    values: Mapping[str, object]
    faults: list[InputError]

    def read(self, key: str, parse: _Parse[_T], default: _T | None = None, *, required: bool = False) -> _T | None:
        """What `parse` makes of a key's value; the default where it is not set; None after a fault."""
        where = self.place(key)
        if key not in self.values:
            if required:
                self.fault(InputError(f"{key} is missing", where=where, mend=f"add {key} = ..."))
            return default
        try:
            return parse(self.values[key], where)
        except InputError as error:
            self.fault(error)
            return None

    def place(self, key: str) -> str:
        """``file: theft[1].amount``, or ``file: policy`` for a key at the top."""
        return f"{self.file}: {self.name}.{key}" if self.name else f"{self.file}: {key}"

    def fault(self, error: InputError) -> None:
        """Note a fault."""
        self.faults.append(error)

    def check_keys(self, known: Collection[str]) -> None:
        """Note every key that is not known, with the nearest known one."""
        for key in self.values:
            if key not in known:
                near = get_close_matches(key, known, n=1)
                mend = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
                self.fault(InputError(f"unknown key {key!r}", where=self.place(key), mend=mend))

    def tables(self, key: str) -> Iterator["Table"]:
        """The tables of ``[[key]]``, counted from 1."""
        entries = self.values.get(key, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            mend = f"write each as a table under [[{key}]]"
            self.fault(InputError(f"{key} is not a list of tables", where=self.place(key), mend=mend))
            return
        for number, entry in enumerate(entries, 1):
            yield Table(self.file, f"{key}[{number}]", entry, self.faults)


def open_table(path: Path) -> Table:
    """The file's top table; InputError where it cannot be read or is not TOML, with the line."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=_Float)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot be read: {reason}", where=str(path), mend="name a case file") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"not TOML: {error}", where=str(path), mend="mend the place named") from error
    return Table(str(path), "", values, [])


def parse_case(top: Table, *, tags: Sequence[Tag] = ()) -> Case:
    """The case a file states (with further tags of its own); faults are noted in the table."""
    theft_tables = list(top.tables("theft"))
    thefts = [theft for number, table in enumerate(theft_tables, 1) if (theft := _theft(table, number)) is not None]
    conversions = [stated for table in top.tables("conversion") if (stated := _conversion(table)) is not None]
    named = [tag for table in top.tables("tag") if (tag := parse_tag(table)) is not None]
    _check_once(top, thefts)
    case_id = top.read("id", _identifier, required=True) or ""
    return Case(
        id=case_id,
        title=top.read("title", text) or case_id,
        policy=top.read("policy", _policy, "fifo") or "",
        thefts=tuple(thefts),
        conversions=tuple(conversions),
        sources=top.read("sources", texts) or (),
        note=top.read("note", text) or "",
        tags=(*named, *tags),
    )


def raise_faults(top: Table) -> None:
    """InputError with every fault noted, one a line."""
    if len(top.faults) == 1:
        raise top.faults[0]
    if top.faults:
        lines = "".join(f"\n  {fault}" for fault in top.faults)
        raise InputError(f"{len(top.faults)} faults{lines}", where=top.file)


def parse_tag(table: Table, **given: str) -> Tag | None:
    """A tag under ``[[tag]]``, with the fields of a tag file; `given` stands in for fields it does not set."""
    table.check_keys(FIELDS)
    fields = {key: table.read(key, _field) or "" for key in FIELDS if key in table.values}
    try:
        return read_entry(given | fields, where=f"{table.file}: {table.name}", source=Path(table.file).name)
    except InputError as error:
        table.fault(error)
        return None


def text(value: object, where: str) -> str:
    """A TOML string that says something."""
    if not isinstance(value, str):
        raise InputError(f"{_shown(value)} is not text", where=where, mend='write it in quotes: "..."')
    if not value.strip():
        raise InputError("is empty", where=where, mend="fill it in, or leave the key out")
    return value.strip()


def texts(value: object, where: str) -> tuple[str, ...]:
    """A TOML list of strings."""
    if not isinstance(value, list):
        raise InputError(f"{_shown(value)} is not a list", where=where, mend='write ["...", "..."]')
    return tuple(text(entry, f"{where}[{number}]") for number, entry in enumerate(value, 1))


def _theft(table: Table, number: int) -> Theft | None:
    table.check_keys(_THEFT_KEYS)
    chain = table.read("chain", _chain, required=True)
    asset = _asset(table, "asset", chain, "decimals", "symbol")
    amount = _amount(table, "amount", asset)
    tx = table.read("tx", _hash(chain), required=True)
    to = table.read("to", _address(chain), required=True)
    vout = table.read("vout", _whole(2**32 - 1))
    if vout is not None and chain is not None and not chain.utxo:
        mend = "leave it out; it numbers the outputs of a UTXO transaction"
        table.fault(InputError(f"{chain.name} has no outputs", where=table.place("vout"), mend=mend))
    part = table.read("part", _flag, default=False)
    name = table.read("id", _identifier, f"theft-{number}")
    if asset is None or amount is None or tx is None or to is None or part is None or name is None:
        return None
    return Theft(id=name, asset=asset, amount=amount, tx=tx, to=to, vout=vout, part=part)


def _conversion(table: Table) -> Conversion | None:
    table.check_keys(_CONVERSION_KEYS)
    chain = table.read("chain", _chain, required=True)
    chain_out = table.read("chain_out", _chain, chain)
    asset_in = _asset(table, "asset_in", chain, "decimals_in", "symbol_in")
    asset_out = _asset(table, "asset_out", chain_out, "decimals_out", "symbol_out")
    amount_in, amount_out = _amount(table, "amount_in", asset_in), _amount(table, "amount_out", asset_out)
    sender = table.read("from", _address(chain), required=True)
    receiver = table.read("to", _address(chain_out), required=True)
    tx = table.read("tx", _hash(chain), required=True)
    tx_out = table.read("tx_out", _hash(chain_out), "", required=chain_out != chain)
    note = table.read("note", text) or ""
    if asset_in is None or amount_in is None or sender is None or tx is None:
        return None
    if asset_out is None or amount_out is None or receiver is None or tx_out is None:
        return None
    return Conversion(asset_in, amount_in, sender, asset_out, amount_out, receiver, tx, tx_out, note=note)


def _check_once(top: Table, thefts: Sequence[Theft]) -> None:
    ids: set[str] = set()
    receipts: set[tuple[str, str, str, int | None]] = set()
    for theft in thefts:
        receipt = (theft.tx, theft.asset.id, theft.to, theft.vout)
        if theft.id in ids:
            mend = "give every theft its own id, or none"
            top.fault(InputError(f"two thefts have the id {theft.id!r}", where=top.place("theft"), mend=mend))
        if receipt in receipts and not theft.part:
            mend = "state the sum once, or set part = true where each is a part of it"
            top.fault(InputError(f"{theft.id!r} states a receipt again", where=top.place("theft"), mend=mend))
        ids.add(theft.id)
        receipts.add(receipt)


def _asset(table: Table, key: str, chain: Chain | None, decimals_key: str, symbol_key: str) -> Asset | None:
    decimals, symbol = table.read(decimals_key, _whole(255)), table.read(symbol_key, text)

    def parse(value: object, where: str) -> Asset | None:
        name = text(value, where)
        if chain is None:
            return None
        try:
            return parse_asset(name, chain, decimals=decimals, symbol=symbol)
        except InputError as error:
            raise InputError(error.what, where=where, mend=error.mend) from error

    return table.read(key, parse, required=True)


def _amount(table: Table, key: str, asset: Asset | None) -> int | None:
    def parse(value: object, where: str) -> int | None:
        if isinstance(value, _Float):
            mend = f'a float cannot hold every amount; write it in quotes: {key} = "{value.text}"'
            raise InputError(f"{value.text} is a TOML float", where=where, mend=mend)
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise InputError(f"{_shown(value)} is not an amount", where=where, mend='write units, such as "173600.5"')
        if asset is None:
            return None
        amount = parse_units(str(value), asset.decimals, where=where)
        if amount == 0:
            raise InputError("an amount of 0 moves nothing", where=where, mend="state what was moved")
        return amount

    return table.read(key, parse, required=True)


def _chain(value: object, where: str) -> Chain:
    return find_chain(text(value, where), where=where)


def _address(chain: Chain | None) -> _Parse[str | None]:
    def parse(value: object, where: str) -> str | None:
        name = text(value, where)
        return None if chain is None else parse_address(name, chain, where=where).value

    return parse


def _hash(chain: Chain | None) -> _Parse[str]:
    def parse(value: object, where: str) -> str:
        match = _HASH.fullmatch(text(value, where))
        if match is None:
            mend = "a transaction's id is 64 hexadecimal digits (32 bytes); copy it whole"
            raise InputError(f"{_shown(value)} is not a transaction's id", where=where, mend=mend)
        prefix = "0x" if chain is not None and chain.family == "evm" else ""
        return prefix + match["digits"].lower()

    return parse


def _whole(most: int) -> _Parse[int]:
    def parse(value: object, where: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise InputError(f"{_shown(value)} is not a whole number from 0 to {most}", where=where, mend="no quotes")
        return value

    return parse


def _flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise InputError(
            f"{_shown(value)} is neither true nor false", where=where, mend="write true or false, no quotes"
        )
    return value


def _field(value: object, where: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else text(value, where)


def _identifier(value: object, where: str) -> str:
    name = text(value, where)
    if not _ID.fullmatch(name):
        mend = "letters, digits, dots, hyphens and underscores, at most 100, a letter or digit first"
        raise InputError(f"{name!r} is not an id", where=where, mend=mend)
    return name


def _policy(value: object, where: str) -> str:
    return parse_policy(text(value, where), where=where).value


def _shown(value: object) -> str:
    shown = value.text if isinstance(value, _Float) else repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}..."
