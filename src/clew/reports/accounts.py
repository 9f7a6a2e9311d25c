"""Transactions and accounts as a report names them, with their public pages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from clew.chains import CHAINS
from clew.reports.explorers import link_account, link_tx
from clew.reports.text import shorten, visible
from clew.reports.words import MADE, SINKS

Row = Mapping[str, Any]
"""One entry of a result, or one traced transfer."""

Names = Mapping[tuple[str, str], str]
"""(chain, address) -> who it is."""

_CHAIN_NAMES = {chain.id: chain.name for chain in CHAINS}


@dataclass(frozen=True, slots=True)
class Link:
    """A transaction or account: in full, short, its public page (or empty), and who it is (or empty)."""

    full: str
    short: str
    url: str
    name: str = ""


def chain_name(chain: str) -> str:
    """The name people use for a CAIP-2 id; the id itself where Clew knows no name."""
    return _CHAIN_NAMES.get(chain) or visible(chain)


def find_names(result: Row, rows: Iterable[Row]) -> dict[tuple[str, str], str]:
    """Who an account is, by chain and address, as far as anything in the result says it."""
    names: dict[tuple[str, str], str] = {}
    for entry in result["dispositions"]:
        name = entry.get("entity") or entry.get("label")
        if name and entry.get("address"):
            names[entry["chain"], entry["address"]] = name
    for row in rows:
        for side in ("sender", "receiver"):
            if row[f"{side}_name"]:
                names.setdefault((row["chain"], row[side]), row[f"{side}_name"])
    return names


def link_to_tx(chain: str, tx: str | None) -> Link:
    """A transaction as the report shows it: whole, shortened, and linked to a public explorer where one is known."""
    return Link(visible(tx or ""), visible(shorten(tx or "", 10, 8)), link_tx(chain, tx or ""))


def link_to_account(chain: str, account: str | None, names: Mapping[tuple[str, str], str]) -> Link:
    """An account as the report shows it; empty where there is none."""
    if not account:
        return Link("", "", "")
    words = SINKS.get(account) or MADE.get(account.partition(":")[0])
    if words:
        return Link(words, words, "")
    if account.startswith("@tx:"):
        tx = account.removeprefix("@tx:")
        return Link(visible(tx), f"transaction {visible(shorten(tx))}", link_tx(chain, tx))
    name = visible(names.get((chain, account), ""), 60)
    return Link(visible(account), visible(shorten(account, 10, 8)), link_account(chain, account), name)
