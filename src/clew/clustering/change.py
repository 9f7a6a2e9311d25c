"""Which output of a Bitcoin payment is its change: rules that combine with and (``&``), or (``|``), minus (``-``).

A rule marks outputs; whatever marks exactly one output of a transaction names its change, anything else says nothing.
A static rule looks at what was known when the transaction was made; a dynamic one can change when an output is spent or
an address is paid again. Sources: Meiklejohn et al., IMC 2013 (one-time); Androulaki et al., FC 2013 (shadow
addresses); Kalodner et al., BlockSci, USENIX Security 2020 (the combinations); Kappos et al., USENIX Security 2022
(peel chains).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from clew.clustering.clusters import STATIC, Links, Rule
from clew.clustering.payments import Ids, Mask, Payments, check_traits, first_owner

LEAST_PEEL = 1000
"""Satoshi: a smaller output is dust, and no step of a peel chain."""
ROUND = 5
"""Trailing zeros, in satoshi, that make an amount look chosen by a person: 0.001 BTC."""


@dataclass(frozen=True, slots=True)
class Change:
    """A rule that marks outputs, with Clew's degree of belief (0 to 100) in a single one that it marks."""

    rule: Rule
    mark: Callable[[Payments], Mask]

    def __and__(self, other: "Change") -> "Change":
        """Outputs that both mark: as sure as the surer."""
        sure = max(self.rule.confidence, other.rule.confidence)
        return _combined(self, "and", other, sure, lambda payments: self.mark(payments) & other.mark(payments))

    def __or__(self, other: "Change") -> "Change":
        """Outputs that either marks: as sure as the less sure."""
        sure = min(self.rule.confidence, other.rule.confidence)
        return _combined(self, "or", other, sure, lambda payments: self.mark(payments) | other.mark(payments))

    def __sub__(self, other: "Change") -> "Change":
        """Outputs that this one marks and the other does not."""
        sure = self.rule.confidence
        return _combined(self, "minus", other, sure, lambda payments: self.mark(payments) & ~other.mark(payments))


def _combined(a: Change, word: str, b: Change, confidence: int, mark: Callable[[Payments], Mask]) -> Change:
    name = f"({a.rule.name} {word} {b.rule.name})"
    return Change(Rule(name, confidence, a.rule.dynamic or b.rule.dynamic), mark)


def change_outputs(payments: Payments, change: Change) -> Ids:
    """Per transaction: the one output that a rule names as its change, or -1.

    Never of a coinbase, of a transaction that may mix owners or be a PayJoin, or of one with a single output: that is
    no payment with change.
    """
    count = len(payments)
    eligible = (first_owner(payments) >= 0) & ~payments.mixed & ~payments.suspect
    eligible &= np.bincount(payments.output_tx, minlength=count) > 1
    marked = np.flatnonzero(change.mark(payments) & eligible[payments.output_tx] & (payments.output_owner >= 0))
    found = np.full(count, -1, np.int64)
    found[payments.output_tx[marked]] = marked
    found[np.bincount(payments.output_tx[marked], minlength=count) != 1] = -1
    return found


def change_links(payments: Payments, change: Change) -> Links:
    """The payer of each transaction joined with the owner of its change."""
    output = change_outputs(payments, change)
    txs = np.flatnonzero(output >= 0)
    left, right = first_owner(payments)[txs], payments.output_owner[output[txs]]
    new = left != right
    height = int(payments.height.max(initial=STATIC)) if change.rule.dynamic else STATIC
    return Links(change.rule, left[new], right[new], payments.tx[txs[new]], height)


# --- the rules


def _first_receipts(payments: Payments) -> Mask:
    first = np.zeros(len(payments.output_owner), bool)
    first[np.unique(payments.output_owner, return_index=True)[1]] = True
    return first & (payments.output_owner >= 0) & ~_pays_itself(payments)


def _single_receipts(payments: Payments) -> Mask:
    known = payments.output_owner >= 0
    times = np.bincount(payments.output_owner[known], minlength=len(payments.types))
    single = np.zeros(len(known), bool)
    single[known] = times[payments.output_owner[known]] == 1
    return single & ~_pays_itself(payments)


def _pays_itself(payments: Payments) -> Mask:
    """Outputs of a transaction that returns something to an address it spends from: that is its change."""
    returns = np.zeros(len(payments), bool)
    returns[payments.output_tx[_returned(payments)]] = True
    found: Mask = returns[payments.output_tx]
    return found


def _returned(payments: Payments) -> Mask:
    """Outputs to an address that is spent from in the same transaction."""
    size = len(payments.types) + 1
    spent = payments.input_tx * size + payments.input_owner
    paid = payments.output_tx * size + payments.output_owner
    found: Mask = np.isin(paid, spent) & (payments.output_owner >= 0)
    return found


def _same_type(payments: Payments) -> Mask:
    """Outputs of the inputs' script type, where all inputs have one and not every output has it."""
    least = np.full(len(payments), 127, np.int64)
    most = np.full(len(payments), -1, np.int64)
    known = payments.input_owner >= 0
    kinds = payments.types[payments.input_owner[known]]
    np.minimum.at(least, payments.input_tx[known], kinds)
    np.maximum.at(most, payments.input_tx[known], kinds)
    single = (least == most) & (payments.hidden == 0)
    tx, owner = payments.output_tx, payments.output_owner
    same = np.zeros(len(tx), bool)
    paid = owner >= 0
    same[paid] = single[tx[paid]] & (payments.types[owner[paid]] == least[tx[paid]])
    return same


def _below_every_input(payments: Payments) -> Mask:
    """Outputs smaller than each of two or more inputs: had one been paid, an input less would have been enough."""
    smallest = np.full(len(payments), np.iinfo(np.int64).max)
    np.minimum.at(smallest, payments.input_tx, payments.input_amount)
    several = (np.bincount(payments.input_tx, minlength=len(payments)) > 1) & (payments.hidden == 0)
    tx = payments.output_tx
    found: Mask = several[tx] & (payments.output_amount < smallest[tx])
    return found


def _round(payments: Payments, zeros: int) -> Mask:
    found: Mask = (payments.output_amount % 10**zeros == 0) & (payments.output_amount > 0)
    return found


def _like_the_spender(payments: Payments) -> Mask:
    """Outputs spent by a transaction that bears the marks of this one."""
    traits = check_traits(payments, "fingerprint")
    codes: dict[object, int] = {None: -1}
    marks = np.array([codes.setdefault(one, len(codes)) for one in traits] or [-1], np.int64)
    spent = payments.spender >= 0
    found = np.zeros(len(spent), bool)
    mine = marks[payments.output_tx[spent]]
    found[spent] = (mine >= 0) & (mine == marks[payments.spender[spent]])
    return found


def _peels(payments: Payments) -> Mask:
    """The larger output of a peel (one input, two outputs), where the next or the one before it is a peel as well."""
    count, tx = len(payments), payments.output_tx
    inputs = np.bincount(payments.input_tx, minlength=count) + payments.hidden
    least = np.full(count, np.iinfo(np.int64).max)
    most = np.zeros(count, np.int64)
    np.minimum.at(least, tx, payments.output_amount)
    np.maximum.at(most, tx, payments.output_amount)
    peel = (inputs == 1) & (np.bincount(tx, minlength=count) == 2) & (least >= LEAST_PEEL) & (least < most)
    larger = peel[tx] & (payments.output_amount == most[tx])
    onward = np.zeros(len(tx), bool)
    spent = larger & (payments.spender >= 0)
    onward[spent] = peel[payments.spender[spent]]
    continues = np.zeros(count, bool)
    continues[payments.spender[onward]] = True
    found: Mask = onward | (larger & continues[tx] & (payments.spender >= 0))
    return found


def round_amount(zeros: int = ROUND) -> Change:
    """Outputs whose amount ends in `zeros` zeros of satoshi: what a person chose to pay, so use it after minus."""
    return Change(Rule(f"round-{zeros}", 50), lambda payments: _round(payments, zeros))


FIRST = Change(Rule("first-receipt", 50), _first_receipts)
"""Nothing was paid to the address before, and the transaction returns nothing to an address it spends from."""
ONE_TIME = Change(Rule("one-time", 55, dynamic=True), _single_receipts)
"""Nothing is paid to the address but this, and the transaction returns nothing as above."""
REUSE = Change(Rule("address-reuse", 95), _returned)
"""The address is spent from in the same transaction."""
SAME_TYPE = Change(Rule("script-type", 60), _same_type)
OPTIMAL = Change(Rule("optimal", 70), _below_every_input)
ROUND_AMOUNT = round_amount()
FINGERPRINT = Change(Rule("fingerprint", 65, dynamic=True), _like_the_spender)
PEEL = Change(Rule("peel", 75, dynamic=True), _peels)
