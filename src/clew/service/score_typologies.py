"""Score the typologies on a simulated world: what ``clew score typologies`` calls."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from clew.attribution import Attribution, bundled_tags, registry_tags
from clew.cases import read_case
from clew.chains import CHAINS
from clew.chains.tokens import find_token
from clew.errors import InputError
from clew.ledger import Ledger
from clew.scores.typologies import Place, read_launderers, read_roles, score
from clew.service.score_trace import ingest
from clew.service.typologies import active, exempt_accounts, once, watch_stream
from clew.sources.recorded import read_recorded
from clew.typologies import TYPOLOGIES, Typology
from clew.typologies.flows import read_flows
from clew.typologies.rules import DEFAULT, AssetRule, Rules, read_rules

DOLLARS = 10_000
"""The threshold of structuring; a dollar is the least that counts."""


def score_typologies(world: Path, *, rules: Path | None = None) -> dict[str, Any]:
    """The figures of a world that ``clew simulate --preset`` wrote. InputError where the folder holds no such world."""
    case = read_case(str(world / "case.toml"))
    roles, launderers = read_roles(world / "typologies.csv"), read_launderers(world / "owners.csv")
    numbers = priced(read_rules(rules or DEFAULT), world / "truth.json")
    replies = read_recorded(world / "evidence", default_chain=case.thefts[0].chain)
    with tempfile.TemporaryDirectory() as scratch, Ledger.open(Path(scratch) / "ledger.duckdb") as ledger:
        table = ingest(ledger, replies)
    exempt = exempt_accounts(table, Attribution([*bundled_tags(), *registry_tags(), *case.tags]))
    flows, _ = read_flows(table)
    flagged: dict[Typology, set[Place]] = {each: set() for each in TYPOLOGIES}
    for flow in flows:
        for finding in watch_stream(once(flow), numbers, flow.asset):
            code = int(flow.accounts[finding.account])
            if code not in exempt:
                flagged[finding.typology].add((flow.chain, table.account_name[code]))
    accounts = active(table, flows)
    figures = score(flagged, roles, launderers, accounts)
    return {"kind": "typologies", "case": case.id, "accounts": len(accounts), "rules": numbers.version, **figures}


def priced(rules: Rules, truth: Path) -> Rules:
    """The rules with a threshold for every asset that the world has a price of."""
    natives = {chain.native.id: chain.native for chain in CHAINS}
    try:
        prices = {
            asset: int(price) for asset, price in json.loads(truth.read_text("utf-8"))["dollars_per_unit"].items()
        }
        units = {asset: 10 ** (natives.get(asset) or find_token(asset)).decimals for asset in prices}  # type: ignore[union-attr]
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise InputError(
            f"it states no prices: {error!r}", where=str(truth), mend="simulate the world again"
        ) from error
    made = {
        asset: AssetRule(DOLLARS * units[asset] // price, max(1, units[asset] // price))
        for asset, price in prices.items()
    }
    return replace(rules, assets={**rules.assets, **made})
