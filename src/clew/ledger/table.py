"""What the kernels read: every transfer as integers, in one global order."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


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
