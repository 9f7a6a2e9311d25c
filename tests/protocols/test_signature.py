"""Events by their signature: arrays of fixed length, signed numbers and structs, each word checked."""

import pytest
from tests.solidity import word

from clew.chains.logs import Log
from clew.protocols.refusal import RefusedError
from clew.protocols.signature import parse_signature

SUMS = parse_signature("Sums(address indexed who, int128[2] sums, (bool up, uint8[2] parts) last, bytes note)")


def log(*words: int, topics: int = 1) -> Log:
    return Log("0x" + "c0" * 20, (SUMS.topic, *[word(7)] * topics), b"".join(map(word, words)), 0, "0xtx")


def test_arrays_of_fixed_length_stand_where_they_are_written() -> None:
    assert SUMS.canonical == "Sums(address,int128[2],(bool,uint8[2]),bytes)"
    assert SUMS.read(log(5, -6, 1, 8, 9, 6 * 32, 0)) == {
        "who": bytes(19) + b"\x07",
        "sums": [5, -6],
        "last": {"up": True, "parts": [8, 9]},
        "note": b"",
    }


def test_what_is_skipped_is_not_looked_at() -> None:
    note = SUMS.fields[-1]
    assert "note" not in SUMS.read(log(5, -6, 1, 8, 9, 2**200), skip=[note])


@pytest.mark.parametrize(
    "words",
    [(2**127, 0, 1, 8, 9, 6 * 32, 0), (-(2**127) - 1, 0, 1, 8, 9, 6 * 32, 0), (0, 0, 2, 8, 9, 6 * 32, 0),
     (0, 0, 1, 8, 256, 6 * 32, 0), (0, 0, 1, 8, 9, 2**200, 0), (0, 0, 1, 8)],
    ids=["above", "below", "no truth value", "wide", "offset", "cut"],
)  # fmt: skip
def test_what_does_not_fit_is_refused(words: tuple[int, ...]) -> None:
    with pytest.raises(RefusedError):
        SUMS.read(log(*words))


def test_a_topic_too_many_is_refused() -> None:
    with pytest.raises(RefusedError):
        SUMS.read(log(5, -6, 1, 8, 9, 6 * 32, 0, topics=2))


@pytest.mark.parametrize("edge", [2**127 - 1, -(2**127), 0, -1])
def test_signed_numbers_are_read_to_their_edges(edge: int) -> None:
    assert SUMS.read(log(edge, 0, 0, 0, 0, 6 * 32, 0))["sums"] == [edge, 0]
