"""When two questions are one: the key under which a reply is kept and found.

Recorded replies come from other people's programs, which ask the same thing in other words: with a page number, a key,
an open upper block, an address in capitals. The key leaves out what does not change the answer.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

import orjson


class Asked(Protocol):
    """Anything that states a question: a Question or a Reply."""

    @property
    def format(self) -> str: ...
    @property
    def chain(self) -> str: ...
    @property
    def query(self) -> Mapping[str, str]: ...


_KEYS = {"apikey", "api_key", "api-key"}
_ENVELOPE = {"id", "jsonrpc"}


def _plain(query: Mapping[str, str]) -> dict[str, str]:
    """Without keys, and without the envelope of a JSON-RPC call."""
    dropped = _KEYS | _ENVELOPE if "method" in query else _KEYS
    return {name: value for name, value in query.items() if name.lower() not in dropped}


_ETHERSCAN_NAMES = {
    "start_block": "startblock",
    "end_block": "endblock",
    "fromblock": "startblock",  # so do lists of events name them
    "toblock": "endblock",
    "chain_id": "chainid",
}
_ETHERSCAN_FREE = {"chainid", "offset", "sort", "endblock"}


def _etherscan(query: Mapping[str, str]) -> dict[str, str]:
    """A later page and a later first block are other questions; page size, order and upper block are not."""
    named = {_ETHERSCAN_NAMES.get(name.lower(), name.lower()): value.lower() for name, value in _plain(query).items()}
    kept = {name: value for name, value in named.items() if name not in _ETHERSCAN_FREE}
    for name, default in (("startblock", 0), ("page", 1)):
        value = kept.pop(name, "")
        if value.isdecimal() and int(value) != default:
            kept[name] = str(int(value))
    return kept


_TRONGRID_FREE = {"limit", "order_by", "only_confirmed", "only_unconfirmed", "visible", "search_internal"}


def _trongrid(query: Mapping[str, str]) -> dict[str, str]:
    """What a node says of a confirmed transaction is the same under ``/wallet`` and ``/walletsolidity``."""
    kept = {name: value for name, value in _plain(query).items() if name not in _TRONGRID_FREE}
    return {**kept, "path": kept.get("path", "").replace("/walletsolidity/", "/wallet/")}


_MEANING: dict[str, Callable[[Mapping[str, str]], dict[str, str]]] = {"etherscan": _etherscan, "trongrid": _trongrid}
"""First part of a format -> what of a query changes the answer."""


def question_key(asked: Asked) -> str:
    """The key of a question: format, chain, and canonical JSON of the part of its query that changes the answer."""
    meaning = _MEANING.get(asked.format.partition("/")[0], _plain)
    query = orjson.dumps(meaning(asked.query), option=orjson.OPT_SORT_KEYS).decode()
    return f"{asked.format} {asked.chain} {query}"
