"""The HTML report in a real browser: what a reader sees, with and without the script, and that nothing is fetched."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.conftest import absent
from tests.peers.chromium import find_chromium, show

from clew.reports.facts import gather_facts
from clew.reports.html import render_html

pytestmark = pytest.mark.peer

PROBE = """<script>
const seen = (element) => {
  const box = element.getBoundingClientRect(), style = getComputedStyle(element);
  const size = {width: box.width, height: box.height};
  return {...size, shown: element.checkVisibility(), fill: style.fill, text: element.textContent};
};
const all = (selector) => [...document.querySelectorAll(selector)].map(seen);
document.title = JSON.stringify({
  headline: all("#headline"), flow: all("svg.flow"), blocks: all("svg.flow rect"), words: all("svg.flow text"),
  wide: document.documentElement.scrollWidth - innerWidth,
});
</script>"""
"""Measures the page; the policy of the report itself would not let it run, so the test takes the policy out."""


@pytest.fixture(scope="module")
def chromium() -> Path:
    program = find_chromium()
    if program is None:
        absent("chromium is not on the PATH")
    assert program is not None
    return program


@pytest.fixture(scope="module")
def page(sample: tuple[dict[str, Any], Any]) -> bytes:
    return render_html(gather_facts(*sample))


def measure(chromium: Path, page: bytes, folder: Path, *options: str) -> dict[str, Any]:
    """What the probe sees in the page."""
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.decode())
    file = folder / "probed.html"
    file.write_text(bare.replace("</body>", f"{PROBE}</body>"), encoding="utf-8")
    title = re.search(r"<title>(\{.*?\})</title>", show(chromium, file.as_uri(), *options), re.DOTALL)
    assert title, "the probe did not run"
    seen: dict[str, Any] = orjson.loads(title[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    return seen


@pytest.mark.parametrize("width", [1200, 500])
def test_headline_and_flow_are_seen(chromium: Path, page: bytes, tmp_path: Path, width: int) -> None:
    seen = measure(chromium, page, tmp_path, f"--window-size={width},900")
    (headline,) = seen["headline"]
    assert headline["shown"]
    assert headline["width"] > 300
    assert headline["text"].startswith("Of 10,000 ETH stolen, 6,500 ETH (65.00 %) reached Whirlpool Cash (mixer)")
    assert [flow["shown"] for flow in seen["flow"]] == [True, True]
    assert all(flow["width"] > 300 and flow["height"] > 100 for flow in seen["flow"])
    assert len(seen["blocks"]) > 15
    assert all(block["shown"] and block["width"] > 1 and block["height"] > 0.5 for block in seen["blocks"])
    assert "Whirlpool Cash" in [words["text"] for words in seen["words"]]
    assert seen["wide"] <= 0, "the page is wider than the window"


def test_dark_readers_get_other_colours(chromium: Path, page: bytes, tmp_path: Path) -> None:
    light = measure(chromium, page, tmp_path)
    dark = measure(chromium, page, tmp_path, "--blink-settings=preferredColorScheme=0")
    assert {b["fill"] for b in light["blocks"]}.isdisjoint({b["fill"] for b in dark["blocks"]})
    assert light["words"][0]["fill"] != dark["words"][0]["fill"]


def test_its_own_script_runs_under_its_policy_and_no_other_does(chromium: Path, page: bytes, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(page)
    assert '<button type="button">When' in show(chromium, file.as_uri())
    file.write_bytes(page.replace(b"</body>", b"<script>document.title = 'broken into'</script></body>"))
    assert "<title>broken into" not in show(chromium, file.as_uri())


def test_a_click_on_a_heading_sorts_amounts_of_any_size(chromium: Path, page: bytes, tmp_path: Path) -> None:
    cells = ["9", "1,000", "0.5", "0.45", "1,000.25", f"{2**255:,}", "0.000000000000000001"]
    rows = "".join(f'<tr><td data-v="{cell}">{cell}</td></tr>' for cell in cells)
    table = f'<table class="sortable"><thead><tr><th>Amount</th></tr></thead><tbody id="made">{rows}</tbody></table>'
    click = "<script>document.querySelector('.sortable button').click();</script></body>"
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.decode())
    file = tmp_path / "sorted.html"
    file.write_text(bare.replace("<main>", f"<main>{table}").replace("</body>", click), encoding="utf-8")
    body = show(chromium, file.as_uri()).partition('id="made">')[2].partition("</tbody>")[0]
    assert re.findall(r'data-v="([^"]+)"', body) == [cells[i] for i in (5, 4, 1, 0, 2, 3, 6)]


def test_the_browser_asks_for_the_page_and_nothing_else(chromium: Path, page: bytes) -> None:
    with serving(page) as (url, asked):
        assert "Whirlpool Cash" in show(chromium, url, "--virtual-time-budget=3000")
    assert asked == ["/report.html"]


@contextmanager
def serving(page: bytes) -> Iterator[tuple[str, list[str]]]:
    """The page on a port of 127.0.0.1, and the list of paths asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", f"{len(page)}")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/report.html", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
