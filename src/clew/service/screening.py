"""Screening against the lists in force: one snapshot answers a question whole, and a new one replaces it at once."""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import orjson

from clew import __version__
from clew.records.store import Answered, Change, PastAnswer, Records, canonical
from clew.screening.addresses import AddressAnswer, AddressIndex, Exposures, screen_address
from clew.screening.bulk import BulkAnswers, screen_many
from clew.screening.names import NameIndex, NameQuery, named_parties
from clew.screening.names.records import Kind
from clew.screening.parties import NameAnswer, screen_party
from clew.screening.policy import Policy

BATCH = 5000
"""Questions that are asked again between two writes."""
_UNSEEN = 1000
"""Numbers below the newest that are looked at once more: a server may show a number before one below it."""


@dataclass(frozen=True)
class Snapshot:
    """Everything an answer rests on, of one moment; never changed once made."""

    addresses: AddressIndex
    policy: Policy
    tags: str = ""
    """Hash of the tags in force."""
    exposures: Exposures | None = None

    @cached_property
    def names(self) -> NameIndex:
        """The names of all listed parties, indexed when first asked for."""
        return NameIndex.build(named_parties(self.addresses.lists.parties))

    @cached_property
    def based_on(self) -> Mapping[str, Any]:
        """What every answer cites, as JSON's values."""
        versions = self.addresses.lists.versions
        return {
            "lists": [{"list": name, "version": version, "since": since} for name, version, since in versions],
            "policy": self.policy.cited,
            "engine": __version__,
        }

    @cached_property
    def known(self) -> str:
        """Versions of lists, tags, policy and program, as canonical JSON: equal where answers must be equal."""
        lists = {name: version for name, version, _ in self.addresses.lists.versions}
        return canonical({"engine": __version__, "lists": lists, "policy": self.policy.cited, "tags": self.tags})


class AddressQuestion(NamedTuple):
    """One address as it was asked for."""

    address: str
    chain: str = ""

    @property
    def subject(self) -> str:
        """The question as it is kept, so that it can be asked again."""
        return canonical({"address": self.address, "chain": self.chain})


@dataclass(frozen=True, slots=True)
class NameQuestion:
    """One name as it was asked for."""

    name: str
    kind: str = "unknown"
    births: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    limit: int = 10

    @property
    def query(self) -> NameQuery:
        """As the matcher takes it."""
        return NameQuery(self.name, Kind(self.kind), self.births, self.countries)

    @property
    def subject(self) -> str:
        """The question as it is kept, so that it can be asked again."""
        return canonical({name: getattr(self, name) for name in NameQuestion.__slots__})


class Screening:
    """The desk: answers from the snapshot in force, and says what a new one changes."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    @property
    def snapshot(self) -> Snapshot:
        """What is in force. Take it once for each answer: the next look may find another."""
        return self._snapshot

    def swap(self, snapshot: Snapshot) -> None:
        """Put a new snapshot in force for every later answer."""
        self._snapshot = snapshot  # one reference is written at once

    def screen_addresses(self, questions: Sequence[AddressQuestion]) -> tuple[list[AddressAnswer], Snapshot]:
        """Answers in the order of the questions, all from the one snapshot that is given back."""
        snapshot = self._snapshot
        return [ask_address(question, snapshot) for question in questions], snapshot

    def screen_names(self, questions: Sequence[NameQuestion]) -> tuple[list[NameAnswer], Snapshot]:
        """Answers in the order of the questions, all from the one snapshot that is given back."""
        snapshot = self._snapshot
        return [ask_name(question, snapshot) for question in questions], snapshot

    def screen_many(self, texts: Sequence[str]) -> tuple[BulkAnswers, Snapshot]:
        """Decisions of many bare addresses, without chain and exposure."""
        snapshot = self._snapshot
        return screen_many(texts, snapshot.addresses, snapshot.policy), snapshot


def ask_address(question: AddressQuestion, snapshot: Snapshot) -> AddressAnswer:
    """One address against a snapshot."""
    return screen_address(
        question.address,
        snapshot.addresses,
        snapshot.policy,
        chain=question.chain,
        exposures=snapshot.exposures,
    )


def ask_name(question: NameQuestion, snapshot: Snapshot) -> NameAnswer:
    """One name against a snapshot."""
    lists = snapshot.addresses.lists
    return screen_party(question.query, snapshot.names, lists, snapshot.policy, limit=question.limit)


def answered(
    question: AddressQuestion | NameQuestion,
    answer: AddressAnswer | NameAnswer,
    snapshot: Snapshot,
    *,
    token: str = "",
    reference: str = "",
) -> Answered:
    """An answer as it is kept."""
    kind = "address" if isinstance(question, AddressQuestion) else "name"
    reasons = canonical([reason.to_json() for reason in answer.reasons]) if answer.reasons else "[]"
    return Answered(kind, question.subject, str(answer.decision), reasons, snapshot.known, token, reference)


def _ask_again(past: PastAnswer, snapshot: Snapshot) -> Answered:
    """The answer to a kept question by another snapshot."""
    said = orjson.loads(past.subject)
    if past.kind == "address":
        address = AddressQuestion(**said)
        return answered(address, ask_address(address, snapshot), snapshot, reference=past.reference)
    births, countries = tuple(said.pop("births")), tuple(said.pop("countries"))
    name = NameQuestion(births=births, countries=countries, **said)
    return answered(name, ask_name(name, snapshot), snapshot, reference=past.reference)


def rescreen(records: Records, snapshot: Snapshot, *, behind: int = 0, beat: Callable[[], Any] = lambda: None) -> int:
    """Ask every question again whose last answer rests on something else than `snapshot`; how many changed.

    Only of answers with a number above `behind`. An answer whose decision or reasons differ becomes a change, and the
    new answer is kept with it. What is done is done: stopped and called again, it goes on with the rest. Answers that
    stay the same are not written again. `beat` is called between two writes.
    """
    changed = 0
    for rows in records.last_answers(other_than=snapshot.known, behind=behind, batch=BATCH):
        changes, answers = [], []
        for past in _doubtful(rows, snapshot):
            now = _ask_again(past, snapshot)
            if (now.decision, _rules(now.reasons)) == (past.decision, _rules(past.reasons)):
                continue
            before = past.decision, now.decision, now.reasons, past.known, snapshot.known
            changes.append(Change(past.kind, past.subject, past.id, *before))
            answers.append(now)
        if changes:
            records.keep_changes(changes, answers)
        beat()
        changed += len(changes)
    return changed


class Rescreening:
    """Asks past questions again as what is in force changes, and goes on with what others still answer by the old.

    Of several processes one does it, and one that is gone is replaced.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._holder = secrets.token_hex(8)
        self._known = ""
        """What it asks by; empty while another does it."""
        self._behind = 0

    def turn(self, snapshot: Snapshot) -> str:
        """Ask again what must be; what came of it in words, empty where nothing did or another is at it."""
        self._records.post()
        if self._known == snapshot.known and self._records.beat_rescreening(self._known, self._holder):
            late = self._pass(snapshot)
            return f"answers by what was in force before: {late} have another one now" if late else ""
        self.let_go()
        behind = self._records.claim_rescreening(snapshot.known, self._holder)
        if behind is None:
            return ""
        self._known, self._behind = snapshot.known, behind
        return f"asked past questions again: {self._pass(snapshot)} have another answer"

    def let_go(self) -> None:
        """Leave it to another."""
        if self._known:
            self._records.beat_rescreening(self._known, self._holder, let_go=True)
            self._known = ""

    def _pass(self, snapshot: Snapshot) -> int:
        upto = self._records.last_number()
        changed = rescreen(
            self._records,
            snapshot,
            behind=self._behind,
            beat=lambda: self._records.beat_rescreening(self._known, self._holder),
        )
        self._behind = max(self._behind, upto - (0 if self._records.local else _UNSEEN))
        self._records.beat_rescreening(self._known, self._holder, behind=self._behind)
        return changed


def _doubtful(rows: Sequence[PastAnswer], snapshot: Snapshot) -> list[PastAnswer]:
    """The rows whose answer may differ: not the addresses that were clear, and that nobody lists or tags now either."""
    if snapshot.exposures:
        return list(rows)
    asked = [
        (at, orjson.loads(row.subject)) for at, row in enumerate(rows) if row.kind == "address" and row.reasons == "[]"
    ]
    bare = [(at, said["address"]) for at, said in asked if not said["chain"]]
    found = screen_many([address for _, address in bare], snapshot.addresses, snapshot.policy)
    settled = {at for place, (at, _) in enumerate(bare) if place not in found.answers}
    return [row for at, row in enumerate(rows) if at not in settled]


def _rules(reasons: str) -> Iterable[tuple[str, str]]:
    """What of the reasons makes them the same: rule and words, whatever list version they cite."""
    return sorted((reason["rule"], reason["text"]) for reason in orjson.loads(reasons))
