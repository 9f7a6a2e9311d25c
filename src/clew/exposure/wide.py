"""What every holder of a ledger received from services, by category: one pass that goes on as blocks come.

State is kept by (holder, asset): sums by category, direct and indirect, and the fewest hops. It is of one set of tags
and clusters: other ones change the past, and need a new pass.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from clew.errors import InputError, RunError
from clew.exposure.book import MINED, Account, Book, Holders, Service, Services, columns, read_flows
from clew.exposure.kernels import FAR, add_totals
from clew.exposure.passes import ROUND, STRAIGHT, Pass, Progress, Setting
from clew.ledger import TransferTable
from clew.model import Category, Limitation
from clew.tracing.uint128 import unpack

CATEGORIES = (*(str(category) for category in Category), MINED)
"""The kinds of the pass, by number."""
_SOURCELESS = frozenset({str(Category.BURN)})
"""Categories that nothing comes from: a mint is no payment by the zero address."""
_FILES = ("state.npz", "accounts.json")
_NOTHING = Setting(np.empty(0, np.int32), np.empty(0, np.bool_), np.empty(0, np.bool_), np.empty(0, np.int32))


@dataclass(frozen=True, slots=True)
class Received:
    """What came to a holder, in one asset."""

    total: int
    direct: Mapping[str, int]
    """By category, where there is any."""
    indirect: Mapping[str, int]
    hops: Mapping[str, int]
    """By category: fewest transfers from a service of it."""


class LedgerExposure:
    """The received exposure of every holder."""

    def __init__(self, services: Services, holders: Holders = lambda _chain, address: address) -> None:
        self.book = Book(services, holders)
        self.limitations: tuple[Limitation, ...] = ()
        self._pass = Pass(len(CATEGORIES), 0)
        self._rows: dict[tuple[str, str, str], int] = {}
        self._accounts_of: list[list[int]] = []
        self._settled = _NOTHING
        self._totals = np.zeros((2, 0, 2), np.uint64)
        self._done = 0
        self._digest = ""

    def advance(self, table: TransferTable, *, progress: Progress = lambda _done, _of: None) -> None:
        """Carry on with the rows of the whole ledger that came since.

        RunError where what was carried through before is no longer the ledger's beginning: a reorganisation, or an
        older history loaded since.
        """
        if _digest(table, self._done) != self._digest and self._done:
            raise RunError("the ledger has changed below where the exposure stands", mend="start from the beginning")
        flows, left_out = read_flows(self.book, table, self._done)
        if self._done and tuple(left_out) != self.limitations:
            raise RunError("an asset grew too large for exact sums since", mend="start from the beginning")
        self.limitations = tuple(left_out)
        setting = self._setting()
        grown = np.zeros((2, len(self._rows) - self._totals.shape[1], 2), np.uint64)
        self._totals = np.concatenate([self._totals, grown], axis=1)
        add_totals(flows.sender, flows.receiver, flows.amount, setting.rows, flows.kept, *self._totals)
        marked = (setting.seed[flows.sender] >= 0) & (flows.sender != flows.receiver)
        self._pass.advance(flows, setting, marked, progress=progress)
        self._done = len(table)
        self._digest = _digest(table, self._done)

    def _setting(self) -> Setting:
        """What the pass asks of the accounts; only those that are new are looked at."""
        known = len(self._settled.seed)
        fresh = self.book.accounts[known:]
        passes, keeps = columns(fresh)
        served = np.array([account.service is not None for account in fresh], np.bool_)
        seed = np.array([_source(account.service) for account in fresh], np.int32)
        rows = np.array([self._row_of(number, its) for number, its in enumerate(fresh, known)], np.int32)
        added = Setting(seed, keeps & ~served, passes, rows)
        self._settled = Setting(*(np.concatenate(pair) for pair in zip(self._settled, added, strict=True)))
        return self._settled

    def _row_of(self, number: int, account: Account) -> int:
        if not account.holder:
            return -1
        row = self._rows.setdefault((account.chain, account.holder, account.asset), len(self._rows))
        if row == len(self._accounts_of):
            self._accounts_of.append([])
        self._accounts_of[row].append(number)
        return row

    def of(self, chain: str, holder: str, asset: str) -> Received | None:
        """What a holder received of an asset; None where the ledger shows nothing."""
        row = self._rows.get((chain, holder, asset))
        if row is None:
            return None
        kinds = range(len(CATEGORIES))
        direct, indirect = (
            {CATEGORIES[kind]: units for kind in kinds if (units := self._pass.amount(row, kind, way))}
            for way in (STRAIGHT, ROUND)
        )
        least = self._pass.hops[self._accounts_of[row]].min(axis=0)
        hops = {CATEGORIES[kind]: int(least[kind]) for kind in kinds if least[kind] < FAR}
        return Received(unpack(self._totals[0, row : row + 1])[0], direct, indirect, hops)

    # --- on disk

    def save(self, folder: Path) -> None:
        """Write the state; `load` goes on from it. InputError for a folder that cannot be written."""
        arrays = {f"taint-{name}": column for name, column in self._pass.taint.save().items()}
        arrays |= {"sums": self._pass.sums, "hops": self._pass.hops, "totals": self._totals}
        words = {
            "accounts": [(*account[:4], account.service and list(account.service)) for account in self.book.accounts],
            "limitations": [(one.code, one.detail, one.chain, one.asset) for one in self.limitations],
            "rows": self._done,
            "digest": self._digest,
        }
        try:
            folder.mkdir(parents=True, exist_ok=True)
            np.savez(folder / _FILES[0], **arrays)
            (folder / _FILES[1]).write_bytes(orjson.dumps(words))
        except OSError as error:
            raise InputError(error.strerror or str(error), where=str(folder)) from error

    @classmethod
    def load(
        cls, folder: Path, services: Services, holders: Holders = lambda _chain, address: address
    ) -> "LedgerExposure":
        """The state of a folder. InputError where it is none, or where tags or clusters are others than they were."""
        found = cls(services, holders)
        try:
            with np.load(folder / _FILES[0], allow_pickle=False) as file:
                arrays: dict[str, Any] = dict(file)
            words = orjson.loads((folder / _FILES[1]).read_bytes())
        except (OSError, ValueError) as error:
            raise InputError(f"no exposure can be read: {error}", where=str(folder), mend="start anew") from error
        for chain, name, asset, holder, service in words["accounts"]:
            account = Account(chain, name, asset, holder, Service(*service) if service else None)
            found.book.numbers[(chain, name, asset)] = len(found.book.accounts)
            found.book.accounts.append(account)
            if found.book.known(chain, name, holder) != account.service:
                raise InputError(
                    f"{holder or name} is tagged or clustered otherwise now", where=str(folder), mend="start anew"
                )
        found.limitations = tuple(
            Limitation(code, detail, chain, asset=asset) for code, detail, chain, asset in words["limitations"]
        )
        found._done, found._digest = words["rows"], words["digest"]
        found._pass.taint.restore({name.removeprefix("taint-"): a for name, a in arrays.items() if "-" in name})
        found._pass.sums, found._pass.hops, found._totals = arrays["sums"], arrays["hops"], arrays["totals"]
        found._setting()
        return found


def _source(service: Service | None) -> int:
    """The kind a service is a source of, or -1."""
    if service is None or service.category in _SOURCELESS:
        return -1
    return CATEGORIES.index(service.category)


def _digest(table: TransferTable, rows: int) -> str:
    """A hash of the first rows, without codes, which change as the ledger grows."""
    digest = hashlib.blake2b(digest_size=16)
    for column in (table.height, table.tx_index, table.seq, table.time, table.amount, table.kind):
        digest.update(np.ascontiguousarray(column[:rows]).tobytes())
    return digest.hexdigest()
