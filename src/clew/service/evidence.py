"""The replies that a run's answer rests on, read again for what their transfers do not tell: events above all."""

from collections.abc import Callable, Collection, Iterable, Iterator

from clew.chains.events import Event, read_events
from clew.ledger import Ledger
from clew.model import Reply
from clew.sources.archive import Archive

Evidence = Callable[[Collection[str]], Iterable[Reply]]
"""The replies of some chains (CAIP-2)."""


def evidence_of(archive: Archive, ledger: Ledger) -> Evidence:
    """The replies of this run alone, one by one: what an earlier run left in the folder does not count."""

    def replies(chains: Collection[str]) -> Iterator[Reply]:
        for stored in ledger.view.replies():
            found = archive.get(stored) if stored.chain in chains else None
            if found is not None:
                yield found

    return replies


def events_of(reply: Reply, topics: Iterable[str]) -> Iterable[Event]:
    """The events of a reply, if one of the topics (as the reply writes them) stands in it; a quick look spares most."""
    return read_events(reply) if any(topic.encode() in reply.body for topic in topics) else ()
