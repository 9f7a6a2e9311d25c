"""To whom an address is exposed, from a ledger or from recorded replies: what ``clew exposure`` and screening call."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from clew.amounts import Asset, format_units
from clew.attribution import Attribution, bundled_tags
from clew.chains import CHAINS, Chain, find_chain
from clew.clustering.payments import payments_of_table
from clew.exposure.address import Exposure, Share, exposure_in
from clew.exposure.book import is_boundary
from clew.exposure.kernels import FAR
from clew.ledger import TransferTable, View
from clew.links.coinjoins import coinjoin_of, mixer_tag
from clew.lists import read_tags
from clew.lists.entry import read_entry
from clew.lists.listed import Lists
from clew.model import TRANSIENT, Address, Category, Grade, Tag
from clew.screening.addresses import Exposures
from clew.screening.policy import Fact
from clew.service.clustering import join_addresses
from clew.service.ledgers import open_ledger

Json = dict[str, Any]
Progress = Callable[[str], None]


def exposure_of(
    address: str,
    *,
    chain: str = "",
    ledger: Path | None = None,
    recorded: Path | None = None,
    tags: Sequence[Path] = (),
    clustered: bool = False,
    progress: Progress = lambda _line: None,
) -> Json:
    """The exposure of an address as docs/exposure.md describes it, from a case's folder or from recorded replies.

    `chain` may stay empty where the address says it. With `clustered`, addresses that the rules of docs/clustering.md
    join are one holder, and deposit addresses they find are their exchange's. InputError where the address is none,
    the place holds no ledger, or nothing there shows the address.
    """
    stated = read_entry({"address": address, "chain": chain}, where="ADDRESS", source="")
    holder = Address(stated.chain, stated.address)
    attribution = Attribution([*bundled_tags(), *(tag for path in tags for tag in read_tags(path))])
    progress("reading the ledger")
    with open_ledger(ledger, recorded, find_chain(holder.chain), where="exposure") as opened:
        table = opened.view.transfers(chains=[holder.chain])
        assets = {**opened.view.assets(), **{one.native.id: one.native for one in CHAINS}}
        gaps = _gaps(opened.view, holder)
    world = _World(table, attribution, find_chain(holder.chain))
    if clustered:
        progress("clustering")
        world.cluster()
    found = exposure_in(
        table,
        Address(holder.chain, world.holder(holder.chain, holder.value)),
        world.service,
        members=world.members(holder.value),
        holders=world.holder,
        progress=lambda done, of: progress(f"transfer {done} of {of}"),
    )
    return {**_told(found, holder, world, assets), **gaps}


def exposure_facts(ledger: Path, stated: Sequence[Tag], lists: Lists, *, clustered: bool = False) -> Exposures:
    """What a case's ledger says of any address, as facts for a screening policy; listed wallets are boundaries too.

    With `clustered`, addresses that clustering joins are one holder, and what is known of the others of an address's
    cluster is a fact of its own. The ledger is read now, and not again. Each answer is a pass over the transfers of one
    chain.
    """
    with open_ledger(ledger, None, CHAINS[0], where="exposure") as opened:
        chains = [chain for chain in opened.view.transfers().chains if chain in {one.id for one in CHAINS}]
        tables = {chain: opened.view.transfers(chains=[chain]) for chain in chains}
        assets = {**opened.view.assets(), **{one.native.id: one.native for one in CHAINS}}
    worlds = {
        chain: _World(table, _boundaries(chain, stated, lists), find_chain(chain)) for chain, table in tables.items()
    }
    accounts = {chain: frozenset(table.account_name) for chain, table in tables.items()}
    if clustered:
        for world in worlds.values():
            world.cluster()

    def ask(chain: str, address: str) -> tuple[Fact, ...] | None:
        if address not in accounts.get(chain, ()):
            return None
        world = worlds[chain]
        holder, members = Address(chain, world.holder(chain, address)), world.members(address)
        found = exposure_in(tables[chain], holder, world.service, members=members, holders=world.holder)
        shares = (fact for share in found.shares for fact in _facts(share, world.grade_of(share), assets))
        return *shares, *_owned(world, members - {address})

    return ask


def _boundaries(chain: str, stated: Sequence[Tag], lists: Lists) -> Attribution:
    listed = (wallet.address for wallet in lists.wallets if wallet.acts_on(chain))
    return Attribution([*stated, *(tag for address in listed for tag in lists.tags(chain, address))])


def _facts(share: Share, grade: Grade, assets: Mapping[str, Asset]) -> Iterator[Fact]:
    """The direct and the indirect part of a share."""
    named = share.category in set(Category)
    category = Category(share.category) if named else None
    far = FAR if share.hops is None else max(2, share.hops)
    parts = ((share.direct, 1), (share.indirect, far))
    for amount, hops in parts:
        if amount:
            part = Fraction(amount, share.total)
            how = "direct" if hops == 1 else f"{hops} hops" + (" or more" if hops == FAR else "")
            who = " ".join(filter(None, (share.category, share.entity)))
            words = f"{share.direction} {_units(amount, share.asset, assets)}, {who}, {how}"
            yield Fact(
                "exposure",
                words,
                grade,
                "ledger",
                category=category,
                direction=str(share.direction),
                hops=hops,
                share=part,
            )


def _owned(world: "_World", others: frozenset[str]) -> Iterator[Fact]:
    """What is known of the other addresses of a cluster: each category and entity once, by its surest tag."""
    tags = sorted(filter(None, map(world.tag_of, others)), key=lambda tag: (-tag.confidence, tag.address))
    strongest = {(tag.category, tag.entity): tag for tag in reversed(tags)}
    for tag in reversed(strongest.values()):
        words = f"{tag.label or tag.entity} ({tag.category}) at {tag.address}, which clustering joins it with"
        source = f"{tag.source} {tag.lastmod}".strip()
        yield Fact("cluster", words, Grade.INFERRED, source, category=tag.category, confidence=tag.confidence)


def _units(amount: int, asset_id: str, assets: Mapping[str, Asset]) -> str:
    asset = assets.get(asset_id)
    return f"{format_units(amount, asset.decimals)} {asset.symbol}" if asset else f"{amount} base units of {asset_id}"


class _World:
    """Who is a service and who belongs together, as tags and rules say."""

    def __init__(self, table: TransferTable, attribution: Attribution, chain: Chain) -> None:
        self._table, self._attribution, self._chain = table, attribution, chain
        self._found: dict[str, Tag] = _mixes(table, chain) if chain.utxo else {}
        self._clusters_are_made = False
        self._cluster_of: dict[str, str] = {}
        self._members: dict[str, list[str]] = {}

    def tag_of(self, address: str) -> Tag | None:
        """The strongest tag that makes an address, or a transaction, a boundary."""
        stated = self._attribution.tags_of(self._chain.id, address)
        return next((tag for tag in stated if is_boundary(tag)), self._found.get(address))

    def grade_of(self, share: Share) -> Grade:
        """How the two ends are known: inferred where a rule joined addresses, or found the service."""
        found = {(str(tag.category), tag.entity) for tag in self._found.values()}
        inferred = self._clusters_are_made or (share.category, share.entity) in found
        return Grade.INFERRED if inferred else Grade.OBSERVED

    def service(self, _chain: str, holder: str) -> Tag | None:
        """The tag of a holder: of a cluster, the strongest of its members."""
        found = [tag for name in self._members.get(holder, [holder]) if (tag := self.tag_of(name))]
        return min(found, key=lambda tag: (-tag.confidence, tag.address), default=None)

    def holder(self, _chain: str, address: str) -> str:
        """The id of the cluster of an address, or itself."""
        return self._cluster_of.get(address, address)

    def members(self, address: str) -> frozenset[str]:
        """The addresses that are one with an address."""
        return frozenset(self._members.get(self.holder("", address), [address]))

    def cluster(self) -> None:
        """Join addresses by the rules of the chain's family."""
        self._clusters_are_made = True
        clusters, deposits = join_addresses(self._table, self._chain, self.tag_of)
        self._found |= deposits
        self._cluster_of = clusters.clusters()
        for address, cluster in self._cluster_of.items():
            self._members.setdefault(cluster, []).append(address)


def _mixes(table: TransferTable, chain: Chain) -> dict[str, Tag]:
    """The transactions that are asserted to be mixes, as transients with the tag of a mixer."""
    payments = payments_of_table(table, chain.id)
    found = {}
    for number in np.flatnonzero(payments.mixed).tolist():
        code = int(payments.tx[number])
        verdict = coinjoin_of(table, np.flatnonzero(table.tx == code).tolist())
        if verdict is not None:
            found[TRANSIENT + table.txs[code]] = mixer_tag(chain.id, table.txs[code], verdict)
    return found


def _gaps(view: View, holder: Address) -> Json:
    """How completely the ledger knows the address, and how often it says of which gap anywhere on the chain."""
    history = view.history(holder.chain, holder.value)
    codes = Counter(one.code for one in view.limitations() if one.chain == holder.chain)
    return {"history": "unknown" if history is None else history.status, "ledger_gaps": dict(sorted(codes.items()))}


# --- in words


def _told(found: Exposure, asked: Address, world: _World, assets: dict[str, Asset]) -> Json:
    own = world.service(asked.chain, found.holder.value)
    units = {total.asset: assets.get(total.asset) for total in found.totals}
    return {
        "kind": "exposure",
        "address": str(asked),
        "cluster": str(found.holder),
        "members": len(found.members),
        "rule": "haircut over the ledger in order, exact integers; attributed at the first service met",
        "own_tag": None if own is None else _tag(own),
        "totals": [
            {
                "asset": total.asset,
                **_unit(units[total.asset]),
                "received": str(total.received),
                "sent": str(total.sent),
                "unattributed_received": str(total.unattributed_received),
                "unattributed_sent": str(total.unattributed_sent),
            }
            for total in found.totals
        ],
        "shares": [{**_share(share), "grade": str(world.grade_of(share))} for share in found.shares],
        "limitations": [{"code": one.code, "asset": one.asset, "detail": one.detail} for one in found.limitations],
    }


def _unit(asset: Asset | None) -> Json:
    return {"symbol": asset.symbol if asset else "", "decimals": asset.decimals if asset else None}


def _tag(tag: Tag) -> Json:
    return {"category": str(tag.category), "entity": tag.entity, "label": tag.label, "source": tag.source}


def _share(share: Share) -> Json:
    return {
        "direction": str(share.direction),
        "asset": share.asset,
        "category": share.category,
        "entity": share.entity,
        "amount": str(share.amount),
        "direct": str(share.direct),
        "indirect": str(share.indirect),
        "share": f"{share.millionths // 1_000_000}.{share.millionths % 1_000_000:06}",
        "hops": share.hops,
        "path": [
            {
                "tx": step.tx,
                "time": step.time,
                "sender": step.sender,
                "receiver": step.receiver,
                "moved": str(step.moved),
                "carried": str(step.carried),
            }
            for step in share.way
        ],
    }
