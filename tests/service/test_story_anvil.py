"""Thefts through real contracts on a real node: what Clew decodes is what the node says everyone holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.conftest import absent
from tests.peers import anvil, uniswap
from tests.peers.anvil import word
from tests.peers.uniswap import NEVER, Market, call

from clew.chains import find_chain
from clew.chains.execution import TRANSFER_TOPIC
from clew.ledger import Ledger, TransferTable
from clew.links.handovers import find_handovers
from clew.links.swaps import Swap, Unresolved, find_swaps
from clew.model import Address
from clew.service.connections import Connections
from clew.service.histories import LedgerHistories
from clew.service.trace import TraceRequest, trace_case
from clew.service.verify import verify_case
from clew.settings import Settings
from clew.sources.archive import Archive
from clew.tracing.contracts import behaving_contracts

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
    contracts = behaving_contracts(table, ())

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


# --- a theft that goes every way

THIEF, SECOND, THIRD, FOURTH, FIFTH, SIXTH = (fresh(number) for number in range(0xA1, 0xA7))
LOOKALIKE = f"{SECOND[:6]}{'99' * 16}{SECOND[-4:]}"
KEEPING = ("fifo", "lifo", "haircut", "clean-first", "dirty-first")
UNIT = 100 * ETHER
"""What the mixer takes, of the stable token."""
WALLET = "60403603806040600037600060009160006020356000355af160215760006000fd5b00"
"""Calls the address of word 0 with the value of word 1 and the data behind it; reverts where that fails."""
LIAR = f"60206040600037602035600035 7f{TRANSFER_TOPIC[2:]} 60206000a300".replace(" ", "")
"""Emits a Transfer from word 0 to word 1 of word 2 units, as a token that lies would."""
BRIDGE = "00"


def mixer_of(token: str) -> str:
    """A contract that draws UNIT of a token from its caller and keeps it: transferFrom(caller, this, UNIT)."""
    call_data = f"6323b872dd60e01b600052 33600452 30602452 68{UNIT:018x}604452"
    return f"{call_data} 60006000606460006000 73{token[2:]} 5af1 604957 60006000fd 5b00".replace(" ", "")


def creation(runtime: str) -> str:
    """Creation code of a contract."""
    return f"0x60{len(runtime) // 2:02x}80600b6000396000f3{runtime}"


@dataclass
class Story:
    """What was done, and what each step moved."""

    market: Market
    mixer: str
    bridge: str
    wallet: str
    liar: str
    thefts: dict[str, str]
    moved: dict[str, int]

    def case(self, folder: Path, policy: str) -> Path:
        path = folder / "case.toml"
        path.write_text(f"""
id = "story"
policy = "{policy}"
[[theft]]
id = "token"
chain = "anvil"
tx = "{self.thefts["token"]}"
asset = "{self.market.loot}"
symbol = "LOOT"
decimals = 18
amount = "50000"
to = "{THIEF}"
[[theft]]
id = "eth"
chain = "anvil"
tx = "{self.thefts["eth"]}"
asset = "ETH"
amount = "40"
to = "{THIEF}"
""")
        return path

    def tags(self, folder: Path, *, wallet: bool = True) -> Path:
        rows = [
            f"{self.mixer},Mixer 100,Mixer,mixer,anvil,,,",
            f"{self.bridge},Bridge,Bridge,bridge,anvil,,,",
            f"{FIFTH},on the blacklist,Issuer,frozen,anvil,{self.market.cash},0x{'f2' * 32},2020-01-01",
            *[f"{self.wallet},the thief's,,wallet,anvil,,,"] * wallet,
        ]
        path = folder / "tags.csv"
        path.write_text("\n".join(["address,label,entity,category,chain,asset,tx,lastmod", *rows, ""]))
        return path

    def trace(self, folder: Path, policy: str, *, wallet: bool = True) -> Json:
        folder.mkdir(exist_ok=True)
        settings = Settings(endpoints={"anvil": f"rpc:{self.market.node.url}"}, requests_per_second=1e6)
        tags = (self.tags(folder, wallet=wallet),)
        case = str(self.case(folder, policy))
        return trace_case(TraceRequest(case, folder / "out", tags=tags, settings=settings))


def launder(market: Market) -> Story:
    """Two thefts, swapped, wrapped, split, poisoned, and paid to a bridge and a mixer."""
    m, node, bank, moved = market, market.node, market.bank, {}
    loot, cash, weth = m.loot, m.cash, m.weth
    mixer, bridge, wallet, liar = (
        node.deploy(bank, creation(runtime)) for runtime in (mixer_of(cash), BRIDGE, WALLET, LIAR)
    )

    def gain(who: str, token: str, *args: Any) -> int:
        before = node.balance(who, token or None)
        m.send(*args)
        return node.balance(who, token or None) - before

    for who in (THIEF, SECOND, FOURTH):
        m.send(bank, who, ETHER)
    m.pay(loot, bank, SECOND, 5_000 * ETHER)
    thefts = {"token": m.pay(loot, bank, THIEF, 50_000 * ETHER)["transactionHash"]}
    thefts["eth"] = m.send(bank, THIEF, 40 * ETHER)["transactionHash"]
    m.allow(THIEF, loot, m.v2)
    m.allow(THIEF, loot, m.v3)
    m.allow(THIEF, cash, m.v3)
    m.allow(THIEF, cash, mixer)

    # Through v2 to ether, through v3 to the stable token.
    to_ether = "swapExactTokensForETH(uint256,uint256,address[],address,uint256)"
    m.send(THIEF, m.v2, 0, call(to_ether, 20_000 * ETHER, 0, [loot, weth], THIEF, NEVER))
    single = (loot, cash, uniswap.FEE, THIEF, NEVER, 10_000 * ETHER, 0, 0)
    moved["cash"] = gain(THIEF, cash, THIEF, m.v3, 0, call(f"exactInputSingle({SINGLE})", single))

    # Poison: nothing sent to an address like the one that is paid later, and a token that lies; before and after.
    for _ in range(2):
        m.send(bank, loot, 0, call("transferFrom(address,address,uint256)", THIEF, LOOKALIKE, 0))
        m.send(bank, liar, 0, "0x" + "".join(word(int(one, 16)) for one in (THIEF, LOOKALIKE)) + word(5_000 * ETHER))
        m.send(bank, liar, 0, "0x" + "".join(word(int(one, 16)) for one in (FIFTH, LOOKALIKE)) + word(7 * ETHER))
        m.pay(loot, THIEF, SECOND, 2_500 * ETHER)

    # The stable token: mixer, bridge, somebody whom the issuer blacklists, and a swap that pays another.
    for _ in range(3):
        m.send(THIEF, mixer, 0, "0x")
    m.pay(cash, THIEF, bridge, 500 * ETHER)
    m.pay(cash, THIEF, FIFTH, 1_000 * ETHER)
    single = (cash, weth, uniswap.FEE, THIRD, NEVER, 50 * ETHER, 0, 0)
    moved["third"] = gain(THIRD, weth, THIEF, m.v3, 0, call(f"exactInputSingle({SINGLE})", single))

    # A contract of the thief's own: it swaps, and pays on.
    def command(to: str, data: str) -> None:
        m.send(THIEF, wallet, 0, "0x" + word(int(to, 16)) + word(0) + data[2:])

    m.pay(loot, THIEF, wallet, 4_000 * ETHER)
    command(loot, call("approve(address,uint256)", m.v2, uniswap.ALL))
    exact = "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)"
    before = node.balance(wallet, cash)
    command(m.v2, call(exact, 3_000 * ETHER, 0, [loot, cash], wallet, NEVER))
    moved["wallet"] = node.balance(wallet, cash) - before
    command(cash, call("transfer(address,uint256)", SIXTH, 1_000 * ETHER))

    # Ether: wrapped, sent and unwrapped, split, and paid to the bridge; the second swaps what is mixed with his own.
    m.send(THIEF, weth, 6 * ETHER, call("deposit()"))
    m.pay(weth, THIEF, FOURTH, 4 * ETHER)
    m.send(FOURTH, weth, 0, call("withdraw(uint256)", 3 * ETHER))
    for number in range(3):
        m.send(THIEF, fresh(0xB1 + number), 5 * ETHER)
    m.send(THIEF, bridge, 7 * ETHER, "0x5e5e5e5e")
    m.allow(SECOND, loot, m.v2)
    m.send(SECOND, m.v2, 0, call(to_ether, 7_000 * ETHER, 0, [loot, weth], SECOND, NEVER))
    return Story(market, mixer, bridge, wallet, liar, thefts, moved)


@pytest.fixture(scope="module")
def story(market: Market) -> Story:
    return launder(market)


def token_of(row: Json) -> str:
    return NATIVE if row["asset"] == ANVIL.native.id else row["asset"].rpartition(":")[2]


def assert_no_more_than_the_node_knows(result: Json, market: Market) -> None:
    held: dict[tuple[str, str], int] = {}
    for row in result["dispositions"]:
        if row["kind"] in ("held", "contract", "frozen", "service"):
            key = row["address"], token_of(row)
            held[key] = held.get(key, 0) + int(row["amount"])
    assert len(held) > 10
    for (address, token), amount in held.items():
        assert amount <= market.node.balance(address, token or None), (address, token)


@pytest.mark.parametrize("policy", KEEPING)
def test_a_theft_is_traced_through_swaps_wraps_and_poison_to_the_last_wei(
    story: Story, tmp_path: Path, policy: str
) -> None:
    result = story.trace(tmp_path, policy)
    assert {row["difference"] for row in result["conservation"]} == {"0"}
    assert_no_more_than_the_node_knows(result, story.market)
    kinds = {(row["kind"], row["address"]) for row in result["dispositions"]}
    assert {("service", story.mixer), ("service", story.bridge), ("frozen", FIFTH), ("held", THIRD)} <= kinds
    assert {address for kind, address in kinds if kind in ("contract", "not-followed", "unavailable")} == set()
    if policy == "fifo":
        verify_case(tmp_path / "out")


def test_the_tokens_way_is_as_worked_out_by_hand(story: Story, tmp_path: Path) -> None:
    """First in, first out: all the stable token is of 10,000 stolen units, and each payment takes its floor of them."""
    result = story.trace(tmp_path, "fifo")
    m = story.market
    rest = [story.moved["cash"], 10_000 * ETHER]

    def spend(amount: int) -> int:
        origin = rest[1] * amount // rest[0]
        rest[:] = [rest[0] - amount, rest[1] - origin]
        return origin

    mixed = sum(spend(UNIT) for _ in range(3))
    bridged, frozen, swapped = spend(500 * ETHER), spend(1_000 * ETHER), spend(50 * ETHER)
    wallet = [story.moved["wallet"], 3_000 * ETHER]
    sixth = wallet[1] * 1_000 * ETHER // wallet[0]
    found: dict[tuple[str, str, str], tuple[int, int]] = {}
    for row in result["dispositions"]:
        if row["theft"] == "token":
            key = row["kind"], row["address"] or row["account"], token_of(row)
            before = found.get(key, (0, 0))
            found[key] = before[0] + int(row["amount"]), before[1] + int(row["origin_amount"])
    expected = {
        ("service", story.mixer, m.cash): (3 * UNIT, mixed),
        ("service", story.bridge, m.cash): (500 * ETHER, bridged),
        ("frozen", FIFTH, m.cash): (1_000 * ETHER, frozen),
        ("held", THIRD, m.weth): (story.moved["third"], swapped),
        ("held", THIEF, m.cash): (rest[0], rest[1]),
        ("held", THIEF, m.loot): (11_000 * ETHER, 11_000 * ETHER),
        ("held", story.wallet, m.loot): (1_000 * ETHER, 1_000 * ETHER),
        ("held", story.wallet, m.cash): (wallet[0] - 1_000 * ETHER, wallet[1] - sixth),
        ("held", SIXTH, m.cash): (1_000 * ETHER, sixth),
        ("held", SECOND, m.loot): (3_000 * ETHER, 3_000 * ETHER),  # its own 5,000 went first
    }
    assert {key: found.get(key) for key in expected} == expected

    # What was converted, by whom, to whom; nobody else's swaps are told.
    told = {(row["sender"], row["receiver"], row["tx"]) for row in result["conversions"]}
    assert {(sender, receiver) for sender, receiver, _ in told} == {
        (THIEF, THIEF),
        (THIEF, THIRD),
        (story.wallet, story.wallet),
        (SECOND, SECOND),
    }
    assert len(told) == 5

    # What never was money is noise, and nothing but noise.
    assert {(one["kind"], one["detail"]) for one in result["noise"]["entries"]} == {
        ("zero-value", f"imitates {SECOND}"),
        ("look-alike", f"imitates {SECOND}"),
    } | {("zero-value", "moves nothing")}
    elsewhere = {key: value for key, value in result.items() if key not in ("noise", "evidence")}
    assert story.liar not in str(elsewhere)
    assert LOOKALIKE not in str(elsewhere)


def test_a_contract_that_no_tag_calls_a_wallet_ends_the_trace(story: Story, tmp_path: Path) -> None:
    result = story.trace(tmp_path, "fifo", wallet=False)
    ended = [row for row in result["dispositions"] if row["address"] == story.wallet]
    assert [(row["kind"], row["amount"]) for row in ended] == [("contract", str(4_000 * ETHER))]
    assert {row["difference"] for row in result["conservation"]} == {"0"}
    assert SIXTH not in str(result["dispositions"])


def test_a_swap_that_a_reorganisation_takes_back_never_happened(story: Story, tmp_path: Path) -> None:
    m = story.market
    before = m.node.call("evm_snapshot")
    first = story.trace(tmp_path, "fifo")
    single = (m.cash, m.weth, uniswap.FEE, THIRD, NEVER, 100 * ETHER, 0, 0)
    swap = m.send(THIEF, m.v3, 0, call(f"exactInputSingle({SINGLE})", single))["transactionHash"]
    swapped = story.trace(tmp_path, "fifo")
    assert swap in {row["tx"] for row in swapped["conversions"]}
    m.node.call("evm_revert", before)
    m.node.call("evm_mine")
    m.node.call("evm_mine")
    again = story.trace(tmp_path, "fifo")
    for key in ("dispositions", "conversions", "conservation", "limitations"):
        assert again[key] == first[key], key
    verify_case(tmp_path / "out")
