"""Who holds an address, as far as tags say: every statement is kept with its source, none is merged with another."""

from collections.abc import Iterable
from pathlib import Path

from clew.lists import read_tags
from clew.model import Category, Tag

_ENTITIES = Path(__file__).with_name("entities")


def bundled_tags() -> list[Tag]:
    """The entities that ship with Clew: mixers, bridges, exchanges, swap routers, issuers and burn addresses."""
    return [tag for path in sorted(_ENTITIES.glob("*.yaml")) for tag in read_tags(path)]


class Attribution:
    """The tags of every address, strongest first."""

    def __init__(self, tags: Iterable[Tag]) -> None:
        found: dict[tuple[str, str], set[Tag]] = {}
        for tag in tags:
            found.setdefault((tag.chain, tag.address), set()).add(tag)
        self._tags = {account: tuple(sorted(stated, key=_strength)) for account, stated in found.items()}

    def tags_of(self, chain: str, address: str) -> tuple[Tag, ...]:
        """All that is said of an address (CAIP-2 chain, canonical address): by falling confidence, then by source."""
        return self._tags.get((chain, address), ())

    def stop_at(self, chain: str, address: str) -> Tag | None:
        """The strongest tag that says a trace ends here."""
        return next((tag for tag in self.tags_of(chain, address) if tag.stop), None)

    def is_wallet(self, chain: str, address: str) -> bool:
        """Whether a tag says that a contract is somebody's own wallet, such as a Safe."""
        return any(tag.category is Category.WALLET for tag in self.tags_of(chain, address))

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


def _strength(tag: Tag) -> tuple[int, str, str, str, str, str, bool, str, str]:
    said = (tag.source, tag.label, tag.entity, tag.category, tag.lastmod, tag.stop)
    return (-tag.confidence, *said, tag.asset, tag.tx)
