"""The ledger: every transfer with its position and provenance, in one DuckDB file. Nothing else holds DuckDB."""

from clew.ledger.connection import Ledger
from clew.ledger.histories import EVERY
from clew.ledger.table import TransferTable, summed
from clew.ledger.view import Placed, StoredReply, Unspent, View
from clew.ledger.writer import ForkError, Writer

__all__ = [
    "EVERY",
    "ForkError",
    "Ledger",
    "Placed",
    "StoredReply",
    "TransferTable",
    "Unspent",
    "View",
    "Writer",
    "summed",
]
