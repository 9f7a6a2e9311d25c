"""Ledgers as an index takes them in: chunks of one chain's and one asset's transfers, in ledger order."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from clew.errors import InputError
from clew.index.segment import MOST
from clew.index.sorting import Chunk
from clew.ledger import View

_BATCH = 1 << 20
_COLUMNS = ("position", "time", "sender", "receiver", "amount")


class Source(Protocol):
    """A ledger that is read from an ordinal on."""

    @property
    def chain(self) -> str:
        """CAIP-2 id; empty where the ledger does not name it."""

    @property
    def asset(self) -> str:
        """CAIP-19 id; empty where the ledger does not name it."""

    @property
    def transfers(self) -> int:
        """How many it has."""

    def marker(self, transfers: int) -> tuple[int, ...]:
        """What tells transfer number `transfers` - 1 from any other."""

    def chunks(self, first: int, size: int) -> Iterator[Chunk]:
        """The transfers from ordinal `first` on, `size` at a time."""

    def new_names(self) -> Sequence[str]:
        """The names of accounts that were first met in what `chunks` gave; none where accounts are numbers."""


class ParquetLedger:
    """A Parquet file as ``clew simulate --ledger`` writes it, or a folder of such files, in the order of their names.

    No more than its first `most` transfers, where that is given.

    Columns `position` (rising), `time`, `sender`, `receiver` and `amount`, all integers. InputError where it is none.
    """

    chain = ""
    asset = ""

    def __init__(self, path: Path, *, most: int | None = None) -> None:
        self._where = str(path)
        files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
        try:
            self._files = [pq.ParquetFile(file, memory_map=True) for file in files]
        except (OSError, pa.ArrowInvalid) as error:
            raise self._wrong(str(error)) from error
        if not files:
            raise self._wrong("there is no Parquet file")
        for file in self._files:
            schema = file.schema_arrow
            wrong = [
                name
                for name in _COLUMNS
                if name not in schema.names or not pa.types.is_integer(schema.field(name).type)
            ]
            if wrong:
                raise self._wrong(f"no column {wrong[0]!r} of integers")
        rows = sum(file.metadata.num_rows for file in self._files)
        self.transfers = rows if most is None else min(rows, most)

    def _wrong(self, what: str) -> InputError:
        return InputError(what, where=self._where, mend="give a ledger that clew simulate --ledger wrote, or its like")

    def marker(self, transfers: int) -> tuple[int, ...]:
        """The transfer's columns."""
        (row,) = next(self._batches(transfers - 1, 1)).to_pylist()
        return tuple(row[name] for name in _COLUMNS)

    def new_names(self) -> Sequence[str]:
        """None: accounts are numbers."""
        return ()

    def chunks(self, first: int, size: int) -> Iterator[Chunk]:
        """InputError where positions do not rise, or a number is out of range or missing."""
        position, start, filled, chunk = -1, first, 0, None
        for batch in self._batches(first, size):
            position = self._check(batch, position)
            if chunk is None:
                chunk = _empty_chunk(min(size, self.transfers - start))
            for column, name in zip(chunk, Chunk._fields, strict=True):
                column[filled : filled + len(batch)] = batch.column(name).to_numpy()
            filled += len(batch)
            if filled == len(chunk.sender):
                yield chunk
                start, filled, chunk = start + filled, 0, None

    def _batches(self, first: int, size: int) -> Iterator[pa.RecordBatch]:
        """Batches from a row on, which end where a chunk does."""
        room, rest = size, self.transfers - first
        for file in self._files:
            for group in range(file.metadata.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                if first >= rows:
                    first -= rows
                    continue
                for batch in file.iter_batches(_BATCH, row_groups=[group], columns=list(_COLUMNS), use_threads=False):
                    skipped = min(first, len(batch))
                    first -= skipped
                    left = batch.slice(skipped, rest)
                    rest -= len(left)
                    while len(left):
                        part = left.slice(0, room)
                        yield part
                        left = left.slice(len(part))
                        room = room - len(part) or size
                    if not rest:
                        return

    def _check(self, batch: pa.RecordBatch, before: int) -> int:
        """The last position."""
        columns = {name: batch.column(name) for name in _COLUMNS}
        if missing := [name for name, column in columns.items() if column.null_count]:
            raise self._wrong(f"a transfer without {missing[0]}")
        position = columns["position"].to_numpy()
        if int(position[0]) <= before or (position[1:] <= position[:-1]).any():
            raise self._wrong(f"positions do not rise behind {max(before, int(position[0]))}")
        for name, most in (("sender", MOST), ("receiver", MOST), ("time", MOST), ("amount", 2**64 - 1)):
            column = columns[name].to_numpy()
            low, high = int(column.min()), int(column.max())
            if low < 0 or high > most:
                raise self._wrong(f"{name} {low if low < 0 else high} is not between 0 and {most}")
        return int(position[-1])


def _empty_chunk(rows: int) -> Chunk:
    return Chunk(*(np.empty(rows, dtype) for dtype in (np.uint32, np.uint32, np.uint64, np.uint32)))


class TableLedger:
    """The transfers of one chain and asset in Clew's own ledger; `known` are the names of the accounts indexed so far.

    The ledger's view holds all transfers of the chain in memory. InputError where the ledger has none of the asset, or
    an amount does not fit 128 bits.
    """

    def __init__(self, view: View, chain: str, asset: str, known: Sequence[str] = ()) -> None:
        self.chain, self.asset = chain, asset
        table = view.transfers(chains=[chain])
        if asset not in table.assets:
            raise InputError(f"no transfer of {asset}", where=chain, mend="name one of: " + ", ".join(table.assets))
        rows = np.flatnonzero(table.asset == table.assets.index(asset))
        self.transfers = len(rows)
        if table.amount[rows, 2:].any():
            raise InputError("an amount needs more than 128 bits", where=asset, mend="trace it without an index")
        places = (table.height, table.tx_index, table.seq, table.time)
        self._places = np.stack([place[rows].astype(np.int64) for place in places], axis=1)
        if (self._places[:, 3] < 0).any() or (self._places[:, 3] > MOST).any():
            raise InputError("a transfer without a time", where=asset, mend="load the blocks of its transactions")
        self._amount = np.ascontiguousarray(table.amount[rows, :2])
        self._number(table.account_name, table.sender[rows], table.receiver[rows], known)

    def _number(self, names: Sequence[str], sender: Any, receiver: Any, known: Sequence[str]) -> None:
        """Keep the numbers of the accounts that have one; give the next to others in the order of appearance."""
        numbers = {name: number for number, name in enumerate(known)}
        codes = np.stack([sender, receiver], axis=1).reshape(-1)
        met, firsts = np.unique(codes, return_index=True)
        number_of = np.zeros(len(names), np.uint32)
        for code in met[np.argsort(firsts)].tolist():
            number_of[code] = numbers.setdefault(names[code], len(numbers))
        self._sender, self._receiver = number_of[sender], number_of[receiver]
        self._new = list(numbers)[len(known) :]

    def marker(self, transfers: int) -> tuple[int, ...]:
        """Where the transfer stands."""
        return tuple(self._places[transfers - 1].tolist())

    def new_names(self) -> Sequence[str]:
        """In the order of their numbers."""
        return self._new

    def chunks(self, first: int, size: int) -> Iterator[Chunk]:
        """Parts of the table."""
        for start in range(first, self.transfers, size):
            part = slice(start, start + size)
            time = self._places[part, 3].astype(np.uint32)
            yield Chunk(self._sender[part], self._receiver[part], self._amount[part], time)
