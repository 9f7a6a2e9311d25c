"""Busy accounts: counted anew for what is new, as if all were counted."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.index.ledgers import indexed, ledgers

from clew.index import busy


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("indexes")


@settings(max_examples=30, derandomize=True)
@given(data=st.data())
def test_the_newest_segment_knows_every_busy_account_of_the_whole_index(folder: Path, data: st.DataObject) -> None:
    rows = data.draw(ledgers())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(busy, "BUSY", data.draw(st.integers(0, 9)))
        index = indexed(folder, rows, data)
        degree = Counter(account for sender, receiver, _ in rows for account in (sender, receiver))
        expected = [[account, count] for account, count in sorted(degree.items()) if count > busy.BUSY]
        assert index.segments[-1].busy.tolist() == expected
        assert busy.count_busy(index.segments, index.manifest.accounts).tolist() == expected
