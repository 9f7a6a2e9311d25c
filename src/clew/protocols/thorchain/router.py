"""Calls and events of the EVM routers: deposits to a vault, payouts from it, each with its memo.

Functions and events of routers 1 to 5 (the routers' verified source, such as etherscan.io/address/
0xd37bbe5744d730a1d98d8dc97c42f0ca46ad7146#code; version 5: thornode, chain/ethereum/contracts/THORChain_Router.sol).
Maya's routers are copies of version 4.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from clew.chains.execution import ZERO_ADDRESS
from clew.protocols.abi import Tuple
from clew.protocols.refusal import Fault, Refused, RefusedError
from clew.protocols.thorchain.memo import Memo, memo_of_bytes


class Action(StrEnum):
    """What a router was asked to do, or did."""

    DEPOSIT = "deposit"
    """A user pays a vault."""
    TRANSFER_OUT = "transfer-out"
    """A vault pays a user."""
    TRANSFER_OUT_AND_CALL = "transfer-out-and-call"
    """A vault pays an aggregator, which swaps and pays the user."""
    ALLOWANCE = "allowance"
    """A vault hands an asset over to another vault."""
    VAULT_TRANSFER = "vault-transfer"
    """A vault hands several assets over to another vault."""


@dataclass(frozen=True, slots=True)
class Payment:
    """One amount a router moves, with its memo. Addresses are in lower case; `asset` is empty for the native coin."""

    action: Action
    vault: str
    """Who is paid in a deposit, else who pays."""
    to: str
    """Who is paid; the aggregator of TRANSFER_OUT_AND_CALL."""
    asset: str | None
    """Contract of the token; empty for the native coin; None where the event does not say (TransferOutAndCallV5)."""
    amount: int
    """Base units. Of a call it is what was asked: a token that takes a fee delivers less, and the event says so."""
    memo: str
    expiry: int | None = None
    """Deposits: seconds since 1970 after which the router refuses."""
    recipient: str = ""
    """TRANSFER_OUT_AND_CALL: whom the aggregator pays."""
    final_asset: str = ""
    """TRANSFER_OUT_AND_CALL: contract of the token he is paid in; empty for the native coin."""
    least_out: int | None = None


def _asset(address: str) -> str:
    return "" if address == ZERO_ADDRESS else address


def _deposit(call: Tuple, value: int, _sender: str) -> list[Payment]:
    vault, asset = call.address(0), _asset(call.address(1))
    return [Payment(Action.DEPOSIT, vault, vault, asset, call.uint(2) if asset else value, call.text(3))]


def _deposit_with_expiry(call: Tuple, value: int, sender: str) -> list[Payment]:
    [deposit] = _deposit(call, value, sender)
    return [
        Payment(Action.DEPOSIT, deposit.vault, deposit.to, deposit.asset, deposit.amount, deposit.memo, call.uint(4))
    ]


def _transfer_out(call: Tuple, value: int, sender: str) -> list[Payment]:
    to, asset = call.address(0), _asset(call.address(1))
    return [Payment(Action.TRANSFER_OUT, sender, to, asset, call.uint(2) if asset else value, call.text(3))]


def _payout_5(entry: Tuple, sender: str) -> Payment:
    to, asset = entry.address(0), _asset(entry.address(1))
    return Payment(Action.TRANSFER_OUT, sender, to, asset, entry.uint(2), entry.text(3))


def _transfer_out_5(call: Tuple, _value: int, sender: str) -> list[Payment]:
    return [_payout_5(call.tuple(0), sender)]


def _batch_5(call: Tuple, _value: int, sender: str) -> list[Payment]:
    return [_payout_5(entry, sender) for entry in call.array(0)]


def _and_call(call: Tuple, value: int, sender: str) -> list[Payment]:
    return [
        Payment(
            Action.TRANSFER_OUT_AND_CALL,
            sender,
            call.address(0),
            "",
            value,
            call.text(4),
            recipient=call.address(2),
            final_asset=_asset(call.address(1)),
            least_out=call.uint(3),
        )
    ]


def _aggregated_5(entry: Tuple, value: int, sender: str) -> Payment:
    asset = _asset(entry.address(1))
    return Payment(
        Action.TRANSFER_OUT_AND_CALL,
        sender,
        entry.address(0),
        asset,
        entry.uint(2) if asset else value,
        entry.text(6),
        recipient=entry.address(4),
        final_asset=_asset(entry.address(3)),
        least_out=entry.uint(5),
    )


def _and_call_5(call: Tuple, value: int, sender: str) -> list[Payment]:
    return [_aggregated_5(call.tuple(0), value, sender)]


def _batch_and_call_5(call: Tuple, value: int, sender: str) -> list[Payment]:
    return [_aggregated_5(entry, value, sender) for entry in call.array(0)]


def _allowance(call: Tuple, _value: int, sender: str) -> list[Payment]:
    asset = _asset(call.address(2))
    return [Payment(Action.ALLOWANCE, sender, call.address(1), asset, call.uint(3), call.text(4))]


def _coins(coins: list[Tuple], vault: str, to: str, memo: str) -> list[Payment]:
    return [Payment(Action.VAULT_TRANSFER, vault, to, _asset(coin.address(0)), coin.uint(1), memo) for coin in coins]


def _return_vault(call: Tuple, value: int, sender: str) -> list[Payment]:
    to, memo = call.address(1), call.text(3)
    native = [Payment(Action.VAULT_TRANSFER, sender, to, "", value, memo)] if value else []
    return _coins(call.array(2, size=2), sender, to, memo) + native


_Call = Callable[[Tuple, int, str], list[Payment]]

CALLS: dict[str, tuple[str, _Call]] = {
    "1fece7b4": ("deposit(address,address,uint256,string)", _deposit),
    "44bc937b": ("depositWithExpiry(address,address,uint256,string,uint256)", _deposit_with_expiry),
    "574da717": ("transferOut(address,address,uint256,string)", _transfer_out),
    "4039fd4b": ("transferOutAndCall(address,address,address,uint256,string)", _and_call),
    "1b738b32": ("transferAllowance(address,address,address,uint256,string)", _allowance),
    "2923e82e": ("returnVaultAssets(address,address,(address,uint256)[],string)", _return_vault),
    "56acec08": ("transferOutV5((address,address,uint256,string))", _transfer_out_5),
    "d5c2a4bb": ("batchTransferOutV5((address,address,uint256,string)[])", _batch_5),
    "dc4a6c89": (
        "transferOutAndCallV5((address,address,uint256,address,address,uint256,string,bytes,string))",
        _and_call_5,
    ),
    "70de9928": (
        "batchTransferOutAndCallV5((address,address,uint256,address,address,uint256,string,bytes,string)[])",
        _batch_and_call_5,
    ),
}
"""Selector -> signature and reader."""


def decode_call(data: bytes, *, value: int, sender: str) -> tuple[Payment, ...] | Refused:
    """The payments that call data ask of a router; `value` and `sender` are the transaction's own."""
    known = CALLS.get(data[:4].hex())
    if known is None:
        return Refused(Fault.UNKNOWN_FUNCTION, f"selector {data[:4].hex() or 'none'} is no function of the router")
    try:
        return tuple(known[1](Tuple(data[4:]), value, sender))
    except RefusedError as error:
        return error.refused


class _Log:
    """Topics and data of an event; indexed fields are addresses."""

    def __init__(self, topics: Sequence[bytes], data: bytes) -> None:
        self.topics, self.data = topics, Tuple(data)

    def indexed(self, index: int) -> str:
        if index >= len(self.topics) or len(self.topics[index]) != 32:
            raise RefusedError(Fault.TRUNCATED, f"the event has {len(self.topics)} topics, or short ones")
        return Tuple(self.topics[index]).address(0)


def _deposited(log: _Log) -> list[Payment]:
    vault = log.indexed(1)
    return [
        Payment(Action.DEPOSIT, vault, vault, _asset(log.indexed(2)), log.data.uint(0), log.data.text(1)),
    ]


def _moved(action: Action) -> Callable[[_Log], list[Payment]]:
    def read(log: _Log) -> list[Payment]:
        data = log.data
        return [Payment(action, log.indexed(1), log.indexed(2), _asset(data.address(0)), data.uint(1), data.text(2))]

    return read


def _called(log: _Log) -> list[Payment]:
    data = log.data
    return [
        Payment(
            Action.TRANSFER_OUT_AND_CALL,
            log.indexed(1),
            data.address(0),
            "",
            data.uint(1),
            data.text(5),
            recipient=data.address(3),
            final_asset=_asset(data.address(2)),
            least_out=data.uint(4),
        )
    ]


def _called_5(log: _Log) -> list[Payment]:
    data = log.data
    return [
        Payment(
            Action.TRANSFER_OUT_AND_CALL,
            log.indexed(1),
            data.address(0),
            None,
            data.uint(1),
            data.text(4),
            recipient=log.indexed(2),
            final_asset=_asset(data.address(2)),
            least_out=data.uint(3),
        )
    ]


def _vaults(log: _Log) -> list[Payment]:
    return _coins(log.data.array(0, size=2), log.indexed(1), log.indexed(2), log.data.text(1))


EVENTS: dict[str, tuple[str, Callable[[_Log], list[Payment]]]] = {
    "ef519b7eb82aaf6ac376a6df2d793843ebfd593de5f1a0601d3cc6ab49ebb395": (
        "Deposit(address,address,uint256,string)",
        _deposited,
    ),
    "a9cd03aa3c1b4515114539cd53d22085129d495cb9e9f9af77864526240f1bf7": (
        "TransferOut(address,address,address,uint256,string)",
        _moved(Action.TRANSFER_OUT),
    ),
    "05b90458f953d3fcb2d7fb25616a2fddeca749d0c47cc5c9832d0266b5346eea": (
        "TransferAllowance(address,address,address,uint256,string)",
        _moved(Action.ALLOWANCE),
    ),
    "8e5841bcd195b858d53b38bcf91b38d47f3bc800469b6812d35451ab619c6f6c": (
        "TransferOutAndCall(address,address,uint256,address,address,uint256,string)",
        _called,
    ),
    "2eddeef6502e331d0dc63580be72ace0371d4f7ba4b164aa6b0f1565b53584da": (
        "TransferOutAndCallV5(address,address,uint256,address,address,uint256,string,bytes,string)",
        _called_5,
    ),
    "281daef48d91e5cd3d32db0784f6af69cd8d8d2e8c612a3568dca51ded51e08f": (
        "VaultTransfer(address,address,(address,uint256)[],string)",
        _vaults,
    ),
}
"""Topic 0 -> signature and reader."""


def decode_event(topics: Sequence[bytes], data: bytes) -> tuple[Payment, ...] | Refused:
    """The payments a router's event shows; the caller asks `facts.routers` whether its contract is a router."""
    known = EVENTS.get(topics[0].hex() if topics else "")
    if known is None:
        return Refused(Fault.UNKNOWN_FUNCTION, "the event is none of the router's")
    try:
        return tuple(known[1](_Log(topics, data)))
    except RefusedError as error:
        return error.refused


def memo_of_calldata(data: bytes) -> Memo | Refused:
    """The memo of a plain payment to a vault, whose call data are the memo's text."""
    return memo_of_bytes(data) if data else Refused(Fault.NO_MEMO, "the payment has no call data")
