"""What one release of a list has that another has not: parties and wallets added, removed and changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from clew.lists.parties import ListedParty, Wallet

_Row = TypeVar("_Row", ListedParty, Wallet)
_Found = tuple[tuple[_Row, ...], tuple[_Row, ...], tuple[tuple[_Row, _Row], ...]]


@dataclass(frozen=True, slots=True)
class Entries:
    """The parties and wallets of one release of one list."""

    parties: tuple[ListedParty, ...]
    wallets: tuple[Wallet, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """From one release to another; a changed row is given as it was and as it is."""

    added_parties: tuple[ListedParty, ...] = ()
    removed_parties: tuple[ListedParty, ...] = ()
    changed_parties: tuple[tuple[ListedParty, ListedParty], ...] = ()
    added_wallets: tuple[Wallet, ...] = ()
    removed_wallets: tuple[Wallet, ...] = ()
    changed_wallets: tuple[tuple[Wallet, Wallet], ...] = ()

    def __bool__(self) -> bool:
        """Whether anything differs."""
        parties = self.added_parties or self.removed_parties or self.changed_parties
        return bool(parties or self.added_wallets or self.removed_wallets or self.changed_wallets)


def difference(old: Entries, new: Entries) -> Changes:
    """What became of `old`; parties are the same by the list's own id, wallets by their address."""
    return Changes(
        *_compare(_parties(old), _parties(new)),
        *_compare(_wallets(old), _wallets(new)),
    )


def apply_changes(changes: Changes, old: Entries) -> Entries:
    """`old` with the changes made, ordered by id and by address."""
    parties, wallets = _parties(old), _wallets(old)
    for party in changes.removed_parties:
        del parties[party.id]
    for wallet in changes.removed_wallets:
        del wallets[wallet.address]
    parties |= {party.id: party for party in (*changes.added_parties, *(new for _, new in changes.changed_parties))}
    wallets |= {one.address: one for one in (*changes.added_wallets, *(new for _, new in changes.changed_wallets))}
    return ordered(Entries(tuple(parties.values()), tuple(wallets.values())))


def ordered(entries: Entries) -> Entries:
    """The same entries, ordered by id and by address."""
    parties, wallets = _parties(entries), _wallets(entries)
    return Entries(
        tuple(parties[number] for number in sorted(parties)), tuple(wallets[address] for address in sorted(wallets))
    )


def _parties(entries: Entries) -> dict[str, ListedParty]:
    return {party.id: party for party in entries.parties}


def _wallets(entries: Entries) -> dict[str, Wallet]:
    return {wallet.address: wallet for wallet in entries.wallets}


def _compare(old: Mapping[str, _Row], new: Mapping[str, _Row]) -> _Found[_Row]:
    """Added, removed and changed, each in the order of its release."""
    return (
        tuple(row for key, row in new.items() if key not in old),
        tuple(row for key, row in old.items() if key not in new),
        tuple((old[key], row) for key, row in new.items() if key in old and old[key] != row),
    )
