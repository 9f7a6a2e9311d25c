"""Multi-input clustering: who spends together is one owner, but for mixes and for what may be a PayJoin."""

import csv
import gzip
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from tests.clustering.made import BTC, CHAIN, Coins, address

from clew.clustering.bitcoin import MULTI_INPUT, cluster_payments
from clew.clustering.change import FIRST, OPTIMAL, PEEL, REUSE, change_outputs
from clew.clustering.payments import Payments, payments_of_transactions
from clew.scores.transactions import read_transactions

SharedData = Callable[[str], Path]
REGTEST = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328"


def together(coins: Coins, *names: str, suspects: bool = False) -> bool:
    clusters = cluster_payments(coins.payments(), (), suspects=suspects)
    kinds = [address(*name.split("/")) for name in names]
    return len({clusters.cluster_of(name) for name in kinds}) == 1


def test_inputs_of_one_transaction_are_one_owners_and_say_which_transaction_shows_it() -> None:
    coins = Coins()
    first = coins.pay([("alice/p2pkh", 5), ("alma/p2pkh", 6)], [("shop", 10)])
    second = coins.pay([("alma/p2pkh", 7), ("ada/p2pkh", 8)], [("shop", 14)])
    assert together(coins, "alice/p2pkh", "alma/p2pkh", "ada/p2pkh")
    assert not together(coins, "alice/p2pkh", "shop")
    way = cluster_payments(coins.payments(), ()).why(address("alice", "p2pkh"), address("ada", "p2pkh"))
    assert [(link.tx, link.rule) for link in way or ()] == [(first, MULTI_INPUT), (second, MULTI_INPUT)]


def mix(coins: Coins, people: int = 7) -> list[str]:
    """A round of Whirlpool: five to eight pay one pool's value each, two or more of them slightly more."""
    names = [f"mixer{number}" for number in range(people)]
    pool = 5_000_000
    spends = [(name, pool + (2_000 if number < 3 else 0)) for number, name in enumerate(names)]
    coins.pay(spends, [(f"out{number}", pool) for number in range(people)])
    return names


@pytest.mark.parametrize("people", [5, 6, 7, 8])
def test_a_union_never_crosses_a_mix(people: int) -> None:
    coins = Coins()
    for one, other in combinations(mix(coins, people), 2):
        assert not together(coins, one, other)


def test_a_suspected_payjoin_joins_nothing_unless_asked_for_and_then_under_its_own_rule() -> None:
    coins = Coins()
    coins.pay([("payer", 100_000), ("payee", 30_000)], [("payee2", 80_000), ("change", 49_000)])
    assert not together(coins, "payer", "payee")
    assert together(coins, "payer", "payee", suspects=True)
    (link,) = cluster_payments(coins.payments(), (), suspects=True).links()
    assert link.rule.name == "multi-input-payjoin"


def test_change_joins_the_payer_with_an_address_that_never_spent() -> None:
    coins = Coins()
    coins.pay([("m", BTC)], [("shop", 3)])
    coins.pay([("alice/p2pkh", 50), ("alma/p2pkh", 60)], [("shop", 95), ("new/p2pkh", 14)])
    clusters = cluster_payments(coins.payments())
    assert clusters.cluster_of(address("new", "p2pkh")) == clusters.cluster_of(address("alice", "p2pkh"))
    assert clusters.members(address("shop")) == (address("shop"),)


def test_going_on_after_new_blocks_gives_what_one_pass_gives() -> None:
    coins = Coins()
    names = [f"a{number}/p2pkh" for number in range(20)]
    random = np.random.default_rng(5)
    clusters = None
    for _ in range(40):
        one, other, paid = (names[number] for number in random.integers(0, 20, 3))
        coins.pay([(one, int(random.integers(2_000, 9_000))), (other, 3_000)], [(paid, 2_500), ("s/p2sh", 1_001)])
        clusters = cluster_payments(coins.payments(), (PEEL, FIRST & OPTIMAL), clusters=clusters)
    assert clusters is not None
    assert clusters.clusters() == cluster_payments(coins.payments(), (PEEL, FIRST & OPTIMAL)).clusters()


# --- real transactions


def year_2009(folder: Path) -> Payments:
    """All transfers of Bitcoin's first year; an address is the source's opaque key."""

    def rows(name: str) -> list[dict[str, str]]:
        with gzip.open(folder / f"{name}.csv.gz", "rt") as file:
            return list(csv.DictReader(file))

    heights = {int(row["tx_index"]): int(row["block_index"]) for row in rows("tx-height")}
    hashes = {int(row["tx_index"]): row["tx_hash"] for row in rows("tx-hash-repaired")}
    number = {tx: place for place, tx in enumerate(sorted(heights))}
    outputs = list({row["output_index"]: row for row in rows("tx-output")}.values())
    outputs.sort(key=lambda row: (int(row["tx_index"]), int(row["output_index"])))
    inputs = rows("tx-input")
    codes: dict[str, int] = {}
    spent = [row["spent_index"] for row in outputs]
    count = len(number)

    def ints(values: "list[int]") -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        return np.array(values, np.int64)

    input_owner = ints([codes.setdefault(row["adr_index"], len(codes)) for row in inputs])
    output_owner = ints([codes.setdefault(row["adr_index"], len(codes)) for row in outputs])
    return Payments(
        CHAIN,
        list(codes),
        [hashes[tx] for tx in number],
        np.arange(count),
        ints([heights[tx] for tx in number]),
        ints([number[int(row["tx_index"])] for row in inputs]),
        input_owner,
        ints([int(row["input_value"]) for row in inputs]),
        np.zeros(count, np.int64),
        ints([number[int(row["tx_index"])] for row in outputs]),
        output_owner,
        ints([int(row["output_value"]) for row in outputs]),
        ints([number.get(int(float(text)), -1) if text else -1 for text in spent]),
        np.zeros(count, bool),
        np.zeros(count, bool),
        np.zeros(len(codes), np.int8),
    )


@pytest.mark.data
def test_the_first_year_of_bitcoin_has_the_known_number_of_clusters(shared_data: SharedData) -> None:
    payments = year_2009(shared_data("bitcoin/year-2009"))
    clusters = cluster_payments(payments, ())
    sizes = Counter(clusters.clusters().values())
    assert (len(sizes), len(clusters)) == (29_972, 32_616)
    assert [size for _, size in sizes.most_common(5)] == [320, 276, 237, 218, 90]


@pytest.mark.data
def test_change_rules_agree_with_what_was_later_spent_together_in_2009(shared_data: SharedData) -> None:
    """Truth after Möser and Narayanan, FC 2022: the one output whose owner multi-input joins with the payer."""
    payments = year_2009(shared_data("bitcoin/year-2009"))
    cluster = cluster_payments(payments, ()).clusters()
    name = payments.addresses
    payer: dict[int, str] = {}
    for tx, owner in zip(payments.input_tx.tolist(), payments.input_owner.tolist(), strict=True):
        payer.setdefault(tx, cluster[name[owner]])
    own: dict[int, list[int]] = {}
    for output, (tx, owner) in enumerate(zip(payments.output_tx.tolist(), payments.output_owner.tolist(), strict=True)):
        if payer.get(tx) == cluster[name[owner]]:
            own.setdefault(tx, []).append(output)
    truth = {tx: outputs[0] for tx, outputs in own.items() if len(outputs) == 1}
    for rule, least in ((REUSE, 56), (PEEL, 25), (OPTIMAL, 7)):
        said = change_outputs(payments, rule)
        judged = [said[tx] == output for tx, output in truth.items() if said[tx] >= 0]
        assert sum(judged) == len(judged) >= least


@pytest.mark.data
def test_no_cluster_of_the_emulated_run_joins_two_wallets_where_the_plain_rule_does(shared_data: SharedData) -> None:
    transactions = list(read_transactions(shared_data("coinjoin/emulated/blocks.jsonl.gz")))
    with shared_data("coinjoin/emulated/wallet-addresses.csv").open() as file:
        owner = {row["address"]: row["wallet"] for row in csv.DictReader(file)}
    payments = payments_of_transactions(transactions, REGTEST)
    assert payments.mixed.sum() == 6
    joined = Counter(cluster_payments(payments, (FIRST,), suspects=True).clusters().values())
    clusters = cluster_payments(payments, (FIRST,), suspects=True)
    for cluster in joined:
        assert len({owner[name] for name in clusters.members(cluster) if name in owner}) <= 1
    payments.mixed[:] = False
    plain = cluster_payments(payments, ())
    wallets = [{owner[name] for name in plain.members(cluster) if name in owner} for cluster in plain.clusters()]
    assert max(map(len, wallets)) == 10


@pytest.mark.data
@pytest.mark.parametrize("name", ["wasabi-1-2018", "whirlpool-mixes", "wasabi-2-2024"])
def test_real_mixes_join_nobody(shared_data: SharedData, name: str) -> None:
    transactions = list(read_transactions(shared_data(f"coinjoin/{name}.txt.gz")))
    payments = payments_of_transactions(transactions, CHAIN)
    links = cluster_payments(payments, ()).links()
    of_one_owner = {"91c9d1a11c2a9876", "a4f995fdce3f4064"}  # not mixes: docs/coinjoin.md
    assert {link.tx[:16] for link in links} <= of_one_owner
