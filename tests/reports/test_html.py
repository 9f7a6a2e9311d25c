"""The HTML report: whole, closed in itself, and deaf to hostile text."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

from clew.reports.facts import gather_facts
from clew.reports.html import render_html

Sample = tuple[dict[str, Any], Any]


class Page(HTMLParser):
    """Every start tag with its attributes, and the text outside style and script."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.styles: list[str] = []
        self.words: list[str] = []
        self._inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag in {"style", "script"}:
            self._inside.append(tag)
        if tag in {"td", "th"}:
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"style", "script"}:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        (self.styles if self._inside else self.words).append(data)

    @property
    def text(self) -> str:
        """What a reader sees, spaces joined."""
        return " ".join("".join(self.words).split())


def page_of(sample: Sample) -> Page:
    return Page(render_html(gather_facts(*sample)).decode())


def requests(page: Page) -> Iterator[str]:
    """Everything in the page that a browser would fetch by itself."""
    for tag, attributes in page.tags:
        for name in ("src", "srcset", "data", "poster", "action", "formaction", "background", "ping"):
            if name in attributes and not (tag == "p" and name == "data"):
                yield f"{tag} {name}={attributes[name]}"
        href = attributes.get("href", attributes.get("xlink:href", ""))
        if href and tag != "a" and href != "data:,":
            yield f"{tag} href={href}"
        yield from re.findall(r"url\(.*?\)|@import.*", attributes.get("style", ""))
    for style in page.styles:
        yield from re.findall(r"url\(.*?\)|@import.*|\bfetch\(|XMLHttpRequest|import\(", style)


def test_it_asks_for_nothing(sample: Sample) -> None:
    page = page_of(sample)
    assert list(requests(page)) == []
    policies = [a["content"] for t, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policies
    assert policies[0].startswith("default-src 'none'")


def test_its_only_links_are_anchors_to_explorers_and_sources_without_a_referrer(sample: Sample) -> None:
    links = [attributes for tag, attributes in page_of(sample).tags if tag == "a" and attributes["href"][0] != "#"]
    assert links
    assert {link["rel"] for link in links} == {"noreferrer"}
    assert all(link["href"].startswith("https://") for link in links)


def test_it_has_one_script_and_no_handler_in_attributes(sample: Sample) -> None:
    tags = page_of(sample).tags
    assert [tag for tag, _ in tags if tag == "script"] == ["script"]
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]


def test_hostile_names_are_shown_as_text(sample: Sample) -> None:
    page = page_of(sample)
    assert "<script>alert(1)</script>" in page.text
    assert "USDT[U+202E]gpj.exe" in page.text
    assert "\u202e" not in page.text


def test_every_disposition_stands_in_it_with_its_exact_amount_and_full_address(sample: Sample) -> None:
    text = page_of(sample).text
    for amount in ("6,500 ETH", "1,499 ETH", "99.999999999999999998 ETH", "0.00000000000000001 ETH", "20 BTC"):
        assert amount in text
    for entry in sample[0]["dispositions"]:
        assert entry["address"] == "@fee" or entry["address"] in text


def test_the_sums_shown_are_those_of_the_conservation_lines(sample: Sample) -> None:
    text = page_of(sample).text
    assert "theft-1: stolen 10,000 ETH, accounted for 10,000 ETH, difference 0 ETH" in text
    assert "Sum 10,000" in text
    assert "Sum 1,500,000" in text


def test_it_can_be_read_by_ear_and_by_keyboard(sample: Sample) -> None:
    page = page_of(sample)
    assert ("html", {"lang": "en"}) in page.tags
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.tags:
        if tag == "svg":
            assert set(attributes["aria-labelledby"].split()) <= set(ids)


def test_what_is_left_out_is_said(make: Callable[[int], Sample]) -> None:
    text = page_of(make(2_500)).text
    assert "The 150 largest of 5,023 traced transfers" in text
    assert "The 8 largest of 2500 transfers" in text


def test_a_case_in_which_nothing_was_traced_says_so(nothing: Sample) -> None:
    text = page_of(nothing).text
    assert "Nothing of the 10,000 ETH stolen could be followed." in text
    assert "Does not close" in text
