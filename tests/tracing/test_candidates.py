"""Through mixers by expected value: what entered is shared over what may be its, and nothing of it is called proven."""

import pytest
from tests.tracing.kernels import KEEPING
from tests.tracing.worlds import BITCOIN, ETHEREUM, OUTSIDE, THIEF, Shelf, World, case, theft

from clew.attribution import Attribution
from clew.chains.networks import find_network
from clew.chains.script import script_owner
from clew.model import Category, Grade, Kind, Tag
from clew.tracing.dispositions import Disposition, dispose
from clew.tracing.policies import Policy
from clew.tracing.trace import Bounds, Trace
from clew.tracing.walk import walk

NOTE = 10 * 10**18
FEE = NOTE // 250
POOL, ROUTER = "0x910cbd523d972eb0a6f4cae4618ad62622b39dbf", "0xd90e2f925da726b50c4ed8d0fb90ad053324f31b"
TAGS = [
    Tag(ETHEREUM.id, POOL, "10 ETH pool", "Tornado Cash", Category.MIXER, "a test", 90),
    Tag(ETHEREUM.id, ROUTER, "router", "Tornado Cash", Category.MIXER, "a test", 90),
    Tag(ETHEREUM.id, "exchange", "an exchange", "Exchange", Category.EXCHANGE, "a test", 90),
]


class Notes:
    """The thief's one note and a stranger's go into a pool a minute apart; two are paid out to whom the test says."""

    def __init__(self, paid: tuple[str, ...] = ("alice", "bob"), *, through: str = POOL) -> None:
        self.world = world = World()
        stolen = world.pay(OUTSIDE, THIEF, NOTE)
        tx = world.pay(THIEF, through, NOTE, kind=Kind.CALL)
        if through != POOL:
            world.pay(through, POOL, NOTE, tx=tx, kind=Kind.INTERNAL)
        world.pay("exchange", "stranger", 2 * NOTE)
        world.pay("stranger", POOL, NOTE, kind=Kind.CALL)
        for name in paid:
            self.pay_out(name)
        self.case = case(theft(stolen, NOTE))

    def pay_out(self, name: str) -> None:
        tx = self.world.pay("relayer", "@fee", 0, kind=Kind.FEE)
        self.world.pay(POOL, name, NOTE - FEE, tx=tx, kind=Kind.INTERNAL)
        self.world.pay(POOL, "relayer", FEE, tx=tx, kind=Kind.INTERNAL)


def trace(story: Notes, *, through: bool = True, policy: Policy = Policy.FIFO, until: int | None = None) -> Trace:
    bounds = Bounds(through_mixes=through, until=until)
    return walk(story.case, policy, Shelf(story.world.rows), Attribution(TAGS), bounds)


def standing(found: Trace) -> dict[str, Disposition]:
    return {one.account.address: one for one in dispose(found)}


def codes(found: Trace) -> set[str]:
    return {limit.code for limit in found.limitations}


def test_a_note_is_shared_over_the_withdrawals_that_may_have_spent_it() -> None:
    found = standing(trace(Notes()))
    assert {name: one.origin for name, one in found.items()} == {"alice": NOTE // 2, "bob": NOTE // 2}


def test_without_the_option_it_ends_at_the_pool() -> None:
    found = trace(Notes(), through=False)
    assert {name: (one.kind, one.grade) for name, one in standing(found).items()} == {POOL: ("service", Grade.OBSERVED)}
    assert "expected-value" not in codes(found)


def test_what_came_as_a_share_says_so_with_its_probability() -> None:
    found = trace(Notes())
    alice = standing(found)["alice"]
    assert (alice.grade, alice.probability) == (Grade.EXPECTED, round(NOTE // 2 / (NOTE - FEE), 6))
    assert "no single one is proven" in alice.detail
    assert [(step.sender.shown, step.receiver.shown) for step in alice.path] == [
        (OUTSIDE, THIEF),
        (THIEF, POOL),
        (POOL, "alice"),
    ]
    (said,) = [limit for limit in found.limitations if limit.code == "expected-value"]
    assert (said.address, said.amount) == (POOL, NOTE)


def test_it_goes_on_from_a_candidate_and_stays_expected() -> None:
    story = Notes()
    story.world.pay("alice", "exchange", NOTE - FEE)
    cashed = standing(trace(story))["exchange"]
    assert (cashed.kind, cashed.origin, cashed.grade) == ("service", NOTE // 2, Grade.EXPECTED)


def test_a_withdrawal_before_the_deposit_is_no_candidate() -> None:
    story = Notes(())
    world, tx = World(), "early"
    world.pay("other", POOL, NOTE, kind=Kind.CALL)
    world.pay(POOL, "carol", NOTE - FEE, tx=tx, kind=Kind.INTERNAL)
    world.pay(POOL, "relayer", FEE, tx=tx, kind=Kind.INTERNAL)
    story.world.rows = [*world.rows, *[row._replace(height=row.height + 10) for row in story.world.rows]]
    assert set(standing(trace(story))) == {POOL}


def test_what_no_candidate_covers_stays_at_the_pool() -> None:
    """One withdrawal for two notes a minute apart: each is its nearly as likely as not."""
    found = standing(trace(Notes(("alice",))))
    assert set(found) == {"alice", POOL}
    assert found["alice"].origin == pytest.approx(NOTE // 2, rel=0.05)
    assert found["alice"].origin + found[POOL].origin == NOTE
    assert found[POOL].grade is Grade.OBSERVED


def test_a_note_paid_through_a_router_is_one_too() -> None:
    assert standing(trace(Notes(through=ROUTER)))["alice"].origin == NOTE // 2


def test_a_candidate_that_mixes_again_is_shared_again() -> None:
    """Alice's half is put into the pool again, when two more notes are paid out."""
    story = Notes()
    story.world.pay("exchange", "alice", NOTE)
    story.world.pay("alice", POOL, NOTE, kind=Kind.CALL)
    story.pay_out("dora")
    found = standing(trace(story))
    assert found["dora"].grade is Grade.EXPECTED
    assert sum(one.origin for one in found.values()) == NOTE


def test_a_withdrawal_after_the_time_asked_for_is_none_yet() -> None:
    story = Notes()
    paid_in = max(row.time for row in story.world.rows if row.receiver == POOL)
    assert set(standing(trace(story, until=paid_in))) == {POOL}


@pytest.mark.parametrize("policy", KEEPING)
def test_every_policy_that_keeps_value_shares_all_of_it_exactly(policy: Policy) -> None:
    story = Notes(("alice", "bob"))
    story.world.pay("alice", "exchange", NOTE // 3)
    assert sum(one.origin for one in dispose(trace(story, policy=policy))) == NOTE


# --- CoinJoins

SIZE = 5_000_000


class Round:
    """Five coins of five owners make five outputs of one size (Whirlpool's); the first coin was stolen."""

    def __init__(self) -> None:
        network = find_network(BITCOIN.id)
        self.names = [script_owner(bytes.fromhex("0014" + f"{n:02x}" * 20), network) for n in range(1, 17)]
        self.world = world = World()
        amounts = [SIZE + 10_000, SIZE + 10_000, SIZE, SIZE, SIZE]
        coins = [world.spend([], [(self.names[n], amount)]) for n, amount in enumerate(amounts)]
        outputs = [(name, SIZE) for name in self.names[5:10]]
        self.mix = world.spend([f"{tx}:0" for tx in coins], outputs, fee=20_000)
        world.rows = [row._replace(time=1_600_000_000 + 600 * row.height) for row in world.rows]
        self.case = case(theft(coins[0], amounts[0], asset=BITCOIN.native, to=self.names[0], vout=0))


def test_an_input_of_a_coinjoin_is_shared_over_its_outputs() -> None:
    story = Round()
    bounds = Bounds(through_mixes=True)
    found = dispose(walk(story.case, Policy.FIFO, Shelf(story.world.rows), Attribution(TAGS), bounds))
    shares = {one.account.name: one for one in found if one.kind == "held"}
    assert set(shares) == {f"{story.mix}:{vout}" for vout in range(5)}
    assert all(abs(one.origin - SIZE // 5) <= 1 for one in shares.values())
    assert all(one.probability == pytest.approx(0.2, abs=2e-6) for one in shares.values())
    (left,) = [one for one in found if one.kind == "service"]
    assert (left.grade, left.origin) == (Grade.OBSERVED, SIZE + 10_000 - sum(one.origin for one in shares.values()))


def test_without_the_option_it_ends_in_the_coinjoin() -> None:
    story = Round()
    found = dispose(walk(story.case, Policy.FIFO, Shelf(story.world.rows), Attribution(TAGS), Bounds()))
    assert [(one.kind, one.origin) for one in found] == [("service", SIZE + 10_000)]
