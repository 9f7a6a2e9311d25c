"""Real runs for the pages to be held to: a simulated theft, traced in several ways."""

import gzip
from pathlib import Path
from typing import Any

import orjson
import pytest

from clew.service.trace import TraceRequest, trace_case
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
