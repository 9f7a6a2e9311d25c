"""EVM chains: addresses (EIP-55) and blocks as a node shows them by JSON-RPC.

A reply of format ``evm/block`` is one JSON object ``{"block": …, "receipts": …, "traces": …}``: the answers of
``eth_getBlockByNumber`` (with whole transactions), ``eth_getBlockReceipts``, and ``trace_block`` or
``debug_traceBlockByNumber`` with the callTracer (or null), each bare or as the whole JSON-RPC answer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from Crypto.Hash import keccak

from clew.chains import Chain, find_chain
from clew.chains.execution import (
    DEPOSIT_TOPIC,
    DESTROY_TOPIC,
    SILENT_BURNS,
    TRANSFER_TOPIC,
    WITHDRAWAL_TOPIC,
    ZERO_ADDRESS,
    Step,
    seq,
    token_id,
    value_kind,
)
from clew.chains.fields import Fields, read_json
from clew.errors import InputError, SourceError
from clew.model import BURNT_FEE, FEE, SUBSIDY, UNSPENDABLE, Block, Decoded, Kind, Limitation, Reply, Transfer

_HEX = frozenset("0123456789abcdefABCDEF")
_GWEI = 10**9
_MOST_GAS = 2**64 - 1
_MOST_PRICE = 2**128 - 1
_MOST_INDEX = 2**32 - 2
_MOST_HEIGHT = 2**53 - 1

_CREATE = frozenset({"create", "create2"})
_DESTRUCT = frozenset({"suicide", "selfdestruct"})
_STILL = frozenset({"callcode", "delegatecall", "staticcall"})
"""Calls that keep the value where it is: a CALLCODE pays the caller itself, the others carry none."""


def checksum_address(address: str) -> str:
    """An address in the spelling of EIP-55: a letter is upper case where its keccak-256 digit is 8 or more."""
    digits = address[2:].lower()
    weights = keccak.new(data=digits.encode("ascii"), digest_bits=256).hexdigest()
    return "0x" + "".join(d.upper() if int(w, 16) >= 8 else d for d, w in zip(digits, weights, strict=False))


def parse_address(text: str, _chain: Chain) -> str:
    """Canonical form (``0x`` and 40 lower-case hex digits); mixed case has to satisfy EIP-55, else InputError."""
    address = text.strip()
    if not address.startswith("0x"):
        mend = f"write 0x{address}" if len(address) == 40 and _HEX.issuperset(address) else "an address begins with 0x"
        raise InputError(f"{address!r} lacks the prefix 0x", mend=mend)
    for position, character in enumerate(address[2:], start=3):
        if character not in _HEX:
            raise InputError(
                f"{character!r} at position {position} of {address!r} is no hex digit",
                mend="an address is 0x and 40 digits of 0-9 and a-f",
            )
    if len(address) != 42:
        raise InputError(
            f"{address!r} has {len(address) - 2} hex digits, an address has 40",
            mend="copy the whole address, not its shortened form"
            if len(address) < 42
            else "leave out what is too much",
        )
    digits, spelling = address[2:], checksum_address(address)
    if digits not in (digits.lower(), digits.upper()) and address != spelling:
        at = next(i for i, (a, b) in enumerate(zip(address, spelling, strict=True)) if a != b)
        raise InputError(
            f"the EIP-55 checksum of {address!r} breaks at position {at + 1}: {address[at]!r}, not {spelling[at]!r}",
            mend=f"compare it with its source; if each digit is right, it is spelt {spelling}",
        )
    return address.lower()


class _Call(NamedTuple):
    """One call of a transaction, whichever tracer showed it. `path` is empty for the transaction itself."""

    path: tuple[int, ...]
    kind: str
    sender: str
    receiver: str
    amount: int
    failed: bool
    unseen: bool = False
    """The tracer names the call but not what it moved."""


@dataclass(frozen=True, slots=True)
class _Traces:
    calls: Mapping[str, tuple[_Call, ...]]
    """By transaction hash, depth first."""
    rewards: tuple[Fields, ...] = ()


@dataclass(frozen=True, slots=True)
class _Header:
    chain: Chain
    block: Block
    base_fee: int
    has_parent_beacon_root: bool
    """Whether the block is of Cancun or later."""

    def transfer(self, tx: str, tx_index: int, place: int, sender: str, receiver: str, amount: int, kind: Kind,
                 asset: str = "") -> Transfer:  # fmt: skip
        """A transfer of this block, of the native coin unless `asset` is given."""
        native = self.chain.native.id
        return Transfer(
            self.chain.id, self.block.height, tx_index, place, tx, self.block.time, asset or native, sender, receiver,
            amount, kind,
        )  # fmt: skip

    def limitation(self, code: str, detail: str, address: str = "") -> Limitation:
        return Limitation(code, f"block {self.block.height}: {detail}", self.chain.id, address)


def decode_block(reply: Reply) -> Decoded:
    """A block, its fees, native values, internal calls, token and wrap events, rewards and withdrawals.

    A reward or withdrawal stands after the last transaction (`tx_index` = number of transactions) and carries the
    block's hash as its `tx`. Limitations: ``malformed-log``, ``unknown-status`` (before Byzantium, without traces),
    ``unseen-selfdestruct`` (old call tracers), ``missing-trace``, ``missing-reward``.
    """
    chain = find_chain(reply.chain)
    where = f"{chain.name} block {reply.query.get('height', '')}".rstrip()
    body = Fields.of(read_json(reply.body, where), where)
    shown = Fields.of(_answer(body.table.get("block"), f"{where}, block"), f"{where}, block")
    header = _header(shown, chain)
    txs = _transactions(shown)
    receipts = _receipts(_answer(body.table.get("receipts"), f"{where}, receipts"), txs, header)
    traces = _traces(_answer(body.table.get("traces"), f"{where}, traces"), tuple(txs), header)
    transfers: list[Transfer] = []
    limitations: list[Limitation] = []
    for tx, receipt in receipts.items():
        if tx in txs:
            calls = None if traces is None else traces.calls.get(tx)
            transfers += _fees(txs[tx], receipt, header)
            moved, gaps = _values(txs[tx], receipt, calls, header)
            transfers += moved
            limitations += gaps
        transfers += _logs(receipt, header, limitations)
    transfers += _rewards(shown, () if traces is None else traces.rewards, len(receipts), header)
    limitations += _block_gaps(shown, traces, tuple(txs), header)
    return Decoded(tuple(transfers), (), (header.block,), tuple(dict.fromkeys(limitations)))


def read_transaction(
    tx: Fields, receipt: Fields, block: Fields | None, chain: Chain
) -> tuple[list[Transfer], list[Limitation]]:
    """The fee, the value and the events of one transaction; of its inner calls neither answer tells.

    Without its `block` the time is -1 and the fee stands undivided. Where the receipt does not say whether it succeeded
    (before Byzantium) and it used all its gas, its value is left out, with the limitation ``unknown-status``.
    """
    height = tx.quantity("blockNumber", most=_MOST_HEIGHT)
    nowhen = Block(chain.id, height, tx.hash("blockHash"), "", -1)
    header = _header(block, chain) if block is not None else _Header(chain, nowhen, 0, has_parent_beacon_root=False)
    if receipt.hash("transactionHash") != tx.hash("hash"):
        raise receipt.fault("transactionHash", "that of the transaction")
    for shown in (tx, receipt):
        if shown.hash("blockHash") != header.block.hash:
            raise shown.fault("blockHash", f"{header.block.hash}: the chain changed between answers")
    moved, limitations = _values(tx, receipt, None, header)
    transfers = [*_fees(tx, receipt, header), *([] if limitations else moved), *_logs(receipt, header, limitations)]
    return transfers, limitations


def _answer(value: object, where: str) -> object:
    """The result of a JSON-RPC answer; a value that is none is itself."""
    if not isinstance(value, dict) or "hash" in value or not {"result", "error"} & value.keys():
        return value
    if value.get("error") is not None:
        raise SourceError(f"the node answered with an error: {value['error']!r:.200}", where=where)
    return value.get("result")


def _header(shown: Fields, chain: Chain) -> _Header:
    height = shown.quantity("number", most=_MOST_HEIGHT)
    time = shown.quantity("timestamp", most=_MOST_HEIGHT)
    block = Block(chain.id, height, shown.hash("hash"), shown.hash("parentHash"), time)
    base_fee = shown.quantity("baseFeePerGas", 0, most=_MOST_PRICE)
    return _Header(chain, block, base_fee, "parentBeaconBlockRoot" in shown)


def _transactions(shown: Fields) -> dict[str, Fields]:
    if any(isinstance(item, str) for item in shown.items("transactions")):
        raise SourceError(
            "the block names its transactions by hash alone",
            where=shown.where,
            mend="ask eth_getBlockByNumber for whole transactions",
        )
    txs = {}
    for index, tx in enumerate(shown.children("transactions")):
        if tx.quantity("transactionIndex", most=_MOST_INDEX) != index:
            raise tx.fault("transactionIndex", f"{index}, its place in the block")
        txs[tx.hash("hash")] = tx
    if len(txs) != len(shown.items("transactions")):
        raise SourceError("a transaction is there twice", where=shown.where)
    return txs


def _receipts(value: object, txs: Mapping[str, Fields], header: _Header) -> dict[str, Fields]:
    """The receipts in transaction order. One without a transaction in the block (Polygon's state sync) is allowed."""
    where = f"{header.chain.name} block {header.block.height}, receipts"
    if not isinstance(value, list):
        raise SourceError("a list of receipts is expected", where=where)
    rows = [Fields.of(_answer(row, where), f"{where} {index}") for index, row in enumerate(value)]
    for row in rows:
        if row.hash("blockHash") != header.block.hash:
            raise row.fault("blockHash", f"that of the block, {header.block.hash}: the chain changed between answers")
    receipts = {row.hash("transactionHash"): row for row in rows}
    missing = next((tx for tx in txs if tx not in receipts), None)
    if missing is not None or len(receipts) != len(rows):
        raise SourceError(
            f"no receipt of transaction {missing}" if missing else "a receipt is there twice", where=where
        )
    extra = [tx for tx in receipts if tx not in txs]
    for index, tx in enumerate((*txs, *extra)):
        if receipts[tx].quantity("transactionIndex", most=_MOST_INDEX) != index:
            raise receipts[tx].fault("transactionIndex", f"{index}, the place of its transaction")
    return {tx: receipts[tx] for tx in (*txs, *extra)}


def _fees(tx: Fields, receipt: Fields, header: _Header) -> Iterator[Transfer]:
    """What the sender pays for gas (EIP-1559), blobs (EIP-4844) and, on OP-stack chains, the data's place on L1."""
    name, index = tx.hash("hash"), tx.quantity("transactionIndex")
    payer, gas = tx.address("from"), receipt.quantity("gasUsed", most=_MOST_GAS)
    price = receipt if "effectiveGasPrice" in receipt else tx
    paid = price.quantity("effectiveGasPrice" if price is receipt else "gasPrice", most=_MOST_PRICE)
    burnt = min(header.base_fee, paid) * gas if header.chain.burns_base_fee else 0
    tip = paid * gas - burnt + receipt.quantity("l1Fee", 0, most=_MOST_PRICE)
    blobs = receipt.quantity("blobGasUsed", 0, most=_MOST_GAS)
    burnt += blobs and blobs * receipt.quantity("blobGasPrice", most=_MOST_PRICE)
    if burnt:
        yield header.transfer(name, index, seq(Step.FEE, 0), payer, BURNT_FEE, burnt, Kind.BURN)
    if tip:
        yield header.transfer(name, index, seq(Step.FEE, 1), payer, FEE, tip, Kind.FEE)
    if minted := tx.quantity("mint", 0):
        yield header.transfer(name, index, seq(Step.FEE, 2), SUBSIDY, payer, minted, Kind.REWARD)


def _values(
    tx: Fields, receipt: Fields, calls: tuple[_Call, ...] | None, header: _Header
) -> tuple[list[Transfer], list[Limitation]]:
    """The transaction's own value and its internal calls; nothing of a failed one."""
    name, index, amount = tx.hash("hash"), tx.quantity("transactionIndex"), tx.quantity("value")
    sender, gaps = tx.address("from"), []
    succeeded = _succeeded(receipt, calls)
    if succeeded is None:  # before Byzantium a failed transaction used up its gas limit
        succeeded = True
        if amount and receipt.quantity("gasUsed") == tx.quantity("gas", most=_MOST_GAS):
            gaps.append(header.limitation("unknown-status", f"{name} used all its gas; taken as successful", sender))
    if not succeeded:
        return [], gaps
    moved = []
    if amount or tx.data("input") == "0x":
        receiver = tx.address("to") if "to" in tx else receipt.address("contractAddress")
        kind = value_kind(tx.data("input"), creates="to" not in tx)
        moved.append(header.transfer(name, index, seq(Step.VALUE, 0), sender, receiver, amount, kind))
    for place, call in _moving(calls or (), cancun=header.has_parent_beacon_root):
        if call.unseen:
            gaps.append(header.limitation("unseen-selfdestruct", f"the tracer does not say what {name} destroyed"))
            continue
        moved.append(
            header.transfer(name, index, seq(Step.CALL, place), call.sender, call.receiver, call.amount, Kind.INTERNAL)
        )
    return moved, gaps


def _succeeded(receipt: Fields, calls: tuple[_Call, ...] | None) -> bool | None:
    """Whether a transaction moved its value; None where neither its receipt (EIP-658) nor a trace says so."""
    if "status" in receipt:
        return receipt.quantity("status", most=1) == 1
    return not calls[0].failed if calls else None


def _moving(calls: tuple[_Call, ...], *, cancun: bool) -> Iterator[tuple[int, _Call]]:
    """The calls that moved coins, with their places; a failed call takes back all that happened under it."""
    dead: tuple[int, ...] | None = None
    created = set()
    for place, call in enumerate(calls):
        if dead is not None and call.path[: len(dead)] == dead:
            continue
        if call.failed and call.path:  # of the transaction itself, its receipt has spoken
            dead = call.path
            continue
        if call.kind in _CREATE:
            created.add(call.receiver)
        if call.unseen:
            yield place, call
        elif call.path and call.amount and call.kind not in _STILL:
            if call.kind not in _DESTRUCT or call.sender != call.receiver:
                yield place, call
            elif not cancun or call.sender in created:  # EIP-6780: else the coins stay
                yield place, call._replace(receiver=UNSPENDABLE)


def _traces(value: object, txs: tuple[str, ...], header: _Header) -> _Traces | None:
    where = f"{header.chain.name} block {header.block.height}, traces"
    if value is None:
        return None
    if not isinstance(value, list):
        raise SourceError("a list of traces is expected", where=where)
    rows = [Fields.of(row, f"{where} {index}") for index, row in enumerate(value)]
    return _parity_traces(rows, header) if any("action" in row for row in rows) else _geth_traces(rows, txs, where)


def _parity_traces(rows: list[Fields], header: _Header) -> _Traces:
    """Traces of ``trace_block`` (OpenEthereum, Erigon, Nethermind, Reth, anvil): one row for each call."""
    calls: dict[str, list[_Call]] = {}
    rewards = []
    for row in rows:
        if row.hash("blockHash") != header.block.hash:
            raise row.fault("blockHash", f"that of the block, {header.block.hash}: the chain changed between answers")
        if row.text("type") == "reward":
            rewards.append(row.child("action"))
        else:
            calls.setdefault(row.hash("transactionHash"), []).append(_parity_call(row))
    return _Traces({tx: tuple(sorted(found)) for tx, found in calls.items()}, tuple(rewards))


def _parity_call(row: Fields) -> _Call:
    kind, action, failed = row.text("type"), row.child("action"), "error" in row
    path = tuple(step for step in row.items("traceAddress") if isinstance(step, int) and step >= 0)
    if len(path) != len(row.items("traceAddress")):
        raise row.fault("traceAddress", "a list of places")
    if kind in _DESTRUCT:
        refund = action.address("refundAddress")
        return _Call(path, kind, action.address("address"), refund, action.quantity("balance"), failed)
    if kind == "create":
        receiver = "" if failed else row.child("result").address("address")
    elif kind == "call":
        kind, receiver = action.text("callType"), action.address("to")
    else:
        raise row.fault("type", "call, create, suicide or reward")
    return _Call(path, kind, action.address("from"), receiver, action.quantity("value", 0), failed)


def _geth_traces(rows: list[Fields], txs: tuple[str, ...], where: str) -> _Traces:
    """Traces of ``debug_traceBlockByNumber`` with the callTracer: a tree for each transaction, in block order."""
    if len(rows) != len(txs):
        raise SourceError(f"{len(rows)} traces of {len(txs)} transactions", where=where)
    calls = {}
    for tx, row in zip(txs, rows, strict=True):
        if "error" in row:
            raise SourceError(f"the node could not trace {tx}: {row.table['error']!r:.200}", where=row.where)
        if "txHash" in row and row.hash("txHash") != tx:
            raise row.fault("txHash", f"{tx}: the chain changed between answers")
        calls[tx] = tuple(_geth_calls(row.child("result")))
    return _Traces(calls)


def _geth_calls(root: Fields) -> Iterator[_Call]:
    waiting: list[tuple[tuple[int, ...], Fields]] = [((), root)]
    while waiting:  # no recursion: the depth of calls is the sender's choice
        path, frame = waiting.pop()
        yield _geth_call(path, frame)
        if "calls" in frame:
            inner = [((*path, place), Fields.of(call, root.where)) for place, call in enumerate(frame.items("calls"))]
            waiting += reversed(inner)


def _geth_call(path: tuple[int, ...], frame: Fields) -> _Call:
    kind, failed = frame.text("type").lower(), "error" in frame
    if kind in _DESTRUCT and "from" not in frame:
        return _Call(path, kind, "", "", 0, failed, unseen=True)
    amount = frame.quantity("value", 0)
    if kind not in _CREATE | _DESTRUCT | _STILL | {"call"} and amount:
        raise frame.fault("type", "a call that is known to move value")
    receiver = frame.address("to") if "to" in frame else ""
    if amount and not receiver and not failed:
        raise frame.fault("to", "an address")
    return _Call(path, kind, frame.address("from"), receiver, amount, failed)


def _logs(receipt: Fields, header: _Header, limitations: list[Limitation]) -> Iterator[Transfer]:
    """Transfers by the events of fungible tokens (ERC-20) and of the wrapped coin. ERC-721 events are left out."""
    name, index = receipt.hash("transactionHash"), receipt.quantity("transactionIndex")
    for log in receipt.children("logs"):
        contract, topics, data = log.address("address"), log.items("topics"), log.data("data")
        event = str(topics[0]).lower() if topics else ""
        if event == DESTROY_TOPIC and token_id(header.chain, contract) in SILENT_BURNS:
            event, topics, data = _burnt(topics, data)
        wraps = contract == header.chain.wrapped and event in (DEPOSIT_TOPIC, WITHDRAWAL_TOPIC)
        if not wraps and (event != TRANSFER_TOPIC or len(topics) == 4):
            continue
        parties = [_topic_address(topic) for topic in topics[1:]]
        if len(parties) != (1 if wraps else 2) or None in parties or len(data) != 66:
            limitations.append(header.limitation("malformed-log", "an event of the token is not as ERC-20", contract))
            continue
        known = [party for party in parties if party is not None]
        sender, receiver, kind = _movement(event, contract, known, header.chain)
        place = seq(Step.LOG, log.quantity("logIndex", most=_MOST_INDEX))
        yield header.transfer(
            name, index, place, sender, receiver, int(data, 16), kind, token_id(header.chain, contract)
        )  # fmt: skip


def _burnt(topics: list[object], data: str) -> tuple[str, list[object], str]:
    """The Transfer to the zero address that a token leaves out when it destroys a balance: topic, topics and data."""
    words = "".join(str(topic)[2:] for topic in topics[1:]) + data[2:]
    return TRANSFER_TOPIC, [TRANSFER_TOPIC, f"0x{words[:64]}", "0x" + "0" * 64], f"0x{words[64:]}"


def _topic_address(topic: object) -> str | None:
    """The address in a log's topic; None where the topic holds none."""
    text = topic.lower() if isinstance(topic, str) else ""
    good = len(text) == 66 and text.startswith("0x" + "0" * 24) and _HEX.issuperset(text[2:])
    return "0x" + text[26:] if good else None


def _movement(event: str, contract: str, parties: list[str], chain: Chain) -> tuple[str, str, Kind]:
    """Sender, receiver and kind of a token event. The contract of the wrapped coin gives and takes what it wraps."""
    if event == DEPOSIT_TOPIC:
        return contract, parties[0], Kind.WRAP
    if event == WITHDRAWAL_TOPIC:
        return parties[0], contract, Kind.WRAP
    sender, receiver = parties
    if contract == chain.wrapped and chain.wrapped_transfers and ZERO_ADDRESS in parties:
        return (contract, receiver, Kind.WRAP) if sender == ZERO_ADDRESS else (sender, contract, Kind.WRAP)
    return sender, receiver, Kind.TOKEN


def _rewards(shown: Fields, rewards: tuple[Fields, ...], tx_index: int, header: _Header) -> Iterator[Transfer]:
    """New coins: rewards of proof-of-work blocks and uncles as traced, and validators' withdrawals (EIP-4895)."""
    paid = [(reward.address("author"), reward.quantity("value")) for reward in rewards]
    if "withdrawals" in shown:
        paid += [
            (row.address("address"), row.quantity("amount", most=_MOST_GAS) * _GWEI)
            for row in shown.children("withdrawals")
        ]
    for index, (receiver, amount) in enumerate(paid):
        if amount:
            place = seq(Step.VALUE, index)
            yield header.transfer(header.block.hash, tx_index, place, SUBSIDY, receiver, amount, Kind.REWARD)


def _block_gaps(shown: Fields, traces: _Traces | None, txs: tuple[str, ...], header: _Header) -> Iterator[Limitation]:
    """What the answers about this block cannot show."""
    untraced = 0 if traces is None else sum(tx not in traces.calls for tx in txs)
    if untraced:
        yield header.limitation("missing-trace", f"{untraced} of {len(txs)} transactions have no trace")
    mined = header.chain.name == "ethereum" and header.block.height and shown.quantity("difficulty", 0)
    if mined and not (traces and traces.rewards):
        yield header.limitation("missing-reward", "the traces do not show the block's reward", shown.address("miner"))
