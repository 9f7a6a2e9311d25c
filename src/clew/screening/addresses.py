"""Is this address known: on which list, by which tag, under which key; and what the policy makes of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from clew.chains import CHAINS
from clew.chains.forms import Verdict, recognise
from clew.lists.listed import Hit, Likeness, Lists
from clew.model import Decision, Grade, Tag
from clew.screening.policy import Fact, Policy, Reason
from clew.screening.subject import Subject, read_subject

Exposures = Callable[[str, str], Sequence[Fact] | None]
"""``exposures(chain, address)``: what a ledger says of an address; None where it does not know it."""


@dataclass(frozen=True, slots=True)
class Listing:
    """That an address is on a list, and for whom."""

    list: str
    version: str
    entries: tuple[str, ...]
    """Ids of the parties it is listed for."""
    names: tuple[str, ...]
    programmes: tuple[str, ...]
    since: str
    """ISO date of the listing, where the list says it."""
    match: str
    """How it relates to the listed address, in the words of `lists.listed.Likeness`."""
    original: str
    """The list's own spelling."""
    claims: tuple[str, ...]
    """Tickers the list wrote beside it."""


class AddressAnswer(NamedTuple):
    """What is known of one address, and what follows."""

    subject: Subject
    decision: Decision
    reasons: tuple[Reason, ...]
    listings: tuple[Listing, ...]
    tags: tuple[Tag, ...]
    exposure: tuple[Fact, ...] | None
    """None: not computed, no ledger that knows the address was given."""
    lists: tuple[tuple[str, str, str], ...]
    """List, version id and day from which it holds, of every list that was looked at."""
    policy: str
    """Id and version."""


@dataclass(frozen=True)
class AddressIndex:
    """Every listed wallet and every tag, by address and by key; never changed once made."""

    lists: Lists
    tags: Mapping[str, tuple[Tag, ...]]
    """By canonical address, of every chain."""

    @classmethod
    def build(cls, lists: Lists, tags: Iterable[Tag] = ()) -> "AddressIndex":
        """Index lists and tags; the order of the tags does not matter."""
        by_address: dict[str, set[Tag]] = {}
        for tag in tags:
            by_address.setdefault(tag.address, set()).add(tag)
        return cls(lists, {address: tuple(sorted(found, key=_strength)) for address, found in by_address.items()})

    @cached_property
    def key_prefixes(self) -> npt.NDArray[np.uint64]:
        """The first eight bytes of every hash that a listed or tagged address commits to, sorted (`chains.bulk`)."""
        keys = {wallet.key for wallet in self.lists.wallets} | {recognise(address).key for address in self.tags}
        hashes = (key.partition(":")[2] for key in keys if key)
        found = {int(text[:16], 16) for text in hashes if len(text) in (40, 64) and _is_hex(text)}
        return np.array(sorted(found), dtype=np.uint64)

    def listings(self, address: str, chain: str) -> tuple[Listing, ...]:
        """Where an address is listed, and which listed ones it resembles."""
        found = self.lists.look_up(address, chain)
        hits = found.matches + found.doubts
        return tuple([self._listing(hit) for hit in hits]) if hits else ()

    def _listing(self, hit: Hit) -> Listing:
        wallet, held = hit.wallet, self.lists.holders(hit.wallet)
        return Listing(
            wallet.list,
            next((version for name, version, _ in self.lists.versions if name == wallet.list), ""),
            wallet.holders,
            tuple(party.name for party in held),
            tuple(dict.fromkeys(name for party in held for name in party.programmes)),
            min((party.listed for party in held if party.listed), default=""),
            str(hit.likeness),
            wallet.original,
            wallet.claims,
        )


def screen_address(
    text: str, index: AddressIndex, policy: Policy, *, chain: str = "", exposures: Exposures | None = None
) -> AddressAnswer:
    """One address against all lists and tags, and against a ledger where one is given.

    `chain` is what the asker takes it for, a CAIP-2 id or a name; another network's address is then a reason of its
    own. Nothing is matched by likeness: an address that is nearly a listed one belongs to somebody else.
    """
    subject = read_subject(text, chain)
    form = subject.form
    listings = index.listings(form.address, subject.chain)
    tags = () if form.verdict is Verdict.UNKNOWN else index.tags.get(form.address, ())
    exposure = None if exposures is None else _exposure(subject, exposures)
    if subject.flaws or listings or tags or exposure:
        facts = [Fact("flaw", words, Grade.OBSERVED, flaw=code) for code, words in subject.flaws]
        facts += [_listed(listing) for listing in listings]
        facts += [_tagged(tag) for tag in tags]
        decision, reasons = policy.decide([*facts, *(exposure or ())], unreadable=subject.unreadable)
    else:
        decision, reasons = Decision.CLEAR, ()  # no rule can hold where there is no fact
    return AddressAnswer(subject, decision, reasons, listings, tags, exposure, index.lists.versions, policy.cited)


def _exposure(subject: Subject, exposures: Exposures) -> tuple[Fact, ...] | None:
    form = subject.form
    if form.verdict in (Verdict.WRONG, Verdict.UNKNOWN) and form.name != "evm":
        return None
    chains = [subject.chain] if subject.chain else [chain.id for chain in CHAINS if form.acts_on(chain.id)]
    found = [facts for chain in chains if (facts := exposures(chain, form.address)) is not None]
    return tuple(fact for facts in found for fact in facts) if found else None


def _listed(listing: Listing) -> Fact:
    who = ", ".join(listing.names) or f"entry {', '.join(listing.entries) or 'without a number'}"
    words = f"{listing.list}, {who}" + (f", since {listing.since}" if listing.since else "")
    if listing.match != Likeness.ADDRESS:
        words += f", as {listing.original}"
    grade = Grade.DECODED if listing.match == Likeness.SAME_KEY else Grade.ASSERTED
    source = f"{listing.list} {listing.version}".strip()
    return Fact("listing", words, grade, source, list=listing.list, match=listing.match)


def _tagged(tag: Tag) -> Fact:
    words = f"{tag.label or tag.entity} ({tag.category}, confidence {tag.confidence} %)"
    source = f"{tag.source} {tag.lastmod}".strip()
    return Fact("tag", words, Grade.ASSERTED, source, category=tag.category, confidence=tag.confidence)


def _strength(tag: Tag) -> tuple[int, str, str, str, str]:
    return -tag.confidence, tag.source, tag.label, tag.chain, tag.category


def _is_hex(text: str) -> bool:
    return not text.strip("0123456789abcdef")


def to_json(answer: AddressAnswer) -> dict[str, Any]:
    """An answer as plain values, as the command line and the service give it; keys: docs/screening.md."""
    rests_on = [{"list": name, "version": version, "since": since} for name, version, since in answer.lists]
    return found_to_json(answer) | {"lists": rests_on, "policy": answer.policy}


def found_to_json(answer: AddressAnswer) -> dict[str, Any]:
    """`to_json` without what it rests on, which many answers share."""
    subject = answer.subject
    return {
        "input": subject.text,
        "address": subject.form.address,
        "form": subject.form.name,
        "chains": list(subject.form.chains),
        "chain": subject.chain,
        "checksum": str(subject.form.verdict),
        "decision": str(answer.decision),
        "reasons": [reason.to_json() for reason in answer.reasons],
        "listings": [
            {
                "list": listing.list,
                "version": listing.version,
                "entries": list(listing.entries),
                "names": list(listing.names),
                "programmes": list(listing.programmes),
                "since": listing.since,
                "match": listing.match,
                "original": listing.original,
                "claims": list(listing.claims),
            }
            for listing in answer.listings
        ],
        "tags": [
            {
                "chain": tag.chain,
                "label": tag.label,
                "entity": tag.entity,
                "category": str(tag.category),
                "source": tag.source,
                "confidence": tag.confidence,
                "lastmod": tag.lastmod,
            }
            for tag in answer.tags
        ],
        "exposure": None
        if answer.exposure is None
        else [
            {
                "kind": fact.on,
                "category": str(fact.category or ""),
                "direction": fact.direction,
                "hops": fact.hops,
                "share": f"{fact.share.numerator}/{fact.share.denominator}",
                "text": fact.text,
                "grade": str(fact.grade),
            }
            for fact in answer.exposure
        ],
    }
