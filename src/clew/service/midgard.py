"""What a payment into THORChain or Maya became, asked of the network's own records (Midgard)."""

from dataclasses import replace

from clew.amounts import Asset
from clew.chains import find_chain
from clew.chains.tokens import find_token
from clew.errors import InputError
from clew.ingest.replies import append_reply
from clew.ledger import Ledger
from clew.model import Basis, Conversion, Decoded, Grade
from clew.protocols.thorchain import midgard
from clew.protocols.thorchain.assets import parse_asset
from clew.protocols.thorchain.facts import MAYA, THORCHAIN, Protocol
from clew.service.connections import Connections
from clew.sources import NotRecordedError, Question, Request, Transport, read_json
from clew.tracing.crossings import Crossing, Ground, Payment

MIDGARD = {"THORChain": "https://midgard.ninerealms.com", "Maya": "https://midgard.mayachain.info"}
"""Public Midgard servers. Source: https://dev.thorchain.org/concepts/connecting-to-thorchain.html and
https://docs.mayaprotocol.com"""

PROTOCOLS = {"THORChain": THORCHAIN, "Maya": MAYA}

_PLACES = 8
"""Decimals of every amount of the networks, whatever the asset's own."""


class MidgardRecords:
    """`tracing.crossings.Crossings` of payments into the networks' vaults and routers."""

    def __init__(self, connections: Connections, ledger: Ledger) -> None:
        self._connections = connections
        self._ledger = ledger
        self._transports: dict[str, Transport] = {}

    def __call__(self, payment: Payment, _ground: Ground) -> Crossing:
        """What the network says that it paid out."""
        name = payment.tag.entity if payment.tag else ""
        if name not in self._transports:
            self._transports[name] = self._connections.transport(name.lower(), MIDGARD[name])
        txid = payment.tx.removeprefix("0x").upper()
        path = "/v2/actions"
        request = Request(path=path, params={"txid": txid})
        question = Question(midgard.FORMAT, payment.chain, {"path": path, "txid": txid}, request, _check)
        try:
            reply = self._transports[name].ask(question)
        except NotRecordedError:
            return Crossing(reason=f"no recorded reply of {name} says what became of it")
        append_reply(self._ledger.writer, reply, lambda _reply: Decoded())
        found = [swap for swap in midgard.swaps(midgard.decode_actions(reply.body)) if swap.txid == txid]
        if not found:
            return Crossing(reason=f"{name} knows no swap of it")
        return crossing_of(found[0], PROTOCOLS[name], payment)


def _check(body: bytes) -> None:
    read_json(body)
    midgard.decode_actions(body)


def crossing_of(swap: midgard.Swap, protocol: Protocol, payment: Payment) -> Crossing:
    """A swap as conversions: what was paid back is the same asset again, and the one payout is what the rest became.

    Of several coins that came in, the payment is one; which payout is whose cannot be told, but for refunds.
    """
    name = protocol.name
    if swap.outcome is midgard.Outcome.PENDING:
        return Crossing(reason=f"{name} has not paid out yet")
    try:
        given = [coin for coin in swap.coins if _asset(coin.asset, protocol).id == payment.asset]
        others = sorted({coin.asset for coin in swap.coins} - {coin.asset for coin in given})
        if not given:
            came = ", ".join(others) or "nothing"
            return Crossing(reason=f"{name} says that {came} came in, not {payment.asset}")
        back = [leg for leg in swap.refunds if leg.txid and {coin.asset for coin in leg.coins} == {given[0].asset}]
        payouts = [leg for leg in swap.payouts if leg.txid]
        if any(len(leg.coins) != 1 for leg in (*back, *payouts)) or not (back or payouts):
            return Crossing(reason=f"{name} paid out {len(payouts)} times: what became of which part cannot be told")
        if len(payouts) > 1 or (payouts and others):
            paid = ", ".join(f"{leg.txid.lower()} to {leg.address}" for leg in payouts)
            also = f" and took in {', '.join(others)} besides" if others else ""
            return Crossing(reason=f"{name} paid out {len(payouts)} times{also}: which part is which? ({paid})")
        return _parts(swap, given, back, payouts, protocol, payment)
    except InputError as error:
        return Crossing(reason=error.what)


def _parts(
    swap: midgard.Swap,
    given: list[midgard.Coin],
    back: list[midgard.Leg],
    payouts: list[midgard.Leg],
    protocol: Protocol,
    payment: Payment,
) -> Crossing:
    """The payment divided: each refund takes its amount; the payout, or else the last refund, what the rest is.

    A part that an affiliate is paid from, and the network's fees, are in that rest.
    """
    asset = _asset(given[0].asset, protocol)
    entered = min(_scaled(sum(coin.amount for coin in given), asset), payment.amount)
    note = f"{protocol.name}: {swap.outcome}" + (f", memo {swap.memo}" if swap.memo else "")
    basis = Basis(payment.tag.entity if payment.tag else protocol.name, payment.taker, swap.txid)
    sender = swap.sender if find_chain(payment.chain).utxo else payment.sender
    whole = Conversion(asset, entered, sender, asset, entered, sender, payment.tx, "", Grade.DECODED, note, basis)
    legs = [*back, *payouts]
    outs = [_asset(leg.coins[0].asset, protocol) for leg in legs]
    paid = [_scaled(leg.coins[0].amount, out) for leg, out in zip(legs, outs, strict=True)]
    taken = [*paid[:-1], entered - sum(paid[:-1])]
    if taken[-1] <= 0 or (not payouts and taken[-1] < paid[-1]):
        return Crossing(reason=f"{protocol.name} says that it paid back more than the {entered} base units it took in")
    found = zip(taken, outs, paid, legs, strict=True)
    return Crossing(tuple(_out(whole, amount_in, out, amount, leg) for amount_in, out, amount, leg in found))


def _out(whole: Conversion, amount_in: int, asset: Asset, amount_out: int, leg: midgard.Leg) -> Conversion:
    evm, hashes = find_chain(asset.chain).family == "evm", leg.txid.lower()
    tx_out, receiver = (f"0x{hashes}", leg.address.lower()) if evm else (hashes, leg.address)
    return replace(whole, amount_in=amount_in, asset_out=asset, amount_out=amount_out, receiver=receiver, tx_out=tx_out)


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
