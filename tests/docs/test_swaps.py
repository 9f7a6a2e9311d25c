"""docs/swaps.md: its table is what the families' files hold."""

from tests.docs.pages import DOCS, rows, section

from clew.protocols.swaps import RULES
from clew.protocols.swaps.event import Event, events

PAGE = DOCS / "swaps.md"
WORDS = {
    "two-sided": "pool",
    "signed": "pool",
    "signed-caller": "pool",
    "numbered": "pool",
    "request": "request",
    "placement": "request",
    "claim": "claim",
    "share": "share",
    "silent": "silent",
}


def word(event: Event) -> str:
    if event.rule == "named":
        return "pool" if "pool" in event.names else "router"
    return WORDS[event.rule]


def test_the_table_is_what_is_read() -> None:
    held: dict[str, tuple[set[str], set[str]]] = {}
    for event in events().values():
        forks, said = held.setdefault(event.protocol, (set(), set()))
        forks |= set(event.forks)
        said.add(f"`{event.signature.partition('(')[0]}`: {word(event)}")
    table = rows(section(PAGE, "What is read"))
    assert {cells[0]: (set(cells[1].split(", ")) - {"-"}, set(cells[2].split(", "))) for cells in table} == held


def test_every_rule_has_a_word() -> None:
    assert set(WORDS) | {"named"} == set(RULES) | {"placement"}
