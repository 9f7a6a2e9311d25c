"""Loading blocks: in order, resumed, and rolled back to the fork point of a reorganisation."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from clew.chains import find_chain
from clew.errors import RunError
from clew.ingest import blocks as ingest_blocks
from clew.ingest import load_blocks, resumed_decoder
from clew.ingest.replies import Decode
from clew.ledger import Ledger, View
from clew.model import Block, Decoded, History, Kind, Reply, Transfer
from clew.sources.blockfiles import BlockFileSource

CHAIN, ETH = "eip155:1", "eip155:1/slip44:60"
COVERS = frozenset({Kind.NATIVE})


def decode(reply: Reply) -> Decoded:
    """A body is ``hash parent height``; every block moves its height in base units."""
    name, parent, height = reply.body.decode().split()
    block = Block(CHAIN, int(height), name, parent, 1000 + int(height))
    moved = Transfer(CHAIN, block.height, 0, 0, f"tx{name}", block.time, ETH, "a", "b", block.height, Kind.NATIVE)
    return Decoded((moved,), blocks=(block,))


class Node:
    """A node whose chain is a list of block hashes, lowest first."""

    name, chain, covers = "node", CHAIN, COVERS

    def __init__(self, *names: str) -> None:
        self.names = list(names)
        self.asked: list[int] = []

    def check(self) -> None:
        """Nothing is wrong with it."""

    def tip(self) -> int:
        return len(self.names) - 1

    def height_of(self, tx: str) -> int | None:
        raise AssertionError(f"reading blocks asks for no transaction, not {tx}")

    def blocks(self, first: int, last: int) -> Iterator[Reply]:
        for height in range(first, last + 1):
            self.asked.append(height)
            parent = self.names[height - 1] if height else "none"
            body = f"{self.names[height]} {parent} {height}".encode()
            yield Reply("test/block", CHAIN, {"hash": self.names[height]}, "1700000000", body)


def stateless(_view: View, _chain: str) -> Decode:
    return decode


def content(ledger: Ledger) -> tuple[object, ...]:
    table = ledger.view.transfers()
    moved = [(table.txs[tx], int(height)) for tx, height in zip(table.tx, table.height, strict=True)]
    return moved, ledger.view.blocks(CHAIN), ledger.view.replies(), ledger.view.history(CHAIN, "anybody")


def after(*nodes: Node) -> tuple[object, ...]:
    """The ledger's content after one load from each node."""
    with Ledger.open(":memory:") as ledger:
        for node in nodes:
            load_blocks(ledger, node, decoder=stateless)
        return content(ledger)


@cache
def plain(*names: str) -> tuple[object, ...]:
    """The ledger's content after one load of one chain, into an empty ledger."""
    return after(Node(*names))


def test_blocks_are_read_to_the_tip_and_speak_for_every_account() -> None:
    told: list[tuple[int, int]] = []
    with Ledger.open(":memory:") as ledger:
        load_blocks(ledger, Node("a0", "a1", "a2"), decoder=stateless, progress=lambda at, to: told.append((at, to)))
        assert [block.hash for block in ledger.view.blocks(CHAIN)] == ["a0", "a1", "a2"]
        assert ledger.view.history(CHAIN, "b") == History(CHAIN, "b", "complete", COVERS, "blocks 0 to 2")
        assert told == [(2, 2)]


def test_blocks_from_the_middle_of_a_chain_are_a_truncated_history() -> None:
    with Ledger.open(":memory:") as ledger:
        load_blocks(ledger, Node("a0", "a1", "a2"), 1, decoder=stateless)
        known = ledger.view.history(CHAIN, "b")
        assert known is not None
        assert (known.status, known.detail) == ("truncated", "blocks 1 to 2")


def test_a_load_goes_on_after_the_last_stored_block() -> None:
    node = Node("a0", "a1", "a2", "a3")
    with Ledger.open(":memory:") as ledger:
        load_blocks(ledger, node, last=1, decoder=stateless)
        load_blocks(ledger, node, decoder=stateless)
        load_blocks(ledger, node, decoder=stateless)
        assert node.asked == [0, 1, 2, 3]
        assert content(ledger) == after(Node("a0", "a1", "a2", "a3"))


@pytest.mark.parametrize("together", [1, 2, 64])
@pytest.mark.parametrize("deep", [1, 2, 3, 4])
def test_a_reorganised_ledger_is_one_that_only_saw_the_new_branch(
    deep: int, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_blocks, "TOGETHER", together)
    old = ["a0", "a1", "a2", "a3", "a4"]
    new = old[: 5 - deep] + [f"b{height}" for height in range(5 - deep, 6)]
    assert after(Node(*old), Node(*new)) == plain(*new)
    assert after(Node(*old), Node(*new), Node(*old, "a5", "a6")) == plain(*old, "a5", "a6")


def test_the_decoder_is_made_anew_for_the_ledger_as_it_is_after_a_rollback() -> None:
    made: list[int | None] = []

    def decoder(view: View, chain: str) -> Decode:
        tip = view.tip(chain)
        made.append(tip.height if tip else None)
        return decode

    with Ledger.open(":memory:") as ledger:
        load_blocks(ledger, Node("a0", "a1", "a2"), decoder=decoder)
        load_blocks(ledger, Node("a0", "a1", "b2", "b3"), decoder=decoder)
    assert made == [None, 2, 1]


def test_a_source_that_never_agrees_is_an_error_and_not_an_endless_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_blocks, "DEEPEST", 3)
    with Ledger.open(":memory:") as ledger:
        load_blocks(ledger, Node(*(f"a{height}" for height in range(9))), decoder=stateless)
        with pytest.raises(RunError, match="more than 3 stored blocks"):
            load_blocks(ledger, Node(*(f"b{height}" for height in range(12))), decoder=stateless)


@pytest.mark.data
@pytest.mark.slow
def test_real_blocks_read_in_pieces_are_those_read_at_once(shared_data: Callable[[str], Path]) -> None:
    """Blocks 0 to 4312 of Bitcoin: 50 coins each, and payments from block 170 on whose inputs lie in other pieces."""
    bitcoin = find_chain("bitcoin")
    source = BlockFileSource(bitcoin.id, shared_data("bitcoin/blk-blocks-0-4312.dat"))
    with Ledger.open(":memory:") as once, Ledger.open(":memory:") as pieces:
        load_blocks(once, source)
        for last in (9, 169, 170, 500, None):
            load_blocks(pieces, source, last=last)
        balances = once.view.balances(bitcoin.id, bitcoin.native.id)
        assert balances["@subsidy"] == -4313 * 50 * 10**8
        assert sum(balances.values()) == 0
        unspent = {coin.outpoint: coin.amount for coin in once.view.unspent(bitcoin.id)}
        assert unspent == {name: amount for name, amount in balances.items() if not name.startswith("@")}
        assert pieces.view.limitations() == once.view.limitations() == []
        assert pieces.view.balances(bitcoin.id, bitcoin.native.id) == balances
        assert [column.tolist() for column in columns(pieces)] == [column.tolist() for column in columns(once)]


def columns(ledger: Ledger) -> list[npt.NDArray[np.generic]]:
    table = ledger.view.transfers()
    return [table.height, table.tx_index, table.seq, table.time, table.tx, table.sender, table.receiver, table.amount]


def test_an_account_chain_needs_no_memory_of_blocks() -> None:
    with Ledger.open(":memory:") as ledger:
        assert resumed_decoder(ledger.view, CHAIN).__name__ == "decode"
