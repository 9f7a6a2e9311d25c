"""The page of bridges: its table is the registry's."""

from tests.docs.pages import DOCS, read

from clew.protocols.bridges.registry import families


def test_the_table_is_the_registrys() -> None:
    page = read(DOCS / "bridges.md").splitlines()
    start = page.index("| family | bridges | events read | what makes the id | what cannot be told |") + 2
    wanted = []
    for family in families().values():
        events = ", ".join(dict.fromkeys(f"`{event.signature.name}`" for event in family.events))
        bridges = " / ".join(dict.fromkeys(contract.bridge for contract in family.contracts))
        wanted.append(f"| `{family.name}` | {bridges} | {events} | {family.id} | {family.untold} |")
    assert page[start : start + len(wanted) + 1] == [*wanted, ""]
