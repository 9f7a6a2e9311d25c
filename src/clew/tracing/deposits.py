"""Stolen units that stand at an exchange's deposit address: no tag names it, but what left it before does.

An exchange gives each customer an address of his own and sweeps what arrives there into wallets that tags know
(`clustering.deposits`). What has come since the last sweep stands there still, and that exchange can stop it. Somebody
who pays that exchange and nobody else looks alike, and it is the exchange that knows him.
"""

from collections.abc import Callable

from clew.chains import find_chain
from clew.clustering.deposits import DEPOSIT
from clew.links.cashouts import Coins, Moves, TagOf
from clew.model import Category, Tag
from clew.tracing.trace import Run

_SOURCE = "all that is seen to leave it goes to wallets of that exchange"


def deposit_addresses(run: Run, tag_of: TagOf, owned: Callable[[str, str], bool], until: int | None) -> dict[int, Tag]:
    """Of the accounts that hold stolen units and that are followed, those that are deposit addresses of an exchange.

    On account chains the whole history shows it, without which none is followed; on UTXO chains, what the table shows
    of the address that owns the output. ``owned(chain, address)``: it is known to be somebody's own.
    """
    found: dict[int, Tag] = {}
    followed = sorted(set(run.holdings.where) - run.stops.keys())
    accounts = {number: account for number in followed if not (account := run.journal.accounts[number]).made}
    held = {number: account for number, account in accounts.items() if not owned(account.chain, account.address)}
    for chain in sorted({account.chain for account in held.values()}):
        here = {number: account for number, account in held.items() if account.chain == chain}
        if find_chain(chain).utxo:
            coins = Coins(run.table, chain, until, tag_of)
            owners = {account.owner for account in here.values() if account.owner}
            exchange = {owner: coins.exchange_of(owner) for owner in sorted(owners)}
        else:
            moves = Moves(run.table, chain, until)
            exchange = moves.deposits({account.name for account in here.values()}, tag_of, chain)
        found |= {
            number: _tag(chain, account.address, name)
            for number, account in here.items()
            if (name := exchange.get(account.address)) and tag_of(chain, account.address) is None
        }
    return found


def _tag(chain: str, address: str, exchange: str) -> Tag:
    label, category = f"{exchange}: deposit address", Category.EXCHANGE
    return Tag(chain, address, label, exchange, category, _SOURCE, DEPOSIT.confidence, stop=False)
