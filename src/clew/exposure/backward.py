"""What every holder of a ledger sent to services, in one backward pass: APPROXIMATE, in fixed point.

The exact answer for one holder is a forward pass of its own (`address`). Here one sweep from the last event to the
first serves all: the part of a unit at each account that will end at each kind of service is kept in units of 2**-62.
Each event moves it by less than three units, so after ``n`` events a part is right to within ``n * 2**-60``; integer
haircut differs from it besides by the rounding of whole base units.
"""

from typing import Any

import numpy as np

from clew.exposure.book import Flows
from clew.exposure.kernels import ONE, carry_back, shares_leaving, sum_arrivals
from clew.exposure.passes import Setting


def arrivals(flows: Flows, setting: Setting, kinds: int) -> Any:
    """``uint64[events, kinds]``: the part of what each event moves that ends at each kind, in units of 2**-62.

    `setting.seed` is the kind at which an account ends the way of what it receives, or -1.
    """
    accounts = len(setting.seed)
    share = np.zeros(len(flows.sender), np.uint64)
    balance = np.zeros((accounts, 2), np.uint64)
    shares_leaving(flows.sender, flows.receiver, flows.amount, setting.follows, balance, share)
    reach = np.zeros((accounts, kinds), np.uint64)
    ends = np.flatnonzero(setting.seed >= 0)
    reach[ends, setting.seed[ends]] = ONE
    arrives = np.zeros((len(flows.sender), kinds), np.uint64)
    carry_back(flows.sender, flows.receiver, setting.follows, share, reach, arrives)
    return arrives


def sent_approximately(flows: Flows, setting: Setting, kinds: int) -> Any:
    """``uint64[rows, kinds, 2]``: about how many base units each row of `setting.rows` sent to each kind.

    Change that returns to its holder counts as what it later reaches, like any coin of his own.
    """
    rows = int(setting.rows.max(initial=-1)) + 1
    sums = np.zeros((rows * kinds, 2), np.uint64)
    outside = flows.kept | (flows.sender == flows.receiver)
    sum_arrivals(flows.sender, flows.amount, outside, setting.rows, arrivals(flows, setting, kinds), sums)
    return sums.reshape(rows, kinds, 2)
