"""Real runs for the pages to be held to: a simulated theft, traced in several ways."""

import gzip
from pathlib import Path
from typing import Any

import orjson
import pytest

from clew.service.lists import UpdateRequest, update_lists
from clew.service.trace import TraceRequest, trace_case
from clew.settings import Settings
from clew.simulate import simulate_theft


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a simulated theft."""
    folder = tmp_path_factory.mktemp("world")
    simulate_theft(1, folder)
    return folder


@pytest.fixture(scope="session")
def traced(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the traced theft, under every policy."""
    folder = tmp_path_factory.mktemp("traced") / "case"
    case, replies = str(world / "case.toml"), world / "replies.jsonl.gz"
    trace_case(TraceRequest(case=case, out=folder, policy="all", recorded=replies, offline=True))
    return folder


@pytest.fixture(scope="session")
def mixed(world: Path, traced: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The result with the events of the mixer's pool, of which a note was paid out to a depositor, who is listed."""
    folder = tmp_path_factory.mktemp("mixed")
    notes = orjson.loads((traced / "result.json").read_bytes())["mixers"]["deposits"]
    rows: list[dict[str, Any]] = [
        {"blockNumber": 100 + n, "transactionHash": note["tx"], "timestamp": n, "commitment": f"0x{n + 1:064x}"}
        | {"leafIndex": n, "pool": note["pool"]}
        for n, note in enumerate(notes)
    ]
    for n, to in enumerate([notes[0]["depositor"], *(f"0x{0x9000 + n:040x}" for n in range(20))]):
        place = {"blockNumber": 200 + n, "transactionHash": f"0x{0x8000 + n:064x}", "pool": notes[0]["pool"]}
        rows.append(place | {"nullifierHash": f"0x{0x7000 + n:064x}", "to": to, "fee": 0})
    (folder / "events.json").write_bytes(orjson.dumps(rows))
    (folder / "own.csv").write_text(f"address,holder\n{notes[0]['depositor']},A\n", encoding="utf-8")
    update_lists(UpdateRequest(Settings(), ("own",), (folder / "own.csv",), folder / "lists", "2025-06-02"))
    request = TraceRequest(
        case=str(world / "case.toml"),
        out=folder / "case",
        recorded=world / "replies.jsonl.gz",
        offline=True,
        pool_events=(folder / "events.json",),
        store=folder / "lists",
    )
    return trace_case(request)


@pytest.fixture(scope="session")
def blind(world: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The result where the replies lack token transfers, and the walk is bounded: with limitations."""
    folder = tmp_path_factory.mktemp("blind")
    lines = gzip.decompress((world / "replies.jsonl.gz").read_bytes()).splitlines()
    kept = [line for line in lines if orjson.loads(line)["format"] != "etherscan/tokentx"]
    (folder / "replies.jsonl").write_bytes(b"\n".join(kept))
    request = TraceRequest(
        case=str(world / "case.toml"),
        out=folder / "case",
        recorded=folder / "replies.jsonl",
        offline=True,
        min_amount=("5 ETH",),
    )
    return trace_case(request)
