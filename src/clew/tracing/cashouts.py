"""Common cash-out in a trace: ways from what a mixer paid out to a deposit address at which the theft arrived too.

Looked for from the end: of each deposit address that the theft reached without a mixer, who paid it, and who paid him,
over a few accounts of one person each. A way leads over accounts that the theft did not reach, so nobody speaks for
himself. Where histories are loaded one by one, those on the ways are loaded too, within a bound of their own.
"""

from collections.abc import Iterable
from typing import NamedTuple

from clew.chains import find_chain
from clew.ledger import TransferTable
from clew.links.cashouts import FEW, Cashout, Coins, Moves, TagOf
from clew.model import Address, Grade, Limitation
from clew.tracing.crossings import Ground
from clew.tracing.labels import grade_of, theft_of
from clew.tracing.trace import Run

HOPS = 3
"""Payments from what a mixer paid out to the deposit address, at most."""
MOST_ASKED = 200
"""Accounts and transactions that are loaded for it, at most."""
_EVER = 1 << 62


class Way(NamedTuple):
    """Where an account's coins went, and the latest time at which they can have."""

    cashout: Cashout
    time: int


class Cashouts:
    """The ways found so far; each deposit address is looked at once."""

    def __init__(self, ground: Ground, tag_of: TagOf, until: int | None) -> None:
        self._ground, self._tag_of, self._until = ground, tag_of, until
        self._looked: set[Address] = set()
        self._ways: dict[Address, Way] = {}
        self._asked = 0
        self._left: dict[Address, str] = {}
        """Deposit addresses of which not all was read, and why."""
        self._moves: tuple[TransferTable, str, Moves] | None = None
        self._coins: tuple[TransferTable, str, Coins] | None = None

    def way_of(self, chain: str, account: str, time: int) -> Cashout | None:
        """Where what an account (an address, or an outpoint) was paid at a time is cashed out with the theft."""
        way = self._ways.get(Address(chain, account))
        return way.cashout if way is not None and time <= way.time else None

    def look(self, run: Run, chains: Iterable[str]) -> None:
        """Look for the ways into the deposit addresses that the theft reached on some chains since the last run."""
        reached = _reached(run)
        for chain in sorted(set(chains)):
            accounts = {key.value: thefts for key, thefts in reached.items() if key.chain == chain}
            if find_chain(chain).utxo:
                self._among_coins(run, chain, accounts)
            else:
                self._among_accounts(run, chain, accounts)

    def limitations(self) -> list[Limitation]:
        """Deposit addresses whose payers were not all looked at."""
        return [
            Limitation("cash-out-not-read", f"not all who pay into it were looked at: {why}", *account)
            for account, why in sorted(self._left.items())
        ]

    def _reach(self, account: Address, end: Address) -> bool:
        """Load one account more; whether its whole history is at hand."""
        history = self._ground.history(*account)
        if history is None:
            why = self._full() or self._ground.reach(account)
            if why:
                self._left[end] = why
                return False
            self._asked += 1
        return self._is_whole(account)

    def _full(self) -> str:
        return f"{MOST_ASKED} accounts and transactions were loaded for it already" if self._asked >= MOST_ASKED else ""

    # --- account chains

    def _among_accounts(self, run: Run, chain: str, reached: dict[str, frozenset[int]]) -> None:
        stops = (run.journal.accounts[number] for number in run.stops)
        stopped = {account.name for account in stops if account.chain == chain}
        moves = self._moves_on(chain)
        whole = [name for name in reached if name not in stopped and self._is_whole(Address(chain, name))]
        for name, exchange in sorted(moves.deposits(whole, self._tag_of, chain).items()):
            if Address(chain, name) not in self._looked:
                self._looked.add(Address(chain, name))
                self._walk_back(Cashout(chain, name, exchange, reached[name]), set(reached))

    def _is_whole(self, account: Address) -> bool:
        history = self._ground.history(*account)
        return history is not None and history.status == "complete"

    def _moves_on(self, chain: str) -> Moves:
        table = self._ground.transfers()
        if self._moves is None or self._moves[0] is not table or self._moves[1] != chain:
            self._moves = table, chain, Moves(table, chain, self._until)
        return self._moves[2]

    def _walk_back(self, cashout: Cashout, reached: set[str]) -> None:
        chain, end = cashout.chain, Address(cashout.chain, cashout.address)
        front = {cashout.address: _EVER}
        for _ in range(HOPS):
            moves = self._moves_on(chain)
            came: dict[str, int] = {}
            for account, until in front.items():
                for payer, time in moves.payers(account, until).items():
                    came[payer] = max(time, came.get(payer, time))
            open_ = [
                name
                for name in sorted(came)
                if name not in reached and not name.startswith("@") and self._tag_of(chain, name) is None
            ]
            whole = [name for name in open_ if self._reach(Address(chain, name), end)]
            moves = self._moves_on(chain)
            front = {name: came[name] for name in whole if len(moves.payees(name)) <= FEW}
            for name, time in front.items():
                self._note(Address(chain, name), Way(cashout, time))
            front = {name: time for name, time in front.items() if len(moves.payers(name, time)) <= FEW}
            reached = reached | came.keys()

    def _note(self, account: Address, way: Way) -> None:
        """The first way that is found is kept, but for one that is open longer."""
        known = self._ways.get(account)
        if known is None or known.time < way.time:
            self._ways[account] = way

    # --- UTXO chains

    def _among_coins(self, run: Run, chain: str, reached: dict[str, frozenset[int]]) -> None:
        owner_of = {account.name: account.owner for account in run.journal.accounts if account.chain == chain}
        owners: dict[str, frozenset[int]] = {}
        for outpoint, thefts in reached.items():
            owner = owner_of[outpoint]
            if owner and self._tag_of(chain, owner) is None:
                owners[owner] = owners.get(owner, frozenset()) | thefts
        coins = self._coins_on(chain)
        for owner in sorted(name for name in owners if coins.exchange_of(name)):
            end = Address(chain, owner)
            if end in self._looked:
                continue
            self._looked.add(end)
            if not self._reach(end, end):
                self._left.setdefault(end, "its history is not to be had whole")
            elif exchange := self._coins_on(chain).exchange_of(owner):
                self._spend_back(Cashout(chain, owner, exchange, owners[owner]), set(reached))

    def _coins_on(self, chain: str) -> Coins:
        table = self._ground.transfers()
        if self._coins is None or self._coins[0] is not table or self._coins[1] != chain:
            self._coins = table, chain, Coins(table, chain, self._until, self._tag_of)
        return self._coins[2]

    def _spend_back(self, cashout: Cashout, reached: set[str]) -> None:
        chain = cashout.chain
        front = self._coins_on(chain).payers(cashout.address) - reached
        for hop in range(1, HOPS + 1):
            for outpoint in sorted(front):
                self._note(Address(chain, outpoint), Way(cashout, _EVER))
            makers = sorted({outpoint.partition(":")[0] for outpoint in front})
            if hop == HOPS or not makers:
                return
            self._show(makers, cashout)
            coins = self._coins_on(chain)
            front = {name for tx in makers for name in coins.spent_by(tx)} - reached

    def _show(self, transactions: Iterable[str], cashout: Cashout) -> None:
        coins = self._coins_on(cashout.chain)
        for tx in transactions:
            if coins.shows(tx):
                continue
            if why := self._full():
                self._left[Address(cashout.chain, cashout.address)] = why
                return
            self._asked += 1
            self._ground.show(Address(cashout.chain, tx))


def _reached(run: Run) -> dict[Address, frozenset[int]]:
    """The accounts that stolen units reached, and of which thefts; what came as a share does not count."""
    found: dict[int, set[int]] = {}
    receiver = run.journal.events.receiver
    for event, label in zip(run.records.where, run.records.label, strict=True):
        if grade_of(label) is not Grade.EXPECTED:
            found.setdefault(int(receiver[event]), set()).add(theft_of(label))
    merged: dict[Address, frozenset[int]] = {}
    for number, thefts in found.items():
        account = run.journal.accounts[number]
        if not account.made:
            key = Address(account.chain, account.name)
            merged[key] = merged.get(key, frozenset()) | thefts
    return merged
