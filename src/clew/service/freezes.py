"""Which balances of a trace an issuer holds fast: asked of the issuers' own events, and kept as evidence."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from clew.amounts import format_units
from clew.chains import find_chain
from clew.chains.events import Event, read_events
from clew.chains.tokens import find_token
from clew.ingest.replies import append_reply
from clew.ledger import Ledger
from clew.model import Category, Decoded, Limitation, Reply, Tag
from clew.protocols.issuers import Action, Control, controlled, decode_control, events, forms, standing, ticker
from clew.service.connections import Connections
from clew.service.evidence import Evidence, events_of
from clew.tracing.trace import Trace

Progress = Callable[[str], None]
Place = tuple[str, str, str]
"""Chain, address and asset of a balance."""


@dataclass(frozen=True, slots=True)
class Freezes:
    """What issuers' events say of the balances at the end of a trace."""

    frozen: Mapping[int, Tag]
    """By account: the act that holds it."""
    free: frozenset[Place]
    """Balances that an issuer could freeze and has not, as far as all of its events go."""
    limitations: tuple[Limitation, ...]


class IssuerRecords:
    """The events of the issuers whose tokens a trace holds, each list asked once."""

    def __init__(self, connections: Connections, ledger: Ledger, progress: Progress) -> None:
        self._connections, self._ledger, self._progress = connections, ledger, progress
        self._listed: dict[str, tuple[list[Event], bool]] = {}
        self._shown: dict[str, list[Event]] = {}

    def look(self, trace: Trace, evidence: Evidence, *, whole: Callable[[str], bool]) -> Freezes:
        """The freezes as of the trace's end. `whole`: whether all events of a chain are in the evidence."""
        held = {n: _place(trace, n) for n in set(trace.holdings.where) if _is_held(trace, n)}
        assets = sorted({asset for *_, asset in held.values()} & controlled().keys())
        if not assets:
            return Freezes(trace.frozen, frozenset(), ())
        found = [e for chain in {a.partition("/")[0] for a in assets} for e in self._in_evidence(chain, evidence)]
        known = {asset for asset in assets if whole(asset.partition("/")[0])}
        for asset in assets:
            listed, complete = self._list(asset)
            found += listed
            known |= {asset} if complete else set()
        now = standing((control, event.log.tx) for control, event in self._in_order(found, trace.bounds.until))
        times = {event.log.tx: event.time for event in found}
        frozen, free, limits = dict(trace.frozen), set(), []
        for number, (chain, address, asset) in sorted(held.items()):
            if asset not in assets:
                continue
            act = now.get((asset, address))
            if act is not None:
                frozen[number] = _tag(act[0], act[1], act[2], times[act[1]])
            elif asset in known:
                free.add((chain, address, asset))
                if number in frozen and frozen[number].source == _source(asset):
                    del frozen[number]  # a file of events says so that ends before the release
            elif number not in frozen:
                limits.append(_unknown(chain, address, asset))
        return Freezes(frozen, frozenset(free), tuple(limits))

    def _in_evidence(self, chain: str, evidence: Evidence) -> list[Event]:
        """The acts that blocks and receipts of a chain show, read once for all policies."""
        if chain not in self._shown:
            self._shown[chain] = list(_acts(evidence([chain])))
        return self._shown[chain]

    def _list(self, asset: str) -> tuple[list[Event], bool]:
        """The events of an asset's contract that freeze and release, and whether they are all.

        An issuer's contracts come in forms, each with its own events: the next is asked where one shows none.
        """
        if asset not in self._listed:
            self._listed[asset] = [], False
            for form in forms(controlled()[asset]):
                shown, complete = self._ask(asset, form)
                if complete or shown:
                    self._listed[asset] = shown, complete
                if shown:
                    break
        return self._listed[asset]

    def _ask(self, asset: str, form: Mapping[Action, str]) -> tuple[list[Event], bool]:
        chain, contract = find_chain(asset.partition("/")[0]), asset.rpartition(":")[2]
        source = self._connections.events(chain)
        if source is None:
            return [], False
        found: list[Event] = []
        complete = True
        for signature in form.values():
            self._progress(f"asking which balances of {ticker(asset)} are frozen on {chain.name}")
            listed = source.events(contract, signature)
            complete = complete and listed.status == "complete"
            if listed.fault:
                self._progress(f"{ticker(asset)} on {chain.name}: {listed.fault}")
            for reply in listed.replies:
                append_reply(self._ledger.writer, reply, lambda _reply: Decoded())
                found += read_events(reply)
        return found, complete

    def _in_order(self, found: Iterable[Event], until: int | None) -> list[tuple[Control, Event]]:
        """The acts in the order of the chain, each once, up to a time. An act without a time is one of a transaction
        whose block no reply shows: it counts as long as no time is asked for."""
        acts: dict[tuple[str, str, int, str], tuple[Control, Event]] = {}
        for event in found:
            control = _control(event)
            late = until is not None and not 0 <= event.time <= until
            if control is not None and not late:
                acts.setdefault((event.chain, event.log.tx, event.log.index, control.action), (control, event))
        return sorted(acts.values(), key=lambda act: (act[1].chain, act[1].height, act[1].log.index))


def _is_held(trace: Trace, number: int) -> bool:
    """Whether a freeze would say where units stand: services answer for what reaches them."""
    stop = trace.stops.get(number)
    return not trace.journal.accounts[number].made and (stop is None or stop.kind in ("contract", "unavailable"))


def _place(trace: Trace, number: int) -> Place:
    account = trace.journal.accounts[number]
    return account.chain, account.address, account.asset


def _acts(replies: Iterable[Reply]) -> Iterator[Event]:
    """Issuers' events that the evidence shows anyhow: in blocks and receipts."""
    for reply in replies:
        yield from events_of(reply, events())


def _control(event: Event) -> Control | None:
    """The act an event is; None where it is none, or is not of its contract's form."""
    topics = [topic.hex() for topic in event.log.topics]
    control = decode_control(find_chain(event.chain), event.log.contract, topics, event.log.data.hex())
    return control if isinstance(control, Control) else None


def _source(asset: str) -> str:
    return f"event of {asset}"


def _tag(control: Control, tx: str, gone: int, time: int) -> Tag:
    token = find_token(control.asset)
    destroyed = f", {format_units(gone, token.decimals if token else 0)} destroyed since" if gone else ""
    date = datetime.fromtimestamp(time, UTC).date().isoformat() if 0 < time < 253_402_300_800 else ""
    return Tag(
        control.asset.partition("/")[0],
        control.address,
        f"{ticker(control.asset)} frozen by {control.issuer}{destroyed}",
        control.issuer,
        Category.FROZEN,
        _source(control.asset),
        100,
        date,
        stop=False,
        asset=control.asset,
        tx=tx,
    )


def _unknown(chain: str, address: str, asset: str) -> Limitation:
    detail = f"no reply shows whether {controlled()[asset]} has frozen this balance of {ticker(asset)}"
    return Limitation("freeze-status-unknown", detail, chain, address, None, asset)
