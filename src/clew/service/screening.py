"""Screening against the lists in force: one snapshot answers a question whole, and a new one replaces it at once."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from clew import __version__
from clew.records.store import Answered, Change, Records, canonical
from clew.screening.addresses import AddressAnswer, AddressIndex, Exposures, screen_address, to_json
from clew.screening.bulk import BulkAnswers, screen_many
from clew.screening.policy import Policy

BATCH = 500
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


def answered(
    question: AddressQuestion, answer: AddressAnswer, snapshot: Snapshot, *, token: str = "", reference: str = ""
) -> Answered:
    """An answer as it is kept."""
    reasons = canonical(to_json(answer)["reasons"])
    return Answered("address", question.subject, str(answer.decision), reasons, snapshot.known, token, reference)


Asked = Callable[[dict[str, Any], Snapshot], tuple[str, str]]
"""``ask(question, snapshot)``: decision and reasons (canonical JSON) of a kept question."""


def _ask_address_again(question: dict[str, Any], snapshot: Snapshot) -> tuple[str, str]:
    answer = ask_address(AddressQuestion(question["address"], question["chain"]), snapshot)
    return str(answer.decision), canonical(to_json(answer)["reasons"])


ASK_AGAIN: dict[str, Asked] = {"address": _ask_address_again}


def rescreen(records: Records, snapshot: Snapshot) -> int:
    """Ask every question again whose last answer rests on something else than `snapshot`; how many changed.

    An answer whose decision or reasons differ becomes a change, and the new answer is kept with it. What is done is
    done: stopped and called again, it goes on with the rest. Answers that stay the same are not written again.
    """
    changed = 0
    for rows in records.last_answers(batch=BATCH):
        changes, answers = [], []
        for row in rows:
            if row["known"] == snapshot.known:
                continue
            decision, reasons = ASK_AGAIN[row["kind"]](json.loads(row["subject"]), snapshot)
            if (decision, _rules(reasons)) == (row["decision"], _rules(row["reasons"])):
                continue
            changes.append(
                Change(
                    row["kind"],
                    row["subject"],
                    row["id"],
                    row["decision"],
                    decision,
                    reasons,
                    row["known"],
                    snapshot.known,
                )
            )
            answers.append(
                Answered(row["kind"], row["subject"], decision, reasons, snapshot.known, reference=row["reference"])
            )
        if changes:
            records.keep_changes(changes, answers)
        records.beat_rescreen(snapshot.known)
        changed += len(changes)
    records.beat_rescreen(snapshot.known, finished=True)
    return changed


def _rules(reasons: str) -> Iterable[tuple[str, str]]:
    """What of the reasons makes them the same: rule and words, whatever list version they cite."""
    return sorted((reason["rule"], reason["text"]) for reason in json.loads(reasons))
