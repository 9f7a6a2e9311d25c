"""What a payment into a bridge became on the other side, asked of the bridge's own records."""

from collections.abc import Callable

from clew.amounts import Asset
from clew.chains import find_chain
from clew.chains.tokens import find_token
from clew.errors import InputError
from clew.ingest.replies import append_reply
from clew.ledger import Ledger
from clew.model import Conversion, Decoded, Grade, Tag
from clew.protocols.thorchain import midgard
from clew.protocols.thorchain.assets import parse_asset
from clew.protocols.thorchain.facts import MAYA, THORCHAIN, Protocol
from clew.service.connections import Connections
from clew.sources import NotRecordedError, Question, Request, Transport, read_json

Answer = tuple[tuple[Conversion, ...], str]

MIDGARD = {"THORChain": "https://midgard.ninerealms.com", "Maya": "https://midgard.mayachain.info"}
"""Public Midgard servers. Source: https://dev.thorchain.org/concepts/connecting-to-thorchain.html and
https://docs.mayaprotocol.com"""

_PLACES = 8
"""Decimals of every amount of the networks, whatever the asset's own."""


class BridgeRecords:
    """`tracing.walk.Crossings` over the bridges whose records Clew can read."""

    def __init__(self, connections: Connections, ledger: Ledger) -> None:
        self._connections = connections
        self._ledger = ledger
        self._transports: dict[str, Transport] = {}
        self._resolvers: dict[str, Callable[[str, str], Answer]] = {
            "THORChain": lambda chain, tx: self._midgard("THORChain", THORCHAIN, chain, tx),
            "Maya": lambda chain, tx: self._midgard("Maya", MAYA, chain, tx),
        }

    def __call__(self, tag: Tag, chain: str, tx: str) -> Answer:
        """The conversions a payment into the bridge led to; or none, and why."""
        resolver = self._resolvers.get(tag.entity)
        return resolver(chain, tx) if resolver else ((), "")

    def _midgard(self, name: str, protocol: Protocol, chain: str, tx: str) -> Answer:
        if name not in self._transports:
            self._transports[name] = self._connections.transport(name.lower(), MIDGARD[name])
        txid = tx.removeprefix("0x").upper()
        path = "/v2/actions"
        question = Question(
            midgard.FORMAT, chain, {"path": path, "txid": txid}, Request(path=path, params={"txid": txid}), _check
        )
        try:
            reply = self._transports[name].ask(question)
        except NotRecordedError:
            return (), f"no recorded reply of {name} says what became of it"
        append_reply(self._ledger.writer, reply, lambda _reply: Decoded())
        found = [swap for swap in midgard.swaps(midgard.decode_actions(reply.body)) if swap.txid == txid]
        if not found:
            return (), f"{name} knows no swap of it"
        return _conversions(found[0], protocol, chain, tx)


def _check(body: bytes) -> None:
    read_json(body)
    midgard.decode_actions(body)


def _conversions(swap: midgard.Swap, protocol: Protocol, chain: str, tx: str) -> Answer:
    """A swap with one payout that leaves the network, as a conversion."""
    legs = [leg for leg in (*swap.payouts, *swap.refunds) if leg.txid]
    if swap.outcome is midgard.Outcome.PENDING:
        return (), f"{protocol.name} has not paid out yet"
    if len(legs) != 1 or len(legs[0].coins) != 1 or len(swap.coins) != 1:
        return (), f"{protocol.name} paid out {len(legs)} times: what became of which part cannot be told"
    try:
        given, got = _asset(swap.coins[0].asset, protocol), _asset(legs[0].coins[0].asset, protocol)
    except InputError as error:
        return (), error.what
    if given.chain != chain:
        return (), f"{protocol.name} says it came from {given.chain}"
    out_chain = find_chain(got.chain)
    hashes = legs[0].txid.lower()
    tx_out = f"0x{hashes}" if out_chain.family == "evm" else hashes
    receiver = legs[0].address.lower() if out_chain.family == "evm" else legs[0].address
    note = f"{protocol.name}: {swap.outcome}" + (f", memo {swap.memo}" if swap.memo else "")
    amounts = _scaled(swap.coins[0].amount, given), _scaled(legs[0].coins[0].amount, got)
    sender = swap.sender.lower() if find_chain(chain).family == "evm" else swap.sender
    return (
        (Conversion(given, amounts[0], sender, got, amounts[1], receiver, tx, tx_out, Grade.DECODED, note),),
        "",
    )


def _scaled(amount: int, asset: Asset) -> int:
    """Base units of an amount in 1e8 units; what does not divide is cut, as the networks do."""
    if asset.decimals >= _PLACES:
        return int(amount * 10 ** (asset.decimals - _PLACES))
    return int(amount // 10 ** (_PLACES - asset.decimals))


def _asset(text: str, protocol: Protocol) -> Asset:
    """The asset Clew knows under a network's name; InputError for what it does not read."""
    parsed = parse_asset(text, protocol)
    asset = "" if parsed is None else parsed.caip19
    if not asset:
        raise InputError(f"{text} is on no chain Clew reads")
    native = find_chain(asset.partition("/")[0]).native
    found = native if native.id == asset else find_token(asset)
    if found is None:
        raise InputError(f"the token {text} is not among the known ones")
    return found
