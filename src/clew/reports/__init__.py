"""Reports of a trace: one set of facts, gathered and formatted once, rendered as HTML and as PDF.

A renderer takes the Facts and gives bytes, the same bytes for the same facts. To add one, write a module with
``render_<name>(facts) -> bytes`` and add a line to RENDERERS; ``tests/reports/test_renderers.py`` then tries it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, cast

from clew.errors import InputError

if TYPE_CHECKING:
    from clew.reports.facts import Facts

RENDERERS: dict[str, str] = {
    "html": "html:render_html",
    "pdf": "pdf:render_pdf",
}
"""Report format -> ``module:function`` in this folder; a module loads when its format is first wanted."""


def render(name: str, facts: Facts) -> bytes:
    """The report in the format `name`; InputError names the known formats."""
    target = RENDERERS.get(name)
    if target is None:
        raise InputError(f"unknown report format {name!r}", mend=f"known: {', '.join(RENDERERS)}")
    module, _, function = target.partition(":")
    renderer = cast("Callable[[Facts], bytes]", getattr(import_module(f"clew.reports.{module}"), function))
    return renderer(facts)
