"""Addresses and decoders of the Bitcoin family, on real blocks, node replies and hand-made ones."""

import csv
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from bitcoin.core import (
    COIN,
)
from hypothesis import given
from hypothesis import strategies as st

from clew.chains import decode, find_chain, parse_address
from clew.chains.bitcoin import BlockReader
from clew.errors import InputError, SourceError
from clew.model import FEE, SUBSIDY, UNSPENDABLE, Decoded, Kind, Reply, Transfer

BITCOIN = "bip122:000000000019d6689c085ae165831e93"
REGTEST = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328"
LITECOIN = "bip122:12a765e31ffd4059bada1e25190f6e98"
SharedData = Callable[[str], Path]


def block_reply(body: bytes, height: int, chain: str = BITCOIN) -> Reply:
    return Reply("bitcoin/block", chain, {"height": str(height)}, "0", body)


def getblock_reply(result: object, chain: str = BITCOIN) -> Reply:
    return Reply("bitcoin/getblock", chain, {}, "0", json.dumps(result).encode())


def amounts(transfers: tuple[Transfer, ...], kind: Kind) -> list[int]:
    return [transfer.amount for transfer in transfers if transfer.kind is kind]


class TestAddresses:
    CANONICAL = (
        ("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        ("bitcoin", " 3JvL6Ymt8MVWiCNHC7oWU6nLeHNJKLZGLN\n", "3JvL6Ymt8MVWiCNHC7oWU6nLeHNJKLZGLN"),
        (
            "bitcoin",
            "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        ),
        (
            "bitcoin",
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        ),
        ("bitcoin-testnet", "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn"),
        (
            "litecoin-regtest",
            "rltc1qrfwpppxncs6t3rd64nry0pqg0g42rfy4jj5xy9",
            "rltc1qrfwpppxncs6t3rd64nry0pqg0g42rfy4jj5xy9",
        ),
        ("litecoin-regtest", "Qdj1SmP8V3HdictpGHzyuwjvCJgqFS2vqt", "Qdj1SmP8V3HdictpGHzyuwjvCJgqFS2vqt"),
    )
    WRONG = (
        ("bitcoin", "", "empty"),
        ("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "checksum is wrong"),
        ("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7Div", "holds 23 bytes"),
        ("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7Div0Na", "'0' at position 32 does not occur in base58"),
        ("bitcoin", "1" * 10_000, "10000 characters"),
        ("bitcoin", "0x098b716b8aaf21512996dc57eb0615e2383e2f96", "'0' at position 1"),
        ("bitcoin", "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", "0x6f is of bitcoin-testnet"),
        ("bitcoin", "bcrt1qvwz0878w289t208clcg2hh3dwsyahwsfutct7w", "'bcrt' is of bitcoin-regtest"),
        ("litecoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "'bc' is of bitcoin"),
        ("litecoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "0x00 is of bitcoin"),
        ("bitcoin", "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8", "0x41 is of another chain"),
        ("bitcoin", "bc1Qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "mixes upper and lower"),
        ("bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "checksum is wrong"),
        ("bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh", "bech32m checksum, witness version 0"),
    )

    @pytest.mark.parametrize(("chain", "text", "canonical"), CANONICAL)
    def test_an_address_has_one_form(self, chain: str, text: str, canonical: str) -> None:
        assert parse_address(text, find_chain(chain)).value == canonical

    @pytest.mark.parametrize(("chain", "text", "wrong"), WRONG)
    def test_what_is_no_address_is_refused_with_what_is_wrong(self, chain: str, text: str, wrong: str) -> None:
        with pytest.raises(InputError, match=wrong) as caught:
            parse_address(text, find_chain(chain), where="--address")
        assert caught.value.where == "--address"

    def test_both_forms_of_a_litecoin_script_hash_are_one_account(self) -> None:
        old = parse_address("3JvL6Ymt8MVWiCNHC7oWU6nLeHNJKLZGLN", find_chain("litecoin"))
        assert old.value.startswith("M")
        assert parse_address(old.value, find_chain("litecoin")) == old

    @given(st.text(max_size=120))
    def test_hostile_text_is_refused_as_input(self, text: str) -> None:
        with pytest.raises(InputError):
            parse_address(text, find_chain("bitcoin"))


class TestHistoricBlocks:
    @pytest.mark.data
    @pytest.mark.parametrize(
        ("height", "outputs", "coinbase"), [(413567, 914705170223, 2531310238), (702861, 2883682728990, 629948405)]
    )
    def test_a_block_out_of_context_gives_all_it_can(
        self, shared_data: SharedData, height: int, outputs: int, coinbase: int
    ) -> None:
        decoded = decode(block_reply(shared_data(f"bitcoin/block-{height}.raw").read_bytes(), height))
        assert sum(amounts(decoded.transfers, Kind.OUTPUT)) == outputs
        assert sum(amounts(decoded.transfers, Kind.COINBASE)) == coinbase
        inputs = {413567: 4887, 702861: 6518}[height] - 1
        assert len(amounts(decoded.transfers, Kind.INPUT)) + len(decoded.limitations) == inputs
        assert len({t.position for t in decoded.transfers}) == len(decoded.transfers)

    @pytest.mark.data
    def test_the_first_4313_blocks_are_those_of_the_table_of_2009(self, shared_data: SharedData) -> None:
        raw = shared_data("bitcoin/blk-blocks-0-4312.dat").read_bytes()
        reader, decoded = BlockReader(BITCOIN), []
        for height, body in enumerate(split_blocks(raw)):
            decoded.append(reader.read(block_reply(body, height)))
        assert len(decoded) == 4313
        assert not any(block.limitations for block in decoded)
        blocks = [block.blocks[0] for block in decoded]
        assert all(after.parent == before.hash for before, after in pairwise(blocks))
        assert blocks[-1].hash == "00000000a9da635727dce622d78361b153ce3334e6a60d4377fad529abfc7863"
        assert blocks[-1].time == 1234650764

        transfers = [transfer for block in decoded for transfer in block.transfers]
        known = Year2009(shared_data("bitcoin/year-2009"), last_height=4312)
        made = {t.receiver: t for t in transfers if t.kind is Kind.OUTPUT}
        assert {outpoint: (t.height, t.amount) for outpoint, t in made.items()} == known.outputs
        assert {outpoint: made[outpoint].owner for outpoint in known.owners} == known.owners
        assert len(known.outputs) - len(known.owners) <= 21  # outputs whose address the table lost
        assert {(t.sender, t.tx, t.amount) for t in transfers if t.kind is Kind.INPUT} == known.inputs
        assert {(t.tx, t.height) for t in transfers} == set(known.heights.items())

        balance: dict[str, int] = defaultdict(int)
        for transfer in transfers:
            balance[transfer.receiver] += transfer.amount
            balance[transfer.sender] -= transfer.amount
        assert {k: v for k, v in balance.items() if v and k != SUBSIDY and k != FEE} == known.unspent
        assert balance[SUBSIDY] == -4313 * 50 * COIN == -sum(known.unspent.values())
        assert balance[FEE] == 0

        owned: Counter[str] = Counter()
        for transfer in transfers:
            if transfer.receiver in known.owners:
                owned[transfer.owner] += transfer.amount
            if transfer.sender in known.owners:
                owned[transfer.owner] -= transfer.amount
        assert +owned == known.owned


def split_blocks(raw: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(raw):
        size = int.from_bytes(raw[at + 4 : at + 8], "little")
        yield raw[at + 8 : at + 8 + size]
        at += 8 + size


class Year2009:
    """The transfers of 2009 as a table made by others, up to a height."""

    def __init__(self, folder: Path, last_height: int) -> None:
        def rows(name: str) -> Iterator[dict[str, str]]:
            with gzip.open(folder / f"{name}.csv.gz", "rt", newline="") as file:
                yield from csv.DictReader(file)

        height = {row["tx_index"]: int(row["block_index"]) for row in rows("tx-height")}
        seen = {index for index, h in height.items() if h <= last_height}
        name = {row["tx_index"]: row["tx_hash"] for row in rows("tx-hash-repaired")}
        address = {row["adr_index"]: row["adr_hash"] for row in rows("adr-hash")}
        self.heights = {name[index]: height[index] for index in seen}
        self.outputs: dict[str, tuple[int, int]] = {}
        self.owners: dict[str, str] = {}
        outpoints: dict[str, str] = {}
        for row in rows("tx-output"):
            index = row["tx_index"]
            if index in seen:
                outpoint = f"{name[index]}:{row['output_index'].removeprefix(index) or '0'}"
                outpoints[row["output_index"]] = outpoint
                self.outputs[outpoint] = (height[index], int(row["output_value"]))
                if row["adr_index"] in address:
                    self.owners[outpoint] = address[row["adr_index"]]
        self.inputs = {
            (outpoints[row["output_index"]], name[row["tx_index"]], int(row["input_value"]))
            for row in rows("tx-input")
            if row["tx_index"] in seen
        }
        spent = {outpoint for outpoint, _, _ in self.inputs}
        self.unspent = {outpoint: value for outpoint, (_, value) in self.outputs.items() if outpoint not in spent}
        self.owned: Counter[str] = Counter()
        for outpoint in self.unspent.keys() & self.owners.keys():
            self.owned[self.owners[outpoint]] += self.unspent[outpoint]


class TestNodeReplies:
    @staticmethod
    def folder(shared_data: SharedData, name: str) -> tuple[Decoded, list[dict[str, Any]], list[dict[str, Any]]]:
        """What is decoded from the folder's replies in order, and its expected blocks and transactions."""
        folder, reader = shared_data(f"bitcoin/rpc/{name}"), BlockReader(BITCOIN)
        bodies = [path.read_bytes() for path in sorted(folder.glob("reply-getblock-*.json"))]
        found = [
            reader.read(Reply("bitcoin/getblock", BITCOIN, {}, "0", body))
            for body in bodies
            if any(isinstance(tx, dict) for tx in json.loads(body)["tx"])  # else the tip, asked without transactions
        ]
        blocks, transactions = (
            [json.loads(line) for line in (folder / f"expected-{kind}.json").read_text().splitlines()]
            for kind in ("blocks", "transactions")
        )
        return (
            Decoded(
                tuple(t for d in found for t in d.transfers),
                blocks=tuple(b for d in found for b in d.blocks),
                limitations=tuple(lim for d in found for lim in d.limitations),
            ),
            blocks,
            transactions,
        )

    @pytest.mark.data
    @pytest.mark.parametrize(
        "name", ["block-0", "block-1", "block-without-transactions", "block-with-transactions", "stream-50001-50002"]
    )
    def test_a_nodes_reply_gives_the_expected_transactions(self, shared_data: SharedData, name: str) -> None:
        decoded, blocks, transactions = self.folder(shared_data, name)
        assert [(b.height, b.hash, b.time) for b in decoded.blocks] == [
            (b["number"], b["hash"], b["timestamp"]) for b in blocks
        ]
        made = [(t.receiver, t.amount, t.owner, t.height) for t in decoded.transfers if t.kind is Kind.OUTPUT]
        assert made == [
            (f"{tx['hash']}:{out['index']}", out["value"], out["addresses"][0], tx["block_number"])
            for tx in transactions
            for out in tx["outputs"]
        ]
        spent = [
            f"{tx_in['spent_transaction_hash']}:{tx_in['spent_output_index']}"
            for tx in transactions
            for tx_in in tx["inputs"]
        ]
        assert [lim.address for lim in decoded.limitations] == spent
        assert {lim.code for lim in decoded.limitations} <= {"missing-prevout"}
        index = {t.tx: t.tx_index for t in decoded.transfers}
        assert [index[tx["hash"]] for tx in transactions] == [tx["index"] for tx in transactions]

    @pytest.mark.data
    def test_ids_alone_are_refused_with_the_verbosity_to_ask_for(self, shared_data: SharedData) -> None:
        path = shared_data("bitcoin/rpc/block-with-duplicate-txid/reply-getblock-1.json")
        with pytest.raises(SourceError, match="verbosity 2 or 3"):
            decode(Reply("bitcoin/getblock", BITCOIN, {}, "0", path.read_bytes()))

    @pytest.mark.data
    def test_the_coinbase_that_a_later_one_overwrote_is_unspendable(self, shared_data: SharedData) -> None:
        folder = shared_data("bitcoin/rpc/block-with-duplicate-txid")
        block = json.loads((folder / "reply-getblock-1.json").read_bytes())
        transaction = json.loads((folder / "reply-getrawtransaction-1.json").read_bytes())
        overwritten = decode(getblock_reply({**block, "tx": [transaction]})).transfers
        assert [(t.receiver, t.amount) for t in overwritten if t.kind is Kind.OUTPUT] == [(UNSPENDABLE, 50 * COIN)]
        assert {t.tx for t in overwritten} == {f"{transaction['txid']}@{block['height']}"}
        second = decode(getblock_reply({**block, "tx": [transaction], "height": 91880})).transfers
        name = "e3bf3d07d4b0375638d5f1db5255fe07ba2c4cb067cd81b84ee974b6585fb468:0"
        assert [t.receiver for t in second if t.kind is Kind.OUTPUT] == [name]

    @pytest.mark.data
    def test_a_whole_regtest_run_accounts_for_every_coin_of_its_wallets(self, shared_data: SharedData) -> None:
        reader, owners = BlockReader(REGTEST), {}
        with gzip.open(shared_data("coinjoin/emulated/blocks.jsonl.gz"), "rb") as lines:
            decoded = [reader.read(Reply("bitcoin/getblock", REGTEST, {}, "0", line)) for line in lines]
        transfers = [transfer for block in decoded for transfer in block.transfers]
        assert not any(block.limitations for block in decoded)
        assert len({transfer.tx for transfer in transfers}) == 335
        for transfer in transfers:
            if transfer.kind is Kind.OUTPUT:
                owners[transfer.receiver] = (transfer.amount, transfer.owner)
        spender = {transfer.sender: transfer.tx for transfer in transfers if transfer.kind is Kind.INPUT}
        with shared_data("coinjoin/emulated/wallet-coins.csv").open(newline="") as file:
            coins = list(csv.DictReader(file))
        assert len(coins) == 260
        for coin in coins:
            outpoint = f"{coin['txid']}:{coin['vout']}"
            assert owners[outpoint] == (int(coin["amount_sat"]), coin["address"])
            assert spender.get(outpoint, "") == coin["spent_by"]
        fees = {t.tx[:8]: t.amount for t in transfers if t.kind is Kind.FEE}
        assert [fees[tx] for tx in ("aad3c0bd", "1e3f0dfb", "533f3da0", "6ba67296", "0b26cde6", "bebd18bb")] == [
            298285,
            429605,
            302975,
            366759,
            473021,
            436719,
        ]
