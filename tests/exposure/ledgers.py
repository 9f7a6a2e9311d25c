"""Small ledgers for the exposure tests: transfers in words, services by name, random ones."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from clew.exposure.rationals import Event
from clew.ledger import Ledger, TransferTable
from clew.model import Category, Decoded, Kind, Reply, Tag, Transfer

CHAIN, ETH = "eip155:1", "eip155:1/slip44:60"
Move = tuple[str, str, int]

CATEGORY = {"mixer": Category.MIXER, "exchange": Category.EXCHANGE, "thief": Category.THEFT, "@tx:mix": Category.MIXER}


def services(chain: str, name: str) -> Tag | None:
    """Names that begin with a category are services of it."""
    category = CATEGORY.get(name.rstrip("0123456789"))
    if category is None:
        return None
    return Tag(chain, name, name, name.rstrip("0123456789").title().removeprefix("@Tx:"), category, "test", 50)


def table_of(rows: Sequence[Transfer]) -> TransferTable:
    """The rows as the ledger gives them."""
    with Ledger.open(":memory:") as ledger:
        with ledger.writer.batch():
            ledger.writer.append(Decoded(tuple(rows)), ledger.writer.reply(Reply("x", CHAIN, {}, "0", b""), "00"))
        return ledger.view.transfers()


def ledger(*moves: Move) -> TransferTable:
    """A ledger of moves, as `table_of` gives it, made without a database."""
    count = len(moves)
    heights = np.arange(count, dtype=np.int64)
    names = sorted({name for sender, receiver, _ in moves for name in (sender, receiver)})
    codes = {name: code for code, name in enumerate(names)}
    amount = np.zeros((count, 4), np.uint64)
    amount[:, 0] = [amount & (2**64 - 1) for _, _, amount in moves]
    amount[:, 1] = [amount >> 64 for _, _, amount in moves]
    return TransferTable(
        chain=np.zeros(count, np.int16),
        height=heights,
        tx_index=np.zeros(count, np.int32),
        seq=np.zeros(count, np.int64),
        time=1_600_000_000 + heights,
        tx=heights.astype(np.int32),
        asset=np.zeros(count, np.int32),
        sender=np.array([codes[sender] for sender, _, _ in moves], np.int32),
        receiver=np.array([codes[receiver] for _, receiver, _ in moves], np.int32),
        amount=amount,
        kind=np.full(count, tuple(Kind).index(Kind.NATIVE), np.int8),
        owner=np.full(count, -1, np.int32),
        reply=np.zeros(count, np.int32),
        chains=[CHAIN],
        txs=[f"0x{height:064x}" for height in range(count)],
        assets=[ETH],
        account_chain=np.zeros(len(names), np.int16),
        account_name=names,
    )


NAMES = ("a", "b", "c", "d", "x", "mixer1", "mixer2", "exchange1", "thief")
MOVES = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(0, 12)), min_size=1, max_size=30)


def events(moves: Sequence[Move]) -> list[Event]:
    """Moves with numbers for names."""
    return [Event(NAMES.index(sender), NAMES.index(receiver), amount) for sender, receiver, amount in moves]
