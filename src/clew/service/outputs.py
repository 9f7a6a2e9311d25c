"""The files of a traced case, each written whole or not at all, and byte-identical when repeated."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from clew import reports
from clew.errors import RunError
from clew.reports.facts import gather_facts
from clew.reports.tables import write_csv
from clew.service.result import Json, ResultWriter, canonical, utc
from clew.tracing.dispositions import Movements
from clew.tracing.journal import Account
from clew.tracing.trace import Trace

RESULT, PARQUET, CSV = "result.json", "transfers.parquet", "transfers.csv"
REPORTS = {"report.html": "html", "report.pdf": "pdf"}
OUTPUTS = (RESULT, PARQUET, CSV, *REPORTS)
"""What a trace writes beside its inputs and evidence; what `verify` compares."""

COLUMNS = pa.schema(
    [
        ("time", pa.string()),
        ("chain", pa.string()),
        ("height", pa.int64()),
        ("tx_index", pa.int64()),
        ("seq", pa.int64()),
        ("tx", pa.string()),
        ("kind", pa.string()),
        ("asset", pa.string()),
        ("symbol", pa.string()),
        ("decimals", pa.int64()),
        ("sender", pa.string()),
        ("receiver", pa.string()),
        ("sender_name", pa.string()),
        ("receiver_name", pa.string()),
        ("amount", pa.string()),
        ("tainted", pa.string()),
        ("origin_amount", pa.string()),
        ("theft", pa.string()),
        ("grade", pa.string()),
    ]
)
"""The traced transfers, one row for each transfer and theft; amounts are base units as decimal text."""


def traced_transfers(trace: Trace, writer: ResultWriter) -> pa.Table:
    """Every tainted movement in order."""
    movements = Movements(trace)
    rows: list[tuple[object, ...]] = []
    for record in range(len(movements)):
        m = movements[record]
        asset = writer.asset(m.sender.asset or m.receiver.asset or trace.case.thefts[m.theft].asset.id)
        place = (utc(m.time), m.chain, m.height, m.tx_index, m.seq, m.tx, str(m.kind))
        who = (m.sender.name, m.receiver.name, _name(m.sender, writer), _name(m.receiver, writer))
        sums = (str(m.amount), str(m.tainted), str(m.origin), trace.case.thefts[m.theft].id, str(m.grade))
        rows.append((*place, asset.id, asset.symbol, asset.decimals, *who, *sums))
    columns = [[row[i] for row in rows] for i in range(len(COLUMNS))]
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, COLUMNS, strict=True)], COLUMNS)


def _name(account: Account, writer: ResultWriter) -> str:
    """Who holds it as far as tags say; of an outpoint without a tag, the address that controls it."""
    label = writer.attribution.label_of(account.chain, account.address)
    return label or (account.owner if account.owner != account.name else "")


def write_outputs(out: Path, result: Json, trace: Trace, writer: ResultWriter) -> None:
    """Write result, tables and reports into a folder; RunError where the disk refuses."""
    table = traced_transfers(trace, writer)
    with _replacing(out / PARQUET) as path:
        pq.write_table(table, path, compression="zstd")
    with _replacing(out / CSV) as path:
        write_csv(table, path)
    facts = gather_facts(result, table)
    for name, kind in REPORTS.items():
        with _replacing(out / name) as path:
            path.write_bytes(reports.render(kind, facts))
    with _replacing(out / RESULT) as path:
        path.write_bytes(canonical(result))


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A place to write to, which takes the file's name only when all is written."""
    draft = path.with_name(f".{path.name}.part")
    try:
        yield draft
        draft.replace(path)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise RunError(
            "the disk is full" if full else f"cannot write: {error.strerror or error}",
            where=str(path),
            mend=f"{'make room' if full else 'mend the folder'} and run again: the evidence is kept",
        ) from error
    finally:
        draft.unlink(missing_ok=True)
