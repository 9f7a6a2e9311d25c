"""Which transaction is a CoinJoin, of which protocol: real mixes with known labels, and made ones of every kind."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.protocols.coinjoin import rounds

from clew.chains.rawblock import Output, parse_block
from clew.protocols.coinjoin import Input, Transaction, classify
from clew.scores.transactions import read_transactions

SharedData = Callable[[str], Path]
SEEDS = st.integers(0, 2**32)
ATYPICAL = {
    "91c9d1a11c2a98763289ff4713fd1560aad9f372a78d8b3566e95678fc02ede7",
    "a4f995fdce3f4064748d40ac3fa33ba776c00f9152524ab1756d63ec46aa439e",
}
"""In the source's list of Wasabi 2 mixes, but each spends the coins of one script alone: nobody is mixed."""

POOLS = {100_000: 5_000, 1_000_000: 50_000, 5_000_000: 175_000, 50_000_000: 1_750_000}
DENOMINATIONS = sorted(
    value
    for power in range(37)
    for value in {2**power, 3**power, 2 * 3**power, *(10 ** min(power, 11) * factor for factor in (1, 2, 5))}
    if 5_000 <= value <= 137_438_953_472
)

# The audit: docs/audits/coinjoin-blocks.md says of each why it is upheld.
AUDITED = {
    413567: {
        "79150a157185d883955fc9489247198a976c665b5a18127b2be64d80ce4b6bef": "joinmarket",
        "d5e8c0fa8848f8c20ec615a898ebfb150d0b99a5fead01ee01d2a3f0b9bea118": "joinmarket",
    },
    702861: {
        "5c2f55fc17854a18f447d74e32356c9ff6faf43bf937ed13611857b2bb3fef3a": "wasabi-1",
        "d6b212a663c85b03fb391fe69c59520e61b8a5970678ef7f376889a145e215a6": "whirlpool",
        "c57e3e496a6bb496498b54632b2637472c59feb7a3b0485121140425f115cb51": "whirlpool",
        "c31d23f5e8b881bc3339a918e71cadc4622f73c5a1f68aadd4741e0da7e66756": "whirlpool",
        "e2e92bcdca6104f82deaa31f221d71c47cfdcebe64db924484be98dd9662d29b": "whirlpool",
        "f35a8cdd9b490213af78692c2bb88dcf17dae0649447c94786f59e3a884cb2ce": "whirlpool",
        "cba457a11d9674afa95ba12187306d70978baf6396c5ee476272ea41670e8ae2": "whirlpool",
        "118970792f15cdb90645be0d265ba6c04ab3f3d36a16efe2c4b97801a730b3fa": "whirlpool",
    },
}


def first(transaction: Transaction) -> str | None:
    """The class of the first verdict, where it is asserted."""
    verdicts = classify(transaction)
    return verdicts[0].protocol.value if verdicts and verdicts[0].asserted else None


def blind(transaction: Transaction) -> Transaction:
    """As a raw block shows it: what the inputs spend is not known."""
    return transaction._replace(inputs=tuple(Input(outpoint) for outpoint, _ in transaction.inputs))


def has_payload(transaction: Transaction) -> bool:
    return any(output.script[:1] == b"\x6a" for output in transaction.outputs)


def block(shared_data: SharedData, height: int) -> Iterator[Transaction]:
    """The transactions of a raw block; only coins made in the block itself have a known amount."""
    raw = parse_block(shared_data(f"bitcoin/block-{height}.raw").read_bytes())
    made = {f"{tx.txid}:{vout}": output for tx in raw.transactions for vout, output in enumerate(tx.outputs)}
    return (Transaction.of(tx, made, raw.time) for tx in raw.transactions)


@pytest.mark.data
@pytest.mark.parametrize("seen", [lambda t: t, blind], ids=["with inputs", "blind"])
@pytest.mark.parametrize(
    ("name", "label", "count"), [("wasabi-1-2018", "wasabi-1", 152), ("whirlpool-mixes", "whirlpool", 716)]
)
def test_every_mix_of_the_record_has_its_class(
    shared_data: SharedData, name: str, label: str, count: int, seen: Callable[[Transaction], Transaction]
) -> None:
    found = Counter(first(seen(tx)) for tx in read_transactions(shared_data(f"coinjoin/{name}.txt.gz")))
    assert found == {label: count}


@pytest.mark.data
def test_rounds_of_wasabi_1_are_known_without_their_coordinators_script(shared_data: SharedData) -> None:
    coordinator = bytes.fromhex("0014869f5c7a4cd7776ae0c0fcd9c3315abb239a9f0d")
    another = b"\x00\x14" + b"\x01" * 20
    found = Counter[str | None]()
    for tx in read_transactions(shared_data("coinjoin/wasabi-1-2018.txt.gz")):
        outputs = tuple(Output(o.amount, another) if o.script == coordinator else o for o in tx.outputs)
        found[first(tx._replace(outputs=outputs, time=None))] += 1
    assert found == {"wasabi-1": 152}


@pytest.mark.data
def test_a_tx0_is_told_from_the_mixes_listed_beside_it(shared_data: SharedData) -> None:
    found = Counter(
        (has_payload(tx), first(tx)) for tx in read_transactions(shared_data("coinjoin/whirlpool-tx0.txt.gz"))
    )
    assert found == {(True, "whirlpool-tx0"): 377, (False, "whirlpool"): 78}


@pytest.mark.data
def test_rounds_of_wasabi_2_are_known_but_for_two_that_mix_nobody(shared_data: SharedData) -> None:
    transactions = list(read_transactions(shared_data("coinjoin/wasabi-2-2024.txt.gz")))
    assert {tx.txid for tx in transactions if first(tx) != "wasabi-2"} == ATYPICAL
    owners = {tx.txid: len({coin.script for _, coin in tx.inputs if coin}) for tx in transactions}
    assert {txid for txid, count in owners.items() if count == 1} == ATYPICAL


@pytest.mark.data
def test_the_emulated_run_has_its_six_mixes_and_nothing_else(shared_data: SharedData) -> None:
    transactions = list(read_transactions(shared_data("coinjoin/emulated/blocks.jsonl.gz")))
    listed = shared_data("coinjoin/emulated/coinjoins.json").read_text()
    mixes = {tx.txid for tx in transactions if tx.txid in listed}
    assert (len(transactions), len(mixes)) == (335, 6)
    assert {tx.txid: tuple(v.protocol for v in classify(tx)) for tx in transactions if classify(tx)} == dict.fromkeys(
        mixes, ("wasabi-2",)
    )


@pytest.mark.data
@pytest.mark.parametrize("height", AUDITED)
def test_what_is_flagged_in_ordinary_blocks_is_what_the_audit_upholds(shared_data: SharedData, height: int) -> None:
    flagged = {tx.txid: tuple(v.protocol.value for v in classify(tx)) for tx in block(shared_data, height)}
    assert {txid: named for txid, named in flagged.items() if named} == {
        txid: (label,) for txid, label in AUDITED[height].items()
    }


@pytest.mark.data
def test_the_audit_is_written_down() -> None:
    text = (Path(__file__).parents[3] / "docs/audits/coinjoin-blocks.md").read_text(encoding="utf-8")
    assert [txid for audited in AUDITED.values() for txid in audited if txid not in text] == []


@given(SEEDS, st.integers(100_000, 10**10), st.integers(8, 90), st.integers(1, 5), st.integers(1, 20))
def test_a_round_of_wasabi_1_is_known_whatever_its_denomination(
    seed: int, base: int, participants: int, levels: int, rate: int
) -> None:
    verdict = classify(rounds.wasabi_1(Random(seed), base, participants, levels, rate))[0]
    assert (verdict.protocol, verdict.asserted) == ("wasabi-1", True)
    assert (verdict.denominations[0], verdict.equal_outputs) == (base, participants)


@given(SEEDS, st.integers(40, 150), st.integers(1, 20))
def test_a_round_of_wasabi_2_is_known(seed: int, inputs: int, rate: int) -> None:
    assert first(rounds.wasabi_2(Random(seed), DENOMINATIONS, inputs, rate)) == "wasabi-2"


@given(SEEDS, st.sampled_from(list(POOLS)), st.integers(5, 8), st.integers(1, 4), st.integers(100, 110_000))
def test_a_mix_of_every_pool_is_known(seed: int, pool: int, participants: int, entrants: int, excess: int) -> None:
    verdict = classify(rounds.whirlpool(Random(seed), pool, participants, entrants, excess))[0]
    assert (verdict.protocol, verdict.asserted) == ("whirlpool", True)
    assert (verdict.denominations, verdict.equal_outputs) == ((pool,), participants)


@given(SEEDS, st.sampled_from(list(POOLS)), st.integers(1, 70), st.integers(500, 20_000), st.data())
def test_a_tx0_is_known_where_its_change_is_like_its_fee(
    seed: int, pool: int, premixes: int, excess: int, data: st.DataObject
) -> None:
    fee = POOLS[pool]
    change = data.draw(st.one_of(st.just(0), st.integers(fee // 2, 3 * fee), st.integers(1_000, pool)))
    verdict = classify(rounds.tx0(Random(seed), pool, fee, premixes, excess, change))[0]
    assert (verdict.protocol, verdict.asserted, verdict.denominations) == ("whirlpool-tx0", True, (pool,))


@given(SEEDS, st.integers(1_000_000, 10**10), st.integers(3, 19), st.booleans())
def test_a_mix_of_joinmarket_is_known_by_who_earns(seed: int, value: int, makers: int, sweep: bool) -> None:
    verdict = classify(rounds.joinmarket(Random(seed), value, makers, sweep=sweep))[0]
    assert verdict.protocol == "joinmarket"
    assert (verdict.denominations, verdict.equal_outputs) == ((value,), makers + 1)


def test_nearly_every_mix_of_joinmarket_is_asserted() -> None:
    """All but the few in which most makers bring several coins: those stay a suspicion (docs/coinjoin.md)."""
    made = [rounds.joinmarket(Random(n), 1_000_000 + n * 9_973, 3 + n % 17, sweep=n % 2 == 0) for n in range(1000)]
    assert sum(classify(one)[0].asserted for one in made) >= 995


@given(SEEDS, st.integers(1, 30))
def test_a_payment_or_a_consolidation_is_at_most_a_suspicion(seed: int, inputs: int) -> None:
    paid = classify(rounds.payment(Random(seed), inputs))
    assert all(verdict.protocol == "payjoin" and verdict.confidence <= 0.1 for verdict in paid)
    assert classify(rounds.consolidation(Random(seed), inputs)) == ()


@given(
    SEEDS,
    st.integers(2, 40),
    st.integers(0, 40),
    st.sampled_from([100_000, 1_000_000, 5_000_000, 10_000_000, 12_345_678, 50_000_000]),
    st.integers(1, 90),
)
def test_an_exchange_that_pays_out_equal_amounts_is_no_mix(
    seed: int, equal: int, others: int, value: int, inputs: int
) -> None:
    paid = rounds.batch(Random(seed), equal, others, value, inputs)
    assert (first(paid), first(blind(paid))) == (None, None)


def test_nothing_is_said_of_a_coinbase_or_a_single_output() -> None:
    paid = (Output(5_000_000, b"\x00\x14" + b"\x01" * 20),)
    assert classify(Transaction("00" * 32, (), paid * 5)) == ()
    assert classify(Transaction("00" * 32, (Input("11" * 32 + ":0"),), paid)) == ()


def test_a_transaction_of_data_alone_is_nothing() -> None:
    outputs = (Output(0, b"\x6a"), Output(0, b"\x6a\x01\x00"))
    assert classify(Transaction("00" * 32, (Input("11" * 32 + ":0"),), outputs)) == ()


SCRIPTS = st.one_of(
    st.binary(max_size=40), st.builds(lambda key: b"\x00\x14" + key, st.binary(min_size=20, max_size=20))
)
OUTPUTS = st.builds(Output, st.one_of(st.integers(0, 10**7), st.sampled_from([0, 1, 100_000, 105_000, 2**63])), SCRIPTS)
INPUTS = st.builds(Input, st.just("11" * 32 + ":0"), st.one_of(st.none(), OUTPUTS))


@given(st.lists(INPUTS, max_size=12), st.lists(OUTPUTS, max_size=24), st.one_of(st.none(), st.integers(-1, 2**40)))
def test_no_transaction_however_odd_is_a_crash(inputs: list[Input], outputs: list[Output], time: int | None) -> None:
    verdicts = classify(Transaction("00" * 32, tuple(inputs), tuple(outputs), time))
    assert [v.confidence for v in verdicts] == sorted((v.confidence for v in verdicts), reverse=True)
    assert all(0.05 <= v.confidence <= 0.99 for v in verdicts)
