"""Releases as Parquet: one row a party or wallet, so that all lists load in a fraction of a second.

Pages carry checksums; a file that does not satisfy them, or is of another layout, is read again from the list's own
bytes (`clew.lists.store`).
"""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from clew.chains.forms import Verdict
from clew.lists.parties import Identifier, ListedParty, NameType, PartyKind, PartyName, Release, Wallet

LAYOUT = 1
"""To be raised when a reader or the columns change: older files are then made anew."""

_TEXT, _TEXTS = pa.string(), pa.list_(pa.string())
_PARTIES: dict[str, Any] = {
    "id": _TEXT,
    "kind": _TEXT,
    "name_texts": _TEXTS,
    "name_types": _TEXTS,
    "name_weak": pa.list_(pa.bool_()),
    "births": _TEXTS,
    "countries": _TEXTS,
    "addresses": _TEXTS,
    "identifier_kinds": _TEXTS,
    "identifier_values": _TEXTS,
    "identifier_countries": _TEXTS,
    "programmes": _TEXTS,
    "listed": _TEXT,
    "remarks": _TEXT,
}
_WALLETS: dict[str, Any] = {
    "address": _TEXT,
    "form": _TEXT,
    "chains": _TEXTS,
    "verdict": _TEXT,
    "key": _TEXT,
    "claims": _TEXTS,
    "holders": _TEXTS,
    "original": _TEXT,
    "place": _TEXT,
}
_KINDS = {str(kind): kind for kind in PartyKind}
_TYPES = {str(kind): kind for kind in NameType}
_VERDICTS = {str(verdict): verdict for verdict in Verdict}


def write_columns(release: Release, folder: Path) -> None:
    """``parties.parquet`` and ``wallets.parquet`` in a folder that exists."""
    _write(folder / "parties.parquet", _PARTIES, [_party_row(party) for party in release.parties])
    _write(folder / "wallets.parquet", _WALLETS, [_wallet_row(wallet) for wallet in release.wallets])


def read_parties(folder: Path, list_id: str) -> tuple[ListedParty, ...]:
    """The parties of a release; ArrowInvalid or OSError where the file is not whole."""
    with _no_collection():
        return tuple([_party(list_id, row) for row in _rows(_read(folder / "parties.parquet"))])


class PartyFile:
    """The parties of a release, each made when it is asked for: to make all takes most of a second of a large list."""

    def __init__(self, folder: Path, list_id: str) -> None:
        """ArrowInvalid or OSError where the file is not whole."""
        self._list = list_id
        self._table = _read(folder / "parties.parquet")
        self._rows = {number: row for row, number in enumerate(_values(self._table["id"].combine_chunks()))}
        self._made: dict[str, ListedParty] = {}

    def find(self, number: str) -> ListedParty | None:
        """The party of the list's own id."""
        if number in self._rows and number not in self._made:
            self._made[number] = _party(self._list, next(_rows(self._table.slice(self._rows[number], 1))))
        return self._made.get(number)


def read_wallets(folder: Path, list_id: str) -> tuple[Wallet, ...]:
    """The wallets of a release; ArrowInvalid or OSError where the file is not whole."""
    return tuple(_wallet(list_id, row) for row in _rows(_read(folder / "wallets.parquet")))


@contextmanager
def _no_collection() -> Iterator[None]:
    """Hundreds of thousands of tuples are made and none is garbage: looking for some would double the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _write(path: Path, columns: Mapping[str, Any], rows: list[tuple[Any, ...]]) -> None:
    arrays = [pa.array([row[at] for row in rows], kind) for at, kind in enumerate(columns.values())]
    table = pa.Table.from_arrays(arrays, names=list(columns))
    pq.write_table(table, path, compression="zstd", write_page_checksum=True)


def _read(path: Path) -> Any:
    return pq.read_table(path, page_checksum_verification=True, use_threads=False)


def _rows(table: Any) -> Iterator[tuple[Any, ...]]:
    return zip(*(_values(column.combine_chunks()) for column in table.columns), strict=True)


def _values(column: Any) -> list[Any]:
    """Python values; by way of numpy, which is several times faster than Arrow's own conversion."""
    if not pa.types.is_list(column.type):
        return cast("list[Any]", column.to_numpy(zero_copy_only=False).tolist())
    flat, bounds = _values(column.values), column.offsets.to_numpy().tolist()
    return [tuple(flat[start:end]) if start < end else () for start, end in pairwise(bounds)]


def _party_row(party: ListedParty) -> tuple[Any, ...]:
    names, identifiers = party.names, party.identifiers
    return (
        party.id,
        party.kind,
        [name.text for name in names],
        [name.type for name in names],
        [name.weak for name in names],
        party.births,
        party.countries,
        party.addresses,
        [one.kind for one in identifiers],
        [one.value for one in identifiers],
        [one.country for one in identifiers],
        party.programmes,
        party.listed,
        party.remarks,
    )


def _party(list_id: str, row: tuple[Any, ...]) -> ListedParty:
    number, kind, texts, types, weak, births, countries, addresses, *rest = row
    kinds, values, issuers, programmes, listed, remarks = rest
    return ListedParty(
        list_id,
        number,
        _KINDS[kind],
        tuple([PartyName(text, _TYPES[type_], low) for text, type_, low in zip(texts, types, weak, strict=True)]),
        births,
        countries,
        addresses,
        tuple([Identifier(*one) for one in zip(kinds, values, issuers, strict=True)]),
        programmes,
        listed,
        remarks,
    )


def _wallet_row(wallet: Wallet) -> tuple[Any, ...]:
    return (
        wallet.address,
        wallet.form,
        wallet.chains,
        wallet.verdict,
        wallet.key,
        wallet.claims,
        wallet.holders,
        wallet.original,
        wallet.place,
    )


def _wallet(list_id: str, row: tuple[Any, ...]) -> Wallet:
    address, form, chains, verdict, key, claims, holders, original, place = row
    return Wallet(
        list_id,
        address,
        form,
        chains,
        _VERDICTS[verdict],
        key,
        claims,
        holders,
        original,
        place,
    )
