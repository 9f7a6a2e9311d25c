"""Score clustering and exposure on a simulated world, where it is known who holds each address."""

from pathlib import Path
from typing import Any

from clew.attribution import Attribution, bundled_tags
from clew.cases import read_case
from clew.chains import find_chain
from clew.clustering.bitcoin import cluster_payments
from clew.clustering.payments import payments_of_table
from clew.exposure.address import Exposure, exposure_in
from clew.exposure.book import is_boundary
from clew.ledger import Ledger
from clew.model import Address, Tag
from clew.scores import clustering, exposure
from clew.scores.dealings import exposures_of, read_owners
from clew.service.score_trace import ingest
from clew.sources.recorded import read_recorded

Json = dict[str, Any]
BITCOIN, ETHEREUM = (find_chain(name).id for name in ("bitcoin", "ethereum"))
_MOST = 40
"""Addresses whose exposure is asked: each is two passes over the whole ledger."""


def score_dealings(folder: Path) -> dict[str, Json]:
    """By pairs of addresses and by address: the clusters of a world's Bitcoin side, and the exposure of people on
    Ethereum who deal with services alone. InputError where the folder holds no world."""
    case, owners = read_case(str(folder / "case.toml")), read_owners(folder / "owners.csv")
    replies = read_recorded(folder / "evidence", default_chain=case.thefts[0].chain)
    with Ledger.open(":memory:") as ledger:
        table = ingest(ledger, replies)
    clusters = cluster_payments(payments_of_table(table, BITCOIN))
    holders = {address: owner for (chain, address), (owner, _) in owners.items() if chain == BITCOIN}
    joined = clustering.score(clusters, holders)
    attribution = Attribution([*bundled_tags(), *case.tags])

    def service(chain: str, address: str) -> Tag | None:
        return next((tag for tag in attribution.tags_of(chain, address) if is_boundary(tag)), None)

    def asked(address: str) -> Exposure:
        return exposure_in(table, Address(ETHEREUM, address), service)

    labels = exposures_of(table, ETHEREUM, owners, _MOST)
    found = exposure.score(labels, asked, 0.0)
    return {
        "clustering": {"addresses": joined["labelled"], "owners": joined["owners"]}
        | {f"pairwise {rate}": joined["pairwise"][rate] for rate in _RATES}
        | {f"per address {rate}": joined["per_address"][rate] for rate in _RATES},
        "exposure": {"addresses": found["addresses"]}
        | {f"exposures {rate}": found["exposures"][rate] for rate in _RATES},
    }


_RATES = ("precision", "recall", "f1")
