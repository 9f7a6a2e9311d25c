"""Who holds an address, as far as tags say: every statement is kept with its source, none is merged with another."""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from clew.attribution.conflicts import Conflict, find_conflicts
from clew.chains import CHAINS
from clew.lists import read_tags
from clew.model import Category, Tag
from clew.protocols.bridges.registry import families

_ENTITIES = Path(__file__).with_name("entities")


def bundled_tags() -> list[Tag]:
    """The entities that ship with Clew: mixers, bridges, exchanges, swap routers, issuers and burn addresses."""
    return list(_bundled())


@cache
def _bundled() -> tuple[Tag, ...]:
    """Read once: the files do not change while a process runs."""
    return tuple(tag for path in sorted(_ENTITIES.glob("*.yaml")) for tag in read_tags(path))


Account = tuple[str, str]
"""CAIP-2 chain and canonical address."""


def registry_tags() -> list[Tag]:
    """The contracts of bridges whose events Clew reads, each with the source that names it."""
    known = {chain.id for chain in CHAINS}
    return [
        Tag(c.chain, c.address, f"{c.bridge}: {c.role}", c.bridge, Category.BRIDGE, c.source, 50, f"{family.read}")
        for family in families().values()
        for c in family.contracts
        if c.chain in known
    ]


class Attribution:
    """The tags of every address, strongest first. Adding or removing a tag re-decides its own address alone."""

    def __init__(self, tags: Iterable[Tag]) -> None:
        found: dict[Account, set[Tag]] = {}
        for tag in tags:
            found.setdefault((tag.chain, tag.address), set()).add(tag)
        self._tags = {account: _ranked(stated) for account, stated in found.items()}

    def add(self, tags: Iterable[Tag]) -> frozenset[Account]:
        """Take statements in; gives the accounts of which anything decided from tags has changed."""
        return self._change(tags, set.union)

    def remove(self, tags: Iterable[Tag]) -> frozenset[Account]:
        """Withdraw statements; gives the accounts of which anything decided from tags has changed."""
        return self._change(tags, set.difference)

    def _change(self, tags: Iterable[Tag], combine: Callable[[set[Tag], set[Tag]], set[Tag]]) -> frozenset[Account]:
        given: dict[Account, set[Tag]] = {}
        for tag in tags:
            given.setdefault((tag.chain, tag.address), set()).add(tag)
        changed = set()
        for account, stated in given.items():
            before = self._decided(account)
            left = combine(set(self._tags.get(account, ())), stated)
            self._tags[account] = _ranked(left)
            if not left:
                del self._tags[account]
            if self._decided(account) != before:
                changed.add(account)
        return frozenset(changed)

    def _decided(self, account: Account) -> tuple[object, ...]:
        """All that the other stages take from the tags of an account."""
        frozen = tuple(tag for tag in self._tags.get(account, ()) if tag.category is Category.FROZEN)
        categories = frozenset(tag.category for tag in self._tags.get(account, ()))
        return (
            self.stop_at(*account),
            self.is_wallet(*account),
            frozen,
            categories,
            self.label_of(*account),
            self.conflicts(*account),
        )

    def as_of(self, date: str) -> "Attribution":
        """What was known on a day (ISO date): statements made, or said to hold, by then; undated ones are left out."""
        stated = (tag for tags in self._tags.values() for tag in tags)
        return Attribution(tag for tag in stated if "" < (tag.first_seen or tag.lastmod) <= date)

    def conflicts(self, chain: str, address: str) -> tuple[Conflict, ...]:
        """What the tags of an address contradict each other about: its entity, its category; heaviest side first."""
        return find_conflicts(self.tags_of(chain, address))

    def tags_of(self, chain: str, address: str) -> tuple[Tag, ...]:
        """All that is said of an address (CAIP-2 chain, canonical address): by falling confidence, then by source."""
        return self._tags.get((chain, address), ())

    def stop_at(self, chain: str, address: str) -> Tag | None:
        """The strongest tag that says a trace ends here."""
        return next((tag for tag in self.tags_of(chain, address) if tag.stop), None)

    def addresses_of(self, entity: str) -> list[Account]:
        """The addresses at which a trace ends and whose strongest such tag names an entity, in order."""
        stops = ((account, self.stop_at(*account)) for account in sorted(self._tags))
        return [account for account, tag in stops if tag is not None and tag.entity == entity]

    def is_wallet(self, chain: str, address: str) -> bool:
        """Whether a tag says that a contract is somebody's own wallet, such as a Safe."""
        return any(tag.category is Category.WALLET for tag in self.tags_of(chain, address))

    def sanctioned(self, chain: str, address: str) -> Tag | None:
        """The strongest tag that calls an address sanctioned."""
        return next((tag for tag in self.tags_of(chain, address) if tag.category is Category.SANCTIONED), None)

    def frozen_by(self, chain: str, address: str, asset: str) -> Tag | None:
        """The strongest tag that says an asset (CAIP-19) is frozen at an address."""
        stated = (tag for tag in self.tags_of(chain, address) if tag.category is Category.FROZEN)
        return next((tag for tag in stated if tag.asset in ("", asset)), None)

    def label_of(self, chain: str, address: str) -> str:
        """The strongest label of every entity the tags name, joined by `` | ``; empty where nothing is said."""
        labels: dict[str, str] = {}
        for tag in self.tags_of(chain, address):
            labels.setdefault((tag.entity or tag.label).casefold(), tag.label or tag.entity)
        return " | ".join(labels.values())


def _ranked(tags: Iterable[Tag]) -> tuple[Tag, ...]:
    return tuple(sorted(tags, key=_strength))


def _strength(tag: Tag) -> tuple[int, str, str, str, str, str, bool, str, str, str, str]:
    said = (tag.source, tag.label, tag.entity, tag.category, tag.lastmod, tag.stop)
    return (-tag.confidence, *said, tag.asset, tag.tx, tag.first_seen, tag.last_seen)
