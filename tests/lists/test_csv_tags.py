"""Tags as CSV: a header that names the columns, one entry a line."""

import pytest

from clew.errors import InputError
from clew.lists.csv_tags import entries


def test_rows_are_read_under_their_header() -> None:
    text = 'Address, label ,entity\nA,"with, comma",e\n\nB,,\n'
    assert list(entries(text, where="tags.csv")) == [
        ("tags.csv: line 2", {"address": "A", "label": "with, comma", "entity": "e"}),
        ("tags.csv: line 4", {"address": "B", "label": "", "entity": ""}),
    ]


def test_columns_of_other_meaning_are_not_read() -> None:
    assert list(entries("balance,address\n12,A\n", where="t")) == [("t: line 2", {"address": "A"})]


def test_a_row_of_another_width_is_told_in_its_place() -> None:
    wrong, right = entries("address,label\nA,b,c\nB,d\n", where="t")
    assert wrong[0] == "t: line 2"
    assert isinstance(wrong[1], InputError)
    assert right[1] == {"address": "B", "label": "d"}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no column address"),
        ("0xa160cdab225685da1d56aa342ad8841c3b53f291,pool\n", "no column address"),
        ("address;label\nA;b\n", "no column address"),
        ("address,label,address\n", "'address' stands twice"),
        ("address,categroy\n", "unknown column 'categroy'"),
        ('address,label\nA,"never closed\n', "not CSV"),
        (f"address\n{'A' * 200_000}\n", "not CSV"),
    ],
)
def test_what_is_no_such_table_is_refused(text: str, what: str) -> None:
    with pytest.raises(InputError) as caught:
        list(entries(text, where="tags.csv"))
    assert what in caught.value.what
    assert caught.value.mend
