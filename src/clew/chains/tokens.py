"""Well-known tokens, the asset a person names, and tokens that imitate a well-known one."""

import tomllib
import unicodedata
from functools import cache
from pathlib import Path

from clew.amounts import Asset
from clew.chains import CHAINS, Chain, find_chain, parse_address
from clew.chains.execution import token_id
from clew.errors import InputError

_FACTS = Path(__file__).with_name("tokens.toml")

_LOOKALIKES = str.maketrans(
    # Cyrillic, Greek, Armenian and small-capital letters that print like a Latin one (Unicode TR39), case folded.
    "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0455\u0456\u0458\u0501\u051b\u051d"
    "\u03b1\u03b2\u03b5\u03b6\u03b7\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7"
    "\u0131\u0585\u057d\u1d04\u1d05\u1d07\u029c\ua731\u1d1b\u1d1c",
    "abekmhopctyxsijdqwabezhikmnoptyxioucdehstu",
)
_DIGITS = str.maketrans("015$\u20ae\u20b8l|", "oissttii")
"""Digits and currency signs that stand in for a letter; small L and the bar look like a capital I."""


@cache
def known_tokens() -> dict[str, Asset]:
    """The well-known tokens by CAIP-19 id."""
    facts = tomllib.loads(_FACTS.read_text(encoding="utf-8"))
    tokens = {}
    for issuer in facts["issuer"]:
        for name, symbol, contract, decimals in issuer["tokens"]:
            asset = token_id(find_chain(name), contract)
            tokens[asset] = Asset(asset, symbol, decimals)
    return tokens


@cache
def tokens_of(issuer: str) -> tuple[str, ...]:
    """CAIP-19 ids of the well-known tokens of an issuer, by its name."""
    facts = tomllib.loads(_FACTS.read_text(encoding="utf-8"))
    listed = [entry for each in facts["issuer"] if each["name"] == issuer for entry in each["tokens"]]
    return tuple(token_id(find_chain(name), contract) for name, _, contract, _ in listed)


def find_token(asset_id: str) -> Asset | None:
    """The well-known token of a CAIP-19 id; None where Clew does not know it."""
    return known_tokens().get(asset_id)


def parse_asset(text: str, chain: Chain, *, decimals: int | None = None, symbol: str | None = None) -> Asset:
    """The asset of `chain` a person names: a native or well-known symbol, a contract, or a CAIP-19 id.

    A contract that is not well known needs `decimals`, for without them its amounts cannot be read: InputError.
    """
    name = text.strip()
    if "/" in name:
        return _by_id(name, chain, decimals, symbol)
    if name.casefold() == chain.native.symbol.casefold():
        return _agreed(chain.native, decimals)
    named = [token for token in known_tokens().values() if token.chain == chain.id and _same(token.symbol, name)]
    if named:
        return _agreed(named[0], decimals)
    if chain.utxo or not name.startswith(("0x", "T")) or len(name) < 30:
        known = [token.symbol for token in known_tokens().values() if token.chain == chain.id]
        raise InputError(
            f"{name!r} is no asset known on {chain.name}",
            mend=f"known: {', '.join([chain.native.symbol, *known])}"
            + ("" if chain.utxo else "; or write the token's contract, with its decimals"),
        )
    return _by_contract(name, chain, decimals, symbol)


def fake_of(asset: Asset) -> Asset | None:
    """The native coin or well-known token of the same chain that `asset` imitates; None where it imitates none.

    An imitation has another contract and a symbol that prints alike: letters of other scripts (Unicode TR39),
    invisible characters, digits for letters, another case.
    """
    if find_token(asset.id) is not None:
        return None
    natives = [chain.native for chain in CHAINS if chain.id == asset.chain]
    models = natives + [token for token in known_tokens().values() if token.chain == asset.chain]
    if asset in natives:
        return None
    return next((model for model in models if _skeleton(model.symbol) == _skeleton(asset.symbol)), None)


def _same(symbol: str, name: str) -> bool:
    return symbol.casefold() == name.casefold()


def _skeleton(symbol: str) -> str:
    """What a symbol looks like: two symbols with the same skeleton are easily taken for each other."""
    decomposed = unicodedata.normalize("NFKD", symbol)
    visible = "".join(c for c in decomposed if unicodedata.category(c)[0] not in "CMZ")
    return visible.casefold().translate(_LOOKALIKES).translate(_DIGITS)


def _by_id(name: str, chain: Chain, decimals: int | None, symbol: str | None) -> Asset:
    place, _, reference = name.partition("/")
    kind, _, value = reference.partition(":")
    if find_chain(place, where="asset") != chain:
        raise InputError(f"{name!r} is an asset of another chain than {chain.name}", where="asset")
    if f"{chain.id}/{reference}" == chain.native.id:
        return _agreed(chain.native, decimals)
    if chain.utxo or kind != token_id(chain, "").rpartition("/")[2].rstrip(":"):
        raise InputError(
            f"{name!r} names no asset Clew can read",
            where="asset",
            mend=f"write {chain.native.id}" + ("" if chain.utxo else f" or {token_id(chain, 'CONTRACT')}"),
        )
    return _by_contract(value, chain, decimals, symbol)


def _by_contract(text: str, chain: Chain, decimals: int | None, symbol: str | None) -> Asset:
    contract = parse_address(text, chain, where="asset").value
    known = find_token(token_id(chain, contract))
    if known is not None:
        return _agreed(known, decimals)
    if decimals is None:
        raise InputError(
            f"the token {contract} is not known on {chain.name}",
            where="asset",
            mend="state its decimals, as its contract or an explorer shows them",
        )
    return Asset(token_id(chain, contract), symbol or "?", _checked(decimals))


def _agreed(asset: Asset, decimals: int | None) -> Asset:
    if decimals is not None and decimals != asset.decimals:
        raise InputError(
            f"{asset.symbol} has {asset.decimals} decimals, not {decimals}",
            where="asset",
            mend="leave the decimals out",
        )
    return asset


def _checked(decimals: int) -> int:
    if not 0 <= decimals <= 255:
        raise InputError(f"{decimals} decimals: a token has 0 to 255", where="asset")
    return decimals
