"""One entry of a tag list, as text fields -> Tag: chain, address, category and confidence are read and checked here."""

import re
from collections.abc import Mapping
from datetime import date

from clew.chains import Chain, find_chain, parse_address
from clew.chains.execution import token_id
from clew.chains.tokens import parse_asset
from clew.errors import InputError
from clew.lists.categories import ABUSES, CATEGORIES
from clew.model import Category, Tag

_STATED = ("address", "label", "entity", "category", "chain", "source", "confidence", "lastmod", "stop", "abuse")
FIELDS = (*_STATED, "asset", "tx", "first_seen", "last_seen")
"""What an entry may say. Every field is text; an empty one counts as not said."""

CONFIDENCES = {
    "override": 100,
    "ownership": 100,
    "ledger_immanent": 100,
    "manual_transaction": 90,
    "service_api": 70,
    "forensic_investigation": 70,
    "authority_data": 60,
    "trusted_provider": 50,
    "service_data": 50,
    "forensic": 50,
    "untrusted_transaction": 40,
    "web_crawl": 20,
    "heuristic": 10,
    "unknown": 5,
}
"""GraphSense's confidence levels: graphsense-tagpack-tool, ``src/tagpack/db/confidence.csv``."""

SERVICES = frozenset(
    {
        Category.EXCHANGE,
        Category.MIXER,
        Category.BRIDGE,
        Category.SWAP,
        Category.LENDING,
        Category.MERCHANT,
        Category.GAMBLING,
        Category.MARKET,
        Category.BURN,
        Category.ISSUER,
        Category.CUSTODIAN,
    }
)
"""Categories a trace stops at unless the entry says otherwise: whoever receives here mixes, keeps or destroys coins."""

_NETWORKS = {
    "XBT": "bitcoin",
    "BEP20": "bsc",
    "AVAX": "avalanche",
    "AVAXC": "avalanche",
    "MATIC": "polygon",
    "POL": "polygon",
    "XDAI": "gnosis",
    "ERC20": "ethereum",
    "TRC20": "tron",
}
_TOKENS = frozenset({"USDT", "USDC", "DAI", "BUSD", "TUSD", "WBTC", "WETH"})
"""Tickers that live on many chains and so name none."""
_FORMS = (
    (re.compile("0x[0-9a-fA-F]{40}"), "ethereum"),
    (re.compile("(?:bc1|BC1|[13]).{20,}"), "bitcoin"),
    (re.compile("T.{33}"), "tron"),
    (re.compile("(?:ltc1|LTC1|[LM]).{20,}"), "litecoin"),
)
_SERVICE_LABEL = re.compile(r"(?P<entity>.*?)\s*\b(?:deposit address|hot wallet)", re.IGNORECASE)
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_entry(fields: Mapping[str, str], *, where: str, source: str) -> Tag:
    """The tag an entry states; `source` stands in where it names none. InputError says which field is wrong, and why.

    Without a known category or abuse the label decides: one with the words "Deposit Address" or "Hot Wallet" is an
    exchange, whose name stands before them; anything else is OTHER and does not stop a trace.
    """
    said = {name: text.strip() for name, text in fields.items() if text.strip()}
    if "address" not in said:
        raise InputError("the entry names no address", where=where, mend="give it an address")
    chain = _chain(said.get("chain", ""), said["address"], where)
    address = parse_address(said["address"], chain, where=where)
    category, entity = _category(said)
    return Tag(
        chain=address.chain,
        address=address.value,
        label=said.get("label", entity),
        entity=entity,
        category=category,
        source=said.get("source", source),
        confidence=_confidence(said.get("confidence", "unknown"), where),
        lastmod=_date(said, "lastmod", where),
        stop=_truth(said["stop"], where) if "stop" in said else category in SERVICES,
        asset=_asset(said["asset"], chain, where) if "asset" in said else "",
        tx=said.get("tx", ""),
        first_seen=_date(said, "first_seen", where),
        last_seen=_date(said, "last_seen", where),
    )


def _chain(stated: str, address: str, where: str) -> Chain:
    if stated and stated.upper() not in _TOKENS:
        return find_chain(_NETWORKS.get(stated.upper(), stated), where=where)
    for form, name in _FORMS:
        if form.fullmatch(address):
            return find_chain(name)
    raise InputError(
        f"{address!r} has the form of no address that Clew knows", where=where, mend="name its chain, and check it"
    )


def _category(said: Mapping[str, str]) -> tuple[Category, str]:
    entity = said.get("entity", "")
    named = said.get("category", "").lower()
    category = CATEGORIES.get(named) or ABUSES.get(said.get("abuse", "").lower()) or ABUSES.get(named)
    if category is not None:
        return category, entity
    match = _SERVICE_LABEL.match(said.get("label", ""))
    if match is None:
        return Category.OTHER, entity
    return Category.EXCHANGE, entity or match["entity"]


def _asset(text: str, chain: Chain, where: str) -> str:
    """The id of an asset: its amounts are not read here, so a contract needs no decimals."""
    contract = text.startswith(("0x", "T")) and len(text) > 30
    try:
        return token_id(chain, parse_address(text, chain).value) if contract else parse_asset(text, chain).id
    except InputError as error:
        raise InputError(error.what, where=f"{where}, asset", mend=error.mend) from error


def _confidence(text: str, where: str) -> int:
    level = CONFIDENCES.get(text.lower())
    if level is None and text.isascii() and text.isdigit() and int(text) <= 100:
        level = int(text)
    if level is None:
        known = ", ".join(CONFIDENCES)
        raise InputError(f"confidence {text!r}", where=where, mend=f"a whole number from 0 to 100, or one of {known}")
    return level


def _date(said: Mapping[str, str], name: str, where: str) -> str:
    text = said.get(name, "")
    try:
        return date.fromisoformat(text[:10]).isoformat() if text else ""
    except ValueError as error:
        raise InputError(f"{name} {text!r} is no date", where=where, mend='write it as "2022-04-14"') from error


def _truth(text: str, where: str) -> bool:
    try:
        return _TRUTH[text.lower()]
    except KeyError as error:
        raise InputError(f"stop = {text!r}", where=where, mend="true or false") from error
