"""``clew exposure`` on real histories: the Ronin theft, wallets under seizure orders, an emulated CoinJoin run."""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from clew.cases import read_case
from clew.chains import decode
from clew.cli import root
from clew.errors import InputError
from clew.exposure.address import Direction, exposure_in
from clew.ingest.replies import append_reply
from clew.ledger import Ledger, TransferTable
from clew.lists.listed import Lists
from clew.model import TRANSIENT, Address, Category, Decision, Decoded, Grade, Kind, Reply, Tag, Transfer
from clew.screening.addresses import AddressAnswer
from clew.service.exposure import exposure_facts, exposure_of
from clew.service.lists import UpdateRequest, update_lists
from clew.service.screening import AddressQuestion, ask_address
from clew.service.snapshots import Ground, read_snapshot
from clew.service.trace import LEDGER
from clew.settings import Settings
from clew.simulate import simulate_theft
from clew.sources.recorded import read_recorded

SharedData = Callable[[str], Path]
Found = dict[tuple[str, str], dict[str, Any]]
ETHER = 10**18
THIEF = "0x098b716b8aaf21512996dc57eb0615e2383e2f96"
ROUTER = "0xd90e2f925da726b50c4ed8d0fb90ad053324f31b"
REGTEST = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328"
MIX = "aad3c0bd"


def by_who(found: dict[str, Any]) -> Found:
    """(direction, entity or category) -> share."""
    return {(one["direction"], one["entity"] or one["category"]): one for one in found["shares"]}


def ingested(recorded: Path, folder: Path) -> Path:
    """A folder with the ledger of recorded replies, as a traced case has one."""
    with Ledger.open(folder / LEDGER) as ledger, ledger.writer.batch():
        for reply in read_recorded(recorded, default_chain="eip155:1"):
            append_reply(ledger.writer, reply, decode)
    return folder


# --- from a ledger and from recorded replies


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated theft, recorded and ingested."""
    folder = tmp_path_factory.mktemp("world")
    simulate_theft(1, folder)
    return ingested(folder / "replies.jsonl.gz", folder)


@pytest.fixture(scope="module")
def thief(world: Path) -> str:
    """Who got the simulated theft."""
    return read_case(str(world / "case.toml")).thefts[0].to


def test_a_ledger_and_the_replies_it_was_made_of_say_the_same_and_the_parts_are_the_whole(
    world: Path, thief: str
) -> None:
    found = exposure_of(thief, ledger=world)
    assert found["shares"]
    assert exposure_of(thief, recorded=world / "replies.jsonl.gz") == found
    for total in found["totals"]:
        parts = [one for one in found["shares"] if one["asset"] == total["asset"]]
        sent = sum(int(one["amount"]) for one in parts if one["direction"] == "sent")
        assert sent + int(total["unattributed_sent"]) == int(total["sent"])


def test_the_command_prints_a_line_for_each_share(world: Path, thief: str) -> None:
    done = CliRunner().invoke(root, ["exposure", thief, "--ledger", str(world)])
    assert done.exit_code == 0, done.output
    assert "Tornado Cash (mixer)" in done.output
    whole = CliRunner().invoke(root, ["exposure", thief, "--ledger", str(world), "--json"])
    assert json.loads(whole.output)["kind"] == "exposure"


@pytest.mark.parametrize(
    ("address", "error"), [("0x" + "9" * 40, "no transfer of it"), ("nobody", "the form of no address")]
)
def test_an_address_of_nobody_is_refused(world: Path, address: str, error: str) -> None:
    with pytest.raises(InputError, match=error):
        exposure_of(address, ledger=world)


def test_it_needs_one_place_to_read_from(world: Path) -> None:
    with pytest.raises(InputError, match="where the transfers are"):
        exposure_of(THIEF)
    with pytest.raises(InputError, match="where the transfers are"):
        exposure_of(THIEF, ledger=world, recorded=world)


# --- the Ronin theft


@pytest.fixture(scope="module")
def ronin(shared_data: SharedData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recorded replies of the Ronin theft, ingested."""
    return ingested(shared_data("ronin-2022/txlist-replies.jsonl.gz"), tmp_path_factory.mktemp("ronin"))


@pytest.mark.data
def test_the_ronin_thief_sent_to_a_mixer_and_exchanges_at_the_known_hops(ronin: Path) -> None:
    found = by_who(exposure_of(THIEF, ledger=ronin))
    mixer = found["sent", "Tornado Cash"]
    assert (mixer["category"], mixer["direct"], mixer["hops"], mixer["grade"]) == ("mixer", "0", 2, "observed")
    # 175,100 ETH were deposited; haircut gives the thief all of it but what strangers' dust takes.
    assert 175_100 * ETHER - ETHER // 100 < int(mixer["amount"]) < 175_100 * ETHER
    assert mixer["share"] == "0.961210"
    assert mixer["path"][0]["sender"] == THIEF
    assert mixer["path"][-1]["receiver"] == ROUTER
    assert found["sent", "Huobi"]["hops"] == found["sent", "FTX"]["hops"] == 3
    assert 4_983 * ETHER < int(found["sent", "Huobi"]["amount"]) < 5_029 * ETHER


@pytest.mark.data
def test_inferred_deposit_addresses_bring_ftx_one_hop_nearer_and_its_amount_to_the_known_one(ronin: Path) -> None:
    found = by_who(exposure_of(THIEF, ledger=ronin, clustered=True))
    ftx = found["sent", "FTX"]
    assert ftx["grade"] == "inferred"
    assert (ftx["hops"], ftx["amount"]) == (2, str(1_219_982_731_106_252_972 * 1000))


@pytest.mark.data
def test_a_depositor_sent_to_the_mixer_what_its_transactions_say(ronin: Path, shared_data: SharedData) -> None:
    paid: Counter[str] = Counter()
    hashes = set()
    with gzip.open(shared_data("ronin-2022/txlist-replies.jsonl.gz"), "rt") as lines:
        for line in lines:
            for row in json.loads(line)["response"]["result"]:
                if row["to"] == ROUTER and row["isError"] == "0" and row["hash"] not in hashes:
                    hashes.add(row["hash"])
                    paid[row["from"]] += int(row["value"])
    with shared_data("ronin-2022/labels.csv").open() as file:
        depositors = [row["address"] for row in csv.DictReader(file) if row["label"] == "TC Depositor"]
    assert sum(paid[address] for address in depositors) == 175_100 * ETHER
    for address in depositors[:1]:
        share = by_who(exposure_of(address, ledger=ronin))["sent", "Tornado Cash"]
        assert (int(share["direct"]), share["hops"]) == (paid[address], 1)


# --- wallets under seizure orders

TRON, USDT = "tron:0x2b6653dc", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"


def usdt(path: Path) -> tuple[TransferTable, dict[str, str], set[str]]:
    """The genuine USDT transfers, each once; the explorer's tags; the listed wallets."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["token_id"] == USDT]
    tags = {row[side + "_address"]: row[side + "_tag"] for row in rows for side in ("from", "to")}
    once = {(row["tx_id"], row["from_address"], row["to_address"], row["quant"]): row for row in rows}
    ordered = sorted(once.values(), key=lambda row: int(row["timestamp"]))
    transfers = tuple(
        Transfer(
            TRON, int(row["timestamp"]) // 1000, number, number, row["tx_id"], int(row["timestamp"]) // 1000,
            f"{TRON}/trc20:{USDT}", row["from_address"], row["to_address"], int(row["quant"]), Kind.TOKEN,
        )
        for number, row in enumerate(ordered)
    )  # fmt: skip
    with Ledger.open(":memory:") as ledger:
        with ledger.writer.batch():
            ledger.writer.append(Decoded(transfers), ledger.writer.reply(Reply("x", TRON, {}, "0", b""), "00"))
        return ledger.view.transfers(), tags, {row["wallet"] for row in rows}


@pytest.mark.data
def test_seized_wallets_show_their_exchanges_with_the_known_amounts(shared_data: SharedData) -> None:
    table, tags, wallets = usdt(shared_data("tron/transfers.csv.gz"))

    def service(chain: str, address: str) -> Tag | None:
        name = tags.get(address, "")
        return Tag(chain, address, name, name, Category.EXCHANGE, "explorer", 50) if name else None

    direct: Counter[tuple[Direction, str]] = Counter()
    for wallet in wallets:
        for share in exposure_in(table, Address(TRON, wallet), service).shares:
            direct[share.direction, share.entity] += share.direct
    assert direct[Direction.RECEIVED, "Huobi 1"] == 37_242_597_020
    assert direct[Direction.SENT, "Huobi 1"] == 4_855_904_586_052
    assert direct[Direction.RECEIVED, "Binance-Hot 1"] == 4_292_802_687_367
    assert direct[Direction.SENT, "Binance-Hot 1"] == 53_219_634_000
    assert sum(units for (way, _), units in direct.items() if way is Direction.RECEIVED) == 6_176_820_644_806
    assert sum(units for (way, _), units in direct.items() if way is Direction.SENT) == 6_364_384_232_979


# --- the emulated CoinJoin run


@pytest.mark.data
def test_who_puts_a_coin_into_a_mix_sent_it_to_a_mixer_and_who_got_one_received_it_from_one(
    shared_data: SharedData, tmp_path: Path
) -> None:
    coins = list(csv.DictReader(shared_data("coinjoin/emulated/wallet-coins.csv").read_text().splitlines()))
    recorded = tmp_path / "blocks.jsonl"
    with gzip.open(shared_data("coinjoin/emulated/blocks.jsonl.gz"), "rt") as lines, recorded.open("w") as file:
        for line in lines:
            block = json.loads(line)
            query = {"method": "getblock", "params": json.dumps([block["hash"], 3])}
            row = {"format": "bitcoin/getblock", "chain": REGTEST, "query": query, "fetched": "1700000000"}
            file.write(json.dumps({**row, "response": block}) + "\n")
    into = next(coin for coin in coins if coin["spent_by"].startswith(MIX))
    out = next(coin for coin in coins if coin["txid"].startswith(MIX) and not coin["spent_by"])
    sent = exposure_of(into["address"], chain="bitcoin-regtest", recorded=recorded)
    share = by_who(sent)["sent", "Wasabi 2 CoinJoin"]
    assert (share["category"], share["hops"], share["direct"]) == ("mixer", 1, into["amount_sat"])
    received = exposure_of(out["address"], chain="bitcoin-regtest", recorded=recorded, clustered=True)
    share = by_who(received)["received", "Wasabi 2 CoinJoin"]
    assert (share["direct"], share["share"], received["members"]) == (out["amount_sat"], "1.000000", 1)


# --- as facts for screening


@pytest.mark.data
def test_the_ronin_wallets_that_ofac_lists_block_and_their_receivers_show_hops_and_shares(
    ronin: Path, shared_data: SharedData, tmp_path: Path
) -> None:
    ofac = shared_data("sanctions/ofac-crypto-2026-08-20.csv")
    rows = update_lists(UpdateRequest(Settings(), ("own",), (ofac,), tmp_path, dated="2026-08-20"))
    assert (rows[0]["state"], rows[0]["wallets"]) == ("new", 961)
    snapshot = read_snapshot(Ground(Settings(), tmp_path, ledger=ronin))

    def screen(address: str) -> AddressAnswer:
        return ask_address(AddressQuestion(address, "ethereum"), snapshot)

    thief = screen(THIEF)
    assert thief.decision is Decision.BLOCK
    assert thief.listings[0].names == ("LAZARUS GROUP",)
    with shared_data("ronin-2022/labels.csv").open(encoding="utf-8", newline="") as lines:
        named = {row["label"]: row["address"] for row in csv.DictReader(lines)}
    for label, hops in (("Intermediary to TC", 2), ("TC Depositor", 1)):
        facts = screen(named[label]).exposure or ()
        got = [f for f in facts if (f.direction, f.category) == ("received", Category.SANCTIONED)]
        assert sum(f.share for f in got) > Fraction(999, 1000)
        assert {f.hops for f in got} <= {1, 2}
        (mixed,) = [f for f in facts if (f.direction, f.category) == ("sent", Category.MIXER)]
        assert (mixed.hops, mixed.share > Fraction(9, 10)) == (hops, True)
    huobi = screen("0x17a96cd2aff8bece22b54a83955fbab5c92a98ca")  # a deposit address, two hops from the thief
    (fact,) = [f for f in huobi.exposure or () if f.category is Category.SANCTIONED]
    assert (fact.direction, fact.hops, fact.share) == ("received", 2, Fraction(1))
    assert "1,249.97958329617241 ETH" in fact.text
    assert huobi.decision is Decision.REVIEW


def test_an_address_the_ledger_does_not_show_has_no_exposure_rather_than_an_empty_one(world: Path) -> None:
    facts = exposure_facts(world, (), Lists((), (), tuple, tuple))
    assert facts("eip155:1", "0x" + "77" * 20) is None
    assert facts("eip155:137", "0x" + "77" * 20) is None


# Two outputs of two addresses are spent together into a third; a stranger paid the second.
LISTED, SAME_OWNER, PAID, STRANGER = (
    "1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
    "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "12c6DSiU4Rq3P4ZxziKxzrL5LmMBrzjrJX",
)
COIN = 100_000_000


def spent_together(folder: Path) -> Path:
    """A ledger of two Bitcoin transactions: the stranger's, and one with two inputs."""
    chain, native = "bip122:000000000019d6689c085ae165831e93", "bip122:000000000019d6689c085ae165831e93/slip44:0"
    first, second = "aa" * 32, "bb" * 32
    legs = [
        (first, f"{'cc' * 32}:0", f"{TRANSIENT}{first}", 3 * COIN, Kind.INPUT, STRANGER),
        (first, f"{TRANSIENT}{first}", f"{first}:0", 3 * COIN, Kind.OUTPUT, SAME_OWNER),
        (second, f"{'cc' * 32}:1", f"{TRANSIENT}{second}", COIN, Kind.INPUT, LISTED),
        (second, f"{first}:0", f"{TRANSIENT}{second}", 3 * COIN, Kind.INPUT, SAME_OWNER),
        (second, f"{TRANSIENT}{second}", f"{second}:0", 4 * COIN, Kind.OUTPUT, PAID),
    ]
    transfers = tuple(
        Transfer(chain, 100, int(tx == second), at, tx, 1_700_000_000, native, sender, receiver, units, kind, owner)
        for at, (tx, sender, receiver, units, kind, owner) in enumerate(legs)
    )
    with Ledger.open(folder / LEDGER) as ledger, ledger.writer.batch():
        ledger.writer.append(Decoded(transfers), ledger.writer.reply(Reply("x", chain, {}, "0", b""), "00"))
    return folder


def test_an_address_whose_owner_seems_to_hold_a_listed_one_is_reviewed(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text(f"address,entity,program\n{LISTED},Some Group,X\n")
    update_lists(UpdateRequest(Settings(), ("own",), (tmp_path / "own.csv",), tmp_path / "lists", dated="2026-01-01"))
    ground = Ground(Settings(), tmp_path / "lists", ledger=spent_together(tmp_path))

    def screen(address: str, *, clusters: bool) -> AddressAnswer:
        return ask_address(AddressQuestion(address), read_snapshot(replace(ground, clusters=clusters)))

    alone = screen(SAME_OWNER, clusters=False)
    assert (alone.decision, alone.exposure) == (Decision.CLEAR, ())
    joined = screen(SAME_OWNER, clusters=True)
    (reason,) = joined.reasons
    assert (joined.decision, reason.rule, reason.grade) == (Decision.REVIEW, "owner-listed", Grade.INFERRED)
    assert LISTED in reason.text
    assert screen(LISTED, clusters=True).decision is Decision.BLOCK
    paid = screen(PAID, clusters=True)
    (fact,) = [fact for fact in paid.exposure or () if fact.category is Category.SANCTIONED]
    assert (fact.direction, fact.hops, fact.share, fact.grade) == ("received", 1, Fraction(1), Grade.INFERRED)
    assert paid.decision is Decision.BLOCK


def test_clusters_without_a_ledger_are_refused(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text(f"address,entity,program\n{LISTED},Some Group,X\n")
    update_lists(UpdateRequest(Settings(), ("own",), (tmp_path / "own.csv",), tmp_path / "lists", dated="2026-01-01"))
    with pytest.raises(InputError, match="nothing to cluster"):
        read_snapshot(Ground(Settings(), tmp_path / "lists", clusters=True))
