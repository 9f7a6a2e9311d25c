"""Serialised blocks: what they hold, having checked that the transactions are those the header commits to.

The kernel loads when the first block is read; it brings the compiler along, which parsing an address does not need.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from clew.chains.networks import NETWORKS, Network
from clew.errors import SourceError

HEADER = 80
"""Bytes of a block header."""
_BITCOIN = next(iter(NETWORKS.values()))


class Output(NamedTuple):
    """An output: base units and the script that guards them."""

    amount: int
    script: bytes


class Transaction(NamedTuple):
    """A transaction as the ledger needs it."""

    txid: str
    inputs: Sequence[str]
    """Outpoints ``txid:vout`` spent, in order; none for a coinbase."""
    outputs: Sequence[Output]


@dataclass(frozen=True, eq=False)
class RawBlock:
    """A serialised block, read: flat arrays over its bytes, one entry for each transaction, input or output."""

    data: bytes
    extended: bool
    """Whether a MimbleWimble extension block follows the transactions; it is not read."""
    ids: npt.NDArray[np.uint8]
    """Transaction ids, shape (transactions, 32), in the byte order in which they are hashed."""
    first_inputs: npt.NDArray[np.int64]
    """Of each transaction its first row in `spent`, and the number of rows at the end; so is `first_outputs`."""
    first_outputs: npt.NDArray[np.int64]
    spent: npt.NDArray[np.int64]
    """Offsets of the outpoints spent, 36 bytes each; a coinbase has none."""
    amounts: npt.NDArray[np.uint64]
    """Base units of each output; no transaction pays more than can exist."""
    scripts: npt.NDArray[np.int64]
    """Offset and end of each output's script, shape (2, outputs)."""

    @property
    def hash(self) -> str:
        """As people write it."""
        return double_sha256(self.data[:HEADER])[::-1].hex()

    @property
    def parent(self) -> str:
        """Hash of the block before."""
        return self.data[35:3:-1].hex()

    @property
    def time(self) -> int:
        """As the miner states it, seconds since 1970."""
        return int.from_bytes(self.data[68:72], "little")

    @cached_property
    def txids(self) -> list[str]:
        """The transaction ids as people write them."""
        return _names(self.ids)

    @cached_property
    def output_scripts(self) -> list[bytes]:
        """The script of each output."""
        starts, ends = self.scripts.tolist()
        return [self.data[start:end] for start, end in zip(starts, ends, strict=True)]

    @cached_property
    def transactions(self) -> list[Transaction]:
        """The transactions one by one."""
        outpoints = self._outpoints()
        outputs = list(map(Output, self.amounts.tolist(), self.output_scripts))
        bounds = (pairwise(firsts.tolist()) for firsts in (self.first_inputs, self.first_outputs))
        return [
            Transaction(txid, outpoints[inputs[0] : inputs[1]], outputs[paid[0] : paid[1]])
            for txid, inputs, paid in zip(self.txids, *bounds, strict=True)
        ]

    def _outpoints(self) -> list[str]:
        """What the inputs spend, in order."""
        raw = np.frombuffer(self.data, np.uint8)[self.spent[:, None] + np.arange(36)]
        numbers = np.ascontiguousarray(raw[:, 32:]).view("<u4").ravel().tolist()
        return [f"{name}:{number}" for name, number in zip(_names(raw[:, :32]), numbers, strict=True)]


def _names(ids: npt.NDArray[np.uint8]) -> list[str]:
    text = ids[:, ::-1].tobytes().hex()
    return [text[at : at + 64] for at in range(0, len(text), 64)]


def ids_of(txids: Sequence[str]) -> npt.NDArray[np.uint8]:
    """Transaction ids as they are hashed, of those that people write: shape (transactions, 32)."""
    return np.ascontiguousarray(np.frombuffer(bytes.fromhex("".join(txids)), np.uint8).reshape(-1, 32)[:, ::-1])


def double_sha256(data: bytes) -> bytes:
    """SHA-256 of SHA-256: Bitcoin's hash of blocks and transactions."""
    return sha256(sha256(data).digest()).digest()


def merkle_root(ids: npt.NDArray[np.uint8]) -> bytes:
    """Root of transaction ids, shape (transactions, 32), in the byte order in which they are hashed.

    SourceError for a pair of equal hashes: repeating transactions keeps the root (CVE-2012-2459), so such a list is
    not the one the miner hashed.
    """
    from clew.chains import blockkernel as kernel

    root, fault = kernel.read_root(ids)
    if fault:
        raise SourceError("the block repeats transactions under an unchanged Merkle root (CVE-2012-2459)")
    return bytes(root)


def parse_block(data: bytes, network: Network = _BITCOIN) -> RawBlock:
    """The transactions of a serialised block; SourceError where the bytes are cut, too many or not what they claim.

    On a network with Litecoin's extension a last transaction may have the HogEx flag, with an extension block after it.
    """
    from clew.chains import blockkernel as kernel

    view = np.frombuffer(data, np.uint8)
    end, count, start, hogex, rich, ids, firsts, spent, amounts, scripts = kernel.read_block(
        view, network.mweb, np.uint64(network.max_money)
    )
    if end < 0:
        raise _fault(end, data, start, _names(ids[count - 1 :])[0] if count else "")
    if end < len(data) and not hogex:
        raise SourceError(f"{len(data) - end} bytes follow the last transaction")
    if merkle_root(ids) != data[36:68]:
        raise SourceError("the Merkle root of the transactions is not the one in the header")
    block = RawBlock(data, hogex, ids, firsts[0], firsts[1], spent, amounts, scripts)
    if rich >= 0:
        low, high = firsts[1, rich : rich + 2]
        raise excess(sum(amounts[low:high].tolist()), block.txids[rich])
    return block


def output_owners(block: RawBlock, network: Network) -> dict[bytes, str]:
    """The addresses of a block's output scripts, as far as they have one of the plain forms."""
    from clew.chains.ownerkernel import plain_owners

    found = plain_owners(np.frombuffer(block.data, np.uint8), block.scripts, network)
    return {script: owner for script, owner in zip(block.output_scripts, found, strict=True) if owner}


def excess(paid: int, txid: str) -> SourceError:
    """A transaction that pays more base units than its network will ever have."""
    return SourceError(f"it pays {paid} base units, more than can exist", where=f"transaction {txid}")


def _fault(code: int, data: bytes, start: int, txid: str) -> SourceError:
    """What a code of the kernel means, met in the transaction at an offset, or in that of an id."""
    from clew.chains import blockkernel as kernel

    match code:
        case kernel.CUT:
            return SourceError(f"the block is cut short at {len(data)} bytes", mend="fetch the block again")
        case kernel.LONG_FORM:
            return SourceError(f"a count or length at or behind byte {start} has a longer form than it needs")
        case kernel.NO_TRANSACTION:
            return SourceError("the block has no transaction")
        case kernel.COINBASE:
            return SourceError("the first transaction, and no other, must be a coinbase", where=txid)
        case kernel.HOGEX:
            return SourceError("the HogEx flag stands on a transaction that cannot have it", where=txid)
    wrong = {
        kernel.FLAGS: f"has unknown flags 0x{data[start + 5 : start + 6].hex()}",
        kernel.NO_INPUT: "has no input",
        kernel.MWEB_DATA: "carries MimbleWimble data, which no block may hold",
    }
    return SourceError(f"a transaction at byte {start} {wrong[code]}")
