"""Every decoder under hostile bytes: hypothesis with many small cases, atheris with its own where it is installed."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fuzz import seeds
from tests.fuzz.inputs import made_json
from tests.fuzz.targets import TARGETS

from clew.chains import decode
from clew.model import Reply

ROOT = Path(__file__).parents[2]
RUNS, SECONDS = 10_000, 6
"""Executions of atheris for each family here, and seconds at most; `make fuzz` runs each target for a minute."""
FAMILIES = sorted({name.partition(".")[0] for name in TARGETS})


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.binary(max_size=120))
def test_any_bytes_are_read_or_refused(name: str, data: bytes) -> None:
    TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_at_all_is_read_or_refused(name: str) -> None:
    for data in (b"", b"\0" * 64, b"\xff" * 64, bytes(range(256))):
        TARGETS[name](data)


def test_the_same_bytes_make_the_same_input() -> None:
    value = {"a": ["x", {"b": 1}], "c": "y"}
    made = {made_json(bytes([0, 0, 0, 0, 0, 1, 0, number, 0, 5, 0, 0, 0, number]), [value]) for number in range(99)}
    assert made_json(bytes(range(40)), [value]) == made_json(bytes(range(40)), [value])
    assert len(made) > 3
    assert value == {"a": ["x", {"b": 1}], "c": "y"}, "the good value is left as it is"


GOOD: dict[str, tuple[str, list[Any]]] = {
    "bitcoin/getblock": (seeds.BITCOIN, seeds.GETBLOCK),
    "esplora/tx": (seeds.BITCOIN, seeds.ESPLORA),
    "evm/block": ("eip155:1", seeds.EVM_BLOCK),
    "etherscan/txlist": ("eip155:1", seeds.TXLIST[:1]),
    "etherscan/tokentx": ("eip155:1", seeds.TOKENTX),
    "etherscan/transaction": ("eip155:1", seeds.TRANSACTION),
    "trongrid/transactions": ("tron:0x2b6653dc", seeds.TRON_TRANSACTIONS),
    "trongrid/trc20": ("tron:0x2b6653dc", seeds.TRON_TRC20),
    "trongrid/transactioninfo": ("tron:0x2b6653dc", seeds.TRON_INFO),
}


@pytest.mark.parametrize("form", GOOD)
def test_the_good_inputs_are_good_so_that_changes_reach_deep(form: str) -> None:
    chain, values = GOOD[form]
    for value in values:
        assert decode(Reply(form, chain, {}, "1", orjson.dumps(value))).transfers


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this Python")
@pytest.mark.parametrize("family", FAMILIES)
def test_atheris_finds_nothing_in_a_bounded_run(family: str, tmp_path: Path) -> None:
    bounds = [f"-runs={RUNS}", "-seed=1", f"-max_total_time={SECONDS}", f"-artifact_prefix={tmp_path}/", "-verbosity=0"]
    command = [sys.executable, "-m", "tests.fuzz.run", family, *bounds]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
