"""XML lists: read record by record, without namespaces, and nothing hostile or broken gets through."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.errors import InputError
from clew.lists.xml_records import Records

WHOLE = b'<l:list xmlns:l="urn:any" when="2026"><l:row><name>a</name></l:row><l:row><name>b</name></l:row></l:list>'


def read(data: bytes, known: frozenset[str] = frozenset({"name"})) -> Records:
    return Records(data, root="list", records=frozenset({"row"}), known=known, where="list.xml")


def test_records_come_whole_with_local_names() -> None:
    records = read(WHOLE)
    assert [row.findtext("name") for row in records] == ["a", "b"]
    assert records.attributes["when"] == "2026"
    assert records.unknown == set()


def test_what_the_reader_does_not_know_is_named() -> None:
    records = read(WHOLE.replace(b"name", b"nom"))
    assert len(list(records)) == 2
    assert records.unknown == {"nom"}


def test_a_record_within_a_record_belongs_to_it() -> None:
    (row,) = read(b"<list><row><row><name>inner</name></row></row></list>")
    assert row.findtext("row/name") == "inner"


BOMB = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><list><row><name>&c;</name></row></list>"""
EXTERNAL = b'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/hostname">]><list><row><name>&x;</name></row></list>'


@pytest.mark.parametrize("data", [BOMB, EXTERNAL, b'<!DOCTYPE l SYSTEM "http://127.0.0.1/l.dtd"><list/>'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_dtd_is_refused_before_anything_is_expanded(data: bytes, encoding: str) -> None:
    with pytest.raises(InputError, match="DTD"):
        list(read(data.decode().encode(encoding)))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (WHOLE[:-1], "not whole XML"),
        (WHOLE[:60], "not whole XML"),
        (b"", "not XML"),
        (b"<html><body>busy</body></html>", "its root is <html>"),
        (b"<list>" + b"<name>" * 60 + b"</name>" * 60 + b"</list>", "nested more than"),
        (b"<list><row><name>&nothing;</name></row></list>", "not whole XML"),
        (b"\xff\xfe\x00", "not XML"),
        (b"<list><row>\x00</row></list>", "not whole XML"),
    ],
)
def test_a_broken_or_another_file_is_refused(data: bytes, what: str) -> None:
    with pytest.raises(InputError) as caught:
        list(read(data))
    assert what in caught.value.what
    assert caught.value.where == "list.xml"


@given(at=st.integers(0, len(WHOLE)), change=st.binary(max_size=4))
def test_no_damage_raises_anything_but_an_input_error(at: int, change: bytes) -> None:
    with contextlib.suppress(InputError):
        list(read(WHOLE[:at] + change + WHOLE[at + 1 :]))
