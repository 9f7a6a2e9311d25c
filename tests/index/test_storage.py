"""An index on disk: a torn or foreign file is refused, with what to do about it."""

import json
from pathlib import Path

import pytest
from tests.index.ledgers import Rows

from clew.errors import InputError, RunError, VerificationError
from clew.index import Index, build_index
from clew.index.segment import SHAPES
from clew.index.storage import MANIFEST

LEDGER = [(i % 5, (i * i + 1) % 700, i + 2**64 * (i % 3 == 0)) for i in range(100)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    build_index(tmp_path, Rows(LEDGER), memory=1 << 30)
    return tmp_path


@pytest.mark.parametrize("name", sorted(set(SHAPES) - {"busy"}))
def test_a_file_cut_short_or_gone_is_refused_and_one_that_was_changed_is_found(folder: Path, name: str) -> None:
    path = folder / Index.open(folder).manifest.segments[0].folder / name
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(VerificationError, match=f"{name}: a file of the index is not what was written"):
        Index.open(folder).check()
    path.write_bytes(whole[:-1])
    with pytest.raises(VerificationError, match=f"{name}: .* torn or not there .*build the index again"):
        Index.open(folder)
    path.unlink()
    with pytest.raises(VerificationError, match="torn or not there"):
        Index.open(folder)


def test_a_manifest_that_was_changed_is_refused(folder: Path) -> None:
    path = folder / MANIFEST
    text = path.read_text(encoding="utf-8")
    for other, what in (
        (text[:-20], "cannot be read"),
        (text.replace('"transfers": 100', '"transfers": 99'), "not what was written"),
        ("[]", "cannot be read"),
        ("{}", "cannot be read"),
    ):
        path.write_text(other, encoding="utf-8")
        with pytest.raises(VerificationError, match=what):
            Index.open(folder)


def test_another_format_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clew.index.storage.FORMAT", 2)
    with pytest.raises(VerificationError, match="format 1, not 2"):
        Index.open(folder)


def test_where_there_is_no_index_it_says_how_to_build_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="clew index build"):
        Index.open(tmp_path)


def test_the_same_ledger_gives_the_same_bytes(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    build_index(other, Rows(LEDGER), memory=1 << 30)
    assert (folder / MANIFEST).read_bytes() == (other / MANIFEST).read_bytes()
    said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    assert set(said["segments"][0]["files"]) == set(SHAPES)


def test_two_builders_do_not_write_one_index(folder: Path) -> None:
    more = Rows([*LEDGER, (1, 2, 3)])

    class Second(Rows):
        """While it is read, another build of the same index begins."""

        def new_names(self) -> list[str]:
            build_index(folder, more, memory=1 << 30)
            return []

    with pytest.raises(RunError, match="another process builds"):
        build_index(folder, Second(more.rows), memory=1 << 30)
