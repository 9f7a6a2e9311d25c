"""Measure exposure on labelled files: what ``clew score exposure`` calls."""

from pathlib import Path
from typing import Any

from clew.attribution import Attribution
from clew.chains import find_chain
from clew.errors import InputError
from clew.exposure.address import Exposure, exposure_in
from clew.exposure.book import is_boundary
from clew.lists import read_tags
from clew.model import Address, Tag
from clew.scores.exposure import read_exposures, read_transfers, score


def score_exposure(
    transfers: Path, tags: Path, labels: Path, *, chain: str = "ethereum", threshold: float = 0.0
) -> dict[str, Any]:
    """Precision, recall and F1 of exposures found in a file of transfers, with its tags, against its labels.

    InputError where a file cannot be read, or no labelled address occurs.
    """
    name = find_chain(chain).id
    table = read_transfers(transfers, name)
    attribution = Attribution(read_tags(tags))
    there = set(table.account_name)

    def service(_chain: str, address: str) -> Tag | None:
        return next((tag for tag in attribution.tags_of(name, address) if is_boundary(tag)), None)

    def exposure(address: str) -> Exposure | None:
        return exposure_in(table, Address(name, address), service) if address in there else None

    known = read_exposures(labels)
    if not there & known.keys():
        raise InputError(f"none of its addresses has a label in {labels}", where=str(transfers), mend="name --chain")
    return {"kind": "exposure", "transfers": len(table), **score(known, exposure, threshold)}
