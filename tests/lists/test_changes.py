"""What changed between two releases: applied to the first it gives the second."""

from dataclasses import replace

from hypothesis import given
from tests.lists.entries import ENTRIES

from clew.lists.changes import Changes, Entries, apply_changes, difference, ordered
from clew.lists.parties import ListedParty, PartyKind, PartyName
from clew.lists.wallets import Found, wallets_of

PARTY = ListedParty("own", "1", PartyKind.ENTITY, (PartyName("A"),))
(WALLET,) = wallets_of("own", [Found("0x" + "ab" * 20, "ETH", "1", "line 2")])


@given(old=ENTRIES, new=ENTRIES)
def test_the_difference_applied_to_the_first_gives_the_second(old: Entries, new: Entries) -> None:
    assert apply_changes(difference(old, new), old) == ordered(new)


@given(old=ENTRIES, new=ENTRIES)
def test_nothing_stands_in_two_places_and_backwards_is_the_reverse(old: Entries, new: Entries) -> None:
    there, back = difference(old, new), difference(new, old)
    assert set(there.added_wallets) == set(back.removed_wallets)
    assert {party.id for party in there.added_parties} == {party.id for party in back.removed_parties}
    assert {(b.id, a.id) for a, b in there.changed_parties} == {(a.id, b.id) for a, b in back.changed_parties}
    assert bool(there) == (ordered(old) != ordered(new))


def test_added_removed_and_changed_are_named() -> None:
    renamed = replace(PARTY, names=(PartyName("B"),))
    other = replace(PARTY, id="2")
    changes = difference(Entries((PARTY,), ()), Entries((renamed, other), (WALLET,)))
    assert changes == Changes((other,), (), ((PARTY, renamed),), (WALLET,), (), ())


def test_a_wallet_that_only_stands_in_another_line_is_the_same() -> None:
    assert not difference(Entries((), (WALLET,)), Entries((), (replace(WALLET, place="line 3"),)))
