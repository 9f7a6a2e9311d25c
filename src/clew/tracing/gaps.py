"""What an answer could not see, in the words of its limitations."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from clew.chains import find_chain
from clew.ledger import TransferTable
from clew.links.swaps import Swap, Unresolved
from clew.links.vouching import unknown_tokens
from clew.model import Address, Category, History, Kind, Limitation, Tag
from clew.tracing.trace import Run, named

UNSWAPPED = {
    "several-given": "gives several assets at once: what was given for what cannot be told",
    "several-got": "brings several assets at once: what was given for what cannot be told",
    "passed-on": "brings an asset of which some leaves again: what was given for what cannot be told",
    "borrowed": "gives what it first brings, as a flash loan does: what was given for what cannot be told",
    "fake-token": "brings a token that imitates a known one: it is not followed",
    "unknown-token": "brings a token that is neither well known nor of the case, and no trade that can be read "
    "vouches for it: it is not followed",
    "too-large": "brings more of a token than 128 bits hold: it is not followed",
    "lp-share": "trades assets for a share of a pool, or a share for assets: no price says what became of which",
    "other-recipient": "brings other assets to others: who got what for what was given cannot be told",
}
"""Reasons of `links.swaps.Unresolved`, in words."""


EXCHANGERS = frozenset(
    {"changelly", "changenow", "exch", "fixedfloat", "godex", "letsexchange", "shapeshift", "sideshift", "simpleswap"}
)
"""Instant exchangers, which take a deposit in one asset and pay out in another without an account or a contract, by
their names in lower case; each describes its service so on its own site."""


def unfollowed_exchanges(standing: Iterable[tuple[Tag, Address, str, int]]) -> list[Limitation]:
    """One limitation per address of an instant exchanger and asset: `standing` gives tag, address, asset and units."""
    sums: dict[tuple[Address, str, str], int] = {}
    for tag, address, asset, amount in standing:
        if tag.category is Category.SWAP and tag.entity.casefold().removesuffix(".io") in EXCHANGERS:
            sums[address, asset, tag.entity] = sums.get((address, asset, tag.entity), 0) + amount
    return [
        Limitation(
            "exchange-not-followed",
            f"{entity} pays out in another asset under no public id: its payouts of the hour after each payment are "
            f"candidates, which --through-exchanger {entity!r} weighs",
            address.chain,
            address.value,
            amount,
            asset,
        )
        for (address, asset, entity), amount in sorted(sums.items())
    ]


def unswapped(table: TransferTable, untold: Iterable[Unresolved], known: Iterable[History]) -> list[Limitation]:
    """Exchanges of the accounts of `known` in which what was given for what cannot be told."""
    names = {(history.chain, history.account) for history in known}
    limits = []
    for one in untold:
        chain, name = table.chains[table.account_chain[one.party]], table.account_name[one.party]
        if (chain, name) in names:
            tx = table.txs[table.tx[one.row]]
            limits.append(Limitation(f"swap-{one.reason}", f"transaction {tx} {UNSWAPPED[one.reason]}", chain, name))
    return limits


def unvouched(
    table: TransferTable, swaps: Iterable[Swap], genuine: Collection[str], tainted: Collection[int]
) -> list[Limitation]:
    """One limitation per account and token that it got for stolen units and that only a trade vouches for."""
    found: dict[tuple[int, int], Swap] = {}
    for swap in unknown_tokens(table, swaps, genuine, tainted):
        found.setdefault((swap.recipient, swap.asset_out), swap)
    return [
        Limitation(
            "unknown-token",
            f"transaction {table.txs[table.tx[swap.paid[0]]]} brings a token that is neither known nor of the case: if "
            "its maker also made the pool that traded it, he has the coins that were given",
            table.chains[table.account_chain[recipient]],
            table.account_name[recipient],
            asset=table.assets[asset],
        )
        for (recipient, asset), swap in sorted(found.items())
    ]


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


def gaps(run: Run, known: Mapping[int, History]) -> list[Limitation]:
    """Histories that are not whole, kinds of transfer no reply shows, and spending beyond what was received."""
    limits = []
    for number, history in known.items():
        account = run.journal.accounts[number]
        if history.status in ("truncated", "unavailable"):
            limits.append(Limitation(f"{history.status}-history", history.detail, account.chain, account.name))
    for number, amount in run.unexplained.items():
        account = run.journal.accounts[number]
        if number in known and number not in run.stops:
            limits.append(
                Limitation(
                    "unobserved-inflow",
                    "the account spends more than it is seen to receive; the difference is counted as clean",
                    account.chain,
                    account.name,
                    amount,
                    account.asset,
                )
            )
    return limits + missing_kinds(known.values())


def unresolved(run: Run) -> list[Limitation]:
    """Conversions whose transactions no loaded history shows."""
    return [
        Limitation("conversion-not-applied", f"no loaded history shows transaction {name.value}", name.chain)
        for name in map(named, run.journal.pending)
    ]


def said(run: Run, known: Mapping[int, History], limits: Iterable[Limitation]) -> list[Limitation]:
    """What the replies themselves could not show, where it touches an account that holds or held taint."""
    names = {(run.journal.accounts[n].chain, run.journal.accounts[n].name) for n in known}
    return [limit for limit in limits if not limit.address or (limit.chain, limit.address) in names]


def at_services(run: Run) -> Iterator[tuple[Tag, Address, str, int]]:
    """The tainted units that stand at tagged services: tag, address, asset and units."""
    for number, amount in zip(run.holdings.where, run.holdings.amount, strict=True):
        tag, account = run.stops[number].tag if number in run.stops else None, run.journal.accounts[number]
        if tag is not None:
            yield tag, Address(account.chain, account.address), account.asset, amount
