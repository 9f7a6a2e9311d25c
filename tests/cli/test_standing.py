"""A result on the terminal: whole addresses, whole amounts, one line a row where there is room."""

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from clew.cli.standing import print_result

THIEF, ROUTER = f"0x{'1' * 40}", f"0x{'2' * 40}"
ETH = {"asset": "eip155:1/slip44:60", "symbol": "ETH", "decimals": 18}
STOLEN = 173_600 * 10**18
MIXED = 166_629_401318778626041116


def disposition(kind: str, amount: int, **changes: Any) -> dict[str, Any]:
    plain = {"kind": kind, "category": None, "entity": None, "label": None, "address": THIEF, "hops": 1}
    row = {**plain, **ETH, "theft": "eth", "origin_amount": str(amount), "last_time": "2022-05-19T04:00:00Z"}
    return row | changes


def mixer(amount: int, **changes: Any) -> dict[str, Any]:
    named = {"category": "mixer", "entity": "Tornado Cash", "address": ROUTER, "hops": 2}
    return disposition("service", amount, **(named | changes))


def result(*dispositions: dict[str, Any], **changes: Any) -> dict[str, Any]:
    found = dispositions or (mixer(MIXED), disposition("held", STOLEN - MIXED))
    sums = {"theft": "eth", "stolen": str(STOLEN), "accounted": str(STOLEN), "difference": "0", **ETH}
    grades = [("asserted", STOLEN - MIXED), ("observed", MIXED)]
    return {
        "title": "A theft",
        "policy": "fifo",
        "policies": ["fifo"],
        "as_of": "2023-09-21T11:23:55Z",
        "stolen": [{"theft": "eth", "amount": str(STOLEN), "grade": "observed", **ETH}],
        "dispositions": list(found),
        "conservation": [sums],
        "grades": [{"theft": "eth", "grade": grade, "origin_amount": str(amount)} for grade, amount in grades],
        "sanctioned": [],
        "limitations": [],
    } | changes


def printed(shown: dict[str, Any], *, terminal: int | None = None) -> list[str]:
    """The lines on a terminal of so many columns, or in a pipe."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal is not None, width=terminal or 80, color_system=None)
    print_result(shown, Path("out"), console)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def line_with(lines: list[str], *words: str) -> str:
    found = [line for line in lines if all(word in line for word in words)]
    assert len(found) == 1, (words, lines)
    return found[0]


@pytest.mark.parametrize("terminal", [None, 160])
def test_a_row_is_one_line_with_its_whole_address_and_amount(terminal: int | None) -> None:
    lines = printed(result(), terminal=terminal)
    assert line_with(lines, ROUTER).split() == (
        ["service", "Tornado", "Cash", "(mixer)", ROUTER, "166,629.401318778626041116", "ETH", "2", "2022-05-19"]
    )
    assert line_with(lines, THIEF).split() == ["held", THIEF, "6,970.598681221373958884", "ETH", "1", "2022-05-19"]


@pytest.mark.parametrize("terminal", [80, 40, 20])
def test_a_narrow_terminal_gets_two_lines_a_row_and_loses_nothing(terminal: int) -> None:
    lines = printed(result(), terminal=terminal)
    first = lines.index("service  166,629.401318778626041116 ETH  Tornado Cash (mixer)")
    assert lines[first + 1] == f"    {ROUTER}  2 hops  2022-05-19"
    assert lines[first + 2] == "held  6,970.598681221373958884 ETH"
    assert lines[first + 3] == f"    {THIEF}  1 hop  2022-05-19"


def test_a_row_says_in_which_asset_the_stolen_units_are_today() -> None:
    elsewhere = disposition("held", STOLEN, address="bc1qexample", symbol="BTC")
    assert " BTC " in line_with(printed(result(elsewhere)), "bc1qexample")
    assert "now in BTC" in line_with(printed(result(elsewhere), terminal=60), "bc1qexample")


def test_addresses_of_one_service_are_one_row() -> None:
    other = mixer(STOLEN - MIXED, address=THIEF, hops=5, last_time="2022-06-01T00:00:00Z")
    line = line_with(printed(result(mixer(MIXED), other)), "Tornado Cash")
    assert line.split()[4:] == ["2", "addresses", "173,600", "ETH", "2", "2022-06-01"]


def test_the_largest_come_first_and_the_rest_is_counted_and_summed() -> None:
    many = [disposition("held", (i + 1) * 10**18, address=f"0x{i:040x}") for i in range(15)]
    lines = printed(result(*many))
    shown = [line for line in lines if line.startswith("held")]
    assert [line.split()[2] for line in shown] == [str(i) for i in range(15, 3, -1)]
    assert line_with(lines, "3 more in the report").split()[-1] == "6"
    assert "3 more in the report, with 6 ETH" in printed(result(*many), terminal=50)


def test_the_sums_close_and_are_told_by_grade() -> None:
    lines = printed(result())
    assert "eth: stolen 173,600 ETH, accounted 173,600, difference 0" in lines
    assert "eth: grades 166,629.401318778626041116 observed, 6,970.598681221373958884 asserted" in lines


def test_poison_has_no_column_of_amounts_and_no_sums() -> None:
    for terminal in (None, 60):
        touched = result(mixer(0), disposition("held", 0), policy="poison", conservation=[], grades=[])
        lines = printed(touched, terminal=terminal)
        assert "poison keeps no value: it says whom the theft touched, and nothing is summed" in lines
        assert line_with(lines, ROUTER)
        assert not [line for line in lines if "stolen" in line or " 0 " in line]


def test_policies_stand_side_by_side_or_one_a_line() -> None:
    def row(amount: int | None) -> dict[str, Any]:
        share = None if amount is None else str(amount)
        return {"theft": "eth", "kind": "held", "entity": None, "origin_amount": share, **ETH}

    rows = {"fifo": [row(MIXED)], "haircut": [row(STOLEN)], "poison": [row(None)]}
    compared = result(policies=list(rows), compared=rows)
    line = printed(compared)
    figures = ["eth", "held", "166,629.401318778626041116", "173,600", "yes"]
    assert line_with(line, "held", "173,600").split() == figures
    assert "(3 policies are compared below)" in line[0]
    narrow = printed(compared, terminal=40)
    start = narrow.index("eth: held")
    figures = ["    fifo         166,629.401318778626041116", "    haircut      173,600", "    poison       yes"]
    assert narrow[start + 1 : start + 4] == figures


def test_a_limitation_is_one_line_however_long_with_how_often_it_occurs() -> None:
    detail = "the account spends more than it is seen to receive; " * 5
    lines = printed(result(limitations=[{"code": "unobserved-inflow", "detail": detail}] * 2))
    assert line_with(lines, "limitation unobserved-inflow (2 times): ").endswith("receive;")


def test_a_theft_that_only_the_case_file_states_is_said_to_be_asserted() -> None:
    stolen = [{"theft": "eth", "amount": str(STOLEN), "grade": "asserted", **ETH}]
    assert "eth: where 173,600 ETH stand (the theft itself is asserted)" in printed(result(stolen=stolen))


def test_names_are_text_not_markup_and_show_what_they_hide() -> None:
    label, detail = "[/bold] [red]x\u202e\x1b[31m", "[/] broken [link=x]"
    held = disposition("held", STOLEN, label=label)
    shown = result(held, title=label, limitations=[{"code": "c", "detail": detail}])
    for terminal in (None, 60):
        lines = printed(shown, terminal=terminal)
        assert lines[0].startswith("[/bold] [red]x[U+202E][U+001B][31m: policy fifo")
        assert line_with(lines, "held", "[/bold] [red]x[U+202E][U+001B][31m")
        assert f"limitation c: {detail}" in lines


def test_it_ends_with_where_the_files_are_and_how_to_check_them() -> None:
    assert printed(result())[-2:] == ["Report: out/report.html  Result: out/result.json", "Check it: clew verify out"]


def test_a_sanctioned_wallet_is_named_with_its_list_and_day() -> None:
    row = {
        "address": ROUTER,
        "name": "Kite\u202e Group",
        "list": "own",
        "effective": "2025-06-02",
        "since": "2025-06-01",
    }
    lines = printed(result(sanctioned=[row, row | {"name": None, "since": None}]))
    assert f"sanctioned {ROUTER}: Kite[U+202E] Group, since 2025-06-01, by own of 2025-06-02" in lines
    assert f"sanctioned {ROUTER}: listed, by own of 2025-06-02" in lines
