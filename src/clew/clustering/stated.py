"""Links that a record states outright: who deployed a contract, which address a name was set to."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from clew.chains import find_chain, parse_address
from clew.chains.fields import Fields, read_json
from clew.clustering.clusters import Clusters, Links, Rule
from clew.errors import InputError
from clew.model import Reply

DEPLOYER = Rule("deployer", 70)
"""Who creates a contract commands it, unless it was made for a customer."""
NAME = Rule("name", 85)
"""An owner sets a name (ENS, .trx) to an address: he says it is his."""


class Stated(NamedTuple):
    """Two addresses and the transaction that shows what joins them."""

    left: str
    right: str
    tx: str


def read_creations(reply: Reply) -> list[Stated]:
    """Creators and contracts of an explorer's ``txlist``, where the creation did not fail; none of other formats.

    SourceError where the reply is not what its format says.
    """
    if reply.format != "etherscan/txlist":
        return []
    rows = Fields.of(read_json(reply.body, reply.format), reply.format)
    if not isinstance(rows.table.get("result"), list):
        return []
    return [
        Stated(row.text("from").lower(), row.text("contractAddress").lower(), row.text("hash").lower())
        for row in rows.children("result")
        if "contractAddress" in row and row.table.get("isError", "0") == "0"
    ]


def join_stated(clusters: Clusters, rule: Rule, stated: Iterable[Stated], *, services: Sequence[str] = ()) -> int:
    """Join what records state, but for `services`, whose customers are many; how many links were added.

    InputError for an address that is none of the clusters' chain.
    """
    chain = find_chain(clusters.chain)
    rows = [(parse_address(row.left, chain).value, parse_address(row.right, chain).value, row.tx) for row in stated]
    kept = [row for row in rows if not {row[0], row[1]} & set(services)]
    if any(not tx for _, _, tx in kept):
        raise InputError("a stated link has no witness", where=rule.name, mend="name the transaction that shows it")
    names = [name for left, right, _ in kept for name in (left, right)]
    count = np.arange(len(kept))
    clusters.join(Links(rule, 2 * count, 2 * count + 1, count), names, [tx for _, _, tx in kept])
    return len(kept)
