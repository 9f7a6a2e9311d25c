"""Where every stolen unit is now: the dispositions of a trace, which partition each theft."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from clew.amounts import Asset
from clew.chains import find_chain
from clew.chains.tokens import find_token
from clew.errors import RunError
from clew.model import BURNT_FEE, FEE, UNSPENDABLE, Grade, Kind, Tag
from clew.tracing.journal import MIX, Account
from clew.tracing.labels import GRADES, grade_of, theft_of
from clew.tracing.suspects import SUSPECTED
from clew.tracing.trace import Trace

EXPECTED = "expected value over candidates; no single one is proven"
"""What is said of units that came as a share of what entered a mixer."""

RESIDUE = 1000
"""What stays in an account is left over where it is less than one part in so many of what came there: by the rule of a
policy, as the fees paid there fall, and not since somebody keeps it."""
_RESIDUE = f"left over: less than one part in {RESIDUE:,} of what came here has stayed"


@dataclass(frozen=True, slots=True)
class Movement:
    """Tainted units that one event moved."""

    event: int
    chain: str
    tx: str
    time: int
    height: int
    tx_index: int
    seq: int
    kind: str
    sender: Account
    receiver: Account
    amount: int
    """Base units the whole transfer moved."""
    tainted: int
    origin: int
    theft: int
    grade: Grade


@dataclass(frozen=True, slots=True)
class Disposition:
    """Tainted units that stand in one account at the end, by theft and by the weakest link on their way."""

    kind: str
    """held, service, suspected-service, frozen, burned, fee, contract, not-followed or unavailable: each unit is in
    one."""
    account: Account
    tag: Tag | None
    detail: str
    amount: int
    origin: int
    theft: int
    grade: Grade
    hops: int
    transfers: int
    first_time: int
    last_tx: str
    last_time: int
    path: tuple[Movement, ...]
    """From the theft: at each account, the transfer that had brought most origin units of that grade before."""
    probability: float | None = None
    """Of units of grade `expected`: that what the path's last mixer paid out was the theft's."""
    residue: bool = False
    """Whether the account passed the theft on but for less than one part in `RESIDUE`."""


class Movements:
    """The tainted movements of a trace, read on demand."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._kinds = tuple(Kind)

    def __len__(self) -> int:
        return len(self._trace.records.where)

    def __getitem__(self, record: int) -> Movement:
        trace, records = self._trace, self._trace.records
        event = records.where[record]
        table, row = trace.table, int(trace.journal.row[event])
        events = trace.journal.events
        shown = bool(trace.journal.shown[event])
        label = records.label[record]
        low, high = events.amount[event].tolist()
        return Movement(
            event,
            table.chains[table.chain[row]],
            table.txs[table.tx[row]],
            int(table.time[row]),
            int(table.height[row]),
            int(table.tx_index[row]),
            int(table.seq[row]) if shown else -1,
            self._kinds[table.kind[row]] if shown else Kind.ASSERTED,
            trace.journal.accounts[int(events.sender[event])],
            trace.journal.accounts[int(events.receiver[event])],
            low | high << 64,
            records.amount[record],
            records.origin[record],
            theft_of(label),
            GRADES[int(events.grade[event])],
        )

    def path(self, record: int) -> tuple[Movement, ...]:
        """The movements that led to a record, from the theft on; steps within one transaction left out."""
        steps = []
        while record >= 0:
            steps.append(self[record])
            record = int(self._trace.ways.parent[record])
        return tuple(step for step in reversed(steps) if not step.receiver.passes or _enters(step))


def _enters(step: Movement) -> bool:
    """Whether a step is a payment into a pool whose units are shared on."""
    return step.receiver.shown != "" and step.receiver.passes and not step.sender.passes


def dispose(trace: Trace) -> list[Disposition]:
    """The dispositions, largest share first. RunError where they do not add up to a theft to the last unit."""
    movements = Movements(trace)
    arrivals = _arrivals(trace)
    residues = _residues(trace, arrivals) if trace.policy.keeps_value else frozenset()
    found = []
    holdings = trace.holdings
    for number, label, amount, origin in zip(
        holdings.where, holdings.label, holdings.amount, holdings.origin, strict=True
    ):
        account = trace.journal.accounts[number]
        kind, detail, tag = _kind(trace, number, account)
        records = arrivals[number, label]
        first, last = movements[records[0]], movements[records[-1]]
        best = max(records, key=lambda r: (trace.records.origin[r], -r))
        theft, grade, path = theft_of(label), grade_of(label), movements.path(best)
        probability = _probability(path) if grade is Grade.EXPECTED else None
        residue = (number, theft) in residues
        told = "" if probability is None else f"probability {probability}: {EXPECTED}"
        detail = "; ".join(filter(None, (detail, told, _RESIDUE if residue else "")))
        found.append(
            Disposition(
                kind,
                account,
                tag,
                detail,
                amount,
                origin,
                theft,
                grade,
                int(trace.ways.hops[number, theft]),
                len(records),
                first.time,
                last.tx,
                last.time,
                path,
                probability,
                residue,
            )
        )
    if trace.policy.keeps_value:
        check_conservation(trace, found)
    thefts = trace.case.thefts
    return sorted(found, key=lambda d: (d.theft, -d.origin, d.account.chain, d.account.name, thefts[d.theft].id))


def _probability(path: Sequence[Movement]) -> float | None:
    """The stolen part of what the last mixer on a path paid out, to six digits."""
    paid = [step for step in path if step.sender.name.startswith(MIX)]
    return round(paid[-1].tainted / paid[-1].amount, 6) if paid else None


def check_conservation(trace: Trace, found: Iterable[Disposition]) -> None:
    """RunError unless the dispositions of every theft add up to it with difference 0."""
    sums = [0] * len(trace.case.thefts)
    for disposition in found:
        sums[disposition.theft] += disposition.origin
    for theft, accounted in zip(trace.case.thefts, sums, strict=True):
        if accounted != theft.amount:
            raise RunError(
                f"the dispositions add up to {accounted} base units, stolen were {theft.amount}",
                where=f"theft {theft.id}",
                mend="this is a fault of Clew: please report it with the case's evidence folder",
            )


def _arrivals(trace: Trace) -> dict[tuple[int, int], list[int]]:
    """Records by (receiving account, label), in event order."""
    receivers = trace.journal.events.receiver[np.array(trace.records.where, dtype=np.int64)].tolist()
    found: dict[tuple[int, int], list[int]] = {}
    for record, (receiver, label) in enumerate(zip(receivers, trace.records.label, strict=True)):
        found.setdefault((receiver, label), []).append(record)
    return found


def _residues(trace: Trace, arrivals: Mapping[tuple[int, int], list[int]]) -> frozenset[tuple[int, int]]:
    """Accounts, with a theft, of which less than one part in `RESIDUE` stands there of what came."""
    stands: Counter[tuple[int, int]] = Counter()
    came: Counter[tuple[int, int]] = Counter()
    holdings = trace.holdings
    for number, label, origin in zip(holdings.where, holdings.label, holdings.origin, strict=True):
        stands[number, theft_of(label)] += origin
    for (number, label), records in arrivals.items():
        came[number, theft_of(label)] += sum(trace.records.origin[record] for record in records)
    return frozenset(key for key, origin in stands.items() if RESIDUE * origin < came[key])


def _kind(trace: Trace, number: int, account: Account) -> tuple[str, str, Tag | None]:
    stop = trace.stops.get(number)
    if account.made and (stop is None or stop.tag is None):
        return _kind_of_made(account)
    frozen = trace.frozen.get(number)
    if stop is not None and (stop.kind not in ("contract", SUSPECTED) or frozen is None):
        return stop.kind, stop.detail, stop.tag
    missing = _unseen(trace, number, account)
    if missing:
        return "unavailable", missing, None
    if frozen is not None:
        return "frozen", frozen.label + (f" (transaction {frozen.tx})" if frozen.tx else ""), frozen
    deposit = trace.deposits.get(number)
    if deposit is not None:
        return "held", f"inferred to be a deposit address of {deposit.entity}: {deposit.source}", deposit
    return "held", "", None


def _kind_of_made(account: Account) -> tuple[str, str, Tag | None]:
    if account.name == FEE:
        return "fee", "paid to whoever made the block", None
    if account.name == BURNT_FEE:
        return "burned", "base fee, destroyed by the protocol", None
    if account.name == UNSPENDABLE:
        return "burned", "outputs that provably nobody can spend", None
    if account.name.startswith("@conversion:"):
        return "not-followed", "too small for one unit of the asset it was converted to", None
    return "unavailable", "the rest of the transaction is not in the replies", None


def _unseen(trace: Trace, number: int, account: Account) -> str:
    """Why a balance cannot be called held: the replies do not show how this asset leaves."""
    history = trace.histories.get(number)
    chain = find_chain(account.chain)
    if history is None or chain.utxo:
        return ""
    needed = Kind.NATIVE if account.asset == chain.native.id else Kind.TOKEN
    if needed in history.covers:
        return ""
    return f"no {needed} transfers are in the replies of this address: whether it still holds them is not seen"


def asset_of(trace: Trace, asset: str, claims: dict[str, Asset]) -> Asset:
    """An asset by its id: of the case, a chain's own, a well-known token, or as its contract claims."""
    for theft in trace.case.thefts:
        if theft.asset.id == asset:
            return theft.asset
    for conversion in trace.case.conversions:
        for known in (conversion.asset_in, conversion.asset_out):
            if known.id == asset:
                return known
    chain = find_chain(asset.partition("/")[0])
    if chain.native.id == asset:
        return chain.native
    return find_token(asset) or claims.get(asset) or Asset(asset, asset.rpartition(":")[2][:10], 0)


def grades_of(found: Iterable[Disposition]) -> dict[tuple[int, Grade], int]:
    """Origin units by theft and grade."""
    totals: dict[tuple[int, Grade], int] = {}
    for disposition in found:
        key = disposition.theft, disposition.grade
        totals[key] = totals.get(key, 0) + disposition.origin
    return totals
