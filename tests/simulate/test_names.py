"""Names are valid, distinct, and follow from the seed."""

from clew.chains import find_chain, parse_address
from clew.simulate.names import Names


def test_addresses_are_valid_on_their_chains() -> None:
    names = Names(7)
    for chain, address in (("ethereum", names.evm_address()), ("bitcoin", names.bitcoin_address())):
        assert parse_address(address, find_chain(chain)).value == address


def test_the_same_seed_draws_the_same_names_and_another_seed_others() -> None:
    drawn = [[names.evm_hash() for _ in range(3)] for names in (Names(1), Names(1), Names(2))]
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0] + drawn[2])) == 6


def test_a_lookalike_begins_and_ends_like_its_model() -> None:
    names = Names(1)
    model = names.evm_address()
    fake = names.lookalike(model)
    assert (fake[:6], fake[-4:], len(fake)) == (model[:6], model[-4:], 42)
    assert fake != model
