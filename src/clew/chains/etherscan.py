"""Account histories of Etherscan-compatible explorers: Etherscan (v2), Blockscout, and their kin.

Each reply is ``{"status", "message", "result": [row, …]}``; ``status`` 0 with an empty list is an empty history.
Field names: https://docs.etherscan.io, section Accounts; Blockscout differs in ``transactionHash``, ``index``,
``callType`` and ``logIndex``.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from clew.amounts import Asset
from clew.chains import Chain, find_chain
from clew.chains.evm import read_transaction
from clew.chains.execution import DEPOSIT_CALL, DERIVED, WITHDRAW_CALL, ZERO_ADDRESS, Step, seq, token_id, value_kind
from clew.chains.fields import Fields, read_json
from clew.chains.tokens import find_token
from clew.errors import SourceError
from clew.model import FEE, SUBSIDY, Decoded, Kind, Limitation, Place, Reply, Transfer

_MOST_GAS = 2**64 - 1
_MOST_PRICE = 2**128 - 1
_MOST_INDEX = 2**32 - 2
_MOST_HEIGHT = 2**53 - 1
_MOST_TX_INDEX = 2**31 - 1
_SYMBOL_LENGTH = 32

_MOVING = frozenset({"call", "create", "create2", "selfdestruct", "suicide"})
_STILL = frozenset({"callcode", "delegatecall", "staticcall"})
_TRACE_ID = re.compile(r"\d{1,9}(?:_\d{1,9})*")
_PAYS_FOR_L1 = frozenset({"optimism", "base"})
"""OP-stack chains: a transaction also pays for its data's place on L1, in a field not every explorer has."""
_OTHER_FEES = _PAYS_FOR_L1 | {"arbitrum"}
"""Rollups: what an explorer's list makes of gas and price need not be the fee of the receipt."""


def decode_txlist(reply: Reply) -> Decoded:
    """Fees and native values of ``txlist``, and the wraps that follow from direct calls of the wrapped coin.

    The reply does not tell the burnt part of a fee: all of it goes to ``@fee``. A call without value gives its fee
    alone; a message without call data (``0x``) and value gives a transfer of 0. Limitation: ``unseen-l1-fee``.
    """
    chain, rows = _rows(reply)
    transfers: list[Transfer] = []
    for row in rows:
        if row.text("hash").startswith("GENESIS"):
            transfers.append(_genesis(row, chain))
        else:
            transfers += _transaction(row, chain)
    blind = chain.name in _PAYS_FOR_L1 and any("L1FeesPaid" not in row for row in rows)
    detail = "the explorer does not show what the transactions paid for their data on L1"
    return Decoded(tuple(transfers), limitations=(Limitation("unseen-l1-fee", detail, chain.id),) if blind else ())


def decode_internal(reply: Reply) -> Decoded:
    """Native values moved by calls inside transactions, of ``txlistinternal``; failed ones move nothing.

    `tx_index` is -1 where the reply lacks ``transactionIndex``. The place within the transaction is Blockscout's
    ``index`` (the call's own), else the rank by Etherscan's ``traceId`` among the reply's calls of the transaction,
    else the rank in the reply.
    """
    chain, rows = _rows(reply)
    seen: Counter[str] = Counter()
    transfers = []
    for tx, row in _in_trace_order(rows):
        seen[tx] += 1
        index = row.decimal("index", most=_MOST_INDEX) if "index" in row else seen[tx]
        kind = row.text("type")
        kind = row.text("callType") if kind == "call" and "callType" in row else kind
        amount = row.decimal("value")
        if row.text("isError") == "1" or not amount or kind in _STILL or not index:  # 0: the transaction's own value
            continue
        if kind not in _MOVING:
            raise row.fault("type", "a call that is known to move value")
        receiver = row.address("contractAddress" if kind.startswith("create") and "to" not in row else "to")
        place = _Place(chain, row, tx)
        transfers.append(place.transfer(seq(Step.CALL, index), row.address("from"), receiver, amount, Kind.INTERNAL))
    return Decoded(tuple(transfers))


def decode_tokens(reply: Reply) -> Decoded:
    """Transfers of fungible tokens, of ``tokentx``, and the tokens as their own contracts describe themselves.

    Where the reply lacks ``logIndex`` the place is the rank among the reply's rows of the transaction. Limitations:
    ``unknown-decimals`` (0 is assumed), ``amountless-token``. Rows of non-fungible tokens are left out.
    """
    chain, rows = _rows(reply)
    seen: Counter[str] = Counter()
    transfers, assets, limitations = [], {}, {}
    for row in rows:
        if "tokenID" in row or "tokenIDs" in row:
            continue
        contract, tx = row.address("contractAddress"), row.hash("hash")
        if "value" not in row:
            detail = "the explorer shows transfers of the token without an amount"
            limitations[contract] = Limitation("amountless-token", detail, chain.id, contract)
            continue
        asset = _token(row, contract, chain)
        if find_token(asset.id) is None and not _decimals(row):
            detail = "the token states no decimals; amounts are shown in base units"
            limitations[contract] = Limitation("unknown-decimals", detail, chain.id, contract, asset=asset.id)
        assets[asset.id] = asset
        index = row.decimal("logIndex", most=_MOST_INDEX) if "logIndex" in row else seen[tx]
        seen[tx] += 1
        sender, receiver, kind = _token_parties(row, contract, chain)
        place = _Place(chain, row, tx)
        transfers.append(place.transfer(seq(Step.LOG, index), sender, receiver, row.decimal("value"), kind, asset.id))
    return Decoded(tuple(transfers), tuple(assets.values()), limitations=tuple(limitations.values()))


def decode_place(reply: Reply) -> Decoded:
    """Where a transaction stands, of the node's own ``eth_getTransactionByHash`` or ``eth_getTransactionReceipt``.

    What it moves is left to ``etherscan/transaction``: neither alone says both the value and whether it was moved.
    """
    where = f"{reply.format} of {reply.query.get('txhash', reply.chain)}"
    shown = Fields.of(read_json(reply.body, where), where).child("result")
    tx = shown.hash("transactionHash" if "transactionHash" in shown else "hash")
    if "blockNumber" not in shown:
        return Decoded()  # it waits to be put in a block
    height = shown.quantity("blockNumber", most=_MOST_HEIGHT)
    tx_index = shown.quantity("transactionIndex", most=_MOST_TX_INDEX)
    return Decoded(places=(Place(reply.chain, tx, height, tx_index),))


def decode_transaction(reply: Reply) -> Decoded:
    """One transaction: fee, value and token events, of ``{"transaction": …, "receipt": …, "block": …}``.

    These are the node's own answers to ``eth_getTransactionByHash``, ``eth_getTransactionReceipt`` and
    ``eth_getBlockByNumber`` (null where it is not at hand; the time is then -1). Each row is the one that the lists
    show of the same event; a fee that lists and receipts may state differently is left to the lists.
    """
    chain, where = find_chain(reply.chain), f"{reply.format} {reply.query.get('txhash', '')}".rstrip()
    body = Fields.of(read_json(reply.body, where), where)
    tx, receipt = (body.child(name).child("result") for name in ("transaction", "receipt"))
    block = body.child("block").child("result") if "block" in body else None
    transfers, limitations = read_transaction(tx, receipt, block, chain)
    if chain.name in _OTHER_FEES:
        transfers = [transfer for transfer in transfers if transfer.kind is not Kind.FEE]
    place = Place(chain.id, tx.hash("hash"), *(tx.quantity(name) for name in ("blockNumber", "transactionIndex")))
    return Decoded(tuple(transfers), limitations=tuple(dict.fromkeys(limitations)), places=(place,))


@dataclass(frozen=True, slots=True)
class _Place:
    """The transaction a row belongs to."""

    chain: Chain
    row: Fields
    tx: str

    def transfer(self, place: int, sender: str, receiver: str, amount: int, kind: Kind, asset: str = "") -> Transfer:
        """A transfer in this transaction, of the native coin unless `asset` is given."""
        row = self.row
        tx_index = row.decimal("transactionIndex", most=_MOST_INDEX) if "transactionIndex" in row else -1
        height, time = row.decimal("blockNumber", most=_MOST_HEIGHT), row.decimal("timeStamp", most=_MOST_HEIGHT)
        asset = asset or self.chain.native.id
        return Transfer(
            self.chain.id, height, tx_index, place, self.tx, time, asset, sender, receiver, amount, kind
        )  # fmt: skip


def _rows(reply: Reply) -> tuple[Chain, list[Fields]]:
    chain = find_chain(reply.chain)
    where = f"{reply.format} of {reply.query.get('address', chain.name)}"
    body = Fields.of(read_json(reply.body, where), where)
    result = body.table.get("result")
    if not isinstance(result, list):
        said = result if isinstance(result, str) else body.table.get("message")
        raise SourceError(f"the explorer gave no list of rows but {said!r:.200}", where=where)
    if body.table.get("status") != "1" and result:
        raise SourceError(f"the explorer gave rows under status {body.table.get('status')!r:.20}", where=where)
    return chain, [Fields.of(row, f"{where}, row {index}") for index, row in enumerate(result)]


def _genesis(row: Fields, chain: Chain) -> Transfer:
    """A balance of the genesis block, which Etherscan lists as a transaction of its own."""
    place = _Place(chain, row, row.text("hash"))
    return place.transfer(seq(Step.VALUE, 0), SUBSIDY, row.address("to"), row.decimal("value"), Kind.REWARD)


def _transaction(row: Fields, chain: Chain) -> Iterator[Transfer]:
    place, sender, amount = _Place(chain, row, row.hash("hash")), row.address("from"), row.decimal("value")
    fee = row.decimal("gasUsed", most=_MOST_GAS) * row.decimal("gasPrice", most=_MOST_PRICE)
    fee += row.decimal("L1FeesPaid", 0, most=_MOST_PRICE)
    if fee:
        yield place.transfer(seq(Step.FEE, 1), sender, FEE, fee, Kind.FEE)
    if row.text("isError") not in ("0", "1"):
        raise row.fault("isError", "0 or 1")
    if row.text("isError") == "1" or row.table.get("txreceipt_status") == "0":
        return
    call = row.data("input")
    receiver = row.address("to" if "to" in row else "contractAddress")
    if amount or call == "0x":
        yield place.transfer(seq(Step.VALUE, 0), sender, receiver, amount, value_kind(call, creates="to" not in row))
    if receiver == chain.wrapped and not chain.wrapped_transfers:
        yield from _wrap(place, sender, call, amount)


def _wrap(place: _Place, sender: str, call: str, amount: int) -> Iterator[Transfer]:
    """The token side of a direct wrap or unwrap: WETH9 mints and burns 1:1 and emits no Transfer event for it.

    An empty call reaches the contract's fallback, which deposits.
    """
    contract, leg = place.chain.wrapped, seq(Step.LOG, DERIVED)
    asset = token_id(place.chain, contract)
    if amount and (call == "0x" or call.startswith(DEPOSIT_CALL)):
        yield place.transfer(leg, contract, sender, amount, Kind.WRAP, asset)
    elif call.startswith(WITHDRAW_CALL) and len(call) >= 74:
        yield place.transfer(leg, sender, contract, int(call[10:74], 16), Kind.WRAP, asset)


def _in_trace_order(rows: list[Fields]) -> list[tuple[str, Fields]]:
    """The calls with their transactions: transactions as they come, the calls of each in the order of their traces."""
    calls = [(row.hash("transactionHash" if "transactionHash" in row else "hash"), row) for row in rows]
    rank = {tx: number for number, tx in enumerate(dict.fromkeys(tx for tx, _ in calls))}
    return sorted(calls, key=lambda call: (rank[call[0]], _trace_path(call[1])))


def _trace_path(row: Fields) -> tuple[int, ...]:
    """The path of a call in its transaction's tree of calls; empty where the reply does not give it."""
    if "traceId" not in row:
        return ()
    text = row.text("traceId")
    if _TRACE_ID.fullmatch(text) is None:
        raise row.fault("traceId", "numbers joined by _")
    return tuple(int(step) for step in text.split("_"))


def _token_parties(row: Fields, contract: str, chain: Chain) -> tuple[str, str, Kind]:
    """Sender, receiver and kind. A mint or burn of the wrapped coin is a wrap, which its contract gives or takes.

    Blockscout (which gives ``logIndex``) lists WETH9's Deposit and Withdrawal as a mint and a burn; Etherscan does not,
    so there a row to the zero address is a transfer like any other.
    """
    sender, receiver = row.address("from"), row.address("to")
    if contract == chain.wrapped and sender == ZERO_ADDRESS:
        return contract, receiver, Kind.WRAP
    if contract == chain.wrapped and receiver == ZERO_ADDRESS and (chain.wrapped_transfers or "logIndex" in row):
        return sender, contract, Kind.WRAP
    return sender, receiver, Kind.TOKEN


def _token(row: Fields, contract: str, chain: Chain) -> Asset:
    """A known token as it is known; any other as its contract claims, made harmless to print."""
    asset = token_id(chain, contract)
    claim = row.table.get("tokenSymbol")
    return find_token(asset) or Asset(asset, _printable(claim if isinstance(claim, str) else ""), _decimals(row) or 0)


def _decimals(row: Fields) -> int | None:
    text = row.table.get("tokenDecimal")
    good = isinstance(text, str) and re.fullmatch("[0-9]{1,3}", text) is not None and int(text) <= 255
    return int(str(text)) if good else None


def _printable(claim: str) -> str:
    """A symbol without control, format and separator characters, cut at 32; ``?`` where nothing is left."""
    kept = "".join(c for c in claim if unicodedata.category(c)[0] not in "CZ" or c == " ")
    return kept.strip()[:_SYMBOL_LENGTH] or "?"
