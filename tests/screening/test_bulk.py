"""Many addresses at once give what each of them gives alone."""

from hypothesis import given
from hypothesis import strategies as st
from tests.chains.test_bulk import mangled, valid
from tests.screening.listed import LISTED_EVM, LISTED_P2PKH, MIXER, SAME_KEY, small_index

from clew.model import Decision
from clew.screening.addresses import screen_address
from clew.screening.bulk import DECISIONS, screen_many
from clew.screening.policy import read_policy

INDEX, POLICY = small_index(), read_policy()
known = st.sampled_from([LISTED_EVM, LISTED_EVM.upper(), LISTED_P2PKH, LISTED_P2PKH.lower(), SAME_KEY, MIXER, ""])


@given(st.lists(st.one_of(known, valid, mangled, st.text(max_size=50)), max_size=20))
def test_each_has_the_decision_it_has_alone(texts: list[str]) -> None:
    found = screen_many(texts, INDEX, POLICY)
    assert len(found) == len(texts)
    for row, text in enumerate(texts):
        alone = screen_address(text, INDEX, POLICY)
        assert DECISIONS[found.decisions[row]] is alone.decision
        assert found.answers.get(row, alone) == alone
        if alone.decision is not Decision.CLEAR:
            assert row in found.answers
