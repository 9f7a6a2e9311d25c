"""What an answer could not see, in the words of its limitations."""

from collections.abc import Iterable

from clew.chains import find_chain
from clew.model import History, Kind, Limitation

UNSWAPPED = {
    "several-given": "gives several assets at once: what was given for what cannot be told",
    "several-got": "brings several assets at once: what was given for what cannot be told",
    "passed-on": "brings an asset of which some leaves again: what was given for what cannot be told",
    "borrowed": "gives what it first brings, as a flash loan does: what was given for what cannot be told",
    "fake-token": "brings a token that imitates a known one: it is not followed",
    "too-large": "brings more of a token than 128 bits hold: it is not followed",
    "other-recipient": "brings other assets to others: who got what for what was given cannot be told",
}
"""Reasons of `links.swaps.Unresolved`, in words."""


def missing_kinds(histories: Iterable[History]) -> list[Limitation]:
    """One limitation per chain and kind of transfer that complete histories there cannot show."""
    lacking: dict[tuple[str, Kind], int] = {}
    for history in histories:
        chain = find_chain(history.chain)
        if history.status != "complete" or chain.utxo:
            continue
        for kind in (Kind.NATIVE, Kind.INTERNAL, Kind.TOKEN):
            if kind not in history.covers:
                lacking[chain.id, kind] = lacking.get((chain.id, kind), 0) + 1
    words = {Kind.NATIVE: "native", Kind.INTERNAL: "internal", Kind.TOKEN: "token"}
    return [
        Limitation(
            f"no-{words[kind]}-transfers",
            f"the replies show no {words[kind]} transfers of {count} followed accounts: what moved so is not seen",
            chain,
        )
        for (chain, kind), count in sorted(lacking.items())
    ]
