"""Stolen coins at an exchange's deposit address: the exchange is named, though no tag names the address."""

from collections.abc import Iterable

import pytest
from tests.tracing.worlds import BITCOIN, BTC, ETHEREUM, OUTSIDE, THIEF, USDC, Shelf, World, case, theft

from clew.attribution import Attribution
from clew.chains.networks import find_network
from clew.chains.script import script_owner
from clew.model import Case, Category, Tag
from clew.service.result import ResultWriter, worklist
from clew.tracing.dispositions import Disposition, dispose
from clew.tracing.policies import Policy
from clew.tracing.trace import Bounds, Trace
from clew.tracing.walk import walk

LOOT = 10**18
NAMES = [script_owner(bytes([0, 20]) + bytes([n]) * 20, find_network(BITCOIN.id)) for n in range(4)]
OWN, MULE, HOT, OTHER = NAMES


def tag(chain: str, address: str, category: Category = Category.EXCHANGE, entity: str = "Exchange") -> Tag:
    return Tag(chain, address, "hot wallet", entity, category, "a test", 90)


TAGS = [tag(ETHEREUM.id, "hot"), tag(ETHEREUM.id, "shop", Category.MERCHANT, "Shop"), tag(BITCOIN.id, HOT)]


def traced(story: Case, world: World, *, status: dict[str, str] | None = None, tags: Iterable[Tag] = TAGS) -> Trace:
    return walk(story, Policy.FIFO, Shelf(world.rows, status=status), Attribution(tags), Bounds())


def at(found: Trace, address: str) -> Disposition:
    (one,) = [one for one in dispose(found) if one.account.address == address]
    return one


class Deposited:
    """The thief pays twice into an address that sends the first payment on, and keeps the second."""

    def __init__(self, to: str = "hot") -> None:
        self.world = world = World()
        stolen = world.pay(OUTSIDE, THIEF, 2 * LOOT)
        world.pay(THIEF, "deposit", LOOT)
        world.pay("deposit", to, LOOT)
        world.pay(THIEF, "deposit", LOOT)
        self.case = case(theft(stolen, 2 * LOOT))


def test_what_is_not_swept_yet_is_held_at_the_exchange_to_which_the_rest_was_swept() -> None:
    story = Deposited()
    one = at(traced(story.case, story.world), "deposit")
    assert (one.kind, one.origin, one.tag and one.tag.entity) == ("held", LOOT, "Exchange")
    assert one.detail.startswith("inferred to be a deposit address of Exchange: all that is seen to leave it")


def test_the_worklist_asks_that_exchange() -> None:
    story = Deposited()
    found = traced(story.case, story.world)
    tasks = {
        task["address"]: task
        for task in worklist(dispose(found), ResultWriter(found, Attribution(TAGS), {}, frozenset()))
    }
    assert tasks["deposit"]["who"] == "Exchange: compliance and legal department"
    assert tasks["deposit"]["label"] == "Exchange: deposit address"


@pytest.mark.parametrize("receiver", ["friend", "shop"])
def test_who_pays_somebody_else_too_is_a_person(receiver: str) -> None:
    story = Deposited()
    story.world.pay("deposit", receiver, LOOT // 2)
    assert at(traced(story.case, story.world), "deposit").tag is None


def test_what_sends_to_a_service_that_is_no_exchange_is_no_deposit_address() -> None:
    story = Deposited("shop")
    assert at(traced(story.case, story.world), "deposit").tag is None


def test_an_address_that_never_sent_anything_says_nothing() -> None:
    world = World()
    stolen = world.pay(OUTSIDE, THIEF, LOOT)
    world.pay(THIEF, "deposit", LOOT)
    assert at(traced(case(theft(stolen, LOOT)), world), "deposit").tag is None


def test_the_thiefs_own_first_account_is_no_exchanges_whatever_he_pays() -> None:
    world = World()
    stolen = world.pay(OUTSIDE, THIEF, LOOT)
    world.pay(THIEF, "hot", LOOT)
    again = world.pay(OUTSIDE, THIEF, LOOT)
    assert at(traced(case(theft(stolen, LOOT), theft(again, LOOT)), world), THIEF).tag is None


def test_a_history_that_is_not_whole_proves_no_deposit_address() -> None:
    story = Deposited()
    one = at(traced(story.case, story.world, status={"deposit": "truncated"}), "deposit")
    assert (one.kind, one.tag) == ("unavailable", None)


def test_a_token_stands_at_the_exchange_that_swept_other_coins() -> None:
    story = Deposited()
    taken = story.world.token(OUTSIDE, THIEF, 500, asset=USDC)
    story.world.token(THIEF, "deposit", 500, asset=USDC)
    found = traced(case(theft(taken, 500, asset=USDC)), story.world)
    assert (at(found, "deposit").amount, at(found, "deposit").tag is not None) == (500, True)


def coins(*others: tuple[str, int]) -> Trace:
    """Two outputs to one address, of which the first is swept; `others`: what the sweep pays beside the exchange."""
    world = World()
    stolen = world.spend([], [(OWN, 2 * LOOT)])
    paid = world.spend([f"{stolen}:0"], [(MULE, LOOT), (MULE, LOOT)])
    world.spend([f"{paid}:0"], [(HOT, LOOT - sum(amount for _, amount in others)), *others])
    return traced(case(theft(stolen, 2 * LOOT, asset=BTC, to=OWN, vout=0)), world)


def test_an_output_to_a_bitcoin_address_whose_others_were_swept_stands_at_the_exchange() -> None:
    one = at(coins(), MULE)
    assert (one.kind, one.origin, one.tag and one.tag.entity) == ("held", LOOT, "Exchange")


def test_a_payment_with_change_is_a_persons() -> None:
    found = coins((OTHER, LOOT // 4))
    assert at(found, MULE).tag is None
