"""An index of transfers: building it, what it holds, and traces over it. What ``clew index`` calls."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from clew.chains import find_chain
from clew.errors import InputError
from clew.index import Index, ParquetLedger, Source, TableLedger, build_index, known_names
from clew.ledger import Ledger
from clew.service.trace import LEDGER
from clew.tracing.indexed import IndexedTrace, trace_index
from clew.tracing.policies import Policy

Json = dict[str, Any]


def build(
    ledger: Path,
    out: Path,
    *,
    chain: str = "",
    asset: str = "",
    memory: int | None = None,
    progress: Callable[[str], None] = lambda _line: None,
) -> Json:
    """Index a ledger, or what is new in it; returns what `status` says.

    A Parquet file, or a folder of them, needs neither `chain` nor `asset`; a traced case's folder, or its ledger, needs
    both. `memory` in bytes. InputError where it is no ledger, or not the one that was indexed.
    """
    file = ledger / LEDGER if (ledger / LEDGER).exists() else ledger
    if not file.exists():
        raise InputError("there is no such file", where=str(ledger), mend="name a ledger")
    if file.suffix != Path(LEDGER).suffix:
        if chain or asset:
            raise InputError(
                "a Parquet ledger has one chain and asset", where="--chain", mend="leave --chain and --asset out"
            )
        return _built(ParquetLedger(file), out, memory, progress)
    if not (chain and asset):
        raise InputError("this ledger has many assets", where=str(file), mend="name one with --chain and --asset")
    known = find_chain(chain)
    named = known.native.id if asset == known.native.symbol else asset
    with Ledger.open(file, read_only=True) as opened:
        return _built(TableLedger(opened.view, known.id, named, known_names(out)), out, memory, progress)


def _built(source: Source, out: Path, memory: int | None, progress: Callable[[str], None]) -> Json:
    build_index(out, source, memory=memory, progress=progress)
    return status(out)


def status(folder: Path, *, check: bool = False) -> Json:
    """What an index holds, and how large it is; with `check`, VerificationError where a byte has changed."""
    index = Index.open(folder)
    if check:
        index.check()
    manifest = index.manifest
    last = index.times_of(np.array([manifest.transfers - 1]))
    return {
        "chain": manifest.chain,
        "asset": manifest.asset,
        "transfers": manifest.transfers,
        "accounts": manifest.accounts,
        "last_time": _time(int(last[0])),
        "bytes": manifest.size,
        "bytes_a_transfer": round(manifest.size / manifest.transfers, 2),
        "segments": [{"first": each.first, "transfers": each.transfers} for each in manifest.segments],
        "checked": check,
    }


def trace(
    folder: Path,
    thefts: Sequence[str],
    policy: Policy,
    *,
    until: int | None = None,
    busy: int | None = None,
    most: int,
    top: int = 20,
) -> Json:
    """Where the coins of thefts, each ``ACCOUNT@ORDINAL``, stand in the index's ledger; the `top` largest holders.

    InputError where a theft is not written so, or there is no such transfer.
    """
    index = Index.open(folder)
    found = trace_index(index, [_theft(index, text) for text in thefts], policy, until=until, busy=busy, most=most)
    held: dict[int, int] = defaultdict(int)
    for where, units in zip(found.holdings.where, found.holdings.amount, strict=True):
        held[where] += units
    stolen, accounted = sum(found.stolen), sum(held.values())
    reach = found.reach
    ends = index.times_of(np.array([reach.horizon]))
    largest = sorted(held.items(), key=lambda item: (-item[1], int(reach.accounts[item[0]])))
    return {
        "policy": str(policy),
        "from": list(thefts),
        "stolen": str(stolen),
        "accounted": str(accounted) if policy.keeps_value else None,
        "difference": str(stolen - accounted) if policy.keeps_value else None,
        "horizon": {"ordinal": reach.horizon, "time": _time(int(ends[0])), "cut": reach.cut},
        "transfers": len(reach.ordinal),
        "tainted_transfers": len(set(found.records.where)),
        "accounts": int((reach.since <= reach.horizon).sum()),
        "holders": len(held),
        "holdings": [_holding(index, found, where, units) for where, units in largest[:top]],
    }


def _holding(index: Index, found: IndexedTrace, where: int, units: int) -> Json:
    """One holder: `stopped` where the walk does not go on because the account is busy."""
    reach = found.reach
    return {
        "account": index.name_of(int(reach.accounts[where])),
        "amount": str(units) if found.policy.keeps_value else None,
        "since": int(reach.since[where]),
        "stopped": not bool(reach.followed[where]),
    }


def _theft(index: Index, text: str) -> tuple[int, int]:
    account, _, ordinal = text.rpartition("@")
    if not account or not ordinal.isdecimal():
        raise InputError(
            f"{text!r} is no theft", where="--from", mend="write ACCOUNT@ORDINAL: who received which transfer"
        )
    return index.account_of(account), int(ordinal)


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
