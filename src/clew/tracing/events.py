"""From the ledger's transfers and the case to the flat events that the kernels carry.

Four things happen on the way, all of them on rows, none on balances:

* an account becomes (account, asset): one address is as many accounts as it holds assets;
* the legs of a wrap meet in an account of their own (ETH in, WETH out, unit for unit), and so do the legs of a
  conversion, where the kernel scales what went in to what comes out;
* a theft marks the transfers by which it reached the thief; where no source shows them, the case's word is put in
  as an asserted transfer;
* a conversion's output is put behind its input, where the clocks of two chains disagree.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from clew.chains import find_chain
from clew.ledger import TransferTable
from clew.links.swaps import Swap
from clew.links.trades import Exchange
from clew.model import Case, Grade
from clew.tracing.arrangement import Arrangement
from clew.tracing.conversion_legs import ConversionLegs
from clew.tracing.exchanges import reached
from clew.tracing.journal import Journal
from clew.tracing.mix_legs import MixLegs
from clew.tracing.passages import Passage
from clew.tracing.swap_legs import SwapLegs
from clew.tracing.taint import Events, Marks
from clew.tracing.thefts import Shows, mark_thefts
from clew.tracing.uint128 import pack
from clew.tracing.wraps import is_wrap, join_wraps, wrapped_id


def write_journal(
    table: TransferTable,
    case: Case,
    *,
    shows: Shows,
    until: int | None = None,
    swaps: Sequence[Swap] = (),
    exchanges: Sequence[Exchange] = (),
    passages: Iterable[Passage] = (),
) -> Journal:
    """The events of `case` in `table`, up to the time `until` (seconds since 1970, inclusive), joined by `swaps` and
    `exchanges`, and through mixers by `passages`.

    InputError where the ledger contradicts the case: another amount, no such transfer. Transactions the loaded
    histories do not show are returned as `pending`.
    """
    swaps = [swap for swap in swaps if not is_wrap(table, swap)]
    arranged = Arrangement(table, case, _swapped(table, swaps, exchanges, _stolen(case)), until)
    join_wraps(arranged)
    theft_grades = mark_thefts(arranged, shows)
    ConversionLegs(arranged).join()
    MixLegs(arranged).join(passages)
    legs = SwapLegs(arranged, swaps, exchanges)
    legs.join_exchanges()  # events say more than balances: they go first
    legs.join_swaps()
    return _in_order(arranged, theft_grades, legs.joined)


def _stolen(case: Case) -> set[str]:
    """Assets taint can be in by the case's word: the stolen ones, what they were converted to, their wrapped twins."""
    assets = {theft.asset.id for theft in case.thefts}
    for conversion in case.conversions:
        assets |= {conversion.asset_in.id, conversion.asset_out.id}
    for asset in list(assets):
        chain = find_chain(asset.partition("/")[0])
        twins = {chain.native.id, wrapped_id(chain)}
        if asset in twins:
            assets |= twins
    return assets


def _swapped(table: TransferTable, swaps: Sequence[Swap], exchanges: Sequence[Exchange], assets: set[str]) -> set[str]:
    """The assets, and all that swaps turn them into."""
    names = table.assets
    size = -1
    while size < len(assets):
        size = len(assets)
        assets |= {names[swap.asset_out] for swap in swaps if names[swap.asset_in] in assets}
        assets = reached(table, exchanges, assets)
    return assets


def _in_order(arranged: Arrangement, theft_grades: tuple[Grade, ...], joined: dict[int, Swap]) -> Journal:
    """Everything by its place."""
    added = np.array([(a.sender, a.receiver, a.major, a.minor, a.row) for a in arranged.added], dtype=np.int64)
    columns = [arranged.sender, arranged.receiver, arranged.major, arranged.minor, arranged.row]
    sender, receiver, major, minor, row = (
        np.concatenate([column, added.reshape(-1, 5)[:, i]]) for i, column in enumerate(columns)
    )
    amount = np.concatenate(
        [np.stack([arranged.low, arranged.high], axis=1), pack((a.amount for a in arranged.added), width=128)]
    )
    grade = np.concatenate([arranged.grade, np.array([a.grade for a in arranged.added], dtype=np.int8)])
    converts = np.concatenate([arranged.converts, np.array([a.converts for a in arranged.added], dtype=np.bool_)])
    order = np.lexsort((np.arange(len(sender)), minor, major))
    event_of = np.empty(len(order), dtype=np.int64)
    event_of[order] = np.arange(len(order))
    rows = len(arranged.row)
    marks = [
        (int(event_of[number if number >= 0 else rows - 1 - number]), label, amount)
        for number, label, amount in arranged.theft_marks
    ]
    events = Events(
        sender[order].astype(np.int32),
        receiver[order].astype(np.int32),
        amount[order],
        None,
        converts[order],
        grade[order],
    )
    return Journal(
        events,
        Marks.of(marks, width=128),
        arranged.names,
        row[order],
        (np.arange(len(order)) < rows)[order],
        theft_grades,
        tuple(arranged.limitations),
        tuple(dict.fromkeys(arranged.pending)),
        joined,
    )
