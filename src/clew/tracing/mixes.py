"""Bitcoin transactions that taint went through: those that are a CoinJoin by their own structure end the trace."""

import numpy as np

from clew.links.coinjoins import coinjoin_of, mixer_tag
from clew.model import TRANSIENT
from clew.tracing.trace import Run, Stop


class Mixes:
    """The CoinJoins met, each transaction judged once."""

    def __init__(self) -> None:
        self._judged: set[tuple[str, str]] = set()
        self.stops: dict[tuple[str, str], Stop] = {}
        """By chain and transient account: why nothing is drawn from it."""

    def judge(self, run: Run) -> bool:
        """Judge the transactions that taint went through; whether one of them is a CoinJoin, where it ends."""
        before = len(self.stops)
        reached = {int(run.journal.events.receiver[event]): int(run.journal.row[event]) for event in run.records.where}
        for number, row in sorted(reached.items()):
            account = run.journal.accounts[number]
            key = account.chain, account.name
            if not account.name.startswith(TRANSIENT) or key in self._judged:
                continue
            self._judged.add(key)
            verdict = coinjoin_of(run.table, np.flatnonzero(run.table.tx == run.table.tx[row]).tolist())
            if verdict is not None:
                tag = mixer_tag(account.chain, run.table.txs[run.table.tx[row]], verdict)
                self.stops[key] = Stop("service", f"{tag.label}, confidence {tag.confidence} %", tag)
        return len(self.stops) > before
