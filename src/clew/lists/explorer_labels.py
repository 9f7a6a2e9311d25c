"""Label dumps of Etherscan and its family: one JSON object, address -> ``name`` and ``labels``.

A label says what a page is filed under, not who holds the address: ``huobi`` is on its wallets and on its token. So
the name decides whether an exchange's label means a wallet, and everything is of the confidence of a web crawl.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from clew.errors import InputError
from clew.lists.categories import LABELS
from clew.model import Category

_ADDRESS = re.compile("0x[0-9a-fA-F]{40}")
_NUMBERED = re.compile(r"(?P<entity>\D[^:]*?)(?::? (?:Hot|Cold) (?:Wallet|Storage))?(?: Exchange)?(?: \d+)")
EXCHANGES = frozenset(
    {
        *("binance", "bitfinex", "bithumb", "bitstamp", "bittrex", "bybit", "coinbase", "coinsquare", "crypto-com"),
        *("ftx", "gate-io", "gemini", "hitbtc", "huobi", "kraken", "kucoin", "okx", "okex", "poloniex", "upbit"),
    }
)
"""Labels that are the name of an exchange."""


def is_label_dump(value: Any) -> bool:
    """Whether a JSON value has the shape of such a dump."""
    if not isinstance(value, dict) or not value:
        return False
    key, entry = next(iter(value.items()))
    return _ADDRESS.fullmatch(key) is not None and isinstance(entry, dict) and "labels" in entry


def rows(value: Mapping[str, Any], *, where: str) -> Iterator[tuple[str, Mapping[str, str] | InputError]]:
    """Where each entry stands and its fields; dumps hold some addresses twice, in two spellings: both are given."""
    for address, entry in value.items():
        place = f"{where}: {address}"
        labels = entry.get("labels") if isinstance(entry, dict) else None
        if not isinstance(labels, list) or not isinstance(entry.get("name", ""), str):
            yield place, InputError("no name with labels", where=place, mend="give the dump as it came")
            continue
        yield place, _fields(address, entry.get("name", ""), [str(label) for label in labels])


def _fields(address: str, name: str, labels: list[str]) -> Mapping[str, str]:
    category, entity = _meaning(name, labels)
    return {
        "address": address.lower(),
        "label": name or ", ".join(labels),
        "entity": entity,
        "category": category,
        "source": f"https://etherscan.io/address/{address.lower()}",
        "confidence": "web_crawl",
    }


def _meaning(name: str, labels: list[str]) -> tuple[str, str]:
    found = [LABELS[label] for label in labels if label in LABELS]
    found.sort(key=lambda category: category is Category.SANCTIONED)  # what it does stands before who forbids it
    numbered = _NUMBERED.fullmatch(name)
    if numbered is not None and EXCHANGES.intersection(labels):
        return Category.EXCHANGE, numbered["entity"]
    if not found or Category.CONTRACT in found:
        return Category.OTHER, ""
    return found[0], name.partition(":")[0].strip()
