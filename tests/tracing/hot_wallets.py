"""Ledgers of few accounts with many lots, swept to and fro: what makes queues long, and long queues move."""

import random

from hypothesis import strategies as st
from tests.tracing.reference import Move

OUTSIDE = 6
"""Whom every theft takes from."""
CONVERSION = 7
"""The first of the conversions' own accounts, one each."""
SINK = 1
"""The account that is not followed, where a test has one."""


def hot_wallets(*, bits: int = 40, longest: int = 120, conversions: bool = True) -> st.SearchStrategy[list[Move]]:
    """Ledgers of a seed: deposits of many thefts, sweeps of all, of most, of half, of a little, of more than there is,
    links of every grade, conversions, transfers to oneself and of nothing."""
    return st.builds(
        lambda seed, length: swept(seed, bits=bits, length=length, conversions=conversions),
        st.integers(0, 2**32),
        st.integers(20, longest),
    )


def swept(seed: int, *, bits: int, length: int, conversions: bool = True) -> list[Move]:
    """The ledger of a seed."""
    chance = random.Random(seed)
    accounts = chance.choice([2, 3, 6])
    most = 2 ** chance.choice([3, bits])
    held = [0] * accounts
    moves: list[Move] = []
    while len(moves) < length:
        grade = chance.choice([0, 0, 0, 0, 1, 2, 3])
        what, to = chance.random(), chance.randrange(accounts)
        amount = chance.randrange(1, most)
        if what < 0.45:
            label = 1 + 5 * len(moves)
            stolen = ((label, chance.randint(1, amount)),) if chance.random() < 0.8 else ()
            moves.append(Move(OUTSIDE, to, amount, stolen, grade=grade))
            held[to] += amount
        elif what < 0.5 and conversions:
            node = CONVERSION + len(moves)
            moves += [Move(chance.randrange(accounts), node, chance.randrange(1, most)) for _ in range(3)]
            moves.append(Move(node, to, amount, converts=True, grade=grade))
        else:
            sender = chance.randrange(accounts)
            whole = held[sender]
            amount = chance.choice([whole, whole * 9 // 10, whole // 2, whole + 3, amount, 0])
            moves.append(Move(sender, to, amount, grade=grade))
            held[sender] -= min(whole, amount)
            held[to] += amount
    return moves


def all_but_the_sink(moves: list[Move]) -> list[bool]:
    """Which accounts are followed, where one is not."""
    return [account != SINK for account in range(CONVERSION + len(moves) + 1)]
