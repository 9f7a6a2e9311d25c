"""Common cash-out: whose coins go where the theft's went is likelier the theft's, and nobody speaks for himself."""

from itertools import pairwise

import pytest
from tests.tracing.kernels import KEEPING
from tests.tracing.test_candidates import FEE, NOTE, POOL, SIZE, TAGS, Notes, codes, standing
from tests.tracing.worlds import BITCOIN, ETHEREUM, OUTSIDE, THIEF, USDC, Shelf, World, case, theft

from clew.amounts import Asset
from clew.attribution import Attribution
from clew.chains.networks import find_network
from clew.chains.script import script_owner
from clew.links.cashouts import FEW
from clew.model import Category, Kind, Tag
from clew.tracing import cashouts
from clew.tracing.dispositions import dispose
from clew.tracing.policies import Policy
from clew.tracing.trace import Bounds, Trace
from clew.tracing.walk import walk

LEFT = NOTE - FEE
"""What a recipient gets of a note."""


class Cashed(Notes):
    """The thief takes two notes' worth: one goes into his deposit address of the exchange, one into the pool."""

    def __init__(self, paid: tuple[str, ...] = ("alice", "bob"), *, deposit: str = "deposit") -> None:
        self.world = world = World()
        stolen = world.pay(OUTSIDE, THIEF, 2 * NOTE)
        world.pay(THIEF, deposit, NOTE)
        if deposit == "deposit":
            world.pay(deposit, "exchange", NOTE)
        world.pay(THIEF, POOL, NOTE, kind=Kind.CALL)
        world.pay("exchange", "stranger", 2 * NOTE)
        world.pay("stranger", POOL, NOTE, kind=Kind.CALL)
        for name in paid:
            self.pay_out(name)
        self.case = case(theft(stolen, 2 * NOTE))

    def cash(self, name: str, amount: int = LEFT, *, into: str = "deposit") -> None:
        """Somebody's coins into a deposit address, and on to the exchange."""
        self.world.pay(name, into, amount)
        self.world.pay(into, "exchange", amount)


def trace(
    story: Notes, *, whole: bool = False, policy: Policy = Policy.FIFO, until: int | None = None, most: int = 1000
) -> Trace:
    bounds = Bounds(max_addresses=most, through_mixes=True, until=until)
    return walk(story.case, policy, Shelf(story.world.rows, read_whole=whole), Attribution(TAGS), bounds)


def share_of_bob(found: Trace) -> float:
    """What stands with bob, who keeps his coins, of a note: a half where nothing speaks for alice."""
    bob = standing(found).get("bob")
    return 0.0 if bob is None else bob.origin / NOTE


def test_who_cashes_out_where_the_theft_did_is_likelier_the_theft() -> None:
    story = Cashed()
    story.cash("alice")
    found = trace(story)
    assert share_of_bob(found) < 0.1
    (said,) = [limit for limit in found.limitations if limit.code == "common-cash-out"]
    assert (said.address, said.asset) == ("deposit", ETHEREUM.native.id)
    assert (said.amount or 0) / NOTE == pytest.approx(100 / 101, abs=0.003), "and the two pairs teach a little of waits"
    assert "Exchange" in said.detail


def test_a_chain_read_whole_gives_the_same_answer() -> None:
    story = Cashed()
    story.cash("alice")
    assert [d.origin for d in dispose(trace(story, whole=True))] == [d.origin for d in dispose(trace(story))]


def test_it_may_be_a_few_payments_further_on() -> None:
    story = Cashed()
    story.world.pay("alice", "second", LEFT)
    story.world.pay("second", "third", LEFT)
    story.cash("third")
    assert share_of_bob(trace(story)) < 0.1


def test_but_not_many() -> None:
    story = Cashed()
    names = ["alice", "second", "third", "fourth"]
    for payer, payee in pairwise(names):
        story.world.pay(payer, payee, LEFT)
    story.cash("fourth")
    assert share_of_bob(trace(story)) == 0.5


def test_who_pays_many_speaks_for_nobody() -> None:
    story = Cashed()
    for number in range(FEW):
        story.world.pay("alice", f"payee {number}", 10)
    story.cash("alice", LEFT - 100)
    assert share_of_bob(trace(story)) == 0.5


def test_the_exchange_itself_is_no_deposit_address() -> None:
    story = Cashed(deposit="exchange")
    story.world.pay("alice", "exchange", LEFT)
    assert share_of_bob(trace(story)) == 0.5


def test_a_deposit_address_that_the_candidate_alone_reaches_says_nothing() -> None:
    story = Cashed()
    story.cash("alice", into="her own")
    found = trace(story)
    assert share_of_bob(found) == 0.5
    assert "common-cash-out" not in codes(found)


def test_whom_the_theft_paid_otherwise_does_not_speak_for_himself() -> None:
    """Alice was paid a part of the theft and took it to her exchange; later a note of hers came out."""
    story = Cashed((), deposit="alice")
    story.world.pay("alice", "her own", NOTE)
    story.world.pay("her own", "exchange", NOTE)
    for name in ("alice", "bob"):
        story.pay_out(name)
    story.cash("alice", into="her own")
    assert share_of_bob(trace(story)) == 0.5


def test_what_was_paid_before_the_withdrawal_says_nothing_of_it() -> None:
    story = Cashed(())
    story.world.pay("exchange", "alice", NOTE)
    story.cash("alice", NOTE)
    for name in ("alice", "bob"):
        story.pay_out(name)
    assert share_of_bob(trace(story)) == 0.5


@pytest.mark.parametrize(
    ("asset", "share"), [(USDC, 0.1), (Asset(f"{ETHEREUM.id}/erc20:0x{'99' * 20}", "OWN", 0), 0.51)]
)
def test_tokens_speak_if_they_are_known(asset: Asset, share: float) -> None:
    """Anybody can write an event of a token of his own by which alice seems to pay."""
    story = Cashed()
    story.world.token("alice", "deposit", 500, asset=asset)
    assert share_of_bob(trace(story)) < share


def test_what_comes_after_the_time_asked_for_says_nothing_yet() -> None:
    story = Cashed()
    paid_out = story.world.rows[-1].time
    story.cash("alice")
    assert share_of_bob(trace(story, until=paid_out)) == 0.5


def test_what_is_not_loaded_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Cashed()
    story.cash("alice")
    monkeypatch.setattr(cashouts, "MOST_ASKED", 0)
    found = trace(story)
    assert share_of_bob(found) == 0.5
    assert [limit.address for limit in found.limitations if limit.code == "cash-out-not-read"] == ["deposit"]


@pytest.mark.parametrize("policy", KEEPING)
def test_every_policy_that_keeps_value_shares_all_of_it_exactly(policy: Policy) -> None:
    story = Cashed()
    story.cash("alice", NOTE // 3)
    assert sum(one.origin for one in dispose(trace(story, policy=policy))) == 2 * NOTE


# --- CoinJoins


class Round:
    """Of what was stolen one part goes into a deposit address, the other into a round of five equal outputs."""

    def __init__(self) -> None:
        network = find_network(BITCOIN.id)
        self.names = [script_owner(bytes.fromhex("0014" + f"{n:02x}" * 20), network) for n in range(1, 21)]
        self.deposit, self.other, self.hot = self.names[10:13]
        self.world = world = World()
        whole = 2 * SIZE + 10_000
        stolen = world.spend([], [(self.names[0], whole)])
        parts = world.spend([f"{stolen}:0"], [(self.names[13], SIZE + 10_000), (self.names[14], SIZE)])
        paid = world.spend([f"{parts}:1"], [(self.deposit, SIZE)])
        coins = [f"{parts}:0"]
        for name, amount in zip(self.names[1:5], [SIZE + 10_000, SIZE, SIZE, SIZE], strict=True):
            coins.append(f"{world.spend([], [(name, amount)])}:0")
        self.mix = world.spend(coins, [(name, SIZE) for name in self.names[5:10]], fee=20_000)
        self.case = case(theft(stolen, whole, asset=BITCOIN.native, to=self.names[0], vout=0))
        self.swept = [f"{paid}:0"]

    def cash(self, vout: int, owner: str) -> None:
        """An output of the round into a deposit address."""
        self.swept.append(f"{self.world.spend([f'{self.mix}:{vout}'], [(owner, SIZE)])}:0")

    def shares(self) -> dict[str, int]:
        """What stands in outputs that nobody spends, after one sweep of all that was deposited."""
        self.world.spend(self.swept, [(self.hot, SIZE * len(self.swept))])
        rows = [row._replace(time=1_600_000_000 + 600 * row.height) for row in self.world.rows]
        hot = Tag(BITCOIN.id, self.hot, "hot wallet", "Exchange", Category.EXCHANGE, "a test", 90)
        found = dispose(walk(self.case, Policy.FIFO, Shelf(rows), Attribution([hot]), Bounds(through_mixes=True)))
        return {one.account.name: one.origin for one in found if one.kind == "held"}


def test_an_output_that_goes_where_the_theft_went_is_likelier_its() -> None:
    story = Round()
    story.cash(2, story.deposit)
    found = story.shares()
    assert set(found) == {f"{story.mix}:{vout}" for vout in (0, 1, 3, 4)}
    assert all(origin < SIZE // 10 for origin in found.values())


def test_a_sweep_together_with_other_customers_says_nothing() -> None:
    story = Round()
    story.cash(2, story.other)
    assert all(abs(origin - SIZE // 5) <= 1 for origin in story.shares().values())
