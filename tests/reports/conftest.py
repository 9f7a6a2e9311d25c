"""A made-up theft with its result and its traced transfers, put together by hand so that every sum is known.

10,000 ETH and 1,500,000 USDC are stolen. The ether goes through six accounts to a mixer, to an exchange and, by an
asserted bridge, to Bitcoin; the dollars are partly frozen and partly swapped. Names and symbols are hostile.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pytest

ETHEREUM, BITCOIN = "eip155:1", "bip122:000000000019d6689c085ae165831e93"
ETH, BTC = f"{ETHEREUM}/slip44:60", f"{BITCOIN}/slip44:0"
USDC = f"{ETHEREUM}/erc20:0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
WEI, SAT, CENT = 10**18, 10**8, 10**6
ASSETS: dict[str, tuple[str, int]] = {ETH: ("ETH", 18), BTC: ("BTC", 8), USDC: ("USDC", 6)}
OWNER = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
"""The example address of BIP 173; here the owner of an output, so that a disposition names it and no transfer does."""
HOSTILE = "<script>alert(1)</script>"
TURNED = "USDT\u202egpj.exe"

Result = dict[str, Any]
Sample = tuple[Result, pa.Table]

COLUMNS = [
    "time",
    "chain",
    "height",
    "tx_index",
    "seq",
    "tx",
    "kind",
    "asset",
    "symbol",
    "decimals",
    "sender",
    "receiver",
    "sender_name",
    "receiver_name",
    "amount",
    "tainted",
    "origin_amount",
    "theft",
    "grade",
]
INTEGERS = {"height", "tx_index", "seq", "decimals"}


def eth(name: str) -> str:
    """A made-up Ethereum address."""
    return "0x" + sha256(name.encode()).hexdigest()[:40]


def eth_tx(name: str) -> str:
    """A made-up Ethereum transaction."""
    return "0x" + sha256(name.encode()).hexdigest()


def btc_tx(name: str) -> str:
    """A made-up Bitcoin transaction."""
    return sha256(name.encode()).hexdigest()


class World:
    """Writes down transfers and dispositions; computes nothing that the report computes."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.dispositions: list[dict[str, Any]] = []
        self.names: dict[str, str] = {}

    def move(self, tx: str, asset: str, sender: str, receiver: str, amount: int, **more: Any) -> dict[str, Any]:
        index = len(self.rows)
        symbol, decimals = ASSETS[asset]
        row = {
            "time": f"{datetime(2024, 3, 1) + timedelta(minutes=55 * index):%Y-%m-%dT%H:%M:%SZ}",
            "chain": asset.partition("/")[0],
            "height": 19_000_000 + index,
            "tx_index": 0,
            "seq": 0,
            "tx": tx,
            "kind": "native",
            "asset": asset,
            "symbol": symbol,
            "decimals": decimals,
            "sender": sender,
            "receiver": receiver,
            "sender_name": self.names.get(sender, ""),
            "receiver_name": self.names.get(receiver, ""),
            "amount": f"{amount}",
            "tainted": f"{amount}",
            "origin_amount": f"{amount}",
            "theft": "theft-1",
            "grade": "observed",
        } | {name: f"{value}" if name == "origin_amount" else value for name, value in more.items()}
        self.rows.append(row)
        return row

    def stand(self, kind: str, address: str | None, asset: str, amount: int, **more: Any) -> None:
        symbol, decimals = ASSETS[asset]
        theft = more.get("theft", "theft-1")
        origin_asset = ETH if theft == "theft-1" else USDC
        reached = [row for row in self.rows if row["receiver"] == address and row["theft"] == theft]
        last = reached[-1] if reached else None
        self.dispositions.append(
            {
                "kind": kind,
                "category": None,
                "entity": None,
                "label": None,
                "chain": asset.partition("/")[0],
                "address": address,
                "asset": asset,
                "symbol": symbol,
                "decimals": decimals,
                "amount": f"{amount}",
                "origin_amount": f"{more.pop('origin', amount)}",
                "origin_asset": origin_asset,
                "origin_symbol": ASSETS[origin_asset][0],
                "origin_decimals": ASSETS[origin_asset][1],
                "theft": theft,
                "grade": "observed",
                "hops": 3,
                "transfers": len(reached),
                "first_time": reached[0]["time"] if reached else None,
                "last_tx": last["tx"] if last else None,
                "last_time": last["time"] if last else None,
                "detail": None,
                "path": [*self.rows[:1], *reached[:2]],
            }
            | more
        )


def make_sample(deposits: int = 260) -> Sample:
    """The made-up theft with `deposits` equal payments into the mixer, together 6,500 ETH."""
    world = World()
    thief, pool, router = eth("thief"), eth("pool"), eth("swap")
    world.names = {pool: "Whirlpool Cash", eth("desk"): "Big Exchange", eth("hot"): HOSTILE}
    _ether(world, thief, pool, deposits)
    _bitcoin(world)
    _dollars(world, thief, router)
    return _result(world, thief), _table(world.rows)


def _ether(world: World, thief: str, pool: str, deposits: int) -> None:
    hands = [eth(f"hand {number}") for number in range(6)]
    shares = [1_625, 1_625, 1_625, 1_625, 1_999, 1_500]
    for number, (hand, share) in enumerate(zip(hands, shares, strict=True)):
        world.move(eth_tx(f"split {number}"), ETH, thief, hand, share * WEI)
    world.move(eth_tx("gas"), ETH, thief, "@fee", 1 * WEI, kind="fee")
    part, rest = divmod(6_500 * WEI, deposits)
    for number in range(deposits):
        hand, layer = hands[number % 4], eth(f"layer {number % 24}")
        amount = part + (rest if number == 0 else 0)
        world.move(eth_tx(f"layer {number}"), ETH, hand, layer, amount)
        world.move(eth_tx(f"deposit {number}"), ETH, layer, pool, amount)
    world.stand("service", pool, ETH, 6_500 * WEI, category="mixer", entity="Whirlpool Cash", transfers=deposits)
    world.move(eth_tx("cash out"), ETH, hands[4], eth("desk"), 1_499 * WEI)
    world.stand("service", eth("desk"), ETH, 1_499 * WEI, category="exchange", entity="Big Exchange")
    for number in range(5):
        world.move(eth_tx(f"rest {number}"), ETH, hands[4], eth(f"rest {number}"), 100 * WEI - number)
        world.stand("held", eth(f"rest {number}"), ETH, 100 * WEI - number, label=HOSTILE if number == 2 else None)
    world.move(eth_tx("odd"), ETH, hands[4], eth("odd"), 10)
    world.stand("contract", eth("odd"), ETH, 10, detail="no rule is known for this contract")
    world.stand("fee", "@fee", ETH, 1 * WEI)
    world.stand("held", hands[5], ETH, 1_000 * WEI)


def _bitcoin(world: World) -> None:
    arrive, spend = btc_tx("arrive"), btc_tx("spend")
    world.move(eth_tx("bridge"), ETH, eth("hand 5"), eth("bridge"), 500 * WEI)
    world.move(
        arrive, BTC, f"@tx:{arrive}", f"{arrive}:0", 30 * SAT, kind="output", origin_amount=500 * WEI, grade="asserted"
    )
    chain = {"origin_amount": 500 * WEI, "grade": "asserted"}
    world.move(spend, BTC, f"{arrive}:0", f"@tx:{spend}", 30 * SAT, kind="input", **chain)
    world.move(
        spend, BTC, f"@tx:{spend}", f"{spend}:0", 20 * SAT, kind="output", **chain | {"origin_amount": 333 * WEI}
    )
    world.move(
        spend, BTC, f"@tx:{spend}", f"{spend}:1", 10 * SAT, kind="output", **chain | {"origin_amount": 167 * WEI}
    )
    world.stand("held", f"{spend}:0", BTC, 20 * SAT, origin=333 * WEI, grade="asserted", hops=5)
    world.stand(
        "not-followed", OWNER, BTC, 10 * SAT, origin=167 * WEI, grade="asserted", last_tx=spend, detail="max_hops"
    )


def _dollars(world: World, thief: str, router: str) -> None:
    more = {"theft": "theft-2", "kind": "token"}
    world.move(eth_tx("freeze"), USDC, thief, eth("frozen"), 250_000 * CENT, **more)
    world.stand("frozen", eth("frozen"), USDC, 250_000 * CENT, theft="theft-2", entity="Dollar Issuer")
    world.move(eth_tx("swap"), USDC, thief, router, 1_250_000 * CENT, **more)
    swapped = {"theft": "theft-2", "grade": "asserted"}
    world.move(eth_tx("swap"), ETH, router, eth("proceeds"), 400 * WEI, origin_amount=1_250_000 * CENT, **swapped)
    world.move(eth_tx("hot"), ETH, eth("proceeds"), eth("hot"), 400 * WEI, origin_amount=1_250_000 * CENT, **swapped)
    world.stand(
        "service", eth("hot"), ETH, 400 * WEI, origin=1_250_000 * CENT, category="exchange", entity=HOSTILE, **swapped
    )


def _result(world: World, thief: str) -> Result:
    return {
        "schema": "clew-result/1",
        "engine": "0.1.0",
        "case": "sample-2024",
        "title": "Sample bridge theft",
        "policy": "fifo",
        "result_sha256": sha256(b"sample").hexdigest(),
        "as_of": "2024-06-01T00:00:00Z",
        "sources": ["https://example.org/statement", "javascript:alert(1)"],
        "note": "Made up for this test.",
        "bounds": {
            "max_addresses": 500,
            "min_amount": {ETH: f"{WEI // 100}"},
            "max_hops": 5,
            "until": None,
            "max_transfers": 20_000,
        },
        "stolen": [
            {"theft": "theft-1", "asset": ETH, "symbol": "ETH", "decimals": 18, "amount": f"{10_000 * WEI}"}
            | {"tx": eth_tx("theft"), "to": thief, "time": "2024-02-29T13:29:09Z", "grade": "asserted"},
            {"theft": "theft-2", "asset": USDC, "symbol": "USDC", "decimals": 6, "amount": f"{1_500_000 * CENT}"}
            | {"tx": eth_tx("theft"), "to": thief, "time": "2024-02-29T13:29:09Z", "grade": "observed"},
        ],
        "conversions": [
            _conversion(USDC, 1_250_000 * CENT, thief, ETH, 400 * WEI, eth("proceeds"), eth_tx("swap"), eth_tx("swap")),
            _conversion(
                ETH,
                500 * WEI,
                eth("hand 5"),
                BTC,
                30 * SAT,
                f"{btc_tx('arrive')}:0",
                eth_tx("bridge"),
                btc_tx("arrive"),
            ),
        ],
        "dispositions": world.dispositions,
        "grades": [
            {"theft": "theft-1", "asset": ETH, "grade": "observed", "origin_amount": f"{9_500 * WEI}"},
            {"theft": "theft-1", "asset": ETH, "grade": "asserted", "origin_amount": f"{500 * WEI}"},
            {"theft": "theft-2", "asset": USDC, "grade": "observed", "origin_amount": f"{250_000 * CENT}"},
            {"theft": "theft-2", "asset": USDC, "grade": "asserted", "origin_amount": f"{1_250_000 * CENT}"},
        ],
        "conservation": [
            _closed("theft-1", ETH, "ETH", 18, 10_000 * WEI),
            _closed("theft-2", USDC, "USDC", 6, 1_500_000 * CENT),
        ],
        "worklist": [
            {"rank": 1, "kind": "service", "category": "exchange", "entity": "Big Exchange", "chain": ETHEREUM}
            | {"address": eth("desk"), "asset": ETH, "symbol": "ETH", "decimals": 18, "amount": f"{1_499 * WEI}"}
            | {"origin_amount": f"{1_499 * WEI}", "origin_asset": ETH, "theft": "theft-1"}
            | {"issuer": "Dollar Issuer", "freeze_status": "open"}
            | {"who": "Big Exchange (exchange): legal department", "action": "freeze request, then a court order"}
            | {"since": "2024-03-04T10:00:00Z"},
            {"rank": 2, "kind": "held", "category": None, "entity": None, "chain": BITCOIN}
            | {"address": f"{btc_tx('spend')}:0", "asset": BTC, "symbol": "BTC", "decimals": 8, "amount": f"{20 * SAT}"}
            | {"origin_amount": f"{333 * WEI}", "origin_asset": ETH, "theft": "theft-1"}
            | {"who": "nobody yet: watch the address", "action": "alert on movement", "since": "2024-03-04T10:00:00Z"},
        ],
        "noise": {
            "zero_value": 12,
            "entries": [
                _noise("look-alike", "ETH", 1, f"imitates {eth('hand 1')}"),
                _noise("fake-token", HOSTILE, 5_000_000, "calls itself a token of another contract"),
                _noise("fake-token", TURNED, 5_000_000, "中文 עברית"),
            ],
        },
        "compared": {
            "fifo": _compared(6_500, 1_499, 2_001),
            "haircut": _compared(6_400, 1_600, 2_000),
            "poison": [
                {
                    "kind": "service",
                    "category": "mixer",
                    "entity": "Whirlpool Cash",
                    "asset": ETH,
                    "origin_amount": None,
                }
            ],
        },
        "mixers": _mixers(),
        "limitations": [
            {"code": "truncated-history", "chain": ETHEREUM, "address": eth("hand 3"), "amount": None}
            | {"asset": None, "detail": "10,000 rows, the window of the explorer"},
            {"code": "unobserved-inflow", "chain": ETHEREUM, "address": eth("hand 4"), "amount": f"{3 * WEI}"}
            | {"asset": ETH, "detail": "paid out more than it was seen to receive"},
        ],
        "accounts": {"loaded": 72, "stopped": 9, "unavailable": 5},
        "transfers": len(world.rows),
        "evidence": [
            {"sha256": sha256(f"{n}".encode()).hexdigest(), "format": "etherscan/txlist", "chain": ETHEREUM}
            | {"query": {"module": "account", "address": eth(f"hand {n}")}, "fetched": "1717200000.6215777"}
            for n in range(20)
        ],
    }


def _mixers() -> Result:
    """Three notes, one of them without a name, and two leads with their odds."""
    notes = [{"commitment": "0x1", "leaf": 7}, {"commitment": "0x2", "leaf": None}, {"commitment": None, "leaf": None}]
    pool = {"chain": ETHEREUM, "pool": "100 ETH", "address": eth("pool"), "deposits": 31_497, "withdrawals": 30_498}
    pool |= {"deposits_of_interest": 1, "depositors": 1, "leaves": [7, 7], "withdrawals_since": 8_671}
    pool |= {"candidates": {"least": 8, "median": 20, "greatest": 31_497}}
    pool |= {"by_order_alone": {"expected_of_interest": 12.4, "least": 0.0, "greatest": 0.4}}
    rules = [
        {"chain": ETHEREUM, "pool": "100 ETH", "rule": "address-reuse", "status": "proposes", "why": ""},
        {"chain": ETHEREUM, "pool": "100 ETH", "rule": "linked-address", "status": "no-match"}
        | {"why": "no withdrawal matches"},
        {"chain": ETHEREUM, "pool": "all", "rule": "timing", "status": "cannot-run", "why": HOSTILE},
    ]
    lead = {"chain": ETHEREUM, "pool": "100 ETH", "tx": eth_tx("paid"), "block": 19_000_500, "candidates": 31_497}
    lead |= {"of_interest": 1, "proposed": 1, "recipient": eth("paid"), "label": HOSTILE}
    reused = {"rule": "address-reuse", "probability_of_any": 0.5612, "base_rate": 0.0041, "links": 9, "by_chance": 3.9}
    timed = {"rule": "timing", "probability_of_any": 0.87, "base_rate": 0.46, "links": None, "by_chance": None}
    measured: tuple[Result, Result] = {"calibrated_on": []}, {"calibrated_on": ["address-reuse"]}
    return {
        "deposits": notes,
        "pools": [pool],
        "rules": rules,
        "withdrawals": [lead | reused | measured[0], lead | timed | measured[1] | {"label": None}],
    }


def _conversion(
    asset_in: str, amount_in: int, sender: str, asset_out: str, amount_out: int, receiver: str, tx: str, tx_out: str
) -> Result:
    given, taken = ASSETS[asset_in], ASSETS[asset_out]
    return {
        "asset_in": asset_in,
        "symbol_in": given[0],
        "decimals_in": given[1],
        "amount_in": f"{amount_in}",
        "sender": sender,
        "asset_out": asset_out,
        "symbol_out": taken[0],
        "decimals_out": taken[1],
        "amount_out": f"{amount_out}",
        "receiver": receiver,
        "chain_in": asset_in.partition("/")[0],
        "chain_out": asset_out.partition("/")[0],
        "tx": tx,
        "tx_out": tx_out,
        "time": "2024-03-04T10:00:00Z",
        "grade": "asserted",
        "note": "stated by the investigator",
    }


def _closed(theft: str, asset: str, symbol: str, decimals: int, amount: int) -> Result:
    line = {"theft": theft, "asset": asset, "symbol": symbol, "decimals": decimals}
    return line | {"stolen": f"{amount}", "accounted": f"{amount}", "difference": "0"}


def _noise(kind: str, symbol: str, amount: int, detail: str) -> Result:
    place = {"kind": kind, "chain": ETHEREUM, "tx": eth_tx(symbol), "time": "2024-03-02T11:11:11Z", "asset": ETH}
    return place | {
        "sender": eth("liar"),
        "receiver": eth("hand 1"),
        "symbol": symbol,
        "amount": f"{amount}",
        "detail": detail,
    }


def _compared(mixer: int, exchange: int, held: int) -> list[Result]:
    lines = [("service", "mixer", "Whirlpool Cash", mixer), ("service", "exchange", "Big Exchange", exchange)]
    lines.append(("held", "", "", held))
    return [
        {"kind": kind, "category": category, "entity": entity, "asset": ETH, "origin_amount": f"{amount * WEI}"}
        for kind, category, entity, amount in lines
    ]


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    schema = pa.schema([(name, pa.int64() if name in INTEGERS else pa.string()) for name in COLUMNS])
    return pa.Table.from_pylist(rows, schema=schema)


@pytest.fixture(scope="session")
def sample() -> Sample:
    """About 540 transfers with everything a report can show."""
    return make_sample()


@pytest.fixture(scope="session")
def make() -> Callable[[int], Sample]:
    """The made-up theft with a given number of mixer deposits."""
    return make_sample


@pytest.fixture(scope="session")
def nothing() -> Sample:
    """A case in which nothing could be traced."""
    result, _ = make_sample(1)
    empty: Result = {
        name: [] for name in ("dispositions", "conversions", "grades", "worklist", "limitations", "evidence")
    }
    lines = [line | {"accounted": "0", "difference": line["stolen"]} for line in result["conservation"]]
    empty |= {"noise": {"zero_value": 0, "entries": []}, "compared": {}, "conservation": lines, "transfers": 0}
    return result | empty, _table([])
