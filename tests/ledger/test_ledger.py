"""The ledger: what is appended is read back exactly, whatever the order and repetition of the replies."""

import contextlib
import hashlib
import itertools
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.amounts import MAX_AMOUNT, Asset
from clew.chains import execution
from clew.errors import RunError
from clew.ledger import ForkError, Ledger, TransferTable
from clew.ledger import writer as ledger_writer
from clew.model import Block, Decoded, History, Kind, Limitation, Place, Reply, Transfer

ETHEREUM = "eip155:1"
BITCOIN = "bip122:000000000019d6689c085ae165831e93"
ETH = "eip155:1/slip44:60"
EDGES = [0, 1, *(2**bits + step for bits in (63, 64, 127, 128, 255) for step in (-1, 0, 1)), MAX_AMOUNT]


def transfer(
    tx: str = "0x1", amount: int = 5, *, height: int = 7, tx_index: int = 0, seq: int = 0, **more: object
) -> Transfer:
    """A native transfer from a to b on Ethereum, unless told otherwise."""
    known = {
        "chain": ETHEREUM,
        "time": 1000 + height,
        "asset": ETH,
        "sender": "a",
        "receiver": "b",
        "kind": Kind.NATIVE,
    }
    return Transfer(**{**known, "tx": tx, "amount": amount, "height": height, "tx_index": tx_index, "seq": seq, **more})  # type: ignore[arg-type]


def append(ledger: Ledger, name: str, *transfers: Transfer, **more: object) -> None:
    """One reply, whose digest follows from its name, with what it shows."""
    decoded = Decoded(transfers, **more)  # type: ignore[arg-type]
    chain = transfers[0].chain if transfers else decoded.blocks[0].chain if decoded.blocks else ETHEREUM
    reply = Reply("test/reply", chain, {"name": name}, "1700000000", name.encode())
    ledger.writer.append(decoded, ledger.writer.reply(reply, hashlib.sha256(name.encode()).hexdigest()))


def table(*replies: tuple[str, list[Transfer]]) -> TransferTable:
    """The table of a fresh ledger after these replies, each in a transaction of its own."""
    with Ledger.open(":memory:") as ledger:
        for name, transfers in replies:
            append(ledger, name, *transfers)
        return ledger.view.transfers()


def content(table: TransferTable) -> dict[str, object]:
    """All of a table, comparable with ``==``."""
    values = {field.name: getattr(table, field.name) for field in fields(table)}
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in values.items()}


def rows(table: TransferTable) -> list[tuple[object, ...]]:
    """A table's rows in words: height, tx_index, seq, tx, sender, receiver, amount, kind."""
    kinds = tuple(Kind)
    return [
        (
            int(table.height[i]),
            int(table.tx_index[i]),
            int(table.seq[i]),
            table.txs[table.tx[i]],
            table.account_name[table.sender[i]],
            table.account_name[table.receiver[i]],
            table.amount_of(i),
            kinds[table.kind[i]],
        )
        for i in range(len(table))
    ]


def test_a_transfer_comes_back_as_it_went_in() -> None:
    known = table(("one", [transfer("0xabc", 17, height=9, tx_index=3, seq=4, owner="o")]))
    assert rows(known) == [(9, 3, 4, "0xabc", "a", "b", 17, Kind.NATIVE)]
    assert known.chains == [ETHEREUM]
    assert known.assets == [ETH]
    assert known.account_name[known.owner[0]] == "o"
    assert known.time.tolist() == [1009]
    assert [column.dtype for column in (known.chain, known.tx, known.amount, known.kind)] == [
        np.int16,
        np.int32,
        np.uint64,
        np.int8,
    ]


@pytest.mark.parametrize("amount", EDGES)
def test_amounts_are_exact_at_every_edge(amount: int) -> None:
    with Ledger.open(":memory:") as ledger:
        append(ledger, "one", transfer(amount=amount))
        assert ledger.view.transfers().amount_of(0) == amount
        (shown,) = ledger._db.execute("SELECT amount FROM transfers").fetchall()
        assert shown == (str(amount),)
        assert ledger.view.balances(ETHEREUM, ETH) == ({"a": -amount, "b": amount} if amount else {})


@given(st.lists(st.integers(0, MAX_AMOUNT), min_size=1, max_size=20))
@settings(max_examples=15)
def test_readable_amounts_are_the_decimal_text(amounts: list[int]) -> None:
    with Ledger.open(":memory:") as ledger:
        append(ledger, "one", *(transfer(f"0x{i:03}", amount) for i, amount in enumerate(amounts)))
        shown = ledger._db.execute("SELECT amount FROM transfers ORDER BY tx").fetchall()
    assert shown == [(str(amount),) for amount in amounts]


@pytest.mark.parametrize("amount", [-1, MAX_AMOUNT + 1])
def test_an_amount_beyond_256_bits_is_refused_and_nothing_of_its_reply_is_kept(amount: int) -> None:
    with Ledger.open(":memory:") as ledger:
        with pytest.raises(RunError, match="256 bits"):
            append(ledger, "one", transfer("0x1"), transfer("0x2", amount))
        assert len(ledger.view.transfers()) == 0
        append(ledger, "one", transfer("0x1"))
        assert len(ledger.view.transfers()) == 1


def test_the_same_transfer_in_two_replies_is_one_row() -> None:
    assert len(table(("sender", [transfer()]), ("receiver", [transfer()]))) == 1


def test_two_equal_transfers_of_one_transaction_are_two_rows_however_often_they_are_shown() -> None:
    twice = [transfer(seq=3), transfer(seq=8)]
    ordinals = [transfer(seq=0), transfer(seq=1)]
    for replies in itertools.permutations([("logs", twice), ("ordinals", ordinals), ("logs", twice)]):
        assert table(*replies).seq.tolist() == [3, 8]


def test_a_known_position_beats_an_unknown_one_in_either_order() -> None:
    vague, exact = [transfer(height=-1, tx_index=-1, seq=2, time=0)], [transfer(height=7, tx_index=4, seq=1)]
    for replies in ([("vague", vague), ("exact", exact)], [("exact", exact), ("vague", vague)]):
        known = table(*replies)
        assert rows(known)[0][:3] == (7, 4, 2)
        assert known.time.tolist() == [1007]


def test_a_position_one_row_knows_serves_every_row_of_its_transaction() -> None:
    internal = transfer("0xt", 3, tx_index=-1, sender="c", receiver="a", kind=Kind.INTERNAL)
    with Ledger.open(":memory:") as ledger:
        append(ledger, "internal", internal)
        append(ledger, "other", transfer("0xo", tx_index=2))
        assert ledger.view.unplaced(ETHEREUM) == ["0xt"]
        assert [one.code for one in ledger.view.limitations()] == ["unknown-position"]
        append(ledger, "normal", transfer("0xt", tx_index=6))
        assert ledger.view.unplaced(ETHEREUM) == []
        assert ledger.view.limitations() == []
        assert ledger.view.transfers().tx_index.tolist() == [2, 6, 6]
        assert ledger.view.position(ETHEREUM, "0xt") == (7, 6, 1007)
        assert ledger.view.position(ETHEREUM, "0xno") is None


def test_a_reply_may_say_where_a_transaction_stands_and_nothing_else() -> None:
    said = Place(ETHEREUM, "0x1", 7, 6)
    for order in itertools.permutations(["place", "rows"]):
        with Ledger.open(":memory:") as ledger:
            for name in order:
                append(ledger, name, *([] if name == "place" else [transfer(tx_index=-1)]),
                       places=(said,) if name == "place" else ())  # fmt: skip
            assert ledger.view.position(ETHEREUM, "0x1") == (7, 6, 1007)
            assert ledger.view.transfers().tx_index.tolist() == [6]
            ledger.writer.rollback(ETHEREUM, 7)
            assert ledger.view.position(ETHEREUM, "0x1") is None


def test_a_time_without_a_height_and_a_height_without_a_time_are_both_kept() -> None:
    for order in itertools.permutations(["place", "rows"]):
        with Ledger.open(":memory:") as ledger:
            for name in order:
                if name == "rows":
                    append(ledger, name, transfer(height=-1, tx_index=-1, time=5000))
                else:
                    append(ledger, name, places=(Place(ETHEREUM, "0x1", 7, 6),))
            assert ledger.view.position(ETHEREUM, "0x1") == (7, 6, 5000)


def test_an_unknown_position_matters_where_its_block_touches_the_same_account_again() -> None:
    vague = transfer("0xt", tx_index=-1)
    others = {
        "alone in its block": (transfer("0xo", height=8), []),
        "no account in common": (transfer("0xo", sender="c", receiver="d"), []),
        "only a sink in common": (transfer("0xo", sender="c", receiver="@fee"), []),
        "a common account": (transfer("0xo", sender="b", receiver="d"), ["0xt"]),
        "both unknown": (transfer("0xo", sender="b", receiver="d", tx_index=-1), ["0xo", "0xt"]),
        "height unknown": (transfer("0xo", sender="c", height=-1, tx_index=-1), ["0xo"]),
    }
    for other, expected in others.values():
        with Ledger.open(":memory:") as ledger:
            append(ledger, "one", vague, vague._replace(receiver="@fee", kind=Kind.FEE), other)
            assert ledger.view.unplaced(ETHEREUM) == expected


def test_the_owner_that_is_known_beats_none_and_of_two_the_greater_text_wins() -> None:
    for order in itertools.permutations(["", "alice", "bob"]):
        known = table(*((f"reply {name}", [transfer(owner=name)]) for name in order))
        assert known.account_name[known.owner[0]] == "bob"


def test_a_whole_fee_and_its_burnt_part_are_never_both_counted() -> None:
    explorer = [transfer(), transfer(amount=10, receiver="@fee", kind=Kind.FEE)]
    split = [
        transfer(),
        transfer(amount=7, receiver="@burnt-fee", kind=Kind.BURN),
        transfer(amount=3, receiver="@fee", kind=Kind.FEE),
    ]
    other = [transfer("0x9"), transfer("0x9", 10, receiver="@fee", kind=Kind.FEE)]
    shown = {"explorer": explorer, "block": split, "other": other}
    for names in sorted(set(itertools.permutations([*shown, "explorer"]))):
        merged = table(*((name, shown[name]) for name in names))
        fees = [(row[3], row[6], row[7]) for row in rows(merged) if row[7] in (Kind.FEE, Kind.BURN)]
        assert sorted(fees) == [("0x1", 3, "fee"), ("0x1", 7, "burn"), ("0x9", 10, "fee")]


def test_fees_of_equal_amount_are_told_apart_by_their_reply() -> None:
    """The tip equals the burnt part, and a transaction without a tip has only a BURN."""
    even = [transfer(amount=7, kind=Kind.BURN), transfer(amount=7, kind=Kind.FEE)]
    bare = [transfer("0x2", 7, kind=Kind.BURN)]
    whole = [transfer(amount=14, kind=Kind.FEE), transfer("0x2", 7, kind=Kind.FEE)]
    for replies in itertools.permutations([("block", [*even, *bare]), ("explorer", whole)]):
        assert sorted(row[6:] for row in rows(table(*replies))) == [(7, "burn"), (7, "burn"), (7, "fee")]


def test_a_derived_place_gives_way_to_the_log_itself() -> None:
    derived, log = (execution.seq(execution.Step.LOG, index) for index in (execution.DERIVED, 12))
    for places in itertools.permutations([derived, log]):
        assert table(*((str(place), [transfer(seq=place, kind=Kind.WRAP)]) for place in places)).seq.tolist() == [log]
    assert table(("alone", [transfer(seq=derived, kind=Kind.WRAP)])).seq.tolist() == [derived]


NAMES = st.sampled_from(["a", "b", "c"])


@st.composite
def replies(draw: st.DrawFn) -> list[tuple[str, list[Transfer]]]:
    """Replies of one history: each shows some whole transactions, with more or less of their positions."""
    txs = draw(
        st.lists(
            st.lists(
                st.tuples(NAMES, NAMES, st.sampled_from([5, 2**64, MAX_AMOUNT]), st.sampled_from(list(Kind))),
                min_size=1,
                max_size=4,
            ),
            min_size=1,
            max_size=4,
        )
    )
    shown = []
    for number in range(draw(st.integers(1, 4))):
        seen: list[Transfer] = []
        for place, moves in enumerate(txs):
            if not draw(st.booleans()):
                continue
            height = draw(st.sampled_from([place // 2, -1]))
            index = draw(st.sampled_from([place % 2, -1])) if height >= 0 else -1
            first = draw(st.integers(0, 3))
            seen += [
                transfer(f"0x{place}", amount, height=height, tx_index=index, seq=first + seq, sender=sender,
                         receiver=receiver, kind=kind, time=100 - height, owner=draw(st.sampled_from(["", "o", "p"])))
                for seq, (sender, receiver, amount, kind) in enumerate(moves)
            ]  # fmt: skip
        shown.append((f"reply {number}", seen))
    return shown


@given(replies(), st.randoms(use_true_random=False))
@settings(max_examples=15)
def test_order_repetition_and_grouping_of_replies_change_nothing(
    shown: list[tuple[str, list[Transfer]]], chance: random.Random
) -> None:
    expected = content(table(*shown))
    again = shown + [chance.choice(shown) for _ in range(chance.randrange(3))]
    chance.shuffle(again)
    assert content(table(*again)) == expected
    with pytest.MonkeyPatch.context() as patch, Ledger.open(":memory:") as ledger:
        patch.setattr(ledger_writer, "FLUSH_ROWS", chance.choice([1, 5, 1000]))
        with ledger.writer.batch():
            for name, transfers in again:
                append(ledger, name, *transfers)
        assert content(ledger.view.transfers()) == expected


@given(
    st.lists(
        st.tuples(
            NAMES,
            NAMES,
            st.sampled_from(EDGES) | st.integers(0, MAX_AMOUNT),
            st.sampled_from([ETH, "eip155:1/erc20:0x1"]),
        ),
        max_size=30,
    )
)
@settings(max_examples=15)
def test_balances_are_the_plain_sums(moves: list[tuple[str, str, int, str]]) -> None:
    expected: dict[str, int] = defaultdict(int)
    for sender, receiver, amount, asset in moves:
        if asset == ETH:
            expected[sender] -= amount
            expected[receiver] += amount
    with Ledger.open(":memory:") as ledger:
        append(
            ledger,
            "one",
            *(
                transfer(f"0x{i}", amount, sender=sender, receiver=receiver, asset=asset)
                for i, (sender, receiver, amount, asset) in enumerate(moves)
            ),
        )
        assert ledger.view.balances(ETHEREUM, ETH) == {name: total for name, total in expected.items() if total}


def test_rows_stand_in_order_of_height_index_and_seq() -> None:
    known = table(
        ("late", [transfer("0xa", height=9, tx_index=0), transfer("0xb", height=8, tx_index=-1)]),
        ("early", [transfer("0xf", height=8, tx_index=2, seq=1), transfer("0xf", 6, height=8, tx_index=2, seq=0)]),
        ("unknown", [transfer("0xc", height=-1, tx_index=-1, time=1008), transfer("0xe", height=8, tx_index=1)]),
    )
    assert [(row[3], row[2]) for row in rows(known)] == [
        ("0xe", 0), ("0xf", 0), ("0xf", 1), ("0xb", 0), ("0xc", 0), ("0xa", 0),
    ]  # fmt: skip


def test_block_times_that_step_back_do_not_break_the_order_of_a_chain() -> None:
    times = {1: 100, 2: 90, 3: 95, 4: 110}
    bitcoin = [transfer(f"{h}", height=h, time=times[h], chain=BITCOIN) for h in times]
    ethereum = [transfer(f"0x{at}", height=at, time=at) for at in (92, 99, 105)]
    known = table(("bitcoin", bitcoin), ("ethereum", ethereum))
    assert [row[3] for row in rows(known)] == ["0x92", "0x99", "1", "2", "3", "0x105", "4"]
    assert known.chains == [BITCOIN, ETHEREUM]


def test_one_address_on_two_chains_is_two_accounts() -> None:
    known = table(("one", [transfer()]), ("two", [transfer(chain="eip155:10", time=1)]))
    assert known.account_name == ["a", "b", "a", "b"]
    assert known.account_chain.tolist() == [0, 0, 1, 1]
    assert known.txs == ["0x1", "0x1"]


def test_a_table_of_some_chains_holds_nothing_of_the_others() -> None:
    with Ledger.open(":memory:") as ledger:
        append(ledger, "one", transfer())
        append(ledger, "two", transfer(chain=BITCOIN, tx="t", sender="x", receiver="y"))
        known = ledger.view.transfers(chains=[BITCOIN])
        assert (known.chains, known.txs, known.account_name) == ([BITCOIN], ["t"], ["x", "y"])
        assert len(ledger.view.transfers(chains=[])) == 0


def test_equal_keys_are_ordered_by_kind_sender_receiver_asset_and_amount() -> None:
    clash = [
        transfer("0x2", 1, sender="b", receiver="c"),
        transfer("0x1", 9, sender="b", receiver="a"),
        transfer("0x2", 2**64, sender="a", receiver="c"),
        transfer("0x1", 3, sender="a", receiver="c"),
        transfer("0x1", 1, sender="z", receiver="z", kind=Kind.INPUT),
    ]
    expected = ["z z 1", "a c 3", f"a c {2**64}", "b a 9", "b c 1"]
    for order in itertools.islice(itertools.permutations(clash), 0, None, 17):
        assert [f"{row[4]} {row[5]} {row[6]}" for row in rows(table(("one", list(order))))] == expected


def block(height: int, fork: str = "a", parent: str = "", chain: str = ETHEREUM) -> Block:
    """A block of the branch `fork`, on that branch's block below unless told otherwise."""
    return Block(chain, height, f"{fork}{height}", parent or f"{fork}{height - 1}", 1000 + height)


def append_block(ledger: Ledger, shown: Block, *transfers: Transfer) -> None:
    append(ledger, f"block {shown.hash}", *transfers, blocks=(shown,))


def test_a_stored_block_is_skipped_and_the_chain_of_blocks_is_read_back() -> None:
    with Ledger.open(":memory:") as ledger:
        for shown in (block(1), block(2), block(2)):
            append_block(ledger, shown, transfer(f"0x{shown.height}", height=shown.height))
        assert ledger.view.blocks(ETHEREUM) == [block(1), block(2)]
        assert ledger.view.tip(ETHEREUM) == block(2)
        assert ledger.view.tip(BITCOIN) is None
        assert len(ledger.view.transfers()) == 2


@pytest.mark.parametrize("intruder", [block(2, "b", parent="a1"), block(3, "b")], ids=["other block", "other parent"])
def test_a_block_that_does_not_follow_is_a_fork_and_nothing_of_it_is_kept(intruder: Block) -> None:
    with Ledger.open(":memory:") as ledger:
        append_block(ledger, block(1))
        append_block(ledger, block(2))
        with pytest.raises(ForkError) as caught:
            append_block(ledger, intruder, transfer("0xbad", height=intruder.height))
        assert caught.value.block == intruder
        assert ledger.view.blocks(ETHEREUM) == [block(1), block(2)]
        assert len(ledger.view.transfers()) == 0


def test_a_rolled_back_ledger_is_one_that_never_saw_the_blocks() -> None:
    token = Asset("eip155:1/erc20:0x1", "TKN", 6)
    other = Reply("test/reply", ETHEREUM, {"name": "high"}, "1700000000", b"high")
    with Ledger.open(":memory:") as ledger, Ledger.open(":memory:") as spared:
        for one in (ledger, spared):
            append_block(one, block(1), transfer("0x1", height=1, sender="x"))
            append(one, "account", transfer("0x1", height=1, sender="x"))
            one.writer.record(History(ETHEREUM, "x", "complete", frozenset({Kind.NATIVE})))
        append_block(ledger, block(2), transfer("0x2", height=2))
        limited = Limitation("gone", "with its block", ETHEREUM)
        append(ledger, "high", transfer("0x3", 9, height=5), assets=(token,), limitations=(limited,))
        ledger.writer.record(History(ETHEREUM, "a", "complete", frozenset()))

        ledger.writer.rollback(ETHEREUM, 2)
        for read in (lambda v: content(v.transfers()), lambda v: v.blocks(ETHEREUM), lambda v: v.replies(),
                     lambda v: v.assets(), lambda v: v.limitations(), lambda v: v.position(ETHEREUM, "0x2"),
                     lambda v: v.history(ETHEREUM, "a"), lambda v: v.history(ETHEREUM, "x")):  # fmt: skip
            assert read(ledger.view) == read(spared.view)
        assert not ledger.writer.has_reply(other, hashlib.sha256(b"high").hexdigest())

        append_block(ledger, block(2, "b", parent="a1"), transfer("0x2", height=2))
        assert [row[3] for row in rows(ledger.view.transfers())] == ["0x1", "0x2"]


def test_a_reply_that_also_shows_lower_blocks_counts_as_not_ingested_but_keeps_its_lower_rows() -> None:
    with Ledger.open(":memory:") as ledger:
        append(ledger, "account", transfer("0x1", height=1), transfer("0x2", height=2))
        before = content(ledger.view.transfers())
        ledger.writer.rollback(ETHEREUM, 2)
        assert [row[3] for row in rows(ledger.view.transfers())] == ["0x1"]
        append(ledger, "account", transfer("0x1", height=1), transfer("0x2", height=2))
        assert content(ledger.view.transfers()) == before


def test_a_reply_is_known_by_digest_format_chain_and_query_once_its_rows_are_in() -> None:
    reply = Reply("test/reply", ETHEREUM, {"address": "a"}, "1", b"[]")
    other = Reply("test/reply", ETHEREUM, {"address": "b"}, "1", b"[]")
    digest = hashlib.sha256(b"[]").hexdigest()
    with Ledger.open(":memory:") as ledger:
        number = ledger.writer.reply(reply, digest)
        assert not ledger.writer.has_reply(reply, digest)
        ledger.writer.append(Decoded(), number)
        assert ledger.writer.has_reply(reply, digest)
        assert not ledger.writer.has_reply(other, digest)
        assert ledger.writer.reply(reply, digest) == number != ledger.writer.reply(other, digest)


def test_every_row_leads_to_its_reply() -> None:
    with Ledger.open(":memory:") as ledger:
        append(ledger, "one", transfer("0x1"))
        append(ledger, "two", transfer("0x2"))
        known, replies = ledger.view.transfers(), ledger.view.replies()
        shown = {known.txs[tx]: replies[reply].query for tx, reply in zip(known.tx, known.reply, strict=True)}
        assert shown == {"0x1": {"name": "one"}, "0x2": {"name": "two"}}
        assert [reply.sha256 for reply in replies] == sorted(reply.sha256 for reply in replies)


def test_a_batch_is_kept_whole_or_not_at_all() -> None:
    with Ledger.open(":memory:") as ledger:
        with pytest.raises(RunError, match="256 bits"), ledger.writer.batch():  # noqa: PT012 (the batch is the point)
            append(ledger, "one", transfer("0x1"))
            append(ledger, "two", transfer("0x2", -1))
        assert len(ledger.view.transfers()) == 0
        assert ledger.view.replies() == []
        with ledger.writer.batch():
            append(ledger, "one", transfer("0x1"))
            append(ledger, "two", transfer("0x2"))
        assert len(ledger.view.transfers()) == 2


def test_the_count_of_changes_rises_with_each_and_with_nothing_else() -> None:
    with Ledger.open(":memory:") as ledger:
        steps: dict[str, Callable[[], object]] = {
            "a reply": lambda: append(ledger, "one", transfer()),
            "a history": lambda: ledger.writer.record(History(ETHEREUM, "a", "complete", frozenset(), "")),
            "a block": lambda: append_block(ledger, block(9)),
            "a rollback": lambda: ledger.writer.rollback(ETHEREUM, 9),
            "an error": lambda: append(ledger, "two", transfer(amount=-1)),
        }
        for what, step in steps.items():
            before = ledger.writer.changes
            with contextlib.suppress(RunError):
                step()
            assert ledger.writer.changes > before, what
            at_rest = ledger.writer.changes
            with ledger.writer.batch():
                ledger.view.transfers()
            assert ledger.writer.changes == at_rest, what


def test_a_history_is_what_was_last_recorded_of_it() -> None:
    first = History(ETHEREUM, "a", "truncated", frozenset(), "cut at 10,000")
    last = History(ETHEREUM, "a", "complete", frozenset({Kind.NATIVE, Kind.FEE}))
    every = History(ETHEREUM, "*", "complete", frozenset({Kind.FEE}), "blocks 0 to 9")
    with Ledger.open(":memory:") as ledger:
        for history in (first, last):
            ledger.writer.record(history)
            assert ledger.view.history(ETHEREUM, "a") == history
        assert ledger.view.history(ETHEREUM, "b") is None
        ledger.writer.record(every)
        assert ledger.view.history(ETHEREUM, "a") == last
        assert ledger.view.history(ETHEREUM, "b") == replace(every, account="b")


def test_a_history_is_there_in_its_batch_and_gone_with_it_or_kept_in_the_file(tmp_path: Path) -> None:
    kept, lost = (History(ETHEREUM, name, "complete", frozenset({Kind.FEE})) for name in ("a", "b"))
    with Ledger.open(tmp_path / "ledger") as ledger:
        ledger.writer.record(replace(kept, status="unavailable"))
        ledger.writer.record(kept)
        with contextlib.suppress(KeyError), ledger.writer.batch():
            ledger.writer.record(lost)
            assert ledger.view.history(ETHEREUM, "b") == lost
            raise KeyError
        assert ledger.view.history(ETHEREUM, "b") is None
    with Ledger.open(tmp_path / "ledger", read_only=True) as ledger:
        assert (ledger.view.history(ETHEREUM, "a"), ledger.view.history(ETHEREUM, "b")) == (kept, None)


def test_claims_of_assets_and_limitations_do_not_depend_on_order_or_repetition() -> None:
    good, fake = (Asset("eip155:1/erc20:0x1", symbol, 6) for symbol in ("USDT", "USD₮"))
    limited = Limitation("cut", "the list ends", ETHEREUM, "a", 2**200, ETH)
    seen = set()
    for order in itertools.permutations([("one", good), ("two", fake), ("one", good)]):
        with Ledger.open(":memory:") as ledger:
            for name, asset in order:
                append(ledger, name, assets=(asset,), limitations=(limited,))
            assert ledger.view.limitations() == [limited]
            seen.add(tuple(ledger.view.assets().values()))
    assert len(seen) == 1


def test_unspent_outputs_are_those_no_stored_input_spends() -> None:
    def move(tx: str, sender: str, receiver: str, amount: int, kind: Kind, owner: str = "") -> Transfer:
        return transfer(tx, amount, chain=BITCOIN, sender=sender, receiver=receiver, kind=kind, owner=owner)

    with Ledger.open(":memory:") as ledger:
        append(
            ledger,
            "block",
            move("t", "@subsidy", "@tx:t", 5000, Kind.COINBASE),
            move("t", "@tx:t", "t:0", 3000, Kind.OUTPUT, "alice"),
            move("t", "@tx:t", "t:1", 2000, Kind.OUTPUT),
            move("t", "@tx:t", "@unspendable", 0, Kind.OUTPUT),
            move("u", "t:0", "@tx:u", 3000, Kind.INPUT, "alice"),
            move("u", "@tx:u", "u:0", 2999, Kind.OUTPUT, "bob"),
            move("u", "@tx:u", "@fee", 1, Kind.FEE),
        )
        assert list(ledger.view.unspent(BITCOIN)) == [("t:1", 2000, ""), ("u:0", 2999, "bob")]
        assert list(ledger.view.unspent(ETHEREUM)) == []
