"""Facts of the networks."""

import pytest

from clew.chains import CHAINS
from clew.chains.networks import COIN, NETWORKS, find_network
from clew.errors import InputError

BITCOIN, LITECOIN = "bip122:000000000019d6689c085ae165831e93", "bip122:12a765e31ffd4059bada1e25190f6e98"


def test_every_chain_of_the_family_has_its_facts() -> None:
    assert set(NETWORKS) == {chain.id for chain in CHAINS if chain.family == "bitcoin"}
    with pytest.raises(InputError, match="no chain of the Bitcoin family"):
        find_network("eip155:1")


@pytest.mark.parametrize(
    ("chain", "height", "subsidy"),
    [
        (BITCOIN, 0, 50 * COIN),
        (BITCOIN, 209_999, 50 * COIN),
        (BITCOIN, 210_000, 25 * COIN),
        (BITCOIN, 840_000, 312_500_000),
        (BITCOIN, 6_929_999, 1),
        (BITCOIN, 6_930_000, 0),
        (BITCOIN, 10**17, 0),
        (LITECOIN, 839_999, 50 * COIN),
        (LITECOIN, 2_520_000, 625_000_000),
    ],
)
def test_the_subsidy_halves(chain: str, height: int, subsidy: int) -> None:
    assert find_network(chain).subsidy(height) == subsidy


def test_all_subsidies_of_bitcoin_add_up_to_the_known_supply() -> None:
    network = find_network(BITCOIN)
    assert sum(network.subsidy(era * network.halving) * network.halving for era in range(64)) == 2_099_999_997_690_000
