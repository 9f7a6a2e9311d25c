"""A world from a preset: found it, rob it, let everybody act until its last day."""

from dataclasses import replace
from functools import partial

from clew.amounts import Asset
from clew.errors import InputError
from clew.model import Theft
from clew.simulate.dice import Dice
from clew.simulate.names import Names
from clew.simulate.world import bitcoin, evm
from clew.simulate.world.bitcoin import RawBitcoin
from clew.simulate.world.evm import Evm
from clew.simulate.world.intentions import Intentions
from clew.simulate.world.people import DOLLAR, SATOSHI, Life, Town, found_town
from clew.simulate.world.preset import Loot, Preset
from clew.simulate.world.scheme import THIEF, Pile, Scheme
from clew.simulate.world.services import ETHER
from clew.simulate.world.state import DAY, DOLLARS, START, Purse, World
from clew.simulate.world.tron import Tron
from clew.simulate.world.verbs import VERBS

LOOT = "loot"
"""The pool that stolen coins enter first."""
_ASSETS: dict[str, tuple[Asset, int]] = {
    "ETH": (evm.ETH, ETHER),
    "USDT": (evm.USDT, DOLLAR),
    "BTC": (bitcoin.BTC, SATOSHI),
}


def build(preset: Preset, seed: int, scale: int = 1000) -> tuple[World, Town]:
    """The world after its last day; `scale` is in thousandths of the preset's own size."""
    names, book = Names(seed), Intentions()
    world = World(
        preset,
        seed,
        scale,
        names,
        book,
        Evm(names, Dice(seed, "ethereum"), book, start=START),
        RawBitcoin(names, Dice(seed, "bitcoin"), book, start=START),
        Tron(names, Dice(seed, "tron"), book, start=START),
        START + preset.economy.days * DAY,
    )
    town = found_town(world)
    life = Life(world, town)
    scheme = Scheme(world, town, life, Dice(seed, THIEF), VERBS)
    _endow_bridges(world, town)
    scheme.begin()
    life.begin()
    dice = Dice(seed, "theft")
    for number, loot in enumerate(preset.loot, 1):
        _plan(world, scheme, dice, loot, number)
    world.run()
    world.evm.close()
    world.bitcoin.closing_time()
    return world, town


def _endow_bridges(world: World, town: Town) -> None:
    """What the services that pay out bitcoin need to hold: all of the loot, and half as much again."""
    dollars = sum(loot.units * DOLLARS[_asset(loot)[0].id] for loot in world.preset.loot)
    blocks = 8 + 3 * dollars // (2 * 50 * DOLLARS[bitcoin.BTC.id])
    for purse in (town.thorchain.purse, town.exchanger.purse):
        purse.coins += [world.bitcoin.grant(purse.address) for _ in range(blocks)]


def _asset(loot: Loot) -> tuple[Asset, int]:
    if loot.asset not in _ASSETS:
        raise InputError(f"{loot.asset!r} cannot be stolen", where="loot", mend=f"known: {', '.join(_ASSETS)}")
    return _ASSETS[loot.asset]


def _plan(world: World, scheme: Scheme, dice: Dice, loot: Loot, number: int) -> None:
    """A theft from one service, or from as many people, in heavy-tailed parts that add up to the whole."""
    asset, unit = _asset(loot)
    weights = [dice.heavy(100, 5_000) for _ in range(loot.victims)]
    left = loot.units * unit
    for victim, weight in enumerate(weights, 1):
        amount = left if victim == len(weights) else loot.units * unit * weight // sum(weights)
        left -= amount
        amount = amount // 10**9 * 10**9 if asset == evm.ETH else amount
        time = START + loot.day * DAY + dice.below(max(1, loot.spread_days * DAY)) + dice.below(3_600)
        named = f"loot-{number}" if loot.victims == 1 else f"loot-{number}-{victim}"
        source = _victim(world, asset, amount, loot.victims == 1, number)
        world.at(time, partial(_rob, world, scheme, Theft(named, asset, amount, "", ""), source))


def _victim(world: World, asset: Asset, amount: int, service: bool, number: int) -> Purse | str:
    """Somebody who holds the amount, and a little more for the fee, before anything happens."""
    name = f"Victim {number}" if service else "Person robbed"
    if asset == bitcoin.BTC:
        purse = Purse(world, world.own(bitcoin.CHAIN.id, world.names.bitcoin_address(), name, "victim"))
        while purse.balance < amount + SATOSHI // 10:
            purse.coins.append(world.bitcoin.grant(purse.address))
        return purse
    wallet = world.own(evm.CHAIN.id, world.names.evm_address(), name, "victim")
    world.evm.grant(wallet, (amount if asset == evm.ETH else 0) + ETHER)
    if asset == evm.USDT:
        issuer = next(address for (_, address), owner in world.owners.items() if owner.kind == "issuer")
        world.evm.mint(START, issuer, wallet, amount)
    return wallet


def _rob(world: World, scheme: Scheme, theft: Theft, source: Purse | str, time: int) -> None:
    """The victim's coins go to a new wallet of the thief; from here on they are loot."""
    asset, amount = theft.asset, theft.amount
    if isinstance(source, Purse):
        to = scheme.bitcoin_wallet()
        coin = source.pay(time, [(to, amount)])[0]
        tx, place, pile = coin.tx, coin.account, Pile(asset.id, to, coin)
    else:
        to = scheme.fresh(time, source)
        tx = (world.pay_eth if asset == evm.ETH else world.pay_usdt)(time, source, to, amount)
        place, pile = evm.account(to, asset), Pile(asset.id, to)
    world.thefts.append(replace(theft, tx=tx, to=to))
    world.book.mark(place, theft.id, amount)
    scheme.put(LOOT, pile, time)
