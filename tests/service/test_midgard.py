"""Swaps of real Midgard replies become conversions that take what came in and pay what went out, or say why not."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from clew.errors import InputError
from clew.model import Category, Tag
from clew.protocols.thorchain import midgard
from clew.protocols.thorchain.facts import THORCHAIN
from clew.service.midgard import _asset, _scaled, crossing_of
from clew.tracing.crossings import Payment

pytestmark = pytest.mark.data


def test_real_swaps_become_conversions_or_say_why_not(shared_data: Callable[[str], Path]) -> None:
    counted: Counter[str] = Counter()
    for path in sorted(shared_data("thorchain/midgard").glob("*.json")):
        if path.name == "swaps-streaming.json":  # which is no list of actions
            continue
        for swap in midgard.swaps(midgard.decode_actions(path.read_bytes())):
            counted[check(swap)] += 1
    assert counted["crossed"] + counted["refunded"] > 5
    assert counted["not crossed"] < 10
    assert sum(counted.values()) == 392


def check(swap: midgard.Swap) -> str:
    try:
        asset = _asset(swap.coins[0].asset, THORCHAIN)
    except InputError:
        return "unknown asset"
    amount = _scaled(sum(coin.amount for coin in swap.coins), asset)
    tag = Tag(asset.chain, "vault", "THORChain", "THORChain", Category.BRIDGE, "a test", 90)
    crossing = crossing_of(swap, THORCHAIN, Payment(asset.chain, "0x1", 0, swap.sender, "vault", asset.id, amount, tag))
    assert bool(crossing.conversions) != bool(crossing.reason)
    if crossing.reason:  # what stays on the network, or goes back twice, as after the halt of 2021
        assert "paid out 0 times" in crossing.reason or "paid back more" in crossing.reason
        return "not crossed"
    legs = [*swap.refunds, *swap.payouts]
    outs = {one.tx_out.removeprefix("0x").upper(): one for one in crossing.conversions}
    assert set(outs) == {leg.txid for leg in legs if leg.txid}
    assert sum(one.amount_in for one in crossing.conversions) == amount
    for leg in legs:
        if leg.txid:
            told = outs[leg.txid]
            assert _scaled(leg.coins[0].amount, told.asset_out) == told.amount_out
            assert told.receiver.lower() == leg.address.lower()
    return "refunded" if swap.refunds else "crossed"
