"""Evidence is content-addressed, survives a kill and a full disk, and a changed byte of it is named."""

import errno
import gzip
import hashlib
import logging
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.errors import RunError, VerificationError
from clew.model import Reply
from clew.sources.archive import Archive

ETHEREUM = "eip155:1"


def reply(body: bytes = b'{"result": 1}', **query: str) -> Reply:
    return Reply("etherscan/txlist", ETHEREUM, query or {"address": "0xaa"}, "1700000000.000001", body)


def test_a_kept_reply_comes_back_as_it_was(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "evidence")
    digest = archive.put(reply())
    assert digest == hashlib.sha256(b'{"result": 1}').hexdigest()
    assert archive.get(reply()) == reply()
    assert archive.get(reply(address="0xbb")) is None
    assert list(Archive(tmp_path / "evidence")) == [reply()]


def test_what_was_fetched_twice_with_the_same_bytes_stands_as_of_the_first_time(tmp_path: Path) -> None:
    archive, later = Archive(tmp_path), replace(reply(), fetched="1800000000.0")
    assert archive.keep(reply()) == archive.keep(later) == reply()
    changed = replace(later, body=b"other")
    assert archive.keep(changed) == archive.get(reply()) == changed
    assert list(archive) == [reply(), changed]


def test_the_body_lies_under_its_own_sha256_as_plain_gzip(tmp_path: Path) -> None:
    digest = Archive(tmp_path).put(reply())
    file = tmp_path / digest[:2] / f"{digest}.gz"
    assert hashlib.sha256(gzip.decompress(file.read_bytes())).hexdigest() == digest
    assert file.read_bytes()[4:8] == bytes(4), "no time of packing, so that bytes repeat"


def test_the_same_replies_make_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        archive = Archive(tmp_path / name)
        archive.put(reply())
        archive.put(reply(b"other", address="0xbb"))
    one, two = (
        {file.relative_to(tmp_path / name): file.read_bytes() for file in (tmp_path / name).rglob("*.*")}
        for name in ("one", "two")
    )
    assert one == two
    assert len(one) == 3


def test_replies_come_back_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    replies = [reply(bytes([65 + n]), address=f"0x{n}") for n in (3, 1, 2)]
    for each in replies:
        archive.put(each)
    assert list(archive) == replies
    assert list(Archive(tmp_path)) == replies


def test_a_reply_is_kept_once(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    assert archive.put(reply()) == archive.put(reply())
    assert len(list(archive)) == 1


def test_of_two_replies_to_one_question_the_newer_answers(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.put(reply(b"old"))
    archive.put(reply(b"new"))
    newest = Archive(tmp_path).get(reply())
    assert newest is not None
    assert newest.body == b"new"


def test_a_torn_last_line_is_cut_off_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    archive = Archive(tmp_path)
    archive.put(reply())
    archive.put(reply(b"second", address="0xbb"))
    index = tmp_path / "index.jsonl"
    index.write_bytes(index.read_bytes()[:-20])
    with caplog.at_level(logging.WARNING):
        again = Archive(tmp_path)
    assert "breaks off" in caplog.text
    assert list(again) == [reply()]
    again.put(reply(b"second", address="0xbb"))
    assert Archive(tmp_path).verify() == []
    assert len(list(Archive(tmp_path))) == 2


def test_reading_alone_changes_no_byte(tmp_path: Path) -> None:
    Archive(tmp_path).put(reply())
    index = tmp_path / "index.jsonl"
    torn = index.read_bytes() + b'{"format": "eth'
    index.write_bytes(torn)
    faults = Archive(tmp_path, read_only=True).verify()
    assert index.read_bytes() == torn
    assert len(faults) == 1
    assert "line 2" in faults[0]


def test_opening_makes_no_folder(tmp_path: Path) -> None:
    assert list(Archive(tmp_path / "none")) == []
    assert not (tmp_path / "none").exists()


@given(st.data())
def test_any_changed_byte_of_a_body_is_named(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("evidence")
    digest = Archive(folder).put(reply(b'{"value": "173600000000000000000000"}'))
    file = folder / digest[:2] / f"{digest}.gz"
    packed = bytearray(file.read_bytes())
    place = data.draw(st.integers(0, len(packed) - 1))
    packed[place] ^= 1 << data.draw(st.integers(0, 2))
    file.write_bytes(packed)
    (fault,) = Archive(folder).verify()
    assert str(file) in fault
    with pytest.raises(VerificationError, match=digest):
        Archive(folder).get(reply())


def test_bytes_after_the_end_are_named(tmp_path: Path) -> None:
    digest = Archive(tmp_path).put(reply())
    file = tmp_path / digest[:2] / f"{digest}.gz"
    file.write_bytes(file.read_bytes() + b"\0")
    assert digest in Archive(tmp_path).verify()[0]


def test_a_body_under_another_name_is_named(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    first, second = archive.put(reply()), archive.put(reply(b"other", address="0xbb"))
    (tmp_path / first[:2] / f"{first}.gz").write_bytes((tmp_path / second[:2] / f"{second}.gz").read_bytes())
    (fault,) = archive.verify()
    assert first in fault


def test_a_missing_body_is_named(tmp_path: Path) -> None:
    digest = Archive(tmp_path).put(reply())
    (tmp_path / digest[:2] / f"{digest}.gz").unlink()
    (fault,) = Archive(tmp_path).verify()
    assert digest in fault
    assert "missing" in fault


@pytest.mark.parametrize(
    "line",
    [
        b"not json",
        b"{}",
        b"[]",
        b'{"format":"f","chain":"c","query":{"a":1},"fetched":"1","sha256":"' + b"0" * 64 + b'"}',
        b'{"format":"f","chain":"c","query":{},"fetched":"1","sha256":"../../etc"}',
    ],
)
def test_a_line_that_is_none_is_named(tmp_path: Path, line: bytes) -> None:
    Archive(tmp_path).put(reply())
    index = tmp_path / "index.jsonl"
    index.write_bytes(line + b"\n" + index.read_bytes())
    archive = Archive(tmp_path)
    assert archive.get(reply()) == reply(), "the other replies are still answers"
    assert "line 1" in archive.verify()[0]
    with pytest.raises(VerificationError, match="line 1"):
        list(archive)


@pytest.mark.parametrize("at_write", [1, 2], ids=["body", "index"])
def test_a_full_disk_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_write: int
) -> None:
    Archive(tmp_path).put(reply())
    archive, real, writes = Archive(tmp_path), os.write, [0]

    def full(descriptor: int, data: bytes) -> int:
        writes[0] += 1
        if writes[0] > at_write:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, data[:5] if writes[0] == at_write else data)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(RunError, match="disk is full") as caught:
        archive.put(reply(b"second reply", address="0xbb"))
    assert "make room" in caught.value.mend
    monkeypatch.undo()
    assert not list(tmp_path.rglob("*.part"))
    again = Archive(tmp_path)
    assert list(again) == [reply()]
    again.put(reply(b"second reply", address="0xbb"))
    assert again.verify() == []


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match="cannot write"):
        Archive(tmp_path / "file" / "evidence").put(reply())
