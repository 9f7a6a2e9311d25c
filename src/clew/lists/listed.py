"""All lists of one moment, and how an address is looked up in them: exactly, and never by guess.

An address matches where its canonical form is equal, on every chain the listed one can act on. What only resembles a
listed address (other letter case, its beginning, another address of the same key) is shown as a doubt beside the
matches, with its reason: it is another address, or a broken spelling of this one, and a person has to look.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import islice, takewhile
from typing import NamedTuple

from clew.chains.forms import Form, Verdict, recognise
from clew.lists.parties import ListedParty, Wallet
from clew.model import Category, Tag

_SHORTEST = 8
"""Characters from which a beginning of an address is told from chance."""


class Likeness(StrEnum):
    """How an address that was asked for relates to a listed one."""

    ADDRESS = "address"
    """The same address: a match."""
    OTHER_CHAIN = "other chain"
    """The same address, asked for on a chain on which the listed one cannot act."""
    SAME_KEY = "same key"
    """Another address of the same key or script."""
    LETTER_CASE = "letter case"
    """Equal but for upper and lower case, which base58 does not forgive: somebody changed it on the way."""
    BEGINNING = "beginning"
    """One is the beginning of the other: cut short on the way."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A listed wallet, and how it relates to what was asked for."""

    wallet: Wallet
    likeness: Likeness


class LookUp(NamedTuple):
    """The answer for one address."""

    form: Form
    """What was asked for, recognised by its own form; its verdict warns of a wrong checksum."""
    matches: tuple[Hit, ...]
    doubts: tuple[Hit, ...]

    @property
    def listed(self) -> bool:
        """Whether the address itself is on a list."""
        return bool(self.matches)


FindParty = Callable[[str], ListedParty | None]
"""``find(id)``: the party of a list that has this id on it."""


class Lists:
    """Parties and wallets of all lists in force at one moment, read when first asked for."""

    def __init__(
        self,
        versions: tuple[tuple[str, str, str], ...],
        missing: tuple[str, ...],
        read_parties: Callable[[], tuple[ListedParty, ...]],
        read_wallets: Callable[[], tuple[Wallet, ...]],
        open_parties: Callable[[], Mapping[str, FindParty]] | None = None,
    ) -> None:
        """`open_parties` gives each list's way to a single party; without it all are read to find one."""
        self.versions = versions
        """List, version id and day from which it holds, for each list: to be cited by whoever decides."""
        self.missing = missing
        """Lists of which no version of that time is known."""
        self._read_parties = read_parties
        self._read_wallets = read_wallets
        self._open_parties = open_parties

    @cached_property
    def parties(self) -> tuple[ListedParty, ...]:
        """The parties of all lists, list by list."""
        return self._read_parties()

    @cached_property
    def wallets(self) -> tuple[Wallet, ...]:
        """The wallets of all lists, list by list: one row for each list and address."""
        return self._read_wallets()

    @cached_property
    def _find_party(self) -> Mapping[str, FindParty]:
        if self._open_parties is not None:
            return self._open_parties()
        by_id: dict[str, dict[str, ListedParty]] = {}
        for party in self.parties:
            by_id.setdefault(party.list, {})[party.id] = party
        return {name: parties.get for name, parties in by_id.items()}

    @cached_property
    def _by_address(self) -> dict[str, list[Wallet]]:
        return _index((wallet.address, wallet) for wallet in self.wallets)

    @cached_property
    def _by_key(self) -> dict[str, list[Wallet]]:
        return _index((wallet.key, wallet) for wallet in self.wallets if wallet.key)

    @cached_property
    def _by_folded(self) -> dict[str, list[Wallet]]:
        return _index((wallet.address.lower(), wallet) for wallet in self.wallets)

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._by_folded)

    def party(self, list_id: str, number: str) -> ListedParty | None:
        """The party of a list's own id."""
        find = self._find_party.get(list_id)
        return find(number) if find else None

    def holders(self, wallet: Wallet) -> tuple[ListedParty, ...]:
        """The parties a wallet is listed for."""
        found = (self.party(wallet.list, number) for number in wallet.holders)
        return tuple(party for party in found if party is not None)

    def look_up(self, text: str, chain: str = "") -> LookUp:
        """Whether an address is listed; on a chain (CAIP-2 id) where one is named, else on any."""
        form = recognise(text)
        if form.address in self._by_address:
            exact = [
                Hit(wallet, Likeness.ADDRESS if not chain or wallet.acts_on(chain) else Likeness.OTHER_CHAIN)
                for wallet in self._by_address[form.address]
                if not wallet.flawed or wallet.address == text.strip()
            ]
            if exact:
                matches = tuple(hit for hit in exact if hit.likeness is Likeness.ADDRESS)
                return LookUp(form, matches, tuple(hit for hit in exact if hit.likeness is not Likeness.ADDRESS))
        return LookUp(form, (), self._doubts(form))

    def _doubts(self, form: Form) -> tuple[Hit, ...]:
        folded = form.address.lower()
        keyed, cased = self._by_key.get(form.key), self._by_folded.get(folded)
        if keyed or cased:
            found = [Hit(wallet, Likeness.SAME_KEY) for wallet in keyed or ()]
            return (*found, *(Hit(wallet, Likeness.LETTER_CASE) for wallet in cased or ()))
        if form.verdict is Verdict.VALID or form.name == "evm" or len(folded) < _SHORTEST:
            return ()
        return tuple(Hit(wallet, Likeness.BEGINNING) for wallet in self._beginnings(folded))

    def _beginnings(self, folded: str) -> list[Wallet]:
        """Whatever begins with the text, and then whatever the text begins with."""
        start = bisect_left(self._sorted, folded)
        longer = takewhile(lambda other: other.startswith(folded), islice(self._sorted, start, None))
        shorter = (folded[:length] for length in range(_SHORTEST, len(folded)))
        return [wallet for other in (*longer, *shorter) for wallet in self._by_folded.get(other, ())]

    def tags(self, chain: str, address: str) -> tuple[Tag, ...]:
        """The tags ``sanctioned`` that the lists give an address of a chain: one for each list and holder."""
        dates = {name: effective for name, _, effective in self.versions}
        return tuple(
            Tag(
                chain=chain,
                address=address,
                label=party.name if party else "listed",
                entity=party.name if party else "",
                category=Category.SANCTIONED,
                source=hit.wallet.list,
                confidence=100,
                lastmod=dates.get(hit.wallet.list, ""),
                stop=False,
                first_seen=party.listed if party else "",
            )
            for hit in self.look_up(address, chain).matches
            for party in (self.holders(hit.wallet) or (None,))
        )


def _index(rows: Iterable[tuple[str, Wallet]]) -> dict[str, list[Wallet]]:
    found: dict[str, list[Wallet]] = {}
    for key, wallet in rows:
        found.setdefault(key, []).append(wallet)
    return found
