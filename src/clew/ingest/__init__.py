"""From sources into the ledger: resumed after a kill, rolled back after a reorganisation, nothing asked twice."""

from clew.ingest.blocks import load_blocks, resumed_decoder
from clew.ingest.histories import Loader

__all__ = ["Loader", "load_blocks", "resumed_decoder"]
