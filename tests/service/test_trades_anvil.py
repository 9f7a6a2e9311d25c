"""Several trades in one transaction through real contracts on a real node, and shares of a real pool."""

from pathlib import Path
from typing import Any

import pytest
from tests.peers import uniswap
from tests.peers.uniswap import NEVER, Market, call
from tests.service.test_story_anvil import ANVIL, ETHER, SINGLE, fresh, token_of
from tests.service.test_story_anvil import market as market

from clew.chains.logs import Log, logs_of
from clew.ledger import Ledger, TransferTable
from clew.model import Address
from clew.protocols.swaps import decode_event
from clew.protocols.swaps.trade import Refusal, Trade
from clew.service.connections import Connections
from clew.service.histories import LedgerHistories
from clew.service.trace import TraceRequest, trace_case
from clew.service.verify import verify_case
from clew.settings import Settings
from clew.sources.archive import Archive

pytestmark = pytest.mark.peer

Json = dict[str, Any]
THIEF, ALICE, BOB = fresh(0xE1), fresh(0xE2), fresh(0xE3)
LOOT, CASH = 5_000 * ETHER, 900 * ETHER


def case_of(market: Market, tx: str, folder: Path) -> Path:
    path = folder / "case.toml"
    path.write_text(f"""
id = "trades"
policy = "fifo"
[[theft]]
chain = "anvil"
tx = "{tx}"
asset = "{market.loot}"
symbol = "LOOT"
decimals = 18
amount = "{LOOT // ETHER}"
to = "{THIEF}"
""")
    return path


def trace(market: Market, tx: str, folder: Path) -> Json:
    settings = Settings(endpoints={"anvil": f"rpc:{market.node.url}"}, requests_per_second=1e6)
    return trace_case(TraceRequest(str(case_of(market, tx, folder)), folder / "out", settings=settings))


def stolen(market: Market) -> str:
    """The thief gets stolen loot, has some clean coins of the others, and lets the routers take all of it."""
    m = market
    m.send(m.bank, THIEF, ETHER)
    m.pay(m.cash, m.bank, THIEF, CASH)
    m.pay(m.weth, m.bank, THIEF, ETHER)
    for token in (m.loot, m.cash, m.weth):
        for router in (m.v2, m.v3):
            m.allow(THIEF, token, router)
    return str(m.pay(m.loot, m.bank, THIEF, LOOT)["transactionHash"])


def swaps_in_one(market: Market, *steps: tuple[str, str, int, str]) -> Json:
    """Exact inputs of version 3, each with its receiver, in one call of the router."""
    calls = [
        call(f"exactInputSingle({SINGLE})", (given, got, uniswap.FEE, to, NEVER, amount, 0, 0))
        for given, got, amount, to in steps
    ]
    data = call("multicall(bytes[])", [bytes.fromhex(step[2:]) for step in calls])
    receipt: Json = market.send(THIEF, market.v3, 0, data)
    return receipt


def told(result: Json, tx: str) -> set[tuple[str, str, str, str, str, str]]:
    return {
        (row["sender"], token(row, "in"), row["amount_in"], row["receiver"], token(row, "out"), row["amount_out"])
        for row in result["conversions"]
        if row["tx"] == tx
    }


def token(row: Json, side: str) -> str:
    return str(row[f"asset_{side}"]).rpartition(":")[2]


def gained(market: Market, who: str, token: str, height: int) -> int:
    """What a block brought somebody, as the node says."""
    data = {"to": token, "data": "0x70a08231" + f"{int(who, 16):064x}"}
    after, before = (int(market.node.call("eth_call", data, hex(at)), 16) for at in (height, height - 1))
    return after - before


@pytest.fixture
def theft(market: Market) -> Any:
    before = market.node.call("evm_snapshot")
    yield stolen(market)
    market.node.call("evm_revert", before)


def test_two_assets_for_one_in_one_transaction(market: Market, theft: str, tmp_path: Path) -> None:
    m = market
    receipt = swaps_in_one(m, (m.loot, m.cash, 3_000 * ETHER, THIEF), (m.weth, m.cash, ETHER, THIEF))
    result = trace(m, theft, tmp_path)
    assert {row["difference"] for row in result["conservation"]} == {"0"}
    brought = gained(m, THIEF, m.cash, int(receipt["blockNumber"], 16))
    found = told(result, receipt["transactionHash"])
    (stolen_leg,) = [row for row in found if row[1] == m.loot]
    assert (stolen_leg[0], stolen_leg[2:5]) == (THIEF, (str(3_000 * ETHER), THIEF, m.cash))
    assert 0 < int(stolen_leg[5]) < brought
    held = {token_of(row): int(row["origin_amount"]) for row in result["dispositions"] if row["address"] == THIEF}
    assert held == {m.cash: 3_000 * ETHER, m.loot: 2_000 * ETHER}
    verify_case(tmp_path / "out")


def test_two_swaps_that_pay_two_others(market: Market, theft: str, tmp_path: Path) -> None:
    m = market
    receipt = swaps_in_one(m, (m.loot, m.cash, 2_000 * ETHER, ALICE), (m.cash, m.weth, CASH, BOB))
    height, result = int(receipt["blockNumber"], 16), trace(m, theft, tmp_path)
    amounts = gained(m, ALICE, m.cash, height), gained(m, BOB, m.weth, height)
    assert told(result, receipt["transactionHash"]) == {
        (THIEF, m.loot, str(2_000 * ETHER), ALICE, m.cash, str(amounts[0])),
    }, "the thief's own cash is clean, so its swap is not told"
    held = {(row["address"], token_of(row)): int(row["origin_amount"]) for row in result["dispositions"]}
    assert held == {(ALICE, m.cash): 2_000 * ETHER, (THIEF, m.loot): 3_000 * ETHER}


def test_a_part_of_what_a_swap_brought_is_swapped_on(market: Market, theft: str, tmp_path: Path) -> None:
    m = market
    receipt = swaps_in_one(m, (m.loot, m.cash, 2_000 * ETHER, THIEF), (m.cash, m.weth, 100 * ETHER, THIEF))
    result = trace(m, theft, tmp_path)
    assert {row["difference"] for row in result["conservation"]} == {"0"}
    assert gained(m, THIEF, m.loot, int(receipt["blockNumber"], 16)) == -2_000 * ETHER
    assert not [row for row in result["limitations"] if row["code"].startswith("swap-") and row["address"] == THIEF]
    held = {token_of(row): int(row["origin_amount"]) for row in result["dispositions"] if row["address"] == THIEF}
    assert held == {m.loot: 3_000 * ETHER, m.cash: 2_000 * ETHER}, "first in, first out: the clean cash went first"


def test_a_share_of_a_pool_is_where_the_trace_ends(market: Market, theft: str, tmp_path: Path) -> None:
    m = market
    pair = m.ask(m.factory, call("getPair(address,address)", m.loot, m.cash))
    exact = "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)"
    m.send(
        m.bank, m.v2, 0, call(exact, ETHER, 0, [m.loot, m.cash], m.bank, NEVER)
    )  # by which the pool is seen to trade
    add = "addLiquidity(address,address,uint256,uint256,uint256,uint256,address,uint256)"
    m.send(THIEF, m.v2, 0, call(add, m.loot, m.cash, 800 * ETHER, CASH, 0, 0, THIEF, NEVER))
    result = trace(m, theft, tmp_path)
    ended = [(row["kind"], row["address"]) for row in result["dispositions"] if row["address"] == pair]
    assert ended == [("contract", pair)]
    assert ("swap-lp-share", THIEF) in {(row["code"], row["address"]) for row in result["limitations"]}
    assert {row["difference"] for row in result["conservation"]} == {"0"}


# --- what is decoded is what the pools took and gave


def events(market: Market, folder: Path) -> tuple[list[Log], TransferTable]:
    """Every event of the chain, out of the replies that a trace keeps."""
    settings = Settings(endpoints={"anvil": f"rpc:{market.node.url}"}, requests_per_second=1e6)
    archive = Archive(folder)
    with Ledger.open(":memory:") as ledger:
        histories = LedgerHistories(ledger, Connections(settings, archive), limit=10**6, progress=lambda _line: None)
        histories.load([Address(ANVIL.id, market.bank)])
        table = histories.transfers()
        shown: list[Log] = []
        for tx in table.txs:
            shown += histories.logs(ANVIL.id, tx) or ()
        blocks = [reply for reply in archive if reply.format == "evm/block"]
        assert set(shown) == {log for block in blocks for found in logs_of(block).values() for log in found}
        return shown, table


@pytest.mark.usefixtures("theft")
def test_decoded_amounts_are_what_the_pools_balances_changed_by(market: Market, tmp_path: Path) -> None:
    m = market
    swaps_in_one(m, (m.loot, m.cash, 2_000 * ETHER, THIEF), (m.cash, m.weth, 100 * ETHER, ALICE))
    exact = "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)"
    m.send(THIEF, m.v2, 0, call(exact, 700 * ETHER, 0, [m.loot, m.cash, m.gold], BOB, NEVER))
    shown, _ = events(m, tmp_path)
    heights = {log.tx: int(m.node.call("eth_getTransactionReceipt", log.tx)["blockNumber"], 16) for log in shown}
    said = [(log, decode_event(log, ANVIL.id)) for log in shown]
    trades = [(log, one) for log, one in said if isinstance(one, Trade)]
    assert len(trades) == 4
    for log, one in trades:
        tokens = sorted((m.loot, m.cash, m.gold, m.weth), key=lambda token: int(token, 16))
        pair = [token for token in tokens if gained(m, log.contract, token, heights[log.tx])]
        assert len(pair) == 2
        assert one.coin_in is not None
        assert one.coin_out is not None
        assert gained(m, log.contract, pair[one.coin_in], heights[log.tx]) == one.amount_in
        assert gained(m, log.contract, pair[one.coin_out], heights[log.tx]) == -one.amount_out
    assert {one.reason for _, one in said if isinstance(one, Refusal)} == {"lp-share"}  # of those who made the pools
