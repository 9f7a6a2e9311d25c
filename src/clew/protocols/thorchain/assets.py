"""Assets as THORChain and Maya write them: ``CHAIN.TICKER[-CONTRACT]``, synths with ``/``, trade assets with ``~``."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from clew.chains.execution import token_id
from clew.protocols.thorchain.facts import THORCHAIN, Protocol, chain_codes

_CHAIN = re.compile(r"[A-Z0-9]{2,10}")
_SYMBOL = re.compile(r"[A-Za-z0-9_.]{1,20}(?:-[A-Za-z0-9.:]{1,70})?")


class Form(StrEnum):
    """How an asset is held; the value is what stands between its chain and its symbol."""

    LAYER1 = "."
    """On its own chain."""
    SYNTH = "/"
    """A synthetic asset, kept on the network."""
    TRADE = "~"
    """A trade asset, kept on the network."""


@dataclass(frozen=True, slots=True)
class PoolAsset:
    """An asset in the network's own words."""

    chain: str
    symbol: str
    """Ticker, and after ``-`` the contract or its last characters; upper case."""
    form: Form = Form.LAYER1

    def __str__(self) -> str:
        return f"{self.chain}{self.form}{self.symbol}"

    @property
    def ticker(self) -> str:
        """The symbol without the contract."""
        return self.symbol.partition("-")[0]

    @property
    def contract(self) -> str:
        """The contract, or the end of it that the memo gives; empty for a coin."""
        return self.symbol.partition("-")[2]

    @property
    def caip19(self) -> str:
        """Its CAIP-19 id where it is a coin, or a token with its whole contract, of a chain Clew reads; else empty."""
        chain, gas = chain_codes().get(self.chain, (None, ""))
        if chain is None or self.form is not Form.LAYER1:
            return ""
        if not self.contract:
            return chain.native.id if self.symbol == gas else ""
        whole = re.fullmatch(r"0X[0-9A-F]{40}", self.contract)
        return token_id(chain, self.contract.lower()) if whole and chain.family == "evm" else ""


def parse_asset(text: str, protocol: Protocol = THORCHAIN) -> PoolAsset | None:
    """The asset of a memo's text; None where it is none. Without a chain it belongs to the network's own."""
    text = protocol.short.get(text, text)
    form = next((form for form in (Form.TRADE, Form.SYNTH) if form in text), Form.LAYER1)
    chain, separator, symbol = text.partition(form)
    if not separator:
        chain, symbol = protocol.chain, text
    if _CHAIN.fullmatch(chain.upper()) is None or _SYMBOL.fullmatch(symbol) is None:
        return None
    return PoolAsset(chain.upper(), symbol.upper(), form)


def resolve_asset(asset: PoolAsset, pools: Sequence[str]) -> PoolAsset | None:
    """The pool's asset that a shortened contract means: the same, else the first of `pools` (deepest first) it ends.

    None where none fits. The depths are those of the memo's height, so the caller brings the list.
    """
    known = [
        pool for pool in map(parse_asset, pools) if pool and (pool.chain, pool.ticker) == (asset.chain, asset.ticker)
    ]
    fitting = [pool for pool in known if pool.contract == asset.contract]
    fitting += [pool for pool in known if pool.contract.endswith(asset.contract)]
    return PoolAsset(fitting[0].chain, fitting[0].symbol, asset.form) if fitting else None
