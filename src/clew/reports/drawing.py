"""The pictures as SVG, the same for HTML and PDF, and the template environment both reports share.

Colours stand in the SVG as attributes, so that the PDF needs no style sheet; the HTML's style sheet overrides them,
which gives it a dark form.
"""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from clew.reports.flow import Flow
from clew.reports.timeline import Timeline

TONES: dict[str, str] = {
    "theft": "#b42318",
    "account": "#8a97a8",
    "conversion": "#b7791f",
    "held": "#2463c4",
    "mixer": "#7a3ea8",
    "exchange": "#d9730d",
    "bridge": "#0e8a83",
    "service": "#a8457a",
    "suspected-service": "#b8759a",
    "frozen": "#2f855a",
    "burned": "#6b4a3a",
    "fee": "#9a8c5a",
    "contract": "#4a5b7c",
    "not-followed": "#737b87",
    "unavailable": "#a3a9b3",
    "other": "#737b87",
}
"""Colour class -> colour on white paper. Every place a colour is used has its words beside it."""


@cache
def environment() -> Environment:
    """Templates of this folder; everything put into them is escaped."""
    env = Environment(
        loader=PackageLoader("clew.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals["tones"] = TONES
    return env


def draw_flow(flow: Flow) -> str:
    """The flow picture as a whole SVG document."""
    return environment().get_template("flow.svg").render(flow=flow, id="flow")


def draw_timeline(timeline: Timeline) -> str:
    """The timeline as a whole SVG document."""
    return environment().get_template("timeline.svg").render(timeline=timeline, id="timeline")
