"""Swaps that balances alone do not tell: what was given for what, by the events of the exchanges in between.

Anybody can write an event, so an event never moves anything by itself. A pool's trade counts only where it is what the
pool took and gave in the transaction, to the unit; a router's only where the router is known. And a party's exchange is
told by trades only where they add up: of every asset they name, the party's own net change is exactly theirs. Then each
trade is a leg from one asset to another.

A token that is not well known and came beside them was paid for by none: nobody hides a swap by sending junk along. A
coin or a known token beside them leaves all untold, for a trade that is a sham may have paid for it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from clew.amounts import Asset
from clew.chains import find_chain
from clew.chains.execution import token_id
from clew.chains.logs import Log
from clew.chains.tokens import find_token
from clew.ledger import TransferTable
from clew.links.handovers import Contracts, outsiders_of
from clew.links.swaps import Judge, Unresolved, moving_rows, net_changes, twin_of
from clew.model import Kind
from clew.protocols.swaps import decode_event
from clew.protocols.swaps.trade import NATIVE, Meaning, Refusal, Trade

Logs = Callable[[str, str], Sequence[Log] | None]
"""``logs(chain, tx)``: the events of a transaction; None where no reply shows them."""

UNTOLD = frozenset({"several-given", "several-got", "passed-on", "other-recipient"})
"""Reasons of `Unresolved` that events may settle."""

_WRAP = tuple(Kind).index(Kind.WRAP)


@dataclass(frozen=True, slots=True)
class Leg:
    """One asset for another. Assets are ids (CAIP-19); a chain's wrapped coin counts as the coin."""

    protocol: str
    asset_in: str
    amount_in: int
    asset_out: str
    amount_out: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a party gave and got by several trades in one transaction; numbers are rows of the table, in order."""

    party: int
    """Account code of who gave."""
    recipients: Mapping[str, int]
    """By asset: the account code of who got it; the party itself, unless it had another paid."""
    steps: tuple[int | Leg, ...]
    """Rows and legs, in an order in which everything is there before it is given on."""
    given: tuple[int, ...]
    """Rows by which the party gave assets of the legs."""
    got: tuple[int, ...]
    """Rows by which the party or its recipients got assets of the legs, refunds among them."""
    passing: tuple[int, ...]
    """Rows of other assets that the party got and gave in equal amounts: they only passed through."""

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The trades alone."""
        return tuple(step for step in self.steps if isinstance(step, Leg))


Net = dict[str, int]


def find_exchanges(
    table: TransferTable,
    untold: Iterable[Unresolved],
    logs: Logs,
    contracts: Contracts,
    claims: Mapping[str, Asset],
) -> tuple[list[Exchange], list[Unresolved]]:
    """The exchanges that events tell, and what still cannot be told; ``lp-share`` where they say why."""
    judge, rows = Judge(table, claims), MovingRows(table)
    exchanges: list[Exchange] = []
    left: list[Unresolved] = []
    for one in untold:
        shown = logs(_chain_of(table, one.row), table.txs[table.tx[one.row]]) if one.reason in UNTOLD else None
        answer = _resolve(table, one, rows.of(one.row), shown, contracts, judge) if shown else one
        if isinstance(answer, Exchange):
            exchanges.append(answer)
        else:
            left.append(answer)
    return exchanges, left


class MovingRows:
    """The rows of each transaction that move something."""

    def __init__(self, table: TransferTable) -> None:
        self._table = table
        self._order: npt.NDArray[np.int64] | None = None

    def of(self, row: int) -> list[int]:
        """The moving rows of the transaction of a row, in order."""
        if self._order is None:  # most ledgers hold nothing that is left untold
            rows = np.flatnonzero(moving_rows(self._table))
            self._order = rows[np.argsort(self._table.tx[rows], kind="stable")]
            self._codes = self._table.tx[self._order]
        first, last = np.searchsorted(self._codes, [self._table.tx[row], self._table.tx[row] + 1])
        return [int(found) for found in self._order[first:last]]


def _chain_of(table: TransferTable, row: int) -> str:
    name: str = table.chains[table.chain[row]]
    return name


def _resolve(
    table: TransferTable, one: Unresolved, rows: list[int], shown: Sequence[Log], contracts: Contracts, judge: Judge
) -> Exchange | Unresolved:
    said = [meaning for log in shown if (meaning := decode_event(log, _chain_of(table, one.row))) is not None]
    receivers = _receivers(table, one.party, rows, contracts) if one.reason == "other-recipient" else [one.party]
    for legs in legs_of(table, one.party, rows, said):
        exchange = _exchange(table, one, rows, legs, receivers)
        if exchange is not None and not any(judge.refuses(int(table.asset[row])) for row in _all(exchange)):
            return exchange
    shares = any(isinstance(meaning, Refusal) and meaning.reason == "lp-share" for meaning in said)
    return replace(one, reason="lp-share") if shares else one


def legs_of(table: TransferTable, party: int, rows: list[int], said: Sequence[Meaning]) -> tuple[list[Leg], list[Leg]]:
    """The trades of one transaction as legs: those that known routers tell of a party, and those of pools."""
    chain, name = _chain_of(table, rows[0]), table.account_name[party]
    trades = [meaning for meaning in said if isinstance(meaning, Trade)]
    told = [trade for trade in trades if not trade.pool and trade.vouched and name in (trade.trader, trade.recipient)]
    return _told(chain, told), _pooled(table, chain, [trade for trade in trades if trade.pool], rows)


def _all(exchange: Exchange) -> tuple[int, ...]:
    return exchange.given + exchange.got


def _receivers(table: TransferTable, party: int, rows: list[int], contracts: Contracts) -> list[int]:
    """Who got, where all others that are no contracts only got; empty where one of them gave."""
    others = [account for account in outsiders_of(table, rows, contracts) if account != party]
    nets = {account: _net(table, account, rows) for account in others}
    touched = {account: net for account, net in nets.items() if any(net.values())}
    gave = any(change < 0 for net in touched.values() for change in net.values())
    return [] if gave else [party, *touched]


def _net(table: TransferTable, account: int, rows: list[int]) -> Net:
    """Base units an account got less those it gave, by asset."""
    net: Net = {}
    for row in rows:
        sign = int(table.receiver[row] == account) - int(table.sender[row] == account)
        if sign:
            asset = twin_of(table, int(table.asset[row]))
            net[asset] = net.get(asset, 0) + sign * table.amount_of(row)
    return net


# --- trades as legs


def _told(chain: str, trades: list[Trade]) -> list[Leg]:
    """Legs of trades whose events name both assets."""
    legs = []
    for trade in trades:
        given, got = _asset(chain, trade.asset_in), _asset(chain, trade.asset_out)
        if given and got and given != got:
            legs.append(Leg(trade.protocol, given, trade.amount_in, got, trade.amount_out))
    return legs


def _asset(chain: str, contract: str | None) -> str:
    """CAIP-19 id of what an event names; of the wrapped coin that of the coin."""
    facts = find_chain(chain)
    if contract is None:
        return ""
    return facts.native.id if contract in (NATIVE, facts.wrapped) else token_id(facts, contract)


def _pooled(table: TransferTable, chain: str, trades: list[Trade], rows: list[int]) -> list[Leg]:
    """Legs of pools' trades that are exactly what each pool took and gave."""
    names = {
        table.account_name[int(code)]: int(code) for row in rows for code in (table.sender[row], table.receiver[row])
    }
    legs: list[tuple[int, Leg]] = []
    for contract in dict.fromkeys(trade.contract for trade in trades):
        own = [trade for trade in trades if trade.contract == contract]
        if contract not in names:
            continue
        net = {asset: change for asset, change in _net(table, names[contract], rows).items() if change}
        found = _legs_of_pool(table, chain, own, net, names[contract], rows)
        if _sums(found, sign=-1) == net:
            legs += zip([trade.log for trade in own], found, strict=False)
    return _chained([leg for _, leg in sorted(legs, key=lambda pair: pair[0])])


def _legs_of_pool(
    table: TransferTable, chain: str, trades: list[Trade], net: Net, pool: int, rows: list[int]
) -> list[Leg]:
    if all(trade.asset_in is not None for trade in trades):
        return _told(chain, trades)
    if len({trade.protocol for trade in trades}) > 1:
        return []
    first, last = trades[0], trades[-1]
    if all(a.amount_out == b.amount_in for a, b in pairwise(trades)):
        took, gave = ([asset for asset, change in net.items() if sign * change > 0] for sign in (1, -1))
        if len(took) == len(gave) == 1:
            return [Leg(first.protocol, took[0], first.amount_in, gave[0], last.amount_out)]
    coins = sorted({int(table.asset[row]) for row in rows if pool in (table.sender[row], table.receiver[row])})
    assets = [twin_of(table, coin) for coin in sorted(coins, key=lambda coin: table.assets[coin])]
    if len(assets) != 2 or any(trade.coin_in not in (0, 1) for trade in trades):
        return []
    return [Leg(t.protocol, assets[t.coin_in or 0], t.amount_in, assets[t.coin_out or 0], t.amount_out) for t in trades]


def _sums(legs: Iterable[Leg], *, sign: int = 1) -> Net:
    """What the legs change for whoever trades (1) or for whom he trades with (-1), by asset, where that is not 0."""
    sums: Net = {}
    for leg in legs:
        sums[leg.asset_in] = sums.get(leg.asset_in, 0) - sign * leg.amount_in
        sums[leg.asset_out] = sums.get(leg.asset_out, 0) + sign * leg.amount_out
    return {asset: change for asset, change in sums.items() if change}


def _chained(legs: list[Leg]) -> list[Leg]:
    """Legs of which each takes all that the one before it gave, as one."""
    found: list[Leg] = []
    for leg in legs:
        before = found[-1] if found else None
        if before is not None and (before.asset_out, before.amount_out) == (leg.asset_in, leg.amount_in):
            protocols = dict.fromkeys((*before.protocol.split(", "), leg.protocol))
            found[-1] = replace(
                before, protocol=", ".join(protocols), asset_out=leg.asset_out, amount_out=leg.amount_out
            )
        else:
            found.append(leg)
    return [leg for leg in found if leg.asset_in != leg.asset_out]


# --- legs held to the balances


def _exchange(
    table: TransferTable, one: Unresolved, rows: list[int], legs: list[Leg], receivers: list[int]
) -> Exchange | None:
    """The exchange that the legs tell, where they are what the party and its receivers gave and got, to the unit."""
    touched = {asset for leg in legs for asset in (leg.asset_in, leg.asset_out)}
    nets = {account: _net(table, account, rows) for account in receivers}
    together: Net = {}
    for net in nets.values():
        for asset, change in net.items():
            together[asset] = together.get(asset, 0) + change
    changes = {asset: change for asset, change in together.items() if change and asset in touched}
    beside = [asset for asset, change in together.items() if change > 0 and asset not in touched]
    if not legs or not receivers or changes != _sums(legs) or any(map(_of_value, beside)):
        return None
    mine = [row for row in rows if twin_of(table, int(table.asset[row])) in touched]
    given = tuple(row for row in mine if table.sender[row] == one.party)
    got = tuple(row for row in mine if int(table.receiver[row]) in receivers)
    wraps = any(table.kind[row] == _WRAP for row in given + got)
    onward = any(int(table.sender[row]) in receivers[1:] for row in rows)
    if not given or not got or wraps or onward or set(given) & set(got):
        return None
    ordered = _in_order(table, legs, given, got)
    if not ordered:
        return None
    recipients = {asset: account for account in receivers for asset, change in nets[account].items() if change > 0}
    return Exchange(one.party, recipients, tuple(ordered), given, got, _passing(table, one.party, rows, mine))


def _passing(table: TransferTable, party: int, rows: list[int], mine: list[int]) -> tuple[int, ...]:
    """Rows of assets beside the legs that the party got and gave in equal amounts."""
    own = [row for row in rows if party in (table.sender[row], table.receiver[row]) and row not in mine]
    net = net_changes(
        table, [row for row in own if table.sender[row] == party], [row for row in own if table.receiver[row] == party]
    )
    return tuple(row for row in own if not net[int(table.asset[row])] and table.kind[row] != _WRAP)


def _of_value(asset: str) -> bool:
    """Whether an asset is a chain's coin or well known: who gets it beside a trade may have paid for it in secret."""
    return find_chain(asset.partition("/")[0]).native.id == asset or find_token(asset) is not None


class _Schedule:
    """Puts rows and legs in an order in which nothing is taken that is not there.

    Rows keep their order, but that a receipt waits for the payment it was bought with, which a pool may ask for last. A
    leg goes before the first receipt that needs it.
    """

    def __init__(self, legs: list[Leg]) -> None:
        self.steps: list[int | Leg] = []
        self._legs = list(legs)
        self._held: Net = {}

    def pay(self, row: int, asset: str, amount: int) -> None:
        """A payment of the party."""
        self._held[asset] = self._held.get(asset, 0) + amount
        self.steps.append(row)

    def take(self, row: int, asset: str, amount: int) -> bool:
        """A receipt; whether it can be paid."""
        while self._held.get(asset, 0) < amount:
            if not self._trade():
                return False
        self._held[asset] -= amount
        self.steps.append(row)
        return True

    def finish(self) -> bool:
        """The legs that no receipt needed; whether all of them are there, and nothing is left."""
        while self._trade():
            pass
        return not self._legs and not any(self._held.values())

    def _trade(self) -> bool:
        leg = next((leg for leg in self._legs if self._held.get(leg.asset_in, 0) >= leg.amount_in), None)
        if leg is None:
            return False
        self._legs.remove(leg)
        self._held[leg.asset_in] -= leg.amount_in
        self._held[leg.asset_out] = self._held.get(leg.asset_out, 0) + leg.amount_out
        self.steps.append(leg)
        return True


def _in_order(table: TransferTable, legs: list[Leg], given: Sequence[int], got: Sequence[int]) -> list[int | Leg]:
    """The rows and the legs in order; empty where there is none."""
    schedule = _Schedule(legs)
    waiting: list[int] = []
    for row in sorted((*given, *got)):
        if row in given:
            schedule.pay(row, twin_of(table, int(table.asset[row])), table.amount_of(row))
        else:
            waiting.append(row)
        waiting = [
            late
            for late in waiting
            if not schedule.take(late, twin_of(table, int(table.asset[late])), table.amount_of(late))
        ]
    return schedule.steps if not waiting and schedule.finish() else []
