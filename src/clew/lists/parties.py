"""What every sanctions list is read into: parties, their names, and wallets; frozen, and the same for each list."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from clew.chains.forms import Verdict, acts_on


class PartyKind(StrEnum):
    """What is listed."""

    PERSON = "person"
    ENTITY = "entity"
    VESSEL = "vessel"
    AIRCRAFT = "aircraft"


class NameType(StrEnum):
    """What a name is to its bearer, as the list says."""

    PRIMARY = "primary"
    AKA = "a.k.a."
    FKA = "f.k.a."
    """A former name."""


@dataclass(frozen=True, slots=True)
class PartyName:
    """A name as the list spells it."""

    text: str
    type: NameType = NameType.PRIMARY
    weak: bool = False
    """Whether the list itself calls it weak or of low quality: too common to match alone."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A passport, a tax number, an IMO number: what it is in the list's words, its value, and who issued it."""

    kind: str
    value: str
    country: str = ""


@dataclass(frozen=True, slots=True)
class ListedParty:
    """Somebody or something on a list, as the list states it."""

    list: str
    """Id of the list, such as ``us-ofac-sdn``."""
    id: str
    """The list's own id of the entry."""
    kind: PartyKind
    names: tuple[PartyName, ...]
    births: tuple[str, ...] = ()
    """ISO dates, as exact as the list is: ``1971-03-02``, ``1971-03``, ``1971``, a span ``1968/1971`` or ``../1980``;
    with ``~``: about then (`clew.lists.dates`)."""
    countries: tuple[str, ...] = ()
    """In the list's own words or codes: of nationality, of an address, of a flag."""
    addresses: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    programmes: tuple[str, ...] = ()
    listed: str = ""
    """ISO date of the listing, where the list says it."""
    remarks: str = ""

    @property
    def name(self) -> str:
        """The primary name, else the first."""
        stated = (name.text for name in self.names if name.type is NameType.PRIMARY)
        return next(stated, self.names[0].text if self.names else "")


@dataclass(frozen=True, slots=True)
class Wallet:
    """One address of one list: a single row, however many chains it acts on and parties hold it."""

    list: str
    address: str
    """Canonical spelling of a form that is known, else the list's own."""
    form: str
    """Such as ``evm`` or ``p2pkh``; empty where the text has the form of no address."""
    chains: tuple[str, ...]
    """All chains the same address can act on: CAIP-2 ids; ``eip155`` for every EVM chain; else plain names."""
    verdict: Verdict
    key: str
    """What the address commits to: equal for every address of the same key or script."""
    claims: tuple[str, ...]
    """Tickers the list wrote beside it: a claim, never the chain."""
    holders: tuple[str, ...]
    """Ids of the parties it is listed for."""
    original: str
    """The list's own spelling."""
    place: str = field(default="", compare=False)
    """Where it stands in the file."""

    @property
    def flawed(self) -> bool:
        """Whether it fails its checksum or has no known form: kept, and never matched by guess."""
        return self.verdict in (Verdict.WRONG, Verdict.UNKNOWN)

    def acts_on(self, chain: str) -> bool:
        """Whether it can act on a chain (CAIP-2 id)."""
        return acts_on(self.chains, chain)


@dataclass(frozen=True, slots=True)
class Release:
    """What one release of a list holds."""

    list: str
    dated: str
    """The list's own ISO date; empty where the files say none."""
    parties: tuple[ListedParty, ...]
    wallets: tuple[Wallet, ...]
    unknown: tuple[str, ...] = ()
    """Elements or columns the reader does not know: something may have been renamed or added."""
    faults: tuple[str, ...] = ()
    """Why it cannot be whole, in words: a remark that breaks off, files of different dates."""


def distinct(texts: Iterable[str]) -> tuple[str, ...]:
    """Texts in their order, without empty ones and repetitions."""
    return tuple(dict.fromkeys(filter(None, texts)))
