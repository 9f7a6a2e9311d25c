"""Files of events, depositors and pairs: each form that is documented, and files that are wrong."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.errors import InputError
from clew.links.mixers import Events, deposits_of, join
from clew.scores.mixer_files import Pair, read_depositors, read_events, read_pairs, reuse_pairs, with_trace

SharedData = Callable[[str], Path]
ROUTER, POOL = "0xd90e2f925da726b50c4ed8d0fb90ad053324f31b", "0xa160cdab225685da1d56aa342ad8841c3b53f291"


def word(number: int) -> str:
    return f"0x{number:064x}"


def address(number: int) -> str:
    return f"0x{number:040x}"


def put(leaf: int, **more: Any) -> dict[str, Any]:
    event = {"blockNumber": 100 + leaf, "transactionHash": word(leaf + 1), "commitment": word(leaf + 1000)}
    return event | {"leafIndex": leaf, "timestamp": str(leaf * 13)} | more


def got(number: int, **more: Any) -> dict[str, Any]:
    event = {"blockNumber": 500 + number, "transactionHash": word(number + 5000), "nullifierHash": word(number + 7000)}
    return event | {"to": address(number).upper().replace("0X", "0x"), "fee": "0"} | more


def write(path: Path, rows: Any) -> Path:
    path.write_text(json.dumps(rows))
    return path


@pytest.fixture
def events(tmp_path: Path) -> Events:
    deposits = write(tmp_path / "deposits-eth-1.json", [put(leaf) for leaf in range(4)])
    return read_events([deposits], [write(tmp_path / "withdrawals-eth-1.json", [got(n) for n in range(4)])])


@pytest.mark.data
def test_the_public_files_hold_what_their_readme_says(shared_data: SharedData) -> None:
    tables = [shared_data(f"tornado/{side}-eth-0.1.json.zip") for side in ("deposits", "withdrawals")]
    events = read_events([tables[0]], [tables[1]])
    assert (len(events.deposits), len(events.withdrawals), events.pools()) == (20366, 16948, ["0.1 ETH"])
    assert [deposit.leaf for deposit in events.deposits] == list(range(20366))
    assert sum(withdrawal.fee for withdrawal in events.withdrawals) == 322290298646177900000
    assert len({withdrawal.recipient for withdrawal in events.withdrawals}) == 9653


@pytest.mark.data
def test_every_ronin_deposit_joins_to_its_pool_event(shared_data: SharedData) -> None:
    """By commitment, as the score does, and by transaction from the transfers of a trace: the same 1,751 events."""
    from clew.chains import decode
    from clew.sources.recorded import read_recorded

    replies = shared_data("ronin-2022/txlist-replies.jsonl.gz")
    events = read_events(
        [shared_data("tornado/deposits-eth-100-to-2023-04.json.zip")],
        [shared_data("tornado/withdrawals-eth-100-to-2023-04.json.zip")],
    )
    named = with_trace(events, read_depositors(replies))
    known = [row for row, deposit in enumerate(named.deposits) if deposit.depositor]
    assert len(known) == 1751
    assert (named.deposits[known[0]].leaf, named.deposits[known[-1]].leaf) == (23340, 26820)
    assert len({named.deposits[row].depositor for row in known}) == 48
    assert all(named.deposits[row].gas_price for row in known)

    transfers = {t for reply in read_recorded(replies, default_chain="eip155:1") for t in decode(reply).transfers}
    deposits = deposits_of(sorted(transfers, key=lambda t: (t.height, t.tx, t.seq)))
    assert {deposit.pool for deposit in deposits} == {"100 ETH"}
    rows = join(deposits, events)
    assert sorted(row for row in rows if row is not None) == known
    assert len(rows) == 1751


def test_json_csv_gzip_and_zip_say_the_same(tmp_path: Path) -> None:
    rows = [put(leaf, depositor=address(leaf), gasPrice="7") for leaf in range(3)]
    paid = write(tmp_path / "withdrawals-eth-1.json", [got(1, relayer=address(0), gasPrice=9), got(2)])
    plain = write(tmp_path / "deposits-eth-1.json", rows)
    zipped = tmp_path / "deposits-eth-1.json.zip"
    with zipfile.ZipFile(zipped, "w") as folder:
        folder.write(plain, "x.json")
    packed = tmp_path / "deposits-eth-1.json.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    table = tmp_path / "deposits.csv"
    lines = [",".join([*rows[0], "pool"]), *(",".join([*map(str, row.values()), "1 ETH"]) for row in rows)]
    table.write_text("\n".join(lines))
    expected = read_events([plain], [paid])
    assert all(read_events([path], [paid]) == expected for path in (zipped, packed, table))
    assert expected.deposits[2].depositor == address(2)
    assert expected.deposits[2].gas_price == 7
    assert [(w.recipient, w.relayer, w.gas_price) for w in expected.withdrawals] == [
        (address(1), "", 9),
        (address(2), "", None),
    ]


@pytest.mark.parametrize(
    ("deposits", "withdrawals", "fault"),
    [
        ([], [got(1)], "no deposit"),
        ([put(0)], [], "no withdrawal"),
        ([put(0), put(0)], [got(1)], "leaf 0 occurs twice"),
        ([put(0, blockNumber=900), put(1)], [got(1)], "leaf 1 stands in an earlier block than 0"),
        ([put(0)], [got(1), got(1)], "nullifier 0x0.* occurs twice"),
        ([put(0, leafIndex=-1)], [got(1)], r"row 1: leafIndex is '-1', not a whole number"),
        ([put(0, blockNumber=2**60)], [got(1)], "out of range"),
        ([put(0, blockNumber=True)], [got(1)], "blockNumber is 'True'"),
        ([put(0, transactionHash="0x12")], [got(1)], "transactionHash is '0x12'"),
        ([put(0)], [got(1, to="tornado.eth")], "to is 'tornado.eth'"),
        ([put(0)], [got(1, fee="1.5")], "fee is '1.5'"),
        ({"a": 1}, [got(1)], "a list of objects is expected"),
    ],
)
def test_wrong_events_are_named(tmp_path: Path, deposits: Any, withdrawals: Any, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        read_events([write(tmp_path / "d-eth-1.json", deposits)], [write(tmp_path / "w-eth-1.json", withdrawals)])


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda b: b"PK\x03\x04" + b) | st.text().map(str.encode))
def test_any_bytes_are_refused_with_a_reason(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "deposits-eth-1.json"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_events([path], [path])


def test_a_zip_of_several_files_or_of_too_much_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as folder:
        folder.writestr("a", "[]")
        folder.writestr("b", "[]")
    (tmp_path / "d.zip").write_bytes(buffer.getvalue())
    with pytest.raises(InputError, match="cannot be read"):
        read_events([tmp_path / "d.zip"], [tmp_path / "d.zip"])


# --- depositors


def test_depositors_are_read_by_transaction_or_commitment(tmp_path: Path, events: Events) -> None:
    table = tmp_path / "depositors.csv"
    table.write_text(
        f"transactionHash,commitment,depositor,gasPrice\n{word(1)},,{address(5)},8\n,{word(1001)},{address(6)},\n"
    )
    found = with_trace(events, read_depositors(table)).deposits
    assert [(d.depositor, d.gas_price) for d in found] == [(address(5), 8), (address(6), None), ("", None), ("", None)]
    table.write_text(f"transactionHash,depositor\n{word(1)},{address(5)}\n{word(1)},{address(6)}\n")
    with pytest.raises(InputError, match="has two depositors"):
        read_depositors(table)


def test_recorded_replies_name_depositors_prices_and_whom_they_met(tmp_path: Path) -> None:
    owner, friend, exchange = address(77), address(78), "0x28ffe35688ffffd0659aee2e34778b0ae4e193ad"

    def row(number: int, to: str, value: int, data: str = "0x", failed: bool = False) -> dict[str, str]:
        numbers = {"blockNumber": number, "timeStamp": number, "transactionIndex": 0, "gas": 1, "gasPrice": 40 + number}
        return {name: str(value) for name, value in numbers.items()} | {
            "hash": word(number),
            "from": owner,
            "to": to,
            "value": str(value),
            "gasUsed": "1",
            "nonce": str(number),
            "isError": str(int(failed)),
            "input": data,
            "contractAddress": "",
        }

    def call(note: int) -> str:
        head = [POOL[2:].rjust(64, "0"), word(note)[2:], word(96)[2:], word(0)[2:]]
        return "0x13d98d13" + "".join(head)

    rows = [row(n, friend, 5) for n in (1, 2, 3)] + [row(4, exchange, 5), row(5, ROUTER, 10**20, call(1000))]
    rows += [row(6, ROUTER, 10**20, call(1001), failed=True), row(7, ROUTER, 10**20, "0x13d98d13ff")]
    query = {"module": "account", "action": "txlist", "address": owner}
    reply = {"query": query, "fetched": "1", "response": {"status": "1", "message": "OK", "result": rows}}
    other = {"query": query | {"address": friend}, "fetched": "1", "response": {"status": "1", "result": rows[:3]}}
    path = tmp_path / "replies.jsonl"
    path.write_text("\n".join(map(json.dumps, (reply, other))))
    trace = read_depositors(path)
    assert trace.depositors == {word(1000): owner}
    assert trace.gas_prices == {word(1000): 45}
    assert trace.addresses == {friend}
    assert trace.contacts == {owner: {friend: 3}}


# --- pairs


def test_pairs_single_out_one_deposit_and_one_withdrawal(tmp_path: Path, events: Events) -> None:
    table = tmp_path / "pairs.csv"
    rows = [(1, 5001, "address-reuse"), (2, 5002, ""), (3, 5003, ""), (3, 5000, ""), (99, 5002, "")]
    table.write_text("\n".join(["deposit_tx,withdrawal_tx,by", *(f"{word(d)},{word(w)},{by}" for d, w, by in rows)]))
    pairs, aside = read_pairs(table, events)
    assert pairs == [Pair(0, 1, "address-reuse"), Pair(1, 2, "stated")]
    assert aside == {"deposit or withdrawal in several pairs": 2, "no such event": 1}


def test_the_beginning_of_a_hash_stands_for_the_one_that_begins_so(tmp_path: Path) -> None:
    deposits = [put(0), put(1, transactionHash="0x" + "ab" * 32), put(2, transactionHash="0x" + "ab" * 31 + "ac")]
    paid = [got(0), got(1), got(2)]
    events = read_events([write(tmp_path / "d-eth-1.json", deposits)], [write(tmp_path / "w-eth-1.json", paid)])
    payout = events.withdrawals[1].nullifier
    one = write(tmp_path / "one.json", [{"deposit_tx": "0x" + "ab" * 32, "nullifierHash": payout}])
    assert [(pair.deposit, pair.withdrawal) for pair in read_pairs(one, events)[0]] == [(1, 1)]
    two = write(tmp_path / "two.json", [{"deposit_tx": "0xabababab", "nullifierHash": payout}])
    assert read_pairs(two, events) == ([], {"several events in the transaction": 1})


def test_pairs_that_cannot_be_are_left_aside(tmp_path: Path) -> None:
    deposits = [
        put(0),
        put(1, blockNumber=800),
        put(2, blockNumber=900),
        put(3, transactionHash=word(3), blockNumber=901),
    ]
    deposits += [put(0, pool="10 ETH", transactionHash=word(50), commitment=word(51))]
    paid = [got(0, transactionHash=word(5001)), got(1, transactionHash=word(5001)), got(2), got(3)]
    events = read_events([write(tmp_path / "d-eth-1.json", deposits)], [write(tmp_path / "w-eth-1.json", paid)])
    rows = [(1, 5001), (2, 5002), (50, 5003)]
    table = write(tmp_path / "p.json", [{"deposit_tx": word(d), "withdrawal_tx": word(w)} for d, w in rows])
    assert read_pairs(table, events) == (
        [],
        {"several events in the transaction": 1, "two pools": 1, "withdrawn before the deposit": 1},
    )
    exact = write(tmp_path / "q.json", [{"commitment": word(1000), "nullifierHash": word(7001)}])
    assert [pair.withdrawal for pair in read_pairs(exact, events)[0]] == [1]


def test_address_reuse_is_a_pair_where_it_is_once_on_each_side(tmp_path: Path) -> None:
    deposits = [put(n, depositor=address(who)) for n, who in enumerate((1, 2, 2, 3))]
    paid = [got(n, to=address(who)) for n, who in enumerate((1, 2, 3, 3))]
    events = read_events([write(tmp_path / "d-eth-1.json", deposits)], [write(tmp_path / "w-eth-1.json", paid)])
    assert reuse_pairs(events) == ([Pair(0, 0, "address-reuse")], {})
