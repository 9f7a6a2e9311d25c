"""Screening against the lists in force: one snapshot answers a question whole, and a new one replaces it at once."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from clew import __version__
from clew.records.store import Answered, Change, Records, canonical
from clew.screening.addresses import AddressAnswer, AddressIndex, Exposures, screen_address
from clew.screening.bulk import BulkAnswers, screen_many
from clew.screening.names import NameIndex, NameQuery, named_parties
from clew.screening.names.records import Kind
from clew.screening.parties import NameAnswer, screen_party
from clew.screening.policy import Policy

BATCH = 5000
"""Questions that are asked again between two writes."""


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
    def known(self) -> str:
        """Versions of lists, tags, policy and program, as canonical JSON: equal where answers must be equal."""
        lists = {name: version for name, version, _ in self.addresses.lists.versions}
        policy = f"{self.policy.id} {self.policy.version}"
        return canonical({"engine": __version__, "lists": lists, "policy": policy, "tags": self.tags})


@dataclass(frozen=True, slots=True)
class AddressQuestion:
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


def _ask_again(row: Mapping[str, Any], snapshot: Snapshot) -> Answered:
    """The answer to a kept question by another snapshot."""
    said = json.loads(row["subject"])
    if row["kind"] == "address":
        address = AddressQuestion(**said)
        return answered(address, ask_address(address, snapshot), snapshot, reference=row["reference"])
    births, countries = tuple(said.pop("births")), tuple(said.pop("countries"))
    name = NameQuestion(births=births, countries=countries, **said)
    return answered(name, ask_name(name, snapshot), snapshot, reference=row["reference"])


def rescreen(records: Records, snapshot: Snapshot) -> int:
    """Ask every question again whose last answer rests on something else than `snapshot`; how many changed.

    An answer whose decision or reasons differ becomes a change, and the new answer is kept with it. What is done is
    done: stopped and called again, it goes on with the rest. Answers that stay the same are not written again.
    """
    changed = 0
    for rows in records.last_answers(batch=BATCH):
        changes, answers = [], []
        older = [row for row in rows if row["known"] != snapshot.known]
        for row in _doubtful(older, snapshot):
            now = _ask_again(row, snapshot)
            if (now.decision, _rules(now.reasons)) == (row["decision"], _rules(row["reasons"])):
                continue
            before = row["decision"], now.decision, now.reasons, row["known"], snapshot.known
            changes.append(Change(row["kind"], row["subject"], row["id"], *before))
            answers.append(now)
        if changes:
            records.keep_changes(changes, answers)
        records.beat_rescreen(snapshot.known)
        changed += len(changes)
    records.beat_rescreen(snapshot.known, finished=True)
    return changed


def ask_again(records: Records, snapshot: Snapshot) -> str:
    """`rescreen`, where nobody else does it or has done it; what came of it in words, empty where it was not ours."""
    if not records.claim_rescreen(snapshot.known):
        return ""
    return f"asked past questions again: {rescreen(records, snapshot)} have another answer"


def _doubtful(rows: Sequence[Mapping[str, Any]], snapshot: Snapshot) -> list[Mapping[str, Any]]:
    """The rows whose answer may differ: not the addresses that were clear, and that nobody lists or tags now either."""
    plain = {
        at: json.loads(row["subject"]) for at, row in enumerate(rows) if _was_clear(row) and not snapshot.exposures
    }
    bare = [at for at, said in plain.items() if not said["chain"]]
    found = screen_many([plain[at]["address"] for at in bare], snapshot.addresses, snapshot.policy)
    settled = {at for place, at in enumerate(bare) if place not in found.answers}
    return [row for at, row in enumerate(rows) if at not in settled]


def _was_clear(row: Mapping[str, Any]) -> bool:
    return bool(row["kind"] == "address" and row["reasons"] == "[]")


def _rules(reasons: str) -> Iterable[tuple[str, str]]:
    """What of the reasons makes them the same: rule and words, whatever list version they cite."""
    return sorted((reason["rule"], reason["text"]) for reason in json.loads(reasons))
