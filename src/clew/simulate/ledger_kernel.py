"""The loop that makes a ledger: one transfer after the other, in integers, compiled."""

from typing import Any

import numba
import numpy as np

from clew.simulate.dice import GAMMA, MIX_1, MIX_2

KINDS = ("mints", "plain", "sweeps")
"""Name of each kind of row, by its number."""

_GAMMA, _MIX_1, _MIX_2 = np.uint64(GAMMA), np.uint64(MIX_1), np.uint64(MIX_2)
_LAST_HOT = 64
_SWEEPS, _ALL = np.uint64(12), np.uint64(100)
_ONE, _LARGEST = np.uint64(1), np.uint64(10**16)
_COIN = np.uint64(10**8)
_STOLEN = np.uint64(1000)

_compile: Any = numba.njit(cache=True, nogil=True)


@_compile
def _word(state):
    state[0] += _GAMMA
    word = state[0]
    word = (word ^ (word >> np.uint64(30))) * _MIX_1
    word = (word ^ (word >> np.uint64(27))) * _MIX_2
    return word ^ (word >> np.uint64(31))


@_compile
def _account(state, bits):
    """A rank from 1 on: its octave is uniform, its place in the octave too, so its share falls as 1 / rank."""
    word = _word(state)
    octave = word % bits
    return np.int64((_ONE << octave) | ((word >> np.uint64(16)) & ((_ONE << octave) - _ONE)))


@_compile
def _heavy(state):
    """An amount by a power law: one coin over a uniform share, at most 10**8 coins."""
    share = (_word(state) >> np.uint64(32)) + _ONE
    return min((_COIN << np.uint64(32)) // share, _LARGEST)


@_compile
def generate(sender, receiver, amount, kind, stolen, balance, state):
    """Fill the columns with the next rows. `balance` is by account, `state` the generator's one word."""
    bits = np.uint64(0)
    while (1 << np.int64(bits + _ONE)) <= len(balance):
        bits += _ONE
    for row in range(len(sender)):
        payer = _account(state, bits)
        other = _account(state, bits)
        if other == payer:
            other = payer % (len(balance) - 1) + 1
        held = balance[payer]
        sweeps = payer > _LAST_HOT and _word(state) % _ALL < _SWEEPS
        if held == 0:
            value = _heavy(state)
            sender[row], receiver[row], kind[row] = 0, payer, 0
            stolen[row] = _word(state) % _STOLEN == 0
            balance[payer] += value
        elif sweeps:
            value = held
            other = payer % _LAST_HOT + 1
            sender[row], receiver[row], kind[row], stolen[row] = payer, other, 2, 0
            balance[payer] -= value
            balance[other] += value
        else:
            share = _word(state) >> np.uint64(54)
            value = max(_ONE, (held >> np.uint64(10)) * share + (held & np.uint64(1023)) * share // np.uint64(1024))
            sender[row], receiver[row], kind[row], stolen[row] = payer, other, 1, 0
            balance[payer] -= value
            balance[other] += value
        amount[row] = value
