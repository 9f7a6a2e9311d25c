"""The files are what Clew's own readers take, and say the same as the book."""

import gzip
import json
from collections import defaultdict
from pathlib import Path

import pytest

from clew.cases import read_case
from clew.chains import DECODERS, decode
from clew.chains.tokens import find_token
from clew.model import FEE, Kind, Reply, Transfer
from clew.simulate import bitcoin, ethereum
from clew.simulate.files import case_text, recorded_replies, truth_text
from clew.simulate.theft import World, tell
from clew.sources.esplora import EsploraSource
from clew.sources.etherscan import EtherscanSource
from clew.sources.recorded import read_recorded
from clew.sources.transport import RecordedTransport


@pytest.fixture(scope="module")
def world() -> World:
    return tell(1)


@pytest.fixture(scope="module")
def replies(world: World, tmp_path_factory: pytest.TempPathFactory) -> list[Reply]:
    path = tmp_path_factory.mktemp("world") / "replies.jsonl.gz"
    path.write_bytes(recorded_replies(world))
    return read_recorded(path, default_chain="")


@pytest.fixture(scope="module")
def transfers(replies: list[Reply]) -> list[Transfer]:
    """What the decoders read, each transfer once, in order."""
    decoded = [transfer for reply in replies if reply.format in DECODERS for transfer in decode(reply).transfers]
    index = {transfer.tx: transfer.tx_index for transfer in decoded if transfer.tx_index >= 0}
    placed = {transfer._replace(tx_index=index[transfer.tx]) for transfer in decoded}
    return sorted(placed, key=lambda transfer: (transfer.time, transfer.position))


def test_the_replies_are_plain_gzip(world: World) -> None:
    lines = gzip.decompress(recorded_replies(world)).splitlines()
    assert [set(json.loads(line)) for line in lines] == [{"chain", "fetched", "format", "query", "response"}] * len(
        lines
    )


def test_every_reply_decodes(replies: list[Reply], transfers: list[Transfer]) -> None:
    assert {reply.format for reply in replies if reply.format in DECODERS} == {
        *(f"etherscan/{action}" for action in ethereum.ACTIONS),
        "esplora/tx",
    }
    assert {Kind.NATIVE, Kind.INTERNAL, Kind.TOKEN, Kind.WRAP, Kind.FEE, Kind.INPUT, Kind.OUTPUT} <= {
        transfer.kind for transfer in transfers
    }


def test_every_question_of_a_source_is_answered(world: World, replies: list[Reply]) -> None:
    transport = RecordedTransport(replies)
    explorer = EtherscanSource(ethereum.CHAIN.id, transport)
    esplora = EsploraSource(bitcoin.CHAIN.id, transport)
    fetched = [explorer.history(address, limit=1_000) for address in world.wallets]
    fetched += [esplora.history(outpoint, limit=1_000) for outpoint in world.bitcoin.owners]
    assert {history.status for history in fetched} == {"complete"}
    shown = {reply.query["path"] for history in fetched for reply in history.replies if "path" in reply.query}
    spenders = {
        f"/tx/{spender['txid']}"
        for (tx, vout), (spender, _) in world.bitcoin.spent.items()
        if f"{tx}:{vout}" in world.bitcoin.owners
    }
    assert shown == spenders != set()


def test_no_balance_goes_negative_and_all_end_as_in_the_book(world: World, transfers: list[Transfer]) -> None:
    balances: defaultdict[tuple[str, str], int] = defaultdict(int)
    wallets = set(world.wallets)
    for transfer in transfers:
        if transfer.chain != ethereum.CHAIN.id or not known(transfer.asset):
            continue
        balances[transfer.sender, transfer.asset] -= transfer.amount
        assert balances[transfer.sender, transfer.asset] >= 0 or transfer.sender not in wallets, transfer
        balances[transfer.receiver, transfer.asset] += transfer.amount
    for address in wallets:
        for asset in (ethereum.ETH, ethereum.USDC, ethereum.WETH):
            assert balances[address, asset.id] == world.ethereum.balance(address, asset)


def test_every_bitcoin_transaction_gives_what_it_takes(transfers: list[Transfer]) -> None:
    through: defaultdict[str, int] = defaultdict(int)
    for transfer in transfers:
        if transfer.chain == bitcoin.CHAIN.id:
            through[transfer.tx] += transfer.amount if transfer.kind is Kind.INPUT else -transfer.amount
    assert through
    assert not any(through.values())


def known(asset: str) -> bool:
    return asset == ethereum.ETH.id or find_token(asset) is not None


def test_each_theft_is_a_transfer_of_its_amount(world: World, transfers: list[Transfer]) -> None:
    for theft in world.thefts:
        moved = [t.amount for t in transfers if (t.tx, t.asset, t.receiver) == (theft.tx, theft.asset.id, theft.to)]
        assert moved == [theft.amount]


def test_each_conversion_is_seen_to_leave_and_to_arrive(world: World, transfers: list[Transfer]) -> None:
    for swap in world.conversions:
        left = [t for t in transfers if (t.tx, t.asset, t.sender) == (swap.tx, swap.asset_in.id, swap.sender)]
        came = [t for t in transfers if (t.tx, t.asset) == (swap.tx_out or swap.tx, swap.asset_out.id)]
        assert swap.amount_in in [t.amount for t in left if t.receiver != FEE]
        assert swap.amount_out in [t.amount for t in came if swap.receiver in (t.receiver, t.owner)]


def test_the_case_file_states_thefts_conversions_and_tags(world: World, tmp_path: Path) -> None:
    path = tmp_path / "case.toml"
    path.write_text(case_text(world, 1))
    case = read_case(path)
    assert (case.id, case.policy) == ("simulated-1", "fifo")
    assert case.thefts == tuple(world.thefts)
    assert case.conversions == tuple(world.conversions)
    assert [(tag.address, tag.entity, tag.stop) for tag in case.tags] == [
        (world.places.exchange, "Simulated Exchange", True),
        (world.places.bitcoin_exchange, "Simulated Exchange", True),
    ]


def test_the_truth_partitions_each_theft(world: World) -> None:
    truth = json.loads(truth_text(world, 1))
    for stolen in truth["stolen"]:
        parts = [int(row["origin_amount"]) for row in truth["standing"] if row["theft"] == stolen["theft"]]
        assert sum(parts) == int(stolen["amount"])
        assert min(parts) > 0


def test_the_same_seed_gives_the_same_bytes() -> None:
    first, second, other = (
        (case_text(world, 0), recorded_replies(world), truth_text(world, 0)) for world in (tell(3), tell(3), tell(4))
    )
    assert first == second
    assert all(one != another for one, another in zip(first, other, strict=True))
