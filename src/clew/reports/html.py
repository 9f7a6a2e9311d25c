"""The report as one HTML file that asks for nothing: style, script and pictures stand inside it."""

import base64
import hashlib
from importlib.resources import files

from markupsafe import Markup

from clew.reports.drawing import environment
from clew.reports.facts import Facts


def render_html(facts: Facts) -> bytes:
    """The report as UTF-8 HTML; readable without the script, printable, the same bytes for the same facts.

    Its content security policy forbids every request and every script but its own.
    """
    script = _template("report.js")
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page = environment().get_template("report.html")
    # The style sheet and the script are this package's own files; nothing from data is ever marked safe.
    own = {"style": Markup(_template("report.css")), "script": Markup(script)}  # noqa: S704
    return page.render(facts=facts, allowed=allowed, **own).encode()


def _template(name: str) -> str:
    return files("clew.reports").joinpath("templates", name).read_text(encoding="utf-8")
