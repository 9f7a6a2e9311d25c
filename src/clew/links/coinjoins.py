"""CoinJoins among the ledger's transactions: where inputs of several owners are mixed, no output is one input's."""

from collections.abc import Sequence

import numpy as np

from clew.clustering.payments import transaction_of
from clew.ledger import TransferTable
from clew.links.scaling import Floats, scaled
from clew.links.subsums import read_sums
from clew.model import Category, Kind, Tag
from clew.protocols.coinjoin import Verdict, classify

_KINDS = tuple(Kind)
_NAMES = {"wasabi-1": "Wasabi 1.x", "wasabi-2": "Wasabi 2", "whirlpool": "Whirlpool", "joinmarket": "JoinMarket"}
_DOUBT = 1e-6
"""What every input may have paid beside what its sums explain, so that all is paid by somebody."""


def coinjoin_of(table: TransferTable, rows: Sequence[int]) -> Verdict | None:
    """The verdict on a transaction, given all its rows, where it is asserted to mix coins of several owners.

    An output without an address (a data output, a bare multisig) counts by its amount.
    Every protocol that mixes pays equal amounts: where no amount is paid twice, nothing needs to be looked at.
    """
    paid = [table.amount_of(row) for row in rows if _KINDS[table.kind[row]] is Kind.OUTPUT]
    if len(set(paid)) == len(paid):
        return None
    verdicts = classify(transaction_of(table, rows))
    if verdicts and verdicts[0].asserted and verdicts[0].protocol.mixes:
        return verdicts[0]
    return None


def mixer_tag(chain: str, txid: str, verdict: Verdict) -> Tag:
    """What a CoinJoin is to a trace: a mixer, named by its protocol, no surer than the verdict."""
    name = _NAMES.get(verdict.protocol, str(verdict.protocol))
    label = f"{name} CoinJoin, {verdict.equal_outputs} equal outputs"
    source = "the transaction's own structure: docs/coinjoin.md"
    return Tag(chain, txid, label, f"{name} CoinJoin", Category.MIXER, source, int(100 * verdict.confidence))


def output_shares(inputs: Sequence[int], outputs: Sequence[int], odds: Floats | None = None) -> Floats:
    """Of each output of a mix (row), the share of its amount that each input (column) is expected to have paid.

    By amounts. What exact sums tell (`subsums`) comes first. The rest any input, or any two, not smaller than an output
    may have paid, each as likely, or as evidence of another kind multiplies it (`odds`). Then no input pays more than
    it has: a large one, which must go somewhere, has the more of what no other can have paid, as its change.
    """
    spent, made = np.array(inputs, dtype=np.float64), np.array(outputs, dtype=np.float64)
    able = _able(spent, made) * (1.0 if odds is None else odds)
    paid = scaled(able * made[:, None], made, spent)
    told = read_sums(inputs, outputs)
    if told is not None:
        rest = paid * (1 - told.explained + _DOUBT)
        untold = np.maximum(made - told.paid.sum(axis=1), 0.0)
        total = rest.sum(axis=1)
        rest *= np.divide(untold, total, out=np.zeros(len(made)), where=total > 0)[:, None]
        paid = scaled(told.paid + rest, made, spent)
    found: Floats = np.divide(paid, made[:, None], out=np.zeros(paid.shape), where=made[:, None] > 0)
    return found


def _able(spent: Floats, made: Floats) -> Floats:
    """How likely each input (column) is to have paid each output (row): alone, or as its part of two, as often.

    Where everybody gets one output of one size, everybody has one input.
    """
    alone = (spent[None, :] >= made[:, None]).astype(np.float64)
    if len(spent) < 2 or (len(spent) == len(made) and np.ptp(made) == 0):
        return alone
    both = spent[:, None] + spent[None, :]
    part = spent[:, None] / both
    np.fill_diagonal(part, 0.0)
    amounts, place = np.unique(made, return_inverse=True)
    two = np.array([(part * (both >= amount)).sum(axis=1) for amount in amounts])
    found: Floats = alone + 2 * two[place] / (len(spent) - 1)
    return found
