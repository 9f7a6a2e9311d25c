"""Measure exposure on labelled files and on a simulated world: what ``clew score exposure`` calls."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from clew.attribution import Attribution, bundled_tags
from clew.cases import read_case
from clew.chains import Chain, find_chain
from clew.errors import InputError
from clew.exposure.address import Exposure, exposure_in
from clew.exposure.book import is_boundary
from clew.ledger import TransferTable
from clew.lists import read_tags
from clew.model import Address, Tag
from clew.scores.exposure import read_exposures, read_transfers, score
from clew.scores.holders import SERVICES, Direct, compare_direct, direct_exposures, read_holders
from clew.service.clustering import TagOf, boundary_of, join_addresses
from clew.service.ledgers import open_ledger


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


def score_exposure_world(folder: Path, *, most: int = 40) -> list[dict[str, Any]]:
    """Rows of a world that ``clew simulate --preset`` wrote: direct exposure against sums of its transfers by owner.

    On its account chains, of `most` private addresses each, spread over all that dealt with a service: by direction and
    category, with public tags alone, and with the deposit addresses that clustering finds. InputError where the folder
    holds no such world.
    """
    case = read_case(str(folder / "case.toml"))
    attribution = Attribution([*bundled_tags(), *case.tags])
    rows: list[dict[str, Any]] = []
    for name, holders in read_holders(folder / "owners.csv").items():
        chain = find_chain(name)
        if chain.utxo:
            continue
        with open_ledger(None, folder / "evidence", chain, where="score exposure") as ledger:
            table = ledger.view.transfers(chains=[chain.id])
        truth = direct_exposures(table, holders)
        named = sorted({one.address for one in truth})
        asked = set(named[:: max(1, -(-len(named) // most))])
        true = {one: amount for one, amount in truth.items() if one.address in asked}
        tag_of = partial(boundary_of, attribution, chain)
        _, deposits = join_addresses(table, chain, tag_of)
        variants: dict[str, dict[str, Tag]] = {"tags": {}, "tags and deposit addresses": deposits}
        for known, found in variants.items():
            about = {"kind": "exposure", "world": case.id, "chain": chain.name, "known": known, "addresses": len(asked)}
            said = _direct(table, chain, asked, tag_of, found)
            rows += [{**about, **row} for row in compare_direct(true, said)]
    return rows


def _direct(
    table: TransferTable, chain: Chain, asked: set[str], tag_of: TagOf, deposits: Mapping[str, Tag]
) -> dict[Direct, int]:
    """What exposure says of addresses: base units straight from and to the kinds of services that the truth knows."""

    def service(_chain: str, holder: str) -> Tag | None:
        return tag_of(holder) or deposits.get(holder)

    found: dict[Direct, int] = {}
    for address in sorted(asked):
        answer = exposure_in(table, Address(chain.id, address), service)
        for share in answer.shares:
            if share.direct and share.category in SERVICES.values():
                key = Direct(address, str(share.direction), share.category, share.asset)
                found[key] = found.get(key, 0) + share.direct
    return found
