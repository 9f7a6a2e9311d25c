"""A trace that ends in Tornado-like pools: its notes join the pools' events, and what is proposed moves nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.service.worlds import ETHER, address, event, history, listed, row, topic, tx, word, write

from clew.errors import InputError
from clew.links.mixers import pools
from clew.model import Grade, Reply
from clew.reports.facts import gather_facts
from clew.service.notes import Note, name_notes
from clew.service.trace import TraceRequest, trace_case
from clew.service.verify import verify_case
from clew.tracing.dispositions import Movement
from clew.tracing.journal import Account

THIEF, VICTIM, FRIEND = address(0xA1), address(0xB2), address(0xC3)
POOL, ROUTER = "0x47ce0c6ed5b0ce3d3a51fdb1c52dc66a7c3c2936", "0xd90e2f925da726b50c4ed8d0fb90ad053324f31b"
"""Tornado Cash's 1 ETH pool and its router on Ethereum."""
DEPOSIT, WITHDRAWAL = "Deposit(bytes32,uint32,uint256)", "Withdrawal(address,bytes32,address,uint256)"
NOTES = {1: 0x111, 2: 0x222, 3: 0x333}
"""Number of the transaction -> commitment."""
FIRST = 1000
"""Block of the theft; the notes follow ten blocks later."""
Json = dict[str, Any]
Run = Callable[..., tuple[Json, Path]]


def router_call(commitment: int) -> str:
    return "0x13d98d13" + word(POOL) + word(commitment) + word(96) + word(0)


def thief_rows() -> list[Json]:
    return [
        row(FIRST, 100, VICTIM, THIEF, 4 * ETHER),
        row(FIRST + 10, 1, THIEF, ROUTER, ETHER, router_call(NOTES[1])),
        row(FIRST + 11, 2, THIEF, ROUTER, ETHER, router_call(NOTES[2])),
        row(FIRST + 12, 3, THIEF, POOL, ETHER, "0xb214faa5" + word(NOTES[3])),
    ]


def deposited(block: int, number: int, commitment: int, leaf: int) -> Json:
    data = "0x" + word(leaf) + word(1_600_000_000)
    return event(block, number, POOL, [topic(DEPOSIT), "0x" + word(commitment)], data)


def withdrawn(block: int, number: int, to: str) -> Json:
    data = "0x" + word(to) + word(10**6 + number) + word(0)
    return event(block, number, POOL, [topic(WITHDRAWAL), "0x" + word(0)], data)


def pool_deposits() -> list[Json]:
    """Five of others, then the three of the thief."""
    others = [deposited(900 + leaf, 500 + leaf, 0xF00 + leaf, leaf) for leaf in range(5)]
    return others + [deposited(FIRST + 9 + n, n, NOTES[n], 4 + n) for n in NOTES]


def pool_withdrawals() -> list[Json]:
    """One to the thief himself, among thirty to strangers on the same day."""
    return [withdrawn(FIRST + 50 + n, 600 + n, THIEF if n == 7 else address(0x7000 + n)) for n in range(31)]


CASE = f"""
id = "mixed"
title = "Into a pool"
policy = "fifo"
[[theft]]
chain = "ethereum"
tx = "{tx(100)}"
asset = "ETH"
amount = "4"
to = "{THIEF}"
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def trace(lines: list[Json], **options: Any) -> tuple[Json, Path]:
        (tmp_path / "case.toml").write_text(CASE)
        replies = write(tmp_path / "replies.jsonl", history(THIEF, options.pop("rows", thief_rows())) + lines)
        out = tmp_path / "out"
        case = str(tmp_path / "case.toml")
        return trace_case(TraceRequest(case=case, out=out, recorded=replies, offline=True, **options)), out

    return trace


def events_of(deposits: list[Json], withdrawals: list[Json]) -> list[Json]:
    return [listed(POOL, DEPOSIT, deposits), listed(POOL, WITHDRAWAL, withdrawals)]


def test_every_note_joins_its_own_event_and_stays_at_the_mixer(run: Run) -> None:
    result, folder = run(events_of(pool_deposits(), pool_withdrawals()))
    found = [(d["tx"], d["pool"], d["commitment"], d["leaf"], d["known_by"]) for d in result["mixers"]["deposits"]]
    assert found == [(tx(n), "1 ETH", "0x" + word(NOTES[n]), 4 + n, "call") for n in NOTES]
    assert [d["origins"] for d in result["mixers"]["deposits"]] == [
        [{"theft": "theft-1", "origin_amount": str(ETHER)}]
    ] * 3
    at_mixer = [d for d in result["dispositions"] if d["category"] == "mixer"]
    assert sum(int(d["origin_amount"]) for d in at_mixer) == 3 * ETHER
    assert {d["kind"] for d in at_mixer} == {"service"}
    assert result["conservation"][0]["difference"] == "0"
    assert verify_case(folder)["result_sha256"] == result["result_sha256"], "the pool's events are evidence"
    assert sum(row["format"] == "etherscan/getLogs" for row in result["evidence"]) == 2


def test_a_withdrawal_to_the_depositor_is_a_lead_with_its_odds_and_no_more(run: Run) -> None:
    result, _ = run(events_of(pool_deposits(), pool_withdrawals()))
    (lead,) = [w for w in result["mixers"]["withdrawals"] if w["rule"] == "address-reuse"]
    assert (lead["recipient"], lead["tx"], lead["grade"]) == (THIEF, tx(607), "inferred")
    assert (lead["candidates"], lead["of_interest"], lead["proposed"]) == (8, 3, 3)
    assert (lead["links"], lead["by_chance"]) == (1, 0.0), "nobody else is paid to a depositor, however they are dealt"
    assert lead["probability"] == pytest.approx(1 / 3, abs=1e-6)
    assert lead["base_rate"] == pytest.approx(3 / 8, abs=0.02), "three of eight notes, some of them left already"
    assert lead["depositors"] == [THIEF]
    assert {d["grade"] for d in result["dispositions"]} == {"observed"}, "no lead is a link of the trace"
    assert {w["rule"] for w in result["mixers"]["withdrawals"]} == {"address-reuse", "timing"}


def test_without_events_the_notes_are_named_and_the_answer_says_what_is_missing(run: Run) -> None:
    result, folder = run([])
    assert [(d["commitment"], d["leaf"]) for d in result["mixers"]["deposits"]] == [
        ("0x" + word(NOTES[n]), None) for n in NOTES
    ]
    assert (result["mixers"]["pools"], result["mixers"]["withdrawals"]) == ([], [])
    (limit,) = [limit for limit in result["limitations"] if limit["code"] == "pool-events-missing"]
    assert limit["address"] == POOL
    assert "3 notes" in limit["detail"]
    assert "--pool-events" in limit["detail"]
    verify_case(folder)


def files_of(folder: Path, deposits: list[Json], withdrawals: list[Json]) -> tuple[Path, Path]:
    put = [
        {"blockNumber": int(e["blockNumber"], 16), "transactionHash": e["transactionHash"], "timestamp": "1600000000"}
        | {"commitment": e["topics"][1], "leafIndex": int(e["data"][2:66], 16), "pool": "1 ETH"}
        for e in deposits
    ]
    paid = [
        {"blockNumber": int(e["blockNumber"], 16), "transactionHash": e["transactionHash"], "fee": "0"}
        | {"nullifierHash": "0x" + e["data"][66:130], "to": "0x" + e["data"][26:66], "pool": "1 ETH"}
        for e in withdrawals
    ]
    (folder / "put.json").write_text(json.dumps(put))
    (folder / "paid.json").write_text(json.dumps(paid))
    return folder / "put.json", folder / "paid.json"


def test_events_of_files_say_the_same_and_are_kept_beside_the_case(run: Run, tmp_path: Path) -> None:
    asked, _ = run(events_of(pool_deposits(), pool_withdrawals()))
    given, folder = run([], pool_events=files_of(tmp_path, pool_deposits(), pool_withdrawals()))
    assert given["pool_event_files"] == ["1-put.json", "2-paid.json"]
    leads = [{name: w[name] for name in w if name != "label"} for w in given["mixers"]["withdrawals"]]
    assert leads == [{name: w[name] for name in w if name != "label"} for w in asked["mixers"]["withdrawals"]]
    (tmp_path / "put.json").unlink()
    assert verify_case(folder)["result_sha256"] == given["result_sha256"]


def test_a_wrong_file_of_events_ends_the_run_before_anything_is_asked(run: Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="leaf 0 occurs twice"):
        run([], pool_events=files_of(tmp_path, [*pool_deposits(), pool_deposits()[0]], pool_withdrawals()))


def test_a_note_beyond_the_last_event_is_said_to_be_without_one(run: Run) -> None:
    result, _ = run(events_of(pool_deposits()[:-1], pool_withdrawals()))
    assert [d["leaf"] for d in result["mixers"]["deposits"]] == [5, 6, None]
    (limit,) = [limit for limit in result["limitations"] if limit["code"] == "pool-events-missing"]
    assert "1 note of the 1 ETH pool" in limit["detail"]


def note_of(number: int) -> Note:
    """The payment of one note, as a trace holds it before anything names it."""
    asset = "eip155:1/slip44:60"
    ends = Account("eip155:1", THIEF, asset), Account("eip155:1", ROUTER, asset)
    place = number, "eip155:1", tx(number), 1_600_000_000, FIRST, 0, 0, "call"
    return Note(
        Movement(*place, *ends, ETHER, ETHER, ETHER, 0, Grade.OBSERVED), ETHER, {0: ETHER}, pools()["eip155:1", POOL]
    )


def test_a_receipt_names_the_leaf_and_outweighs_the_call() -> None:
    transaction = {"hash": tx(3), "to": ROUTER, "input": router_call(0x999)}
    receipt = {"status": "0x1", "transactionHash": tx(3), "logs": [deposited(FIRST, 3, NOTES[3], 7)]}
    body = {"transaction": {"result": transaction}, "receipt": {"result": receipt}, "block": None}
    shown = Reply("etherscan/transaction", "eip155:1", {"txhash": tx(3)}, "1", json.dumps(body).encode())
    (note,) = name_notes([note_of(3)], [shown, shown])
    assert (note.commitment, note.leaf, note.known_by) == ("0x" + word(NOTES[3]), 7, "event")


def test_an_event_of_a_contract_that_is_no_pool_names_nothing() -> None:
    fake = deposited(FIRST, 3, NOTES[3], 7) | {"address": FRIEND}
    receipt = {"result": {"status": "0x1", "transactionHash": tx(3), "logs": [fake]}}
    shown = Reply("etherscan/eth_getTransactionReceipt", "eip155:1", {}, "1", json.dumps(receipt).encode())
    (note,) = name_notes([note_of(3)], [shown])
    assert (note.commitment, note.leaf, note.known_by) == ("", None, "")


@pytest.mark.parametrize(
    "call",
    [
        "0x13d98d13",
        "0x13d98d13" + word(FRIEND) + word(1) + word(96) + word(0),
        "0x13d98d13" + word(POOL) + word(1) + word(2**255) + word(0),
        "0x13d98d13" + "ff" * 32 + word(1) + word(96) + word(0),
        "0xdeadbeef" + word(1),
    ],
)
def test_hostile_call_data_name_no_note(run: Run, call: str) -> None:
    rows = [*thief_rows()[:1], row(FIRST + 10, 1, THIEF, ROUTER, ETHER, call)]
    result, _ = run([], rows=rows)
    (note,) = result["mixers"]["deposits"]
    assert (note["commitment"], note["known_by"], note["pool"]) == (None, None, "1 ETH"), "the amount tells the pool"


def test_two_notes_that_claim_one_commitment_are_given_one_event(run: Run) -> None:
    rows = [*thief_rows()[:2], row(FIRST + 11, 2, THIEF, ROUTER, ETHER, router_call(NOTES[1]))]
    result, _ = run(events_of(pool_deposits(), pool_withdrawals()), rows=rows)
    assert [d["leaf"] for d in result["mixers"]["deposits"]] == [5, None]


@pytest.mark.parametrize(
    ("deposits", "words"),
    [
        ([*pool_deposits(), deposited(FIRST + 99, 9, 9, 0)], "contradict each other"),
        ([deposited(FIRST, 9, 9, 2**40)], "1 ETH pool"),
    ],
)
def test_events_that_lie_are_refused_not_believed(run: Run, deposits: list[Json], words: str) -> None:
    result, _ = run(events_of(deposits, pool_withdrawals()))
    assert result["mixers"]["withdrawals"] == []
    assert any(words in limit["detail"] for limit in result["limitations"])


def test_an_amount_of_no_pool_is_told_and_joins_nothing(run: Run) -> None:
    rows = [*thief_rows()[:1], row(FIRST + 10, 1, THIEF, ROUTER, 2 * ETHER, "0x")]
    result, _ = run([], rows=rows)
    (note,) = result["mixers"]["deposits"]
    assert (note["pool"], note["leaf"]) == (None, None)
    assert not [limit for limit in result["limitations"] if limit["code"] == "pool-events-missing"]


def test_a_case_without_a_mixer_has_an_empty_section(run: Run) -> None:
    result, _ = run([], rows=[*thief_rows()[:1], row(FIRST + 10, 1, THIEF, FRIEND, ETHER)])
    assert result["mixers"] == {"deposits": [], "pools": [], "rules": [], "withdrawals": []}


def test_the_report_tells_leads_apart_from_findings(run: Run) -> None:
    result, folder = run(events_of(pool_deposits(), pool_withdrawals()))
    mixers = gather_facts(result, pq.read_table(folder / "transfers.parquet")).mixers
    assert mixers.summary == "3 payments of this trace went into pools; 3 are joined to the pool's own event."
    assert (mixers.leads[0].rule, mixers.leads[0].probability) == ("address-reuse", "100 %")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Possible withdrawals: leads, not findings" in page


# --- the Ronin theft


@pytest.mark.data
@pytest.mark.slow
def test_every_note_of_the_ronin_theft_joins_its_event(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    request = TraceRequest(
        case="ronin-2022",
        out=tmp_path / "ronin",
        recorded=shared_data("ronin-2022"),
        offline=True,
        pool_events=(
            shared_data("tornado/deposits-eth-100-to-2023-04.json.zip"),
            shared_data("tornado/withdrawals-eth-100-to-2023-04.json.zip"),
        ),
    )
    result = trace_case(request)
    notes = result["mixers"]["deposits"]
    put = sum(int(d["origin_amount"]) for d in result["dispositions"] if d["category"] == "mixer")
    assert sum(int(o["origin_amount"]) for note in notes for o in note["origins"]) == put
    assert len(notes) == 1_667
    assert all(note["leaf"] is not None and note["known_by"] == "call" for note in notes)
    leaves = [note["leaf"] for note in notes]
    assert len(set(leaves)) == len(leaves)
    assert (min(leaves), leaves[0]) == (23_340, 23_340)
    (pool,) = result["mixers"]["pools"]
    assert (pool["withdrawals_impossible"], pool["withdrawals_since"]) == (21_827, 8_671)
    assert pool["candidates"] == {"least": 23_342, "median": 28_153, "greatest": 31_497}
    assert {rule["rule"]: rule["status"] for rule in result["mixers"]["rules"]} == {
        "address-reuse": "no-match",
        "linked-address": "no-match",
        "gas-price": "cannot-run",
        "portfolio": "cannot-run",
        "timing": "proposes",
    }
    for lead in result["mixers"]["withdrawals"]:
        assert 0 < lead["base_rate"] < lead["probability_of_any"] < 1
        assert lead["candidates"] > lead["of_interest"] > 0
        assert lead["calibrated_on"] == ["address-reuse"]
