"""The PDF report: archivable, dated by its data, deaf to hostile text, and as complete as the HTML."""

import shutil
import subprocess
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.conftest import absent

from clew.reports.facts import Facts, gather_facts
from clew.reports.pdf import printable, render_pdf

Sample = tuple[dict[str, Any], Any]


@pytest.fixture(scope="module")
def facts(sample: Sample) -> Facts:
    return gather_facts(*sample)


@pytest.fixture(scope="module")
def text(facts: Facts) -> str:
    return words_of(render_pdf(facts))


def words_of(document: bytes) -> str:
    """The document's text as another program reads it, spaces and breaks joined."""
    program = shutil.which("pdftotext")
    if program is None:
        absent("pdftotext (package poppler-utils) is not on the PATH")
    assert program is not None
    done = subprocess.run([program, "-raw", "-", "-"], input=document, capture_output=True, check=True, timeout=60)
    return " ".join(done.stdout.decode().split())


def test_it_is_an_archivable_pdf_dated_by_its_data(facts: Facts) -> None:
    document = render_pdf(facts)
    assert document.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>2</pdfaid:part>" in document
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in document
    assert b"D:20240601000000" in document


def test_every_character_it_lets_through_has_a_glyph(facts: Facts) -> None:
    # PDF/A refuses a document with a missing glyph, so that it compiles is the proof.
    kept = "".join(c for c in map(chr, range(0x20, 0x3000)) if unicodedata.category(c) != "Cs" and printable(c) == c)
    assert len(kept) > 700
    letters = " ".join(kept)
    flow = replace(facts.flows[0], blocks=(replace(facts.flows[0].blocks[0], label=letters),))
    assert render_pdf(replace(facts, title=letters, note=letters, sources=(letters,), flows=(flow,)))


def test_other_characters_are_written_as_code_points() -> None:
    assert printable("tether 中") == "tether [U+4E2D]"
    assert printable("\u202e\x00\U0001f600") == "[U+202E][U+0000][U+1F600]"


@pytest.mark.parametrize(
    "hostile",
    ['#panic("x")', '#read("/etc/passwd")', "*a _b `c $d", "= e", "</svg>&amp;", "\\u{41}", "@label <l>", "a" * 3_000],
)
def test_markup_in_data_stays_text(hostile: str, sample: Sample) -> None:
    entries = [entry | {"entity": hostile, "detail": hostile, "label": hostile} for entry in sample[0]["dispositions"]]
    document = render_pdf(gather_facts(sample[0] | {"dispositions": entries, "title": hostile}, sample[1]))
    assert " ".join(hostile.split())[:10] in words_of(document)


@pytest.mark.peer
def test_every_disposition_stands_in_it_with_its_exact_amount_and_full_address(text: str, sample: Sample) -> None:
    solid = text.replace(" ", "")
    for amount in (
        "6,500 ETH",
        "1,499 ETH",
        "99.999999999999999998 ETH",
        "0.00000000000000001 ETH",
        "333 ETH",
        "20 BTC",
    ):
        assert amount in text
    for entry in sample[0]["dispositions"]:
        assert entry["address"] == "@fee" or entry["address"] in solid


@pytest.mark.peer
def test_the_sums_shown_are_those_of_the_conservation_lines(text: str) -> None:
    assert "theft-1: stolen 10,000 ETH, accounted for 10,000 ETH, difference 0 ETH." in text
    assert "theft-2: stolen 1,500,000 USDC, accounted for 1,500,000 USDC, difference 0 USDC." in text
    assert "Sum 10,000" in text


@pytest.mark.peer
def test_every_page_has_its_number_the_case_and_the_result(text: str, facts: Facts) -> None:
    pages = text.count(f"Case {facts.case} · result SHA-256 {facts.sha256}")
    assert pages > 5
    assert all(f"Page {number} of {pages}" in text for number in range(1, pages + 1))


@pytest.mark.peer
def test_the_headers_of_long_tables_are_repeated(make: Callable[[int], Sample]) -> None:
    result, table = make(1)
    reply = result["evidence"][0]
    many = [reply | {"sha256": f"{number:064x}"} for number in range(300)]
    text = words_of(render_pdf(gather_facts(result | {"evidence": many}, table)))
    assert text.count("SHA-256, and reply") > 5
    assert all(reply["sha256"] in text for reply in many)
