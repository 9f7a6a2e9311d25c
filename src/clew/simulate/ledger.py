"""Ledgers without raw formats, of any length: transfers among accounts as skewed as real ones, streamed to Parquet.

Integers alone, by SplitMix64 (`simulate.dice`), so the same seed gives the same rows on every machine, whatever the
size of a chunk. Account numbers are ranks of activity: a rank's share falls as 1 / rank (Zipf, exponent 1), so the
first few are hot wallets; each sweep moves a deposit address's whole balance to one of them. Nobody pays what he lacks:
whose balance is empty is first paid by the mint, account 0.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from clew.errors import InputError
from clew.simulate.dice import Dice
from clew.simulate.ledger_kernel import KINDS, generate

CHUNK = 1 << 20
"""Rows of a row group."""
MOST = 4_000_000_000
_START = 1_735_689_600


def simulate_ledger(
    seed: int, transfers: int, out: Path, *, progress: Callable[[int, int], None] = lambda _done, _of: None
) -> dict[str, Any]:
    """Write ``transfers.parquet`` and ``ledger.json`` into a folder, and return what the latter says.

    Columns: ``position`` and ``time`` (int64), ``sender`` and ``receiver`` (int32), ``amount`` (uint64), ``kind``
    (0 mint, 1 transfer, 2 sweep) and ``stolen`` (a mint that is a source of taint). InputError where the number is
    out of range or the folder cannot be written.
    """
    if not 1 <= transfers <= MOST:
        raise InputError(f"{transfers} transfers", where="--transfers", mend=f"give 1 to {MOST}")
    accounts = accounts_of(transfers)
    balance = np.zeros(accounts, dtype=np.uint64)
    state = np.array([Dice(seed, "ledger").word()], dtype=np.uint64)
    digest, stolen, sums = hashlib.sha256(), 0, dict.fromkeys(KINDS, 0)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with pq.ParquetWriter(out / "transfers.parquet", _SCHEMA, compression="none", store_schema=False) as writer:
            for first in range(0, transfers, CHUNK):
                columns = _chunk(min(CHUNK, transfers - first))
                generate(*columns, balance, state)
                batch = _batch(columns, first)
                for column in columns:
                    digest.update(column.tobytes())
                stolen += int(columns[4].sum())
                for kind, name in enumerate(KINDS):
                    sums[name] += int((columns[3] == kind).sum())
                writer.write_batch(batch)
                progress(first + len(columns[0]), transfers)
        facts: dict[str, Any] = {
            "seed": seed,
            "transfers": transfers,
            "accounts": accounts,
            "stolen_mints": stolen,
            **sums,
        }
        facts |= {"supply": str(sum(int(part) for part in balance[1:].tolist())), "sha256": digest.hexdigest()}
        (out / "ledger.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(error.strerror or str(error), where=str(out), mend="name a folder you may write to") from error
    return facts


def accounts_of(transfers: int) -> int:
    """Accounts of a ledger: a power of two, about a sixth of its transfers, at most 2**29."""
    return 1 << max(8, min(29, (transfers // 6).bit_length()))


_SCHEMA = pa.schema(
    [
        ("position", pa.int64()),
        ("time", pa.int64()),
        ("sender", pa.int32()),
        ("receiver", pa.int32()),
        ("amount", pa.uint64()),
        ("kind", pa.int8()),
        ("stolen", pa.bool_()),
    ]
)


def _chunk(rows: int) -> tuple[Any, ...]:
    """Empty columns: sender, receiver, amount, kind, stolen."""
    types = (np.int32, np.int32, np.uint64, np.int8, np.int8)
    return tuple(np.zeros(rows, dtype=type_) for type_ in types)


def _batch(columns: tuple[Any, ...], first: int) -> pa.RecordBatch:
    sender, receiver, amount, kind, stolen = columns
    position = np.arange(first, first + len(sender), dtype=np.int64)
    arrays = [position, _START + position // 10, sender, receiver, amount, kind, stolen.astype(np.bool_)]
    return pa.record_batch([pa.array(each) for each in arrays], schema=_SCHEMA)
