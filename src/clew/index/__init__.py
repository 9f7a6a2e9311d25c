"""An index of transfers on disk: one chain and one asset, found from either end without reading the ledger again."""

from clew.index.building import build_index, known_names
from clew.index.opened import Index
from clew.index.reach import Reach
from clew.index.reading import ParquetLedger, Source, TableLedger

__all__ = ["Index", "ParquetLedger", "Reach", "Source", "TableLedger", "build_index", "known_names"]
