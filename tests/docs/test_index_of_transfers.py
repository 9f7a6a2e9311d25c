"""docs/index-of-transfers.md: every key of a trace and every file, no more and no fewer than there are."""

import re
from pathlib import Path

from tests.docs.pages import DOCS, named, prose, section
from tests.index.ledgers import Rows

from clew.index import build_index, building
from clew.index.busy import BUSY
from clew.index.segment import MOST, SHAPES
from clew.index.storage import NAMES
from clew.service.index import status, trace
from clew.tracing.policies import Policy

PAGE = DOCS / "index-of-transfers.md"


def test_every_key_of_a_status_is_described(tmp_path: Path) -> None:
    build_index(tmp_path, Rows([(0, 1, 5), (1, 2, 3)]), memory=1 << 30)
    text = section(PAGE, "Index of transfers").partition("\n## ")[0]
    found = status(tmp_path)
    assert named(text) == found.keys()
    assert {*found["segments"][0]} <= set(re.findall(r"`([^`]+)`", prose(PAGE)))


def test_every_key_of_a_trace_is_described(tmp_path: Path) -> None:
    build_index(tmp_path, Rows([(0, 1, 5), (1, 2, 3)]), memory=1 << 30)
    found = trace(tmp_path, ["1@0"], Policy.FIFO, most=100)
    text = section(PAGE, "A trace")
    assert named(text) == found.keys()
    inner = {*found["horizon"], *found["holdings"][0]}
    assert inner <= set(re.findall(r"`([^`]+)`", text))


def test_every_file_is_described() -> None:
    assert named(section(PAGE, "What is on disk")) == {*SHAPES, NAMES}


def test_the_numbers_are_those_of_the_code() -> None:
    text = prose(PAGE)
    plan = building.plan_build(10**6, 10**9)
    assert f"{plan.memory // 10**6} bytes a transfer where all is sorted at once" in text
    assert f"about {plan.disk // 10**6} bytes a transfer" in text
    assert f"or {building.plan_build(10**9, 10**11).disk // 10**9} while chunks are merged" in text
    assert f"up to {MOST:,} transfers" in text
    assert f"more than {BUSY:,} transfers" in text
    assert building.RATIO == 4
    assert "at most four times as large" in text
