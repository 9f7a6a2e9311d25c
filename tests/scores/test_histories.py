"""A table shown account by account: what was not loaded is not there, and nothing of what was is missing."""

import numpy as np

from clew.model import Address
from clew.scores.edges import CHAIN, Edge, edge_case
from clew.scores.histories import TableHistories, part_of

S, A, B, T = (f"0x{digit * 40}" for digit in "abcd")
CASE = edge_case([Edge(1, 1, "0x1", S, A, 70), Edge(2, 2, "0x2", A, B, 60), Edge(3, 3, "0x3", B, T, 50)], [S], [T])


def shown(histories: TableHistories) -> list[tuple[str, str, int]]:
    table = histories.transfers()
    name = table.account_name
    return [(name[table.sender[r]][2], name[table.receiver[r]][2], table.amount_of(r)) for r in range(len(table))]


def test_an_account_shows_what_it_got_and_gave() -> None:
    histories = TableHistories(CASE.table)
    assert shown(histories) == []
    histories.load([Address(CHAIN.id, A)])
    assert shown(histories) == [("a", "b", 70), ("b", "c", 60)]
    assert histories.history(CHAIN.id, A) is not None
    assert histories.history(CHAIN.id, B) is None
    histories.load([Address(CHAIN.id, T), Address(CHAIN.id, "0xnobody")])
    assert shown(histories) == [("a", "b", 70), ("b", "c", 60), ("c", "d", 50)]


def test_a_transaction_is_shown_by_its_id() -> None:
    histories = TableHistories(CASE.table)
    asked = [Address(CHAIN.id, "0x3"), Address(CHAIN.id, "0x9")]
    assert histories.show(asked) == asked[:1]
    assert shown(histories) == [("c", "d", 50)]


def test_a_busy_account_is_said_to_be_busy_and_not_shown() -> None:
    histories = TableHistories(CASE.table, limit=1)
    histories.load([Address(CHAIN.id, A)])
    history = histories.history(CHAIN.id, A)
    assert history is not None
    assert history.status == "busy"
    assert shown(histories) == []


def test_a_part_uses_exactly_its_own_names() -> None:
    part = part_of(CASE.table, np.array([1, 3]))
    assert part.account_name == [S, A, B, T]
    assert part.txs == ["0x1", "0x3"]
    assert len(part_of(CASE.table, np.array([], dtype=np.int64)).account_name) == 0
