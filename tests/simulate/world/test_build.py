"""A world's chains agree with its book, every coin has a past, and every verb is used."""

from collections import defaultdict

import orjson

from clew.chains import decode, find_chain
from clew.chains.bitcoin import BlockReader
from clew.model import Reply, Transfer
from clew.simulate.lots import Account
from clew.simulate.world import bitcoin, evm
from clew.simulate.world.files import records
from clew.simulate.world.people import Town
from clew.simulate.world.state import World
from clew.simulate.world.verbs import VERBS

from .conftest import STEPS


def transfers(world: World, chain: str) -> list[Transfer]:
    reader = BlockReader(bitcoin.CHAIN.id)
    read = reader.read if chain == bitcoin.CHAIN.id else decode
    found = [Reply(form, of, query, "0", body) for form, of, query, body in records(world) if form.endswith("/block")]
    return [transfer for reply in found if reply.chain == chain for transfer in read(reply).transfers]


def test_no_ethereum_balance_goes_negative_and_all_end_as_in_the_book(built: tuple[World, Town]) -> None:
    world, _ = built
    balances: defaultdict[tuple[str, str], int] = defaultdict(int)
    for transfer in transfers(world, evm.CHAIN.id):
        balances[transfer.sender, transfer.asset] -= transfer.amount
        made = transfer.sender.startswith("@") or transfer.sender == "0x" + "0" * 40
        assert made or balances[transfer.sender, transfer.asset] >= 0, transfer
        balances[transfer.receiver, transfer.asset] += transfer.amount
    addresses = {address for chain, address in world.owners if chain == evm.CHAIN.id}
    assert len(addresses) > 100
    for address in addresses:
        for asset in (evm.ETH, evm.USDT):
            assert balances[address, asset.id] == world.evm.balance(address, asset)


def test_every_bitcoin_output_ends_as_in_the_book(built: tuple[World, Town]) -> None:
    world, _ = built
    unspent: dict[str, int] = {}
    for transfer in transfers(world, bitcoin.CHAIN.id):
        if not transfer.receiver.startswith("@"):
            unspent[transfer.receiver] = transfer.amount
        unspent.pop(transfer.sender, None)
    book = {place: world.book.balance(Account(bitcoin.CHAIN.id, place, bitcoin.BTC.id)) for place in unspent}
    first = unspent.pop("4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b:0")
    book.pop("4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b:0")
    assert first == 50 * 10**8
    assert unspent == book


def test_the_parts_of_each_theft_add_up(built: tuple[World, Town]) -> None:
    world, _ = built
    for theft in world.thefts:
        parts = [lot.origin for (name, _), lot in world.book.stolen().items() if name.removesuffix("~") == theft.id]
        assert sum(parts) == theft.amount
        assert len(parts) > 5


def test_the_small_world_uses_every_verb(built: tuple[World, Town]) -> None:
    world, town = built
    assert {verb for verb, *_ in STEPS} == set(VERBS)
    assert {passage.service for passage in world.passages} >= {"THORChain", "Simulated Bridge", "Simulated Exchanger"}
    assert town.mixer.paid
    assert world.bitcoin.mixes
    kinds = {world.owners.get((a.chain, world.bitcoin.owners.get(a.place, a.place))) for _, a in world.book.stolen()}
    assert {"exchange", "thief", "broker"} <= {owner.kind for owner in kinds if owner}


def test_everything_paid_into_a_note_or_an_order_came_out_of_it_or_waits(built: tuple[World, Town]) -> None:
    world, town = built
    for paid in town.mixer.paid:
        assert world.book.balance(paid.note.held) == 0
        assert paid.time >= paid.note.time
    assert len({paid.note.commitment for paid in town.mixer.paid}) == len(town.mixer.paid)


def test_what_midgard_says_is_what_the_chains_show(built: tuple[World, Town]) -> None:
    world, _ = built
    outputs = world.bitcoin.owners
    done = 0
    for action in world.actions.values():
        (entry,) = action["actions"]
        assert orjson.dumps(action)
        for leg in entry["out"]:
            done += 1
            assert leg["address"] == outputs[f"{leg['txID'].lower()}:0"]
    assert done
    assert find_chain("bitcoin").id == bitcoin.CHAIN.id
