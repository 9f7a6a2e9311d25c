"""docs/tracing.md: the policies' definitions are the code's, and its worked figures come out."""

import re

import pytest
from tests.docs.pages import DOCS, read, rows, section
from tests.tracing.kernels import run_kernel
from tests.tracing.reference import Move

from clew.model import Grade
from clew.tracing.policies import DEFINITIONS, Policy
from clew.tracing.walk import _BATCH

PAGE = DOCS / "tracing.md"
COLUMNS = [Policy.HAIRCUT, Policy.FIFO, Policy.LIFO, Policy.DIRTY_FIRST, Policy.CLEAN_FIRST]
TABLE = rows(section(PAGE, "The same account under five rules"))


def test_policies_are_defined_as_in_the_code() -> None:
    intro = section(PAGE, "A policy is a rule of which units leave first").partition("\n###")[0]
    assert [(cells[0].strip("`"), *cells[1:]) for cells in rows(intro)] == [
        (str(policy), DEFINITIONS[policy].rule, DEFINITIONS[policy].standing) for policy in Policy
    ]


def stolen_in_spends(policy: Policy, deposits: str, spends: str) -> list[int]:
    """Deposits of account 0 to account 1, then spends to accounts 2, 3, ...: stolen units of each spend."""
    lots = [(text[0] == "T", int(text[1:])) for text in deposits.split()]
    paid = [int(text) for text in spends.split(",")]
    moves = [Move(0, 1, amount, ((1, amount),) if stolen else ()) for stolen, amount in lots]
    moves += [Move(1, 2 + number, amount) for number, amount in enumerate(paid)]
    held = run_kernel(policy, moves, width=128).held
    return [sum(units for units, _ in held.get(2 + number, {}).values()) for number in range(len(paid))]


@pytest.mark.parametrize("cells", TABLE, ids=lambda cells: f"{cells[0]} {cells[1]}")
def test_the_worked_figures_come_out(cells: list[str]) -> None:
    for policy, cell in zip(COLUMNS, cells[2:], strict=True):
        assert stolen_in_spends(policy, cells[0], cells[1]) == [int(text) for text in cell.split(",")], policy


def test_the_table_has_a_column_for_every_policy_that_keeps_value() -> None:
    assert set(COLUMNS) == {policy for policy in Policy if policy.keeps_value}
    head = re.search(r"^\| deposits .*$", read(PAGE), re.MULTILINE)
    assert head is not None
    assert re.findall(r"`([\w-]+)`", head[0]) == [str(policy) for policy in COLUMNS]
    assert len(TABLE) == 5


def test_every_grade_is_named() -> None:
    assert set(re.findall(r"`(\w+)`:", section(PAGE, "A grade says how a link is known"))) == set(Grade)


def test_the_walk_takes_as_many_accounts_at_once_as_the_page_says() -> None:
    assert f"up to {_BATCH}." in section(PAGE, "The walk loads what it needs")
