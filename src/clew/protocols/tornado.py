"""Tornado Cash and its copies: what a pool's events and the calls of pools, proxies and routers say. Pure.

A pool takes notes of one size. `Deposit` shows a note's commitment and its leaf in the pool's tree, never who paid;
`Withdrawal` shows whom a note was paid to, never which. Functions and events of tornado-core (`Tornado.sol`) and of
the routers (`TornadoProxy.sol`, `TornadoRouter.sol`); pools and routers themselves are in the entities that ship.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clew.protocols.abi import WORD, Tuple
from clew.protocols.refusal import Fault, Refused, RefusedError

DEPOSIT_TOPIC = "a945e51eec50ab98c161376f0db4cf2aeba3ec92755fe2fcd388bdbbb80ff196"
"""keccak-256 of ``Deposit(bytes32,uint32,uint256)``."""
WITHDRAWAL_TOPIC = "e9e508bad6d4c3227e881ca19068f099da81b5164dd6d62b2eaf1e8bc6c34931"
"""keccak-256 of ``Withdrawal(address,bytes32,address,uint256)``."""

LEAVES = 2**32
"""A leaf's number is a uint32; the trees in use hold 2**20."""


@dataclass(frozen=True, slots=True)
class DepositEvent:
    """A note entered the pool whose event this is."""

    commitment: str
    """0x and 64 hex digits."""
    leaf: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class WithdrawalEvent:
    """A note was paid out by the pool whose event this is."""

    recipient: str
    nullifier: str
    relayer: str
    """The zero address where the recipient paid the gas himself."""
    fee: int
    """Base units of the pool's asset, out of the note, to the relayer."""


@dataclass(frozen=True, slots=True)
class DepositCall:
    """A call that pays a note into `pool`."""

    pool: str
    commitment: str


@dataclass(frozen=True, slots=True)
class WithdrawCall:
    """A call that asks `pool` to pay a note out."""

    pool: str
    recipient: str
    nullifier: str
    relayer: str
    fee: int
    refund: int
    """Wei sent along for the recipient's gas (token pools)."""


def _hash(fields: Tuple, index: int) -> str:
    return f"0x{fields.uint(index):064x}"


def _pool_deposit(call: Tuple, to: str) -> DepositCall:
    return DepositCall(to, _hash(call, 0))


def _router_deposit(call: Tuple, _to: str) -> DepositCall:
    call.bytes(2)  # the encrypted note: of no use here, but calldata without it would revert
    return DepositCall(call.address(0), _hash(call, 1))


def _withdraw(call: Tuple, pool: str, proof: int) -> WithdrawCall:
    call.bytes(proof)
    return WithdrawCall(
        pool,
        recipient=call.address(proof + 3),
        nullifier=_hash(call, proof + 2),
        relayer=call.address(proof + 4),
        fee=call.uint(proof + 5),
        refund=call.uint(proof + 6),
    )


def _pool_withdraw(call: Tuple, to: str) -> WithdrawCall:
    return _withdraw(call, to, 0)


def _router_withdraw(call: Tuple, _to: str) -> WithdrawCall:
    return _withdraw(call, call.address(0), 1)


CALLS: dict[str, tuple[str, Callable[[Tuple, str], DepositCall | WithdrawCall]]] = {
    "b214faa5": ("deposit(bytes32)", _pool_deposit),
    "13d98d13": ("deposit(address,bytes32,bytes)", _router_deposit),
    "21a0adb6": ("withdraw(bytes,bytes32,bytes32,address,address,uint256,uint256)", _pool_withdraw),
    "b438689f": ("withdraw(address,bytes,bytes32,bytes32,address,address,uint256,uint256)", _router_withdraw),
}
"""Selector -> signature and reader."""


def decode_call(data: bytes, *, to: str) -> DepositCall | WithdrawCall | Refused:
    """What call data ask of `to`, a pool or a router; whether it is one is for the caller to know."""
    known = CALLS.get(data[:4].hex())
    if known is None:
        return Refused(Fault.UNKNOWN_FUNCTION, f"selector {data[:4].hex() or 'none'} is no function of a pool")
    try:
        return known[1](Tuple(data[4:]), to)
    except RefusedError as error:
        return error.refused


def decode_event(topics: Sequence[bytes], data: bytes) -> DepositEvent | WithdrawalEvent | Refused:
    """What a pool's event says; whether its contract is a pool is for the caller to know."""
    name = topics[0].hex() if topics else ""
    if name not in (DEPOSIT_TOPIC, WITHDRAWAL_TOPIC):
        return Refused(Fault.UNKNOWN_FUNCTION, "the event is none of a pool's")
    try:
        if len(topics) != 2 or len(topics[1]) != WORD:
            raise RefusedError(Fault.TRUNCATED, f"the event has {len(topics)} topics, or short ones; 2 are expected")
        indexed, fields = Tuple(topics[1]), Tuple(data)
        return _deposited(indexed, fields) if name == DEPOSIT_TOPIC else _withdrawn(indexed, fields)
    except RefusedError as error:
        return error.refused


def _deposited(indexed: Tuple, data: Tuple) -> DepositEvent:
    leaf, time = data.uint(0), data.uint(1)
    if leaf >= LEAVES or time >= 2**63:
        raise RefusedError(Fault.BAD_NUMBER, f"leaf {leaf} or time {time} is out of range")
    return DepositEvent(_hash(indexed, 0), leaf, time)


def _withdrawn(indexed: Tuple, data: Tuple) -> WithdrawalEvent:
    return WithdrawalEvent(data.address(0), _hash(data, 1), indexed.address(0), data.uint(2))
