"""What is fuzzed, and what each decoder promises of any input: an answer, a typed refusal, never a crash."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from tests.chains.plainblock import plain_block
from tests.fuzz import seeds
from tests.fuzz.inputs import Instructions, made_bytes, made_json
from tests.fuzz.logs import decoders

from clew import chains
from clew.chains.events import read_events
from clew.chains.rawblock import Output, parse_block
from clew.errors import InputError, SourceError
from clew.lists.event_logs import entries
from clew.model import Reply
from clew.protocols import coinjoin, issuers, safe, tornado
from clew.protocols.coinjoin.transaction import Input, Transaction
from clew.protocols.refusal import Refused
from clew.protocols.thorchain import facts, memo, midgard, router, thornode
from clew.protocols.thorchain.utxo import pushed

Target = Callable[[bytes], None]

MOST = 2**256


def _reply(form: str, chain: str, wanted: Sequence[Any], query: dict[str, str] | None = None) -> Target:
    """A reply format: its transfers are whole numbers of base units within 256 bits, or the reply is refused."""

    def target(data: bytes) -> None:
        reply = Reply(form, chain, query or {}, "1", made_json(data, wanted))
        try:
            decoded = chains.decode(reply)
        except (SourceError, InputError):
            return
        for transfer in decoded.transfers:
            assert type(transfer.amount) is int, transfer
            assert 0 <= transfer.amount < MOST, transfer
            assert transfer.sender, transfer
            assert transfer.receiver, transfer

    return target


def _events(form: str, chain: str, wanted: Sequence[Any]) -> Target:
    def target(data: bytes) -> None:
        try:
            events = read_events(Reply(form, chain, {}, "1", made_json(data, wanted)))
        except SourceError:
            return
        for event in events:
            assert all(len(topic) == 32 for topic in event.log.topics), event
            _acts(event.log.contract, event.log.topics, event.log.data, chain)

    return target


def _acts(contract: str, topics: Sequence[bytes], data: bytes, chain: str) -> None:
    words, rest = [topic.hex() for topic in topics], data.hex()
    control = issuers.decode_control(chains.find_chain(chain), contract, words, rest)
    if isinstance(control, issuers.Control):
        assert control.asset in issuers.controlled()
        assert (control.amount is None) == (control.action is not issuers.Action.DESTROY)
    safe.is_execution(words)
    tornado.decode_event(topics, data)


def raw_block(data: bytes) -> None:
    """The kernel reads what the plain reader reads, and nothing else."""
    raw, plain = made_bytes(data, [seeds.GENESIS]), None
    with suppress(SourceError):
        plain = plain_block(raw, mweb=False)
    try:
        block = parse_block(raw)
    except SourceError:
        assert plain is None
        return
    assert plain is not None
    assert block.txids == [tx.id[::-1].hex() for tx in plain]
    assert [list(tx.outputs) for tx in block.transactions] == [tx.outputs for tx in plain]


def event_file(data: bytes) -> None:
    try:
        for _place, told in entries(made_json(data, seeds.LISTS).decode(errors="replace"), where="fuzz"):
            assert isinstance(told, InputError) or told["category"] in ("frozen", "wallet")
    except InputError:
        return


def thorchain_memo(data: bytes) -> None:
    for protocol in (facts.THORCHAIN, facts.MAYA):
        found = memo.memo_of_bytes(made_bytes(data, seeds.MEMOS), protocol=protocol)
        if not isinstance(found, Refused):
            again = memo.parse_memo(memo.canonical(found), protocol=protocol)
            assert not isinstance(again, Refused), (found, again)


def thorchain_router(data: bytes) -> None:
    body = made_bytes(data, seeds.CALLS)
    router.decode_call(body, value=Instructions(data).number(2**16), sender="0x" + "a1" * 20)
    router.memo_of_calldata(body)
    router.decode_event([body[:32].ljust(32, b"\0")], body[32:])
    pushed(body)


def _records(decode: Callable[[bytes], Any], wanted: Sequence[Any]) -> Target:
    def target(data: bytes) -> None:
        try:
            found = decode(made_json(data, wanted))
        except (SourceError, InputError):
            return
        if isinstance(found, tuple):
            midgard.swaps(found)

    return target


def tornado_call(data: bytes) -> None:
    call = tornado.decode_call(made_bytes(data, seeds.TORNADO), to="0x" + "47" * 20)
    if isinstance(call, tornado.DepositCall):
        assert len(call.commitment) == 66


def bitcoin_mix(data: bytes) -> None:
    """Transactions with few kinds of amounts, so that the rules for equal outputs are met."""
    read = Instructions(data)
    amounts = [0, 546, 100_000, 1_000_000, 10_000_000, 21 * 10**14]
    scripts = [b"", b"\x6a\x04test", b"\x00\x14" + b"a" * 20, b"\x51\x20" + b"b" * 32, read.rest()[:40]]

    def coin() -> Output:
        return Output(amounts[read.number(len(amounts))] + read.number(3), scripts[read.number(len(scripts))])

    inputs = tuple(Input(f"{n:064x}:0", coin() if read.number(3) else None) for n in range(read.number(12)))
    outputs = tuple(coin() for _ in range(read.number(24)))
    time = 1_400_000_000 + read.number(2**16) * 10_000 if read.number(4) else None
    for verdict in coinjoin.classify(Transaction("ab" * 32, inputs, outputs, time)):
        assert 0 <= verdict.confidence <= 100, verdict


_TRON = "tron:0x2b6653dc"
TARGETS: dict[str, Target] = {
    "chains.rawblock": raw_block,
    "chains.bitcoin": _reply("bitcoin/getblock", seeds.BITCOIN, seeds.GETBLOCK),
    "chains.esplora": _reply("esplora/tx", seeds.BITCOIN, seeds.ESPLORA),
    "chains.evm": _reply("evm/block", "eip155:1", seeds.EVM_BLOCK),
    "chains.etherscan-txlist": _reply("etherscan/txlist", "eip155:1", seeds.TXLIST),
    "chains.etherscan-tokentx": _reply("etherscan/tokentx", "eip155:1", seeds.TOKENTX),
    "chains.etherscan-internal": _reply("etherscan/txlistinternal", "eip155:1", seeds.TXLIST),
    "chains.etherscan-transaction": _reply("etherscan/transaction", "eip155:1", seeds.TRANSACTION),
    "chains.tron-transactions": _reply("trongrid/transactions", _TRON, seeds.TRON_TRANSACTIONS),
    "chains.tron-trc20": _reply("trongrid/trc20", _TRON, seeds.TRON_TRC20),
    "chains.tron-info": _reply("trongrid/transactioninfo", _TRON, seeds.TRON_INFO),
    "events.evm": _events("etherscan/getLogs", "eip155:1", seeds.LISTS),
    "events.block": _events("evm/block", "eip155:1", seeds.EVM_BLOCK),
    "events.tron": _events("trongrid/events", _TRON, seeds.LISTS),
    "lists.event_logs": event_file,
    "protocols.thorchain.memo": thorchain_memo,
    "protocols.thorchain.router": thorchain_router,
    "protocols.thorchain.midgard": _records(midgard.decode_actions, seeds.MIDGARD),
    "protocols.thorchain.thornode": _records(thornode.decode_tx, seeds.THORNODE),
    "protocols.tornado": tornado_call,
    "protocols.coinjoin": bitcoin_mix,
    **dict(decoders()),
}
"""Name -> what is called with a fuzzer's bytes; any exception is a finding."""
