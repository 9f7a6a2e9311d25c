"""A trace as the JSON that every output is made from: amounts as strings of base units, times in UTC."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson

from clew.amounts import Asset
from clew.attribution import Attribution
from clew.chains.tokens import find_token
from clew.ledger import StoredReply
from clew.model import Category, Conversion, Grade, Limitation
from clew.protocols.issuers import controlled
from clew.tracing.dispositions import Disposition, Movement, asset_of, grades_of
from clew.tracing.labels import theft_of
from clew.tracing.noise import Noise
from clew.tracing.suspects import SUSPECTED
from clew.tracing.trace import Trace

SCHEMA = "clew-result/1"

Json = dict[str, Any]


def utc(seconds: float) -> str:
    """ISO 8601, to the second, with Z."""
    return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%dT%H:%M:%SZ}"


def canonical(value: Any) -> bytes:
    """JSON bytes that repeat: sorted keys, two spaces, a final newline."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def digest(result: Mapping[str, Any]) -> str:
    """SHA-256 of a result's canonical JSON without its own digest."""
    return hashlib.sha256(canonical({k: v for k, v in result.items() if k != "result_sha256"})).hexdigest()


class ResultWriter:
    """Puts one trace and what was found in it into words."""

    def __init__(
        self,
        trace: Trace,
        attribution: Attribution,
        claims: dict[str, Asset],
        free: frozenset[tuple[str, str, str]] = frozenset(),
    ) -> None:
        """`free`: chain, address and asset of balances that an issuer could freeze and has not."""
        self.trace = trace
        self.free = free
        self.attribution = attribution
        self._claims = claims
        self._assets: dict[str, Asset] = {}

    def asset(self, asset: str) -> Asset:
        """An asset by its id."""
        if asset not in self._assets:
            self._assets[asset] = asset_of(self.trace, asset, self._claims)
        return self._assets[asset]

    def _amount(self, asset: Asset, prefix: str = "") -> Json:
        return {f"{prefix}asset": asset.id, f"{prefix}symbol": asset.symbol, f"{prefix}decimals": asset.decimals}

    # --- the parts

    def stolen(self) -> list[Json]:
        """What was stolen, and how its arrival is known."""
        rows = []
        marks = self.trace.journal.marks
        for index, theft in enumerate(self.trace.case.thefts):
            event = next(int(e) for e, label in zip(marks.event, marks.label, strict=True) if theft_of(label) == index)
            rows.append(
                {
                    "theft": theft.id,
                    **self._amount(theft.asset),
                    "amount": str(theft.amount),
                    "tx": theft.tx,
                    "to": theft.to,
                    "time": utc(self.trace.table.time[self.trace.journal.row[event]]),
                    "grade": self.trace.journal.theft_grades[index],
                }
            )
        return rows

    def conversions(self) -> list[Json]:
        """The conversions of the case, then the swaps found that stolen units went through; `number` names each."""
        case = self.trace.case
        rows = [self._conversion(number, c, c.tx_out or c.tx) for number, c in enumerate(case.conversions)]
        passed = {
            account.name
            for event in self.trace.records.where
            if (account := self.trace.journal.accounts[self.trace.journal.events.receiver[event]]).passes
        }
        table = self.trace.table
        for number, swap in self.trace.journal.swaps.items():
            if f"@conversion:{number}:out" in passed:
                tx = table.txs[table.tx[swap.paid[0]]]
                giver, getter = table.account_name[swap.party], table.account_name[swap.recipient]
                asset_in, asset_out = self.asset(table.assets[swap.asset_in]), self.asset(table.assets[swap.asset_out])
                found = Conversion(asset_in, swap.net_in, giver, asset_out, swap.net_out, getter, tx, "", Grade.DECODED)
                rows.append(self._conversion(number, found, tx))
        return rows

    def _conversion(self, number: int, c: Conversion, tx_out: str) -> Json:
        table = self.trace.table
        shown = np.flatnonzero(table.tx == (table.txs.index(c.tx) if c.tx in table.txs else -1))
        return {
            "number": number,
            **{f"{key}_in": value for key, value in self._amount(c.asset_in).items()},
            "amount_in": str(c.amount_in),
            "sender": c.sender,
            **{f"{key}_out": value for key, value in self._amount(c.asset_out).items()},
            "amount_out": str(c.amount_out),
            "receiver": c.receiver,
            "chain_in": c.asset_in.chain,
            "chain_out": c.asset_out.chain,
            "tx": c.tx,
            "tx_out": tx_out,
            "time": utc(table.time[shown[0]]) if len(shown) else None,
            "grade": c.grade,
            "note": c.note,
            "bridge": c.basis.bridge if c.basis else None,
            "id": (c.basis.id or None) if c.basis else None,
            "probability": c.basis.probability if c.basis else None,
            "base_rate": c.basis.base_rate if c.basis else None,
            "candidates": c.basis.candidates if c.basis else None,
        }

    def disposition(self, d: Disposition) -> Json:
        """One disposition, with the path by which most of it came."""
        theft = self.trace.case.thefts[d.theft]
        tag = d.tag or self.attribution.sanctioned(d.account.chain, d.account.address)
        label = self.attribution.label_of(d.account.chain, d.account.address)
        if not label and d.kind == "held" and d.tag is not None:
            label = d.tag.label  # an exchange's deposit address, which no tag names
        return {
            "kind": d.kind,
            "category": tag.category if tag else None,
            "entity": (tag.entity or tag.label) if tag else None,
            "label": label or None,
            "chain": d.account.chain,
            "address": None if d.account.made else d.account.address,
            "account": d.account.name,
            **self._amount(self.asset(d.account.asset or theft.asset.id)),
            "amount": str(d.amount),
            "origin_amount": str(d.origin),
            **self._amount(theft.asset, "origin_"),
            "theft": theft.id,
            "grade": d.grade,
            "hops": d.hops,
            "transfers": d.transfers,
            "first_time": utc(d.first_time),
            "last_tx": d.last_tx,
            "last_time": utc(d.last_time),
            "detail": d.detail or None,
            **({} if d.probability is None else {"probability": d.probability}),
            **({"residue": True} if d.residue else {}),
            "path": [self._step(step) for step in d.path],
        }

    def _step(self, step: Movement) -> Json:
        return {
            "tx": step.tx,
            "time": utc(step.time),
            "chain": step.chain,
            "sender": step.sender.shown or None,
            "receiver": step.receiver.shown or None,
            **self._amount(self.asset(step.receiver.asset or step.sender.asset)),
            "amount": str(step.amount),
            "tainted": str(step.tainted),
            "origin_amount": str(step.origin),
            "grade": step.grade,
        }

    def grades(self, found: Iterable[Disposition]) -> list[Json]:
        """Origin units by theft and weakest link."""
        thefts = self.trace.case.thefts
        return [
            {"theft": thefts[t].id, "asset": thefts[t].asset.id, "grade": grade, "origin_amount": str(amount)}
            for (t, grade), amount in sorted(grades_of(found).items())
        ]

    def conservation(self, found: Sequence[Disposition]) -> list[Json]:
        """The sums that must close."""
        rows = []
        for index, theft in enumerate(self.trace.case.thefts):
            accounted = sum(d.origin for d in found if d.theft == index)
            rows.append(
                {
                    "theft": theft.id,
                    **self._amount(theft.asset),
                    "stolen": str(theft.amount),
                    "accounted": str(accounted),
                    "difference": str(theft.amount - accounted),
                }
            )
        return rows

    def noise(self, found: Sequence[Noise]) -> Json:
        """Transfers that were set aside."""
        table = self.trace.table
        entries = []
        for one in found:
            asset = self.asset(table.assets[table.asset[one.row]])
            entries.append(
                {
                    "kind": one.kind,
                    "chain": table.chains[table.chain[one.row]],
                    "tx": table.txs[table.tx[one.row]],
                    "time": utc(table.time[one.row]),
                    "sender": table.account_name[table.sender[one.row]],
                    "receiver": table.account_name[table.receiver[one.row]],
                    "asset": asset.id,
                    "symbol": asset.symbol,
                    "amount": str(table.amount_of(one.row)),
                    "detail": one.detail,
                }
            )
        return {"zero_value": sum(one.kind == "zero-value" for one in found), "entries": entries}

    def bounds(self) -> Json:
        """Where the walk was told to give up."""
        b, thefts = self.trace.bounds, self.trace.case.thefts
        return {
            "max_addresses": b.max_addresses,
            "min_amount": {thefts[i].id: str(amount) for i, amount in sorted((b.min_amount or {}).items())},
            "max_hops": b.max_hops,
            "until": None if b.until is None else utc(b.until),
            "max_transfers": b.max_transfers,
            "through_suspected_services": b.through_suspects,
            "through_exchangers": list(b.exchangers),
            **({"through_mixes": True} if b.through_mixes else {}),
        }

    def limitations(self, more: Iterable[Limitation] = ()) -> list[Json]:
        """What the answer could not see or had to assume; `more`: what was found out after the walk."""
        return [_limitation(limit) for limit in sorted((*self.trace.limitations, *more), key=_order)]

    def accounts(self, found: Sequence[Disposition]) -> Json:
        """How many accounts were loaded, stopped at, and not to be had."""
        return {
            "loaded": self.trace.loaded,
            "stopped": len({d.account for d in found if d.kind in ("service", SUSPECTED, "burned", "contract")}),
            "unavailable": len({d.account for d in found if d.kind == "unavailable"}),
        }


def _order(limit: Limitation) -> tuple[str, ...]:
    return limit.code, limit.chain, limit.address, limit.asset, limit.detail


def _limitation(limit: Limitation) -> Json:
    return {
        "code": limit.code,
        "chain": limit.chain or None,
        "address": limit.address or None,
        "detail": limit.detail,
        "amount": None if limit.amount is None else str(limit.amount),
        "asset": limit.asset or None,
    }


def evidence_rows(replies: Iterable[StoredReply]) -> list[Json]:
    """Every reply the answer rests on."""
    return [
        {"sha256": r.sha256, "format": r.format, "chain": r.chain, "query": dict(r.query), "fetched": r.fetched}
        for r in replies
    ]


def compare(found: Sequence[Disposition], trace: Trace) -> list[Json]:
    """One policy's totals, by theft, kind and entity, for the table of all policies; no amounts under poison."""
    totals: dict[tuple[str, str, str], int] = {}
    for d in found:
        entity = (d.tag.entity or d.tag.label) if d.tag else ""
        key = trace.case.thefts[d.theft].id, d.kind, entity
        totals[key] = totals.get(key, 0) + d.origin
    assets = {theft.id: theft.asset for theft in trace.case.thefts}
    return [
        {
            "theft": theft,
            "kind": kind,
            "entity": entity or None,
            "asset": assets[theft].id,
            "symbol": assets[theft].symbol,
            "decimals": assets[theft].decimals,
            "origin_amount": str(amount) if trace.policy.keeps_value else None,
        }
        for (theft, kind, entity), amount in sorted(totals.items(), key=lambda item: (item[0][0], -item[1], item[0]))
    ]


_ISSUERS = {"USDT": "Tether", "USDC": "Circle", "BUSD": "Paxos", "TUSD": "TrueUSD", "PYUSD": "Paxos"}
"""Issuers that can freeze balances in their own token's contract. Source: each token's published contract."""

_OPERATORS: Mapping[Category, tuple[str, str]] = {
    Category.EXCHANGE: (
        "compliance and legal department",
        "ask to freeze the account credited, and to keep its records",
    ),
    Category.BRIDGE: ("operator", "ask where the value left the bridge, and to hold what has not left it"),
    Category.LENDING: ("operator", "ask to hold the position and to keep its records"),
    Category.MERCHANT: ("operator", "ask to stop delivery and to keep the customer's records"),
    Category.GAMBLING: ("operator", "ask to freeze the account credited, and to keep its records"),
    Category.ISSUER: ("issuer", "ask to freeze the balance"),
    Category.SWAP: ("nobody holds it: a contract", "follow the swap's output"),
    Category.MIXER: ("nobody: the contract has no keeper", "watch withdrawals"),
}


_STANDING = frozenset({"held", "service", SUSPECTED, "unavailable", "contract"})


def worklist(found: Sequence[Disposition], writer: ResultWriter) -> list[Json]:
    """What is held or stands at a service now, largest share of a theft first, with who could stop it.

    Expected value is left out: nobody is to be asked to stop what no single link proves.
    """
    thefts = writer.trace.case.thefts
    proven = [d for d in found if d.grade is not Grade.EXPECTED]
    standing = [d for d in proven if d.kind in _STANDING and not d.account.made]
    merged: dict[tuple[str, int], list[Disposition]] = {}
    for d in standing:
        merged.setdefault((f"{d.account.chain}:{d.account.address}:{d.account.asset}", d.theft), []).append(d)
    groups = sorted(
        merged.values(),
        key=lambda g: (-sum(d.origin for d in g) * 10**18 // thefts[g[0].theft].amount, g[0].account.address),
    )
    return [_work(rank, group, writer) for rank, group in enumerate(groups, 1)]


def _work(rank: int, group: Sequence[Disposition], writer: ResultWriter) -> Json:
    d = group[0]
    who, action = _who(d, writer.asset(d.account.asset))
    row = writer.disposition(d)
    kept = ["kind", "category", "entity", "label", "chain", "address", "asset", "symbol", "decimals", "theft"]
    kept += ["origin_asset", "origin_symbol", "origin_decimals"]
    return {
        "rank": rank,
        **{name: row[name] for name in kept},
        "amount": str(sum(x.amount for x in group)),
        "origin_amount": str(sum(x.origin for x in group)),
        "issuer": _issuer(writer.asset(d.account.asset)),
        "freeze_status": _freeze_status(d, writer),
        "who": who,
        "action": action,
        "since": utc(max(x.last_time for x in group)),
    }


def _issuer(asset: Asset) -> str | None:
    """Who can freeze balances of an asset; a token that only claims a ticker has no such issuer."""
    known = find_token(asset.id)
    return controlled().get(asset.id) or (_ISSUERS.get(known.symbol) if known else None)


def _freeze_status(d: Disposition, writer: ResultWriter) -> str | None:
    """``open``: the issuer has not frozen it yet, by all of its events; ``unknown``; None where it is not asked."""
    if _issuer(writer.asset(d.account.asset)) is None or d.tag is not None:
        return None
    return "open" if (d.account.chain, d.account.address, d.account.asset) in writer.free else "unknown"


def _who(d: Disposition, asset: Asset) -> tuple[str, str]:
    if d.tag is not None:
        name = d.tag.entity or d.tag.label
        office, action = _OPERATORS.get(d.tag.category, ("operator", "ask to hold it and to keep the records"))
        return f"{name}: {office}", action
    if d.kind == SUSPECTED:
        return "a service that no tag names", "find out whose it is; ask to freeze the account credited"
    issuer = _issuer(asset)
    if issuer:
        return f"{issuer}: issuer of {asset.symbol}", "ask to freeze the balance"
    if d.kind == "contract":
        return "whoever operates the contract", "find out what the contract does"
    return "nobody but the holder of the key", "watch the address; alert the services it may pay next"
