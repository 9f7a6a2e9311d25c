"""Address poisoning: zero-value transfers, fake tokens and look-alike addresses, listed apart and never followed.

A poisoner plants an address that begins and ends like one his victim pays, by a transfer of nothing, of a token that
calls itself by a known name, or of dust (USENIX Security 2025 counts 270 million attempts). None of it carries
stolen units: zero is nothing to carry, and a fake token is another asset.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from clew.amounts import Asset
from clew.chains import find_chain
from clew.chains.tokens import fake_of
from clew.model import Kind
from clew.tracing.trace import Trace

_KINDS = tuple(Kind)
_FRONT, _BACK = 4, 4
"""Characters of an address that people compare: those a wallet shows of it."""


@dataclass(frozen=True, slots=True)
class Noise:
    """One transfer that means nothing, or means to mislead."""

    kind: str
    """``zero-value``, ``fake-token`` or ``look-alike``."""
    row: int
    """In the trace's table."""
    detail: str


def find_noise(trace: Trace, claims: Mapping[str, Asset]) -> list[Noise]:
    """Transfers of nothing, of fake tokens, and from or to look-alikes, that touch accounts of the trace, in order.

    `claims`: what tokens say of themselves, by asset id.
    """
    table = trace.table
    kinds = (Kind.TOKEN, Kind.NATIVE, Kind.CALL)
    moving = np.isin(table.kind, [_KINDS.index(kind) for kind in kinds])
    ours = _ours(trace)
    rows = np.flatnonzero(moving & (np.isin(table.sender, ours) | np.isin(table.receiver, ours)))
    fakes = {code: real for code, asset in enumerate(table.assets) if (real := fake_of(claims.get(asset, _NONE)))}
    genuine = [row for row in rows.tolist() if table.amount[row].any() and int(table.asset[row]) not in fakes]
    known = _shown(trace, genuine)
    followed = frozenset(ours)
    found = []
    for row in rows.tolist():
        imitated = _imitated(trace, row, known, followed)
        if int(table.asset[row]) in fakes:
            real = fakes[int(table.asset[row])]
            found.append(Noise("fake-token", row, f"calls itself {real.symbol}, whose contract is {real.id}"))
        elif not table.amount[row].any():
            found.append(Noise("zero-value", row, f"imitates {imitated}" if imitated else "moves nothing"))
        elif imitated:
            found.append(Noise("look-alike", row, f"imitates {imitated}"))
    return found


_NONE = Asset("", "", 0)


def _ours(trace: Trace) -> list[int]:
    """Account codes of the followed accounts that hold or held taint."""
    names = {
        (trace.journal.accounts[n].chain, trace.journal.accounts[n].name)
        for n in trace.histories
        if n not in trace.stops
    }
    table = trace.table
    return [
        code
        for code, (chain, name) in enumerate(zip(table.account_chain.tolist(), table.account_name, strict=True))
        if (table.chains[chain], name) in names and not find_chain(table.chains[chain]).utxo
    ]


def _shown(trace: Trace, rows: list[int]) -> dict[str, dict[str, int]]:
    """What a wallet shows of each genuine counterparty -> its addresses, with the first row each was met in."""
    table = trace.table
    known: dict[str, dict[str, int]] = {}
    for row in rows:
        for code in (int(table.sender[row]), int(table.receiver[row])):
            name = table.account_name[code]
            known.setdefault(_face(name), {}).setdefault(name, row)
    return known


def _imitated(trace: Trace, row: int, known: dict[str, dict[str, int]], ours: frozenset[int]) -> str:
    """The address that a counterparty of this row copies: met before it, and not itself."""
    table = trace.table
    for code in (int(table.sender[row]), int(table.receiver[row])):
        name = table.account_name[code]
        if code in ours:
            continue
        for other, first in known.get(_face(name), {}).items():
            if other != name and first < row:
                return other
    return ""


def _face(address: str) -> str:
    body = address.removeprefix("0x")
    return f"{body[:_FRONT]}…{body[-_BACK:]}"
