"""TRON: addresses, and the replies of TronGrid and of a node's HTTP interface about accounts and transactions.

Amounts of TRX are in sun (10**-6 TRX). No reply tells a transaction's index in its block, so `tx_index` is -1, but
where the source found it out and says it in the query. TronGrid's lists of token and internal transfers do not tell
the block either: there `height` is -1 and the place is the rank among the reply's rows of the transaction; the reply
``trongrid/transactioninfo`` of the transaction shows the same transfers at their places. A fee is destroyed, so it
is a BURN.
Fields: https://developers.tron.network/reference and java-tron, ``Tron.proto``.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import base58

from clew.amounts import Asset
from clew.chains import Chain, find_chain
from clew.chains.execution import TRANSFER_TOPIC, Step, seq, token_id
from clew.chains.fields import Fields, read_json
from clew.chains.tokens import find_token
from clew.errors import InputError, SourceError
from clew.model import BURNT_FEE, SUBSIDY, Decoded, Kind, Limitation, Reply, Transfer

_PREFIX = b"\x41"
"""First byte of a mainnet address."""
_MOST_SUN = 2**63 - 1
_MOST_TIME = 10**14
_SYMBOL_LENGTH = 32
_HEX_ADDRESS = re.compile(r"(?:0x)?41[0-9a-fA-F]{40}")
_TXID = re.compile(r"[0-9a-fA-F]{64}")
_WORD = 64
"""Hex digits of one word of an event's data."""

_MOVES_NO_COIN = frozenset(
    {
        "AccountCreate",
        "AccountPermissionUpdate",
        "AccountUpdate",
        "AssetIssue",
        "CancelAllUnfreezeV2",
        "ClearABI",
        "DelegateResource",
        "FreezeBalance",
        "FreezeBalanceV2",
        "ProposalApprove",
        "ProposalCreate",
        "ProposalDelete",
        "SetAccountId",
        "UnDelegateResource",
        "UnfreezeAsset",
        "UnfreezeBalance",
        "UnfreezeBalanceV2",
        "UpdateAsset",
        "UpdateBrokerage",
        "UpdateEnergyLimit",
        "UpdateSetting",
        "VoteAsset",
        "VoteWitness",
        "WithdrawExpireUnfreeze",
        "WitnessCreate",
        "WitnessUpdate",
    }
)
"""Contract types, less the suffix Contract, that move no TRX between accounts, fee apart: frozen coins are held."""
_MOVING_NOTES = frozenset({"", "call", "create", "create2", "suicide"})
_STILL_NOTES = re.compile("(un)?(freeze|delegate)|vote|withdraw|cancel", re.IGNORECASE)
"""What an internal transaction is called when it moves value, and when it stakes, votes or lends resources."""


def parse_address(text: str, _chain: Chain) -> str:
    """Canonical form (base58check, ``T…``); ``41`` and 40 hex digits are accepted too. InputError otherwise."""
    address = text.strip()
    if _HEX_ADDRESS.fullmatch(address):
        return _encode(bytes.fromhex(address.removeprefix("0x")))
    if re.fullmatch("(?:0x)?[0-9a-fA-F]{40}", address):
        raise InputError(
            f"{address!r} is an EVM address, or a TRON address without its first byte",
            mend=f"if TRON is meant, write 41{address.removeprefix('0x')}",
        )
    mend = "a TRON address begins with T and has 34 letters and digits; copy it whole"
    if not address.startswith("T") or len(address) != 34:
        raise InputError(f"{address!r} is no TRON address: it has {len(address)} characters", mend=mend)
    try:
        raw = base58.b58decode(address)
    except ValueError as error:
        raise InputError(f"{address!r} is no TRON address: {error}", mend=mend) from error
    if len(raw) != 25 or raw[:1] != _PREFIX or _encode(raw[:21]) != address:
        raise InputError(f"the checksum of {address!r} does not fit", mend="a character is wrong: copy it again")
    return address


def decode_transactions(reply: Reply) -> Decoded:
    """TRX values, fees and internal TRX values of ``/v1/accounts/{address}/transactions``.

    A failed transaction pays its fee and moves nothing. Limitations: ``undecoded-contract`` for a contract type whose
    coins are not followed, ``trc10-transfer`` for the older kind of token.
    """
    reader = _Reader.of(reply)
    shown = {_txid(row, "txID") for row in reader.rows if row.table.get("internal_transactions")}
    ranks: Counter[str] = Counter()
    for row in reader.rows:
        if "internal_tx_id" not in row:
            reader.transaction(row)
        elif (tx := _txid(row, "tx_id")) not in shown:
            ranks[tx] += 1
            reader.internal(row, _Place(-1, tx, _time(row, "block_timestamp")), ranks[tx])
    return reader.decoded()


def decode_trc20(reply: Reply) -> Decoded:
    """Token transfers of ``/v1/accounts/{address}/transactions/trc20``, and the tokens as their contracts claim.

    Approvals move nothing and are left out. Limitations: ``unnamed-token`` where the row does not name the contract,
    ``undecoded-event``, ``unknown-decimals`` (0 is assumed).
    """
    reader = _Reader.of(reply)
    ranks: Counter[str] = Counter()
    for row in reader.rows:
        tx, event = _txid(row, "transaction_id"), row.text("type") if "type" in row else "Transfer"
        if event == "Approval":
            continue
        if event != "Transfer":
            reader.limit("undecoded-event", f"the token event {event[:40]!r} in {tx} is not followed")
            continue
        if "address" not in row.child("token_info"):
            reader.limit("unnamed-token", f"TronGrid does not name the token that moves in {tx}")
            continue
        asset = reader.token(row.child("token_info"))
        place = _Place(-1, tx, _time(row, "block_timestamp"))
        parties = _address(row, "from"), _address(row, "to")
        reader.add(place, seq(Step.LOG, ranks[tx]), *parties, row.decimal("value"), Kind.TOKEN, asset)
        ranks[tx] += 1
    return reader.decoded()


def decode_transaction_info(reply: Reply) -> Decoded:
    """Token transfers (from the logs) and internal TRX values of ``wallet/gettransactioninfobyid``.

    The reply tells neither who sent the transaction nor its own value, so fee and value are not in it. Tokens that
    are not well known come without a description.
    """
    where = f"{reply.format} of {reply.query.get('value', '')}"
    body = Fields.of(read_json(reply.body, where), where)
    reader = _Reader(find_chain(reply.chain), [])
    found = reply.query.get("index", "")
    place = _Place(
        _integer(body, "blockNumber"),
        _txid(body, "id"),
        _time(body, "blockTimeStamp"),
        int(found) if re.fullmatch("[0-9]{1,6}", found) else -1,
    )
    receipt = body.child("receipt") if "receipt" in body else body
    if body.table.get("result") == "FAILED" or receipt.table.get("result", "SUCCESS") not in ("SUCCESS", "DEFAULT"):
        return Decoded()
    for index, entry in enumerate(_children(body, "internal_transactions"), 1):
        reader.internal(entry, place, index)
    for index, log in enumerate(_children(body, "log")):
        reader.log(log, place, index)
    return reader.decoded()


def _encode(raw: bytes) -> str:
    return base58.b58encode_check(raw).decode("ascii")


def _address(row: Fields, name: str) -> str:
    """An address in canonical form, from base58, from hex with 41, or from a log's bare 20 bytes."""
    text = row.text(name)
    if re.fullmatch("[0-9a-fA-F]{40}", text):
        return _encode(_PREFIX + bytes.fromhex(text))
    try:
        return parse_address(text, find_chain("tron"))
    except InputError as error:
        raise row.fault(name, "a TRON address") from error


def _txid(row: Fields, name: str) -> str:
    text = row.text(name)
    if _TXID.fullmatch(text) is None:
        raise row.fault(name, "a transaction id of 32 bytes in hex")
    return text.lower()


def _integer(row: Fields, name: str, default: int | None = None, most: int = _MOST_SUN) -> int:
    """A JSON integer of 0 to `most`; a number beyond 64 bits is a float by now and refused."""
    if default is not None and name not in row:
        return default
    value = row.table.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise row.fault(name, f"an integer of 0 to {most}")
    return value


def _time(row: Fields, name: str) -> int:
    """Seconds of a time in milliseconds."""
    return _integer(row, name, most=_MOST_TIME) // 1000


def _children(row: Fields, name: str) -> Iterator[Fields]:
    return row.children(name) if name in row else iter(())


def _decimals(info: Fields) -> int | None:
    value = info.table.get("decimals")
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255 else None


def _printable(claim: object) -> str:
    """A token's claimed symbol without control, format and separator characters, cut at 32; ``?`` for none."""
    text = claim if isinstance(claim, str) else ""
    kept = "".join(c for c in text if unicodedata.category(c)[0] not in "CZ" or c == " ")
    return kept.strip()[:_SYMBOL_LENGTH] or "?"


@dataclass(frozen=True, slots=True)
class _Place:
    """A transaction: height (-1: not told), id, block time in seconds, and index in the block (-1: not told)."""

    height: int
    tx: str
    time: int
    index: int = -1


class _Reader:
    """Collects what the rows of one reply say."""

    def __init__(self, chain: Chain, rows: list[Fields]) -> None:
        self.chain = chain
        self.rows = rows
        self._transfers: list[Transfer] = []
        self._assets: dict[str, Asset] = {}
        self._limitations: dict[Limitation, None] = {}

    @classmethod
    def of(cls, reply: Reply) -> "_Reader":
        """A reader of the rows of a TronGrid list."""
        where = f"{reply.format} of {reply.query.get('path', reply.chain)}"
        body = Fields.of(read_json(reply.body, where), where)
        if body.table.get("success") is not True:
            raise SourceError(f"TronGrid gave no list of rows but {body.table.get('error')!r:.200}", where=where)
        return cls(find_chain(reply.chain), list(body.children("data")))

    def decoded(self) -> Decoded:
        """What was collected."""
        return Decoded(
            tuple(self._transfers), tuple(self._assets.values()), limitations=tuple(self._limitations)
        )  # fmt: skip

    def add(
        self, place: _Place, number: int, sender: str, receiver: str, amount: int, kind: Kind, asset: str = ""
    ) -> None:
        """A transfer, of TRX unless `asset` is given."""
        asset = asset or self.chain.native.id
        height, tx_index, chain = place.height, place.index, self.chain.id
        transfer = Transfer(
            chain, height, tx_index, number, place.tx, place.time, asset, sender, receiver, amount, kind
        )  # fmt: skip
        self._transfers.append(transfer)

    def limit(self, code: str, detail: str, address: str = "") -> None:
        """Something the reply shows and Clew does not follow."""
        self._limitations[Limitation(code, detail, self.chain.id, address)] = None

    def token(self, info: Fields) -> str:
        """The id of a token, described as it is known, else as its own contract claims."""
        contract = _address(info, "address")
        asset = token_id(self.chain, contract)
        known, decimals = find_token(asset), _decimals(info)
        if known is None and decimals is None:
            self.limit("unknown-decimals", "the token states no decimals; amounts are shown in base units", contract)
        self._assets[asset] = known or Asset(asset, _printable(info.table.get("symbol")), decimals or 0)
        return asset

    def transaction(self, row: Fields) -> None:
        """Fee, value and internal values of one transaction."""
        place = _Place(_integer(row, "blockNumber"), _txid(row, "txID"), _time(row, "block_timestamp"))
        contracts = list(row.child("raw_data").children("contract"))
        results = list(row.children("ret"))
        if len(contracts) != 1 or len(results) > 1:
            raise row.fault("raw_data", "a transaction of one contract with one result")
        value = contracts[0].child("parameter").child("value")
        result = results[0] if results else row
        owner = _address(value, "owner_address")
        fee = _integer(result, "fee", _integer(row, "net_fee", 0) + _integer(row, "energy_fee", 0))
        if fee:
            self.add(place, seq(Step.FEE, 0), owner, BURNT_FEE, fee, Kind.BURN)
        if result.table.get("contractRet", "SUCCESS") not in ("SUCCESS", ""):
            return
        self._value(contracts[0].text("type"), value, owner, place, row)
        for index, entry in enumerate(_children(row, "internal_transactions"), 1):
            self.internal(entry, place, index)

    def _value(self, kind: str, value: Fields, owner: str, place: _Place, row: Fields) -> None:
        """The value that a transaction's own contract moves, by its type."""
        first = seq(Step.VALUE, 0)
        if kind == "TransferContract":
            self.add(place, first, owner, _address(value, "to_address"), _integer(value, "amount"), Kind.NATIVE)
        elif kind == "TriggerSmartContract":
            if amount := _integer(value, "call_value", 0):
                self.add(place, first, owner, _address(value, "contract_address"), amount, Kind.CALL)
            if _integer(value, "call_token_value", 0):
                self.limit("trc10-transfer", f"a TRC-10 token moves in {place.tx}", owner)
        elif kind == "WithdrawBalanceContract" and "withdraw_amount" in row:
            self.add(place, first, SUBSIDY, owner, _integer(row, "withdraw_amount"), Kind.REWARD)
        elif kind == "CreateSmartContract" and not _integer(value.child("new_contract"), "call_value", 0):
            pass  # a contract that is made without coins
        elif kind == "TransferAssetContract":
            self.limit("trc10-transfer", f"a TRC-10 token moves in {place.tx}", owner)
        elif kind.removesuffix("Contract") not in _MOVES_NO_COIN:
            self.limit("undecoded-contract", f"a {kind[:60]} in {place.tx} may move coins that are not followed", owner)

    def internal(self, entry: Fields, place: _Place, index: int) -> None:
        """The TRX that a call inside a transaction moves, in a node's form or in TronGrid's."""
        if "data" in entry and isinstance(entry.table["data"], dict):
            data = entry.child("data")
            names, note, amount, others = ("from_address", "to_address"), *_call_value(data)
        else:
            data = entry
            names, note, amount, others = ("caller_address", "transferTo_address"), *_call_value_info(data)
        if data.table.get("rejected") not in (None, False) or _STILL_NOTES.match(note):
            return
        if note not in _MOVING_NOTES and amount:
            self.limit("undecoded-contract", f"a {note[:40]!r} inside {place.tx} may move coins that are not followed")
            return
        if others:
            self.limit("trc10-transfer", f"a TRC-10 token moves inside {place.tx}")
        if amount:
            parties = _address(entry, names[0]), _address(entry, names[1])
            if parties[0] != parties[1]:
                self.add(place, seq(Step.CALL, index), *parties, amount, Kind.INTERNAL)

    def log(self, log: Fields, place: _Place, index: int) -> None:
        """The transfer of fungible tokens that an event of three words shows: sender, receiver, amount in the data."""
        topics = [_hex(topic, log, "topics") for topic in log.items("topics")]
        data = _hex(log.table.get("data", ""), log, "data")
        words = topics[1:] + [data[at : at + _WORD] for at in range(0, len(data), _WORD)]
        if not topics or f"0x{topics[0]}" != TRANSFER_TOPIC or len(words) != 3 or len(words[2]) != _WORD:
            return
        if len(topics) > 3 or any(len(word) != _WORD for word in words):
            return  # an amount among the topics is the number of a non-fungible token
        asset = token_id(self.chain, _address(log, "address"))
        if known := find_token(asset):
            self._assets[asset] = known
        sender, receiver = (_encode(_PREFIX + bytes.fromhex(word[-40:])) for word in words[:2])
        self.add(place, seq(Step.LOG, index), sender, receiver, int(words[2], 16), Kind.TOKEN, asset)


def _hex(value: object, row: Fields, name: str) -> str:
    if not isinstance(value, str) or re.fullmatch("(?:[0-9a-fA-F]{2})*", value) is None:
        raise row.fault(name, "bytes in hex")
    return value.lower()


def _call_value(data: Fields) -> tuple[str, int, bool]:
    """Note, sun, and whether other tokens move, of TronGrid's ``{"note": …, "call_value": {"_": sun}}``."""
    values = data.child("call_value") if "call_value" in data else Fields({}, data.where)
    amount = _integer(values, "_", 0)
    return _note(data), amount, any(_integer(values, name, 0) for name in values.table if name != "_")


def _call_value_info(data: Fields) -> tuple[str, int, bool]:
    """The same of a node's ``{"note": hex, "callValueInfo": [{"callValue": sun, "tokenId": …}]}``."""
    values = list(_children(data, "callValueInfo"))
    amount = sum(_integer(value, "callValue", 0) for value in values if "tokenId" not in value)
    return _note(data), amount, any(_integer(value, "callValue", 0) for value in values if "tokenId" in value)


def _note(data: Fields) -> str:
    """What an internal transaction is, in words; nodes write the words in hex."""
    note = data.text("note") if "note" in data else ""
    if re.fullmatch("(?:[2-7][0-9a-f]){2,}", note):
        return bytes.fromhex(note).decode("ascii")
    return note
