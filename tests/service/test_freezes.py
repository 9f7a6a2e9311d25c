"""Balances that an issuer holds fast: asked of its own events, on Ethereum and TRON, as of the time of the answer."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import base58
import orjson
import pytest
from tests.service.worlds import address, event, history, line, listed, moved, row, time_of, topic, tx, word, write

from clew.service.trace import TraceRequest, trace_case
from clew.service.verify import verify_case

USDT, USDC = "0xdac17f958d2ee523a2206206994597c13d831ec7", "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
THIEF, VICTIM = address(0xA1), address(0xB2)
FREEZE, RELEASE = "AddedBlackList(address)", "RemovedBlackList(address)"
DESTROY = "DestroyedBlackFunds(address,uint256)"
UNIT = 10**6
Json = dict[str, Any]
Run = Callable[..., tuple[Json, Path]]


def case(symbol: str) -> str:
    return f"""
id = "frozen"
title = "Dollars"
policy = "fifo"
[[theft]]
chain = "ethereum"
tx = "{tx(1)}"
asset = "{symbol}"
amount = "500"
to = "{THIEF}"
"""


def tether(freezes: list[Json], releases: list[Json] | None = None, destroys: list[Json] | None = None) -> list[Json]:
    return [listed(USDT, FREEZE, freezes), listed(USDT, RELEASE, releases or []), listed(USDT, DESTROY, destroys or [])]


def unindexed(block: int, number: int, signature: str, more: str = "") -> Json:
    """As Tether's first contract writes it: all in the data."""
    return event(block, number, USDT, [topic(signature)], "0x" + word(THIEF) + more)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def trace(lines: list[Json], symbol: str = "USDT", **options: Any) -> tuple[Json, Path]:
        (tmp_path / "case.toml").write_text(case(symbol))
        token = USDT if symbol == "USDT" else USDC
        known = history(THIEF, [row(9, 9, THIEF, VICTIM, 0)], [moved(10, 1, token, VICTIM, THIEF, 500 * UNIT)])
        replies = write(tmp_path / "replies.jsonl", known + lines)
        out, text = tmp_path / "out", str(tmp_path / "case.toml")
        return trace_case(TraceRequest(case=text, out=out, recorded=replies, offline=True, **options)), out

    return trace


def dollars(result: Json) -> Json:
    (found,) = result["dispositions"]
    return dict(found)


def codes(result: Json) -> set[str]:
    return {limit["code"] for limit in result["limitations"]}


def test_a_balance_on_the_blacklist_is_frozen_and_the_list_is_evidence(run: Run) -> None:
    result, folder = run(tether([unindexed(20, 5, FREEZE)]))
    found = dollars(result)
    assert (found["kind"], found["entity"], found["origin_amount"]) == ("frozen", "Tether", str(500 * UNIT))
    assert tx(5) in found["detail"]
    assert "freeze-status-unknown" not in codes(result)
    assert result["worklist"] == [], "nobody has to be asked to freeze what is frozen"
    assert verify_case(folder)["result_sha256"] == result["result_sha256"]


def test_a_balance_that_is_on_no_list_can_still_be_frozen(run: Run) -> None:
    result, _ = run(tether([event(20, 5, USDT, [topic(FREEZE)], "0x" + word(VICTIM))]))
    assert dollars(result)["kind"] == "held"
    (task,) = result["worklist"]
    assert (task["issuer"], task["freeze_status"]) == ("Tether", "open")
    assert task["who"] == "Tether: issuer of USDT"
    assert "freeze-status-unknown" not in codes(result)


def test_without_the_lists_the_answer_says_that_it_does_not_know(run: Run) -> None:
    result, folder = run([])
    assert dollars(result)["kind"] == "held"
    (limit,) = [limit for limit in result["limitations"] if limit["code"] == "freeze-status-unknown"]
    assert (limit["address"], limit["asset"]) == (THIEF, f"eip155:1/erc20:{USDT}")
    assert result["worklist"][0]["freeze_status"] == "unknown"
    verify_case(folder)


def test_a_list_that_lacks_the_releases_settles_what_it_freezes_and_nothing_else(run: Run) -> None:
    result, _ = run([listed(USDT, FREEZE, [event(20, 5, USDT, [topic(FREEZE)], "0x" + word(VICTIM))])])
    assert "freeze-status-unknown" in codes(result)


@pytest.mark.parametrize(
    ("until", "kind"),
    [(None, "held"), (time_of(25), "frozen"), (time_of(15), "held"), (time_of(35), "held")],
)
def test_a_release_counts_from_its_time_on(run: Run, until: int | None, kind: str) -> None:
    lines = tether([unindexed(20, 5, FREEZE)], [unindexed(30, 6, RELEASE)])
    moment = None if until is None else datetime.fromtimestamp(until, UTC).isoformat()
    result, folder = run(lines, until=moment)
    assert dollars(result)["kind"] == kind
    verify_case(folder)


def test_what_was_destroyed_since_is_told(run: Run) -> None:
    lines = tether([unindexed(20, 5, FREEZE)], None, [unindexed(30, 6, DESTROY, word(2 * UNIT))])
    result, _ = run(lines)
    assert "2 destroyed since" in dollars(result)["detail"]


def test_circle_names_the_account_in_a_topic(run: Run) -> None:
    frozen = event(20, 5, USDC, [topic("Blacklisted(address)"), "0x" + word(THIEF)], "0x")
    lines = [listed(USDC, "Blacklisted(address)", [frozen]), listed(USDC, "UnBlacklisted(address)", [])]
    held, _ = run(lines, "USDC")
    assert (dollars(held)["kind"], dollars(held)["entity"]) == ("frozen", "Circle")


def test_circle_releases_too(run: Run) -> None:
    frozen = event(20, 5, USDC, [topic("Blacklisted(address)"), "0x" + word(THIEF)], "0x")
    released = event(30, 6, USDC, [topic("UnBlacklisted(address)"), "0x" + word(THIEF)], "0x")
    lines = [listed(USDC, "Blacklisted(address)", [frozen]), listed(USDC, "UnBlacklisted(address)", [released])]
    result, _ = run(lines, "USDC")
    assert dollars(result)["kind"] == "held"
    assert result["worklist"][0]["freeze_status"] == "open"


def test_only_the_tokens_own_contract_freezes(run: Run) -> None:
    liar = event(20, 5, address(0xE), [topic(FREEZE)], "0x" + word(THIEF))
    broken = event(21, 6, USDT, [topic(FREEZE)], "0x12")
    result, _ = run(tether([liar, broken]))
    assert dollars(result)["kind"] == "held"


def test_a_file_that_ends_before_the_release_does_not_outweigh_the_list(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    path.write_bytes(orjson.dumps({"result": [unindexed(20, 5, FREEZE)]}))
    told, _ = run([], tags=(path,))
    assert dollars(told)["kind"] == "frozen"
    assert "freeze-status-unknown" not in codes(told)
    released, _ = run(tether([unindexed(20, 5, FREEZE)], [unindexed(30, 6, RELEASE)]), tags=(path,))
    assert dollars(released)["kind"] == "held"


def test_a_file_of_events_is_read_as_of_the_time_of_the_answer(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    path.write_bytes(orjson.dumps({"result": [unindexed(20, 5, FREEZE), unindexed(30, 6, RELEASE)]}))
    now, _ = run([], tags=(path,))
    then, folder = run([], tags=(path,), until=datetime.fromtimestamp(time_of(25), UTC).isoformat())
    assert (dollars(now)["kind"], dollars(then)["kind"]) == ("held", "frozen")
    verify_case(folder)


# --- TRON

TRON = "tron:0x2b6653dc"
TRON_USDT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"


def tron(number: int) -> str:
    return base58.b58encode_check(b"\x41" + number.to_bytes(20)).decode()


def tron_event(name: str, height: int, number: int) -> Json:
    user = f"0x{0xA1:040x}"
    return {
        "block_number": height,
        "block_timestamp": 1_700_000_000_000 + 3000 * height,
        "contract_address": TRON_USDT,
        "event_index": 0,
        "event_name": name,
        "result": {"0": user, "_user": user},
        "result_type": {"_user": "address"},
        "transaction_id": f"{number:064x}",
    }


def tron_lines(freezes: list[Json], releases: list[Json]) -> list[Json]:
    who = tron(0xA1)
    transfer = {
        "transaction_id": f"{1:064x}",
        "token_info": {"symbol": "USDT", "address": TRON_USDT, "decimals": 6, "name": "Tether USD"},
        "block_timestamp": 1_700_000_000_000,
        "from": tron(0xB2),
        "to": who,
        "type": "Transfer",
        "value": str(500 * UNIT),
    }

    def page(path: str, rows: list[Json], **more: str) -> Json:
        form = {"transactions": "trongrid/transactions", "trc20": "trongrid/trc20", "events": "trongrid/events"}
        answer = {"success": True, "data": rows, "meta": {"page_size": len(rows)}}
        return line(form[path.rpartition("/")[2]], {"path": path, **more}, answer, TRON)

    accounts, events = f"/v1/accounts/{who}/transactions", f"/v1/contracts/{TRON_USDT}/events"
    return [
        page(accounts, []),
        page(f"{accounts}/trc20", [transfer]),
        page(events, freezes, event_name="AddedBlackList"),
        page(events, releases, event_name="RemovedBlackList"),
        page(events, [], event_name="DestroyedBlackFunds"),
    ]


@pytest.mark.parametrize(("released", "kind"), [(False, "frozen"), (True, "held")])
def test_tether_freezes_on_tron_by_events_that_trongrid_names(tmp_path: Path, released: bool, kind: str) -> None:
    releases = [tron_event("RemovedBlackList", 9, 6)] if released else []
    replies = write(tmp_path / "replies.jsonl", tron_lines([tron_event("AddedBlackList", 7, 5)], releases))
    text = case("USDT").replace('"ethereum"', '"tron"').replace(tx(1), f"{1:064x}").replace(THIEF, tron(0xA1))
    (tmp_path / "case.toml").write_text(text)
    request = TraceRequest(case=str(tmp_path / "case.toml"), out=tmp_path / "out", recorded=replies, offline=True)
    result = trace_case(request)
    found = dollars(result)
    assert (found["kind"], found["asset"]) == (kind, f"{TRON}/trc20:{TRON_USDT}")
    assert "freeze-status-unknown" not in codes(result)
    verify_case(tmp_path / "out")
