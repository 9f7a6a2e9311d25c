"""Wallets of a release: found in every field, recognised by their own form, one row for each address."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from clew.chains.forms import Form, Verdict, find_addresses, recognise
from clew.lists.parties import ListedParty, Wallet

_CLAIM = re.compile(r"Digital Currency Address - (?P<ticker>\w+)\s+(?P<address>[^\s;,]+)")
"""OFAC's words in a remark; after the first of a kind it writes ``alt.`` before them."""


class Found(NamedTuple):
    """A text that is, or is said to be, an address."""

    text: str
    claim: str
    """Ticker, or empty."""
    holder: str
    """Id of the party."""
    place: str


def stated_in(text: str, holder: str, place: str) -> Iterator[Found]:
    """The addresses in a remark: those that its words claim, whatever their form, and any other that is one."""
    claimed = set()
    for claim in _CLAIM.finditer(text):
        address = claim["address"].rstrip(".")
        claimed.add(recognise(address).address)
        yield Found(address, claim["ticker"], holder, place)
    if len(text) >= 20:
        for form in find_addresses(text):
            if form.address not in claimed:
                yield Found(form.address, "", holder, place)


def found_in(party: ListedParty) -> Iterator[Found]:
    """The addresses in every field of a party: remarks, names, identifiers, addresses."""
    place = f"entry {party.id}"
    yield from stated_in(party.remarks, party.id, f"{place}, remarks")
    for field, texts in (
        ("names", [name.text for name in party.names]),
        ("identifiers", [identifier.value for identifier in party.identifiers]),
        ("addresses", party.addresses),
    ):
        for text in texts:
            yield from stated_in(text, party.id, f"{place}, {field}")


def wallets_of(list_id: str, found: Iterable[Found]) -> tuple[Wallet, ...]:
    """One wallet for each address, with all that claim it and all who hold it; in the order of first mention."""
    rows: dict[str, tuple[Form, Found, dict[str, None], dict[str, None]]] = {}
    for item in found:
        form = recognise(item.text)
        _, _, claims, holders = rows.setdefault(form.address, (form, item, {}, {}))
        if item.claim:
            claims[item.claim] = None
        if item.holder:
            holders[item.holder] = None
    return tuple(
        Wallet(
            list_id,
            form.address,
            form.name,
            form.chains,
            form.verdict,
            form.key,
            tuple(claims),
            tuple(holders),
            first.text.strip(),
            first.place,
        )
        for form, first, claims, holders in rows.values()
    )


def with_case(addresses: Iterable[str], cased: Iterable[str]) -> Mapping[str, str]:
    """Addresses that were lower-cased on the way -> their right spelling, as another list has it.

    Base58 cannot be mended by itself: an address is repaired only where exactly one of `cased` is equal to it without
    regard to case, and that one satisfies its checksum. All others are left out.
    """
    folded: dict[str, set[str]] = {}
    for address in cased:
        if recognise(address).verdict is Verdict.VALID:
            folded.setdefault(address.lower(), set()).add(address)
    repaired = {}
    for address in addresses:
        spellings = folded.get(address.lower(), set())
        if len(spellings) == 1 and recognise(address).verdict in (Verdict.WRONG, Verdict.UNKNOWN):
            repaired[address] = next(iter(spellings))
    return repaired
