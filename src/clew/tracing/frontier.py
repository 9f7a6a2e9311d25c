"""The frontier: who holds taint and is not loaded, and which bound stops the walk there."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeVar

from clew.model import Address, History, Theft
from clew.tracing.labels import theft_of
from clew.tracing.trace import Bounds, Run

Key = TypeVar("Key")
Known = Callable[[str, str], History | None]
"""``known(chain, account)``: the history of an account that this walk loaded."""


def frontier_of(
    run: Run, thefts: Sequence[Theft], bounds: Bounds, loaded: int, history: Known
) -> tuple[list[Address], dict[Address, str]]:
    """Accounts that hold taint and could still be loaded, the largest share of a theft first; and of the others, why
    not. `loaded`: how many are."""
    share: dict[Address, Fraction] = {}
    hops: dict[Address, int] = {}
    enough: set[Address] = set()
    for number, label, origin in zip(run.holdings.where, run.holdings.label, run.holdings.origin, strict=True):
        stop = run.stops.get(number)
        account = run.journal.accounts[number]
        key = Address(account.chain, account.name)
        if stop is None or stop.kind != "not-followed" or history(*key) is not None:
            continue
        theft = theft_of(label)
        share[key] = max(share.get(key, Fraction(0)), Fraction(origin, thefts[theft].amount))
        hops[key] = min(hops.get(key, 1 << 30), int(run.ways.hops[number, theft]))
        if origin >= (bounds.min_amount or {}).get(theft, 0):
            enough.add(key)
    waiting: list[Address] = []
    refused: dict[Address, str] = {}
    room = bounds.max_addresses - loaded
    for key in sorted(share, key=lambda k: (-share[k], hops[k], k)):
        if key not in enough:
            refused[key] = "holds less than the least amount followed"
        elif bounds.max_hops is not None and hops[key] > bounds.max_hops:
            refused[key] = f"more than {bounds.max_hops} hops away"
        elif len(waiting) >= room:
            refused[key] = f"{bounds.max_addresses} accounts were loaded already"
        else:
            waiting.append(key)
    return waiting, refused


def shares(run: Run, thefts: Sequence[Theft], key_of: Callable[[int], Key | None]) -> dict[Key, Fraction]:
    """By key of an event: the parts of the thefts that its movements carry, all in all; events without one are left
    out."""
    share: dict[Key, Fraction] = {}
    records = run.records
    for event, label, origin in zip(records.where, records.label, records.origin, strict=True):
        key = key_of(event)
        if key is not None:
            share[key] = share.get(key, Fraction(0)) + Fraction(origin, thefts[theft_of(label)].amount)
    return share
