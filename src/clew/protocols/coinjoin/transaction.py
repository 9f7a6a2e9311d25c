"""A Bitcoin transaction as the rules look at it, and the measures that several of them share."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from clew.chains import rawblock
from clew.chains.rawblock import Output
from clew.chains.script import ScriptType, script_type


class Input(NamedTuple):
    """A coin spent."""

    outpoint: str
    """``txid:vout``."""
    spent: Output | None = None
    """Its amount and script, where known: a raw block does not say them."""


class Transaction(NamedTuple):
    """A transaction with what is known of the coins it spends."""

    txid: str
    inputs: tuple[Input, ...]
    """In order; none for a coinbase."""
    outputs: tuple[Output, ...]
    time: int | None = None
    """Block time, Unix seconds; without it no protocol is excluded for its dates."""

    @classmethod
    def of(cls, raw: rawblock.Transaction, spent: Mapping[str, Output], time: int | None = None) -> "Transaction":
        """A decoded transaction with the outputs it spends, by outpoint, as far as they are known."""
        inputs = tuple(Input(outpoint, spent.get(outpoint)) for outpoint in raw.inputs)
        return cls(raw.txid, inputs, tuple(raw.outputs), time)


class Shape:
    """Measures of a transaction, each computed once and only where a rule asks."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self.time = transaction.time
        self.inputs = transaction.inputs
        self.payments = [output for output in transaction.outputs if output.script[:1] != b"\x6a"]
        """The outputs that are no OP_RETURN."""

    @cached_property
    def values(self) -> Counter[int]:
        """How often each amount is paid."""
        return Counter(output.amount for output in self.payments)

    @cached_property
    def commonest(self) -> tuple[int, int]:
        """The amount paid most often, the smallest of several, and how often."""
        amount, count = max(self.values.items(), key=lambda item: (item[1], -item[0]))
        return amount, count

    @cached_property
    def payloads(self) -> list[bytes]:
        """The OP_RETURN scripts."""
        return [output.script for output in self.transaction.outputs if output.script[:1] == b"\x6a"]

    @cached_property
    def complete(self) -> bool:
        """Whether every input's amount and script is known."""
        return all(spent is not None for _, spent in self.inputs)

    @cached_property
    def amounts(self) -> list[int] | None:
        """The inputs' amounts in order; None where one is unknown."""
        return [spent.amount for _, spent in self.inputs if spent is not None] if self.complete else None

    @cached_property
    def input_scripts(self) -> set[bytes]:
        """The different scripts of the inputs that are known."""
        return {spent.script for _, spent in self.inputs if spent is not None}

    @cached_property
    def owners(self) -> int:
        """Different input scripts; each unknown one counts as different, so it is an upper bound unless `complete`."""
        return len(self.input_scripts) + sum(spent is None for _, spent in self.inputs)

    @cached_property
    def repeated_scripts(self) -> int:
        """Outputs whose script another output has too, counted beyond the first."""
        return len(self.payments) - len({output.script for output in self.payments})

    @cached_property
    def returned(self) -> int:
        """Outputs to a script that is spent from, so to an owner who takes part with it; a lower bound."""
        return sum(output.script in self.input_scripts for output in self.payments)

    @cached_property
    def fee(self) -> int | None:
        """What the miner gets; None where an input is unknown."""
        if self.amounts is None:
            return None
        return sum(self.amounts) - sum(output.amount for output in self.transaction.outputs)

    def of_type(self, *types: ScriptType) -> int:
        """Outputs, and inputs that are known, of any of these script types, in thousandths; rounded down."""
        scripts = [output.script for output in self.payments]
        scripts += [spent.script for _, spent in self.inputs if spent is not None]
        return 1000 * sum(script_type(script) in types for script in scripts) // len(scripts)

    def payers(self, levels: Sequence[int], participants: int, change: Sequence[int]) -> int | None:
        """Participants whose one input shows that they paid fees; None where an input is unknown.

        That is input = the first of `levels`, or the first two, and so on + one of `change` or none + a fee of up to
        0.5 % of them and three times the average miner fee. Who has several inputs is not seen.
        """
        if self.fee is None:
            return None
        miner = 3 * self.fee // participants
        spans = [(total + 1, total + total // 200 + miner) for total in accumulate(levels)]
        with_change = sum(any(self._hold(least + kept, most + kept) for least, most in spans) for kept in change)
        return with_change + sum(self._hold(least, most) for least, most in spans)

    def earners(self, value: int, change: Sequence[int]) -> int | None:
        """Change outputs that one input explains as of somebody who was paid; None where an input is unknown.

        That is change = input - `value` + an earning of up to 0.3 % of it.
        """
        if self.amounts is None:
            return None
        return sum(self._hold(kept + value - 3 * value // 1000, kept + value - 1) > 0 for kept in change)

    def _hold(self, least: int, most: int) -> int:
        """How many inputs have an amount in a range."""
        return bisect_right(self._sorted, most) - bisect_left(self._sorted, least)

    @cached_property
    def _sorted(self) -> list[int]:
        return sorted(self.amounts or ())
