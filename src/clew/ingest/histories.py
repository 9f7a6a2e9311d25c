"""Loading accounts one by one, each with its whole history."""

from collections.abc import Callable, Iterable
from itertools import islice

from clew import chains
from clew.errors import ClewError
from clew.ingest.replies import Decode, append_reply
from clew.ledger import Ledger
from clew.model import History
from clew.sources import Fetched, HistorySource, NotRecordedError

LIMIT = 100_000
"""Transfers of an account beyond which it is too busy to be one person's, and its fetch stops."""

_TOGETHER = 50
"""Accounts, or transactions whose positions are asked for, in one batch of the ledger: merging what a batch shows
costs about the same for one account as for all of them. A load that is killed loses no more than one batch, and the
transport's archive has what was fetched for it.
"""


class Loader:
    """Loads histories from one source. A killed load is resumed by calling it again: what the ledger has is not asked
    for, and what the transport's archive has is not fetched.
    """

    def __init__(
        self, ledger: Ledger, source: HistorySource, *, limit: int = LIMIT, decode: Decode = chains.decode
    ) -> None:
        self._ledger = ledger
        self._source = source
        self._limit = limit
        self._decode = decode
        self._tried: set[str] = set()
        self._asked: set[str] = set()
        self._placed_at = -1

    def load(
        self, accounts: Iterable[str], *, progress: Callable[[int, int], None] = lambda _done, _of: None
    ) -> dict[str, History]:
        """How completely each account is known, now that the ledger has what the source shows of it.

        Accounts of which nothing could be had are tried again by a new Loader. Then transactions whose order in their
        block matters and is not known are asked for one by one; `View.limitations` names those that stay unknown.
        `progress` is told accounts done, of how many. SourceError or RunError end the load; what is loaded stays.
        """
        wanted = list(dict.fromkeys(accounts))
        histories: dict[str, History] = {}
        for start in range(0, len(wanted), _TOGETHER):
            failed = None
            with self._ledger.writer.batch():
                for account in wanted[start : start + _TOGETHER]:
                    try:
                        histories[account] = self._known(account)
                    except ClewError as error:  # raised once what was loaded before is kept
                        failed = error
                        break
                    progress(len(histories), len(wanted))
            if failed is not None:
                raise failed
        self._place()
        return histories

    def _known(self, account: str) -> History:
        """The account's history: the ledger's, else the source's."""
        known = self._ledger.view.history(self._source.chain, account)
        if known is None or (known.status == "unavailable" and account not in self._tried):
            return self._load(account)
        return known

    def _load(self, account: str) -> History:
        self._tried.add(account)
        try:
            fetched = self._source.history(account, limit=self._limit)
        except NotRecordedError as error:
            fetched = Fetched((), "unavailable", frozenset(), str(error))
        history = History(self._source.chain, account, fetched.status, fetched.covers, fetched.detail)
        with self._ledger.writer.batch():
            for reply in fetched.replies:
                append_reply(self._ledger.writer, reply, self._decode)
            self._ledger.writer.record(history)
        return history

    def _place(self) -> None:
        """Ask for the transactions whose position no reply has shown, each once."""
        if self._placed_at == self._ledger.writer.changes:
            return
        self._placed_at = self._ledger.writer.changes
        unplaced = iter([tx for tx in self._ledger.view.unplaced(self._source.chain) if tx not in self._asked])
        while batch := list(islice(unplaced, _TOGETHER)):
            with self._ledger.writer.batch():
                for tx in batch:
                    self._asked.add(tx)
                    self._show(tx)

    def _show(self, tx: str) -> None:
        try:
            replies = self._source.transaction(tx)
        except NotRecordedError:
            return  # the transaction stays unplaced, and the view says so
        for reply in replies:
            append_reply(self._ledger.writer, reply, self._decode)
