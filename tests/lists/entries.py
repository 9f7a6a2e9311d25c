"""Parties and wallets made up by hypothesis, for the tests of the columns, the changes and the store."""

from hypothesis import strategies as st

from clew.chains.forms import Verdict
from clew.lists.changes import Entries
from clew.lists.parties import Identifier, ListedParty, NameType, PartyKind, PartyName, Wallet

_TEXT = st.text(max_size=6)
_TEXTS = st.lists(_TEXT, max_size=3).map(tuple)
_NAMES = st.lists(st.builds(PartyName, _TEXT, st.sampled_from(NameType), st.booleans()), max_size=3).map(tuple)
_IDENTIFIERS = st.lists(st.builds(Identifier, _TEXT, _TEXT, _TEXT), max_size=2).map(tuple)

PARTIES = st.builds(
    ListedParty,
    list=st.just("own"),
    id=st.sampled_from("abcdef"),
    kind=st.sampled_from(PartyKind),
    names=_NAMES,
    births=_TEXTS,
    countries=_TEXTS,
    addresses=_TEXTS,
    identifiers=_IDENTIFIERS,
    programmes=_TEXTS,
    listed=_TEXT,
    remarks=_TEXT,
)
WALLETS = st.builds(
    Wallet,
    list=st.just("own"),
    address=st.sampled_from("uvwxyz"),
    form=_TEXT,
    chains=_TEXTS,
    verdict=st.sampled_from(Verdict),
    key=_TEXT,
    claims=_TEXTS,
    holders=_TEXTS,
    original=_TEXT,
    place=_TEXT,
)
ENTRIES = st.builds(
    Entries,
    st.lists(PARTIES, max_size=5, unique_by=lambda party: party.id).map(tuple),
    st.lists(WALLETS, max_size=5, unique_by=lambda wallet: wallet.address).map(tuple),
)
"""The entries of one release: no id and no address twice."""
