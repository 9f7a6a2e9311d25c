"""The report as a PDF (A4, PDF/A-2a), set by typst from the package's own template and its embedded fonts.

Facts reach the template as JSON, so that no text from data is ever read as markup.
"""

import json
import re
from dataclasses import fields, is_dataclass
from importlib.resources import files

from clew.errors import RunError
from clew.reports.drawing import TONES, draw_flow, draw_timeline
from clew.reports.facts import Facts

_MISSING = re.compile(
    "[^ -~\u00a0-\u00ac\u00ae-\u01c3\u1e00-\u1e99\u1ea0-\u1ef9"  # Latin, with Vietnamese
    "\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce\u0400-\u045f\u0490\u0491"  # Greek, Cyrillic
    "\u2010-\u2022\u2026\u2030\u2032\u2033\u2039\u203a\u20ab\u20ac\u20b1\u2116\u2122"
    "\u2190-\u2195\u2212\u2248\u2260\u2264\u2265]"
)
"""A character that one of the embedded fonts (Libertinus Serif, DejaVu Sans Mono) may not draw."""


def render_pdf(facts: Facts) -> bytes:
    """The report as PDF, the same bytes for the same facts; RunError where typst refuses it.

    A character that the embedded fonts may lack is written as its code point (``[U+4E2D]``). The document's date is the
    date of the data, never the clock's.
    """
    import typst

    data = {
        "facts": _plain(facts),
        "flows": [printable(draw_flow(flow)) for flow in facts.flows],
        "timelines": [printable(draw_timeline(timeline)) for timeline in facts.timelines],
        "tones": TONES,
    }
    template = files("clew.reports").joinpath("templates", "report.typ").read_bytes()
    compiler = typst.Compiler(template, ignore_system_fonts=True, sys_inputs={"data": json.dumps(data)})
    try:
        document = compiler.compile(format="pdf", pdf_standards="a-2a", timestamp=facts.as_of_seconds)
    except typst.TypstError as error:
        raise RunError(f"the PDF could not be set: {error.message}", where="report.pdf") from error
    assert isinstance(document, bytes)  # noqa: S101  (one document, not one per page)
    return document


def printable(text: str) -> str:
    """`text` with every character the embedded fonts lack written as its code point."""
    return _MISSING.sub(lambda match: f"[U+{ord(match[0]):04X}]", text)


def _plain(value: object) -> object:
    """Facts as JSON holds them; integers as text, because JSON readers may read large ones as floats."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value}"
    return value
