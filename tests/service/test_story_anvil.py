"""Thefts through real contracts on a real node: what Clew decodes is what the node says everyone holds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.conftest import absent
from tests.peers import anvil, uniswap
from tests.peers.uniswap import NEVER, Market, call

from clew.chains import find_chain
from clew.ledger import Ledger, TransferTable
from clew.links.handovers import find_handovers
from clew.links.swaps import Swap, Unresolved, find_swaps
from clew.model import Address
from clew.service.connections import Connections
from clew.service.histories import LedgerHistories
from clew.settings import Settings
from clew.sources.archive import Archive
from clew.tracing.walk import _contracts

pytestmark = pytest.mark.peer

Json = dict[str, Any]
ANVIL = find_chain("anvil")
ETHER, GWEI = 10**18, 10**9
NATIVE = ""
"""A token's address stands for the token; nothing for the coin."""


def fresh(number: int) -> str:
    """An address that nobody used."""
    return f"0x{number:04x}{'c1e0' * 9}"


@pytest.fixture(scope="module")
def market() -> Iterator[Market]:
    program, contracts = anvil.find_anvil(), uniswap.find_contracts()
    if program is None or contracts is None:
        absent("anvil or the contracts of @uniswap are not in .peers")
    assert program is not None
    assert contracts is not None
    with anvil.running(program, "--auto-impersonate", "--gas-limit", "30000000") as node:
        made = uniswap.open_market(node, contracts, ANVIL.wrapped)
        made.pool(made.loot, made.weth, (10**6 * ETHER, 500 * ETHER))
        made.pool(made.loot, made.cash, (10**6 * ETHER, 10**6 * ETHER))
        made.pool(made.cash, made.gold, (10**6 * ETHER, 10**3 * ETHER))
        made.pool_v3(made.cash, made.weth, 600 * ETHER)
        made.pool_v3(made.loot, made.cash, 10**5 * ETHER)
        yield made


# --- what is decoded is what balances say


class Trade(NamedTuple):
    """What one transaction changed, at the node: of the giver, and of who was paid."""

    tx: str
    giver: str
    getter: str
    token_in: str
    amount_in: int
    token_out: str
    amount_out: int


class Trader:
    """Sends swaps of real routers, and asks the node what they changed."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.trades: list[Trade] = []

    def trade(self, who: str, router: str, data: str, *, value: int = 0, given: str, got: str, to: str = "") -> None:
        node, to = self.market.node, to or who
        before = node.balance(who, given or None), node.balance(to, got or None)
        receipt = self.market.send(who, router, value, data)
        gas = int(receipt["gasUsed"], 16) * GWEI
        paid = before[0] - node.balance(who, given or None) - (0 if given else gas)
        gained = node.balance(to, got or None) - before[1] + (gas if not got and who == to else 0)
        assert paid > 0
        assert gained > 0
        self.trades.append(Trade(receipt["transactionHash"], who, to, given, paid, got, gained))


def path_of(*tokens: str) -> bytes:
    """The path of a v3 swap of several steps, all at one fee."""
    return bytes.fromhex(f"{uniswap.FEE:06x}".join(token[2:] for token in tokens))


SINGLE = "(address,address,uint24,address,uint256,uint256,uint256,uint160)"
SEVERAL = "(bytes,address,uint256,uint256,uint256)"


def trade_all_ways(market: Market) -> list[Trade]:
    """Exact input and exact output with its refund, several steps, coins in and out, to oneself and to another."""
    m, trader, who, other = market, Trader(market), fresh(1), fresh(2)
    loot, cash, gold, weth, v2, v3 = m.loot, m.cash, m.gold, m.weth, m.v2, m.v3
    m.send(m.bank, who, 100 * ETHER)
    m.pay(loot, m.bank, who, 10**5 * ETHER)
    for token in (loot, cash, gold, weth):
        for router in (v2, v3):
            m.allow(who, token, router)
    exact_tokens = "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)"
    tokens_exact = "swapTokensForExactTokens(uint256,uint256,address[],address,uint256)"
    to_ether = "swapExactTokensForETH(uint256,uint256,address[],address,uint256)"
    for to in (who, other):
        data = call(exact_tokens, 700 * ETHER, 0, [loot, cash], to, NEVER)
        trader.trade(who, v2, data, given=loot, got=cash, to=to)
        data = call(exact_tokens, 700 * ETHER + 1, 0, [loot, cash, gold], to, NEVER)
        trader.trade(who, v2, data, given=loot, got=gold, to=to)
        data = call(tokens_exact, 33 * ETHER, 10**4 * ETHER, [loot, cash], to, NEVER)
        trader.trade(who, v2, data, given=loot, got=cash, to=to)
        data = call("swapExactETHForTokens(uint256,address[],address,uint256)", 0, [weth, loot], to, NEVER)
        trader.trade(who, v2, data, value=ETHER, given=NATIVE, got=loot, to=to)
        data = call("swapETHForExactTokens(uint256,address[],address,uint256)", 999, [weth, loot], to, NEVER)
        trader.trade(who, v2, data, value=ETHER, given=NATIVE, got=loot, to=to)
        data = call(to_ether, 800 * ETHER, 0, [loot, weth], to, NEVER)
        trader.trade(who, v2, data, given=loot, got=NATIVE, to=to)

        single = (loot, cash, uniswap.FEE, to, NEVER, 500 * ETHER, 0, 0)
        trader.trade(who, v3, call(f"exactInputSingle({SINGLE})", single), given=loot, got=cash, to=to)
        single = (loot, cash, uniswap.FEE, to, NEVER, 7 * ETHER, ALL_IN, 0)
        trader.trade(who, v3, call(f"exactOutputSingle({SINGLE})", single), given=loot, got=cash, to=to)
        steps = (path_of(loot, cash, weth), to, NEVER, 20 * ETHER, 0)
        trader.trade(who, v3, call(f"exactInput({SEVERAL})", steps), given=loot, got=weth, to=to)
        steps = (path_of(weth, cash, loot), to, NEVER, ETHER, ALL_IN)
        trader.trade(who, v3, call(f"exactOutput({SEVERAL})", steps), given=loot, got=weth, to=to)
        single = (weth, cash, uniswap.FEE, to, NEVER, ETHER, 0, 0)
        trader.trade(who, v3, call(f"exactInputSingle({SINGLE})", single), value=ETHER, given=NATIVE, got=cash, to=to)
        single = (weth, cash, uniswap.FEE, to, NEVER, ETHER, 3 * ETHER, 0)
        refunding = [call(f"exactOutputSingle({SINGLE})", single), call("refundETH()")]
        data = call("multicall(bytes[])", [bytes.fromhex(step[2:]) for step in refunding])
        trader.trade(who, v3, data, value=3 * ETHER, given=NATIVE, got=cash, to=to)
        single = (cash, weth, uniswap.FEE, "0x0", NEVER, 5 * ETHER, 0, 0)
        unwrapping = [call(f"exactInputSingle({SINGLE})", single), call("unwrapWETH9(uint256,address)", 0, to)]
        data = call("multicall(bytes[])", [bytes.fromhex(step[2:]) for step in unwrapping])
        trader.trade(who, v3, data, given=cash, got=NATIVE, to=to)
    return trader.trades


ALL_IN = 10**6 * ETHER


def read_chain(market: Market, folder: Path) -> TransferTable:
    """Every transfer of the node's chain."""
    settings = Settings(endpoints={"anvil": f"rpc:{market.node.url}"}, requests_per_second=1e6)
    connections = Connections(settings, Archive(folder))
    with Ledger.open(":memory:") as ledger:
        histories = LedgerHistories(ledger, connections, limit=10**6, progress=lambda _line: None)
        histories.load([Address(ANVIL.id, market.bank)])
        return histories.transfers()


def decode_swaps(table: TransferTable) -> tuple[list[Swap], list[Unresolved], set[str]]:
    """The swaps of everyone who is no contract, as a chain read block by block shows them."""
    contracts = _contracts(table, ())

    def person(chain: str, name: str) -> bool:
        return not name.startswith("@") and (chain, name) not in contracts

    own, untold = find_swaps(table, person, {})
    handed, unclear = find_handovers(table, person, contracts, lambda _chain, _tx: True, {})
    return [*own, *handed], [*untold, *unclear], {name for _, name in contracts}


def test_every_way_to_swap_is_decoded_to_the_wei(market: Market, tmp_path: Path) -> None:
    before = market.node.call("evm_snapshot")
    trades = trade_all_ways(market)
    table = read_chain(market, tmp_path)
    swaps, unclear, contracts = decode_swaps(table)

    def token(asset: int) -> str:
        return NATIVE if table.assets[asset] == ANVIL.native.id else table.assets[asset].rpartition(":")[2]

    found = {
        Trade(
            table.txs[table.tx[swap.paid[0]]],
            table.account_name[swap.party],
            table.account_name[swap.recipient],
            token(swap.asset_in),
            swap.net_in,
            token(swap.asset_out),
            swap.net_out,
        )
        for swap in swaps
    }
    wraps = {one for one in found if {one.token_in, one.token_out} == {NATIVE, market.weth}}
    assert {(one.giver, one.amount_in, one.amount_out) for one in wraps} == {(market.bank, 3000 * ETHER, 3000 * ETHER)}
    assert found - wraps == set(trades)
    assert len(trades) == 26

    # Who traded was the bank and two persons; adding what is traded is no swap, and is said.
    assert {table.account_name[one.party] for one in unclear} == {market.bank}
    assert {one.reason for one in unclear} == {"several-given"}
    assert {market.v2, market.v3, market.weth} <= contracts
    assert not contracts & {market.bank, fresh(1), fresh(2)}
    market.node.call("evm_revert", before)
