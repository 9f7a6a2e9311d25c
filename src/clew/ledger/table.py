"""What the kernels read: every transfer as integers, in one global order."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)


@dataclass(frozen=True, slots=True, eq=False)
class TransferTable:
    """The ledger's transfers as columns of equal length, in global order (`view.transfers`).

    Codes count from 0 into the lists below, which are sorted by (chain, name) and hold exactly what the rows use; so
    they are the same whatever the order of loading.
    """

    chain: npt.NDArray[np.int16]
    height: npt.NDArray[np.int64]
    """-1: no reply says it; so is `tx_index`."""
    tx_index: npt.NDArray[np.int32]
    seq: npt.NDArray[np.int64]
    time: npt.NDArray[np.int64]
    """Block time, seconds since 1970."""
    tx: npt.NDArray[np.int32]
    asset: npt.NDArray[np.int32]
    sender: npt.NDArray[np.int32]
    receiver: npt.NDArray[np.int32]
    amount: npt.NDArray[np.uint64]
    """Shape (rows, 4): base units in limbs of 64 bits, least significant first."""
    kind: npt.NDArray[np.int8]
    """Index into ``tuple(Kind)``."""
    owner: npt.NDArray[np.int32]
    """Code of an account, or -1."""
    reply: npt.NDArray[np.int32]
    """Index into ``View.replies()``."""
    chains: list[str]
    txs: list[str]
    assets: list[str]
    account_chain: npt.NDArray[np.int16]
    """Per account code: the code of its chain."""
    account_name: list[str]

    def __len__(self) -> int:
        return len(self.seq)

    def amount_of(self, row: int) -> int:
        """The exact amount of one row."""
        return sum(int(limb) << (64 * place) for place, limb in enumerate(self.amount[row]))


def summed(amount: npt.NDArray[np.uint64], codes: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.uint64]:
    """Exact sums by code of `amount` (rows, 4): shape (count, 9), limbs of 32 bits, least significant first.

    In 64 bits no sum of halves of limbs overflows: there are fewer than 2**32 rows.
    """
    limbs = np.zeros((9, count), dtype=np.uint64)
    for place in range(4):
        np.add.at(limbs[2 * place], codes, amount[:, place] & _LOW)
        np.add.at(limbs[2 * place + 1], codes, amount[:, place] >> _HALF)
    for place in range(8):
        limbs[place + 1] += limbs[place] >> _HALF
        limbs[place] &= _LOW
    return limbs.T
