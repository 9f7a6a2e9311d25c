"""Lists from files and from the network into the store, and back out as status and changes."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from clew.errors import InputError, SourceError
from clew.service.lists import UpdateRequest, list_changes, list_status, open_store, update_lists
from clew.settings import Settings

GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
EVM = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
NO_SETTINGS = Settings()


def table(*addresses: str) -> bytes:
    return "\n".join(["address,entity", *(f"{address},A" for address in addresses)]).encode()


def update(folder: Path, *files: Path, lists: tuple[str, ...] = ("own",), dated: str = "") -> dict[str, object]:
    (row,) = update_lists(UpdateRequest(NO_SETTINGS, lists, files, folder, dated))
    return row


def test_a_file_becomes_a_version(tmp_path: Path) -> None:
    path = tmp_path / "desk.csv.gz"
    path.write_bytes(gzip.compress(table(GENESIS)))
    row = update(tmp_path / "store", path, dated="2026-08-20")
    assert (row["state"], row["number"], row["wallets"], row["effective"]) == ("new", 1, 1, "2026-08-20")
    assert update(tmp_path / "store", path, dated="2026-08-20")["state"] == "unchanged"


def test_the_files_of_a_release_are_told_apart_in_a_folder(tmp_path: Path) -> None:
    release = tmp_path / "release"
    release.mkdir()
    head = "Digital Currency Address - XBT " + GENESIS[:9]
    remark = "x" * (998 - len(head)) + "; " + head
    (release / "SDN.CSV").write_text(f'7,"A",-0- ,"X",{"-0- ," * 7}"{remark}"\r\n')
    (release / "SDN_COMMENTS.CSV").write_text(f'7,"{GENESIS[9:]}"\r\n')
    (release / "ADD.CSV").write_text("")
    (release / "ALT.CSV").write_text("")
    (release / "README.md").write_text("not read")
    request = UpdateRequest(NO_SETTINGS, ("us-ofac-sdn-csv",), (release,), tmp_path / "store", force=True)
    (row,) = update_lists(request)
    assert row["forced"] == [
        "1 parties, outside 9,000 to 60,000",
        "1 wallets, outside 570 to 5,000",
        "aliases in 0 % of the rows, at least 30 % are due",
    ]
    (wallet,) = open_store(NO_SETTINGS, tmp_path / "store").current().wallets
    assert wallet.address == GENESIS


def test_lists_are_fetched_from_their_own_address_or_a_mirror(tmp_path: Path) -> None:
    asked: list[str] = []

    def fetch(address: str) -> bytes:
        asked.append(address)
        return table(EVM)

    settings = Settings(
        lists={"own": "https://mirror.example/own.csv", "us-ofac-sdn-csv.entries": "https://m.example/s"}
    )
    rows = update_lists(UpdateRequest(settings, ("own", "us-ofac-sdn-csv"), (), tmp_path), fetch=fetch)
    assert [row["state"] for row in rows] == ["new", "refused"]
    assert asked[:2] == ["https://mirror.example/own.csv", "https://m.example/s"]
    assert asked[-1].endswith("SDN_COMMENTS.CSV")


def test_one_list_that_fails_leaves_the_others(tmp_path: Path) -> None:
    def fetch(address: str) -> bytes:
        raise SourceError("status 503", where=address)

    rows = update_lists(UpdateRequest(NO_SETTINGS, (), (), tmp_path), fetch=fetch)
    assert [row["list"] for row in rows] == ["us-ofac-sdn", "us-ofac-cons", "un-sc", "eu-fsf", "gb-fcdo"]
    assert all(row["state"] == "refused" and "503" in row["reason"] for row in rows)


@pytest.mark.parametrize(
    ("lists", "files", "what"),
    [
        ((), ("desk.csv",), "for no single list"),
        (("own", "un-sc"), ("desk.csv",), "for no single list"),
        (("nobody",), ("desk.csv",), "unknown list"),
    ],
)
def test_bad_input_is_refused(tmp_path: Path, lists: tuple[str, ...], files: tuple[str, ...], what: str) -> None:
    paths = tuple(tmp_path / name for name in files)
    for path in paths:
        path.write_bytes(table(GENESIS))
    with pytest.raises(InputError, match=what):
        update_lists(UpdateRequest(NO_SETTINGS, lists, paths, tmp_path / "store"))


def test_files_that_are_none_of_the_list_are_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    row = update(tmp_path / "store", tmp_path / "notes.txt", lists=("us-ofac-sdn-csv",))
    assert "no file of us-ofac-sdn-csv" in str(row["reason"])
    assert "two files" in str(
        update(tmp_path / "store", *[_copy(tmp_path, name) for name in ("a.csv", "b.csv")])["reason"]
    )
    with pytest.raises(InputError, match="no folder"):
        open_store(NO_SETTINGS, None)


def _copy(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(table(GENESIS))
    return path


def test_status_and_changes(tmp_path: Path) -> None:
    store, path = tmp_path / "store", tmp_path / "desk.csv"
    for dated, addresses in (("2026-01-05", [GENESIS]), ("2026-02-05", [GENESIS, EVM])):
        path.write_bytes(table(*addresses))
        update(store, path, dated=dated)
    now = {row["list"]: row for row in list_status(NO_SETTINGS, store)}
    then = {row["list"]: row for row in list_status(NO_SETTINGS, store, as_of="2026-01-31")}
    assert (now["own"]["in_force"]["number"], then["own"]["in_force"]["number"]) == (2, 1)
    assert (now["un-sc"]["versions"], now["un-sc"]["in_force"]) == (0, None)
    assert list_status(NO_SETTINGS, store, as_of="2025-12-31")[0]["in_force"] is None
    first, second, changes = list_changes(NO_SETTINGS, "own", store)
    assert (first.number, second.number, [wallet.address for wallet in changes.added_wallets]) == (1, 2, [EVM])
    _, _, back = list_changes(NO_SETTINGS, "own", store, old="2026-02-05", new="1")
    assert [wallet.address for wallet in back.removed_wallets] == [EVM]


def test_a_version_that_is_not_there_is_refused(tmp_path: Path) -> None:
    store, path = tmp_path / "store", tmp_path / "desk.csv"
    path.write_bytes(table(GENESIS))
    update(store, path, dated="2026-01-05")
    for old, new, what in (("", "", "1 versions"), ("1", "9", "no version 9"), ("1", "soon", "is no date")):
        with pytest.raises(InputError, match=what):
            list_changes(NO_SETTINGS, "own", store, old=old, new=new)


@pytest.mark.data
def test_the_ofac_lists_of_three_years(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    extraction = shared_data("sanctions/ofac-crypto-2026-08-20.csv")
    raw = [shared_data(f"sanctions/{name}") for name in ("sdn-2023-01.csv.gz", "ofac-csv/sdn-comments.csv")]
    request = UpdateRequest(NO_SETTINGS, ("us-ofac-sdn-csv",), tuple(raw), tmp_path, "2023-01-20", force=True)
    (row,) = update_lists(request)
    assert (row["parties"], row["wallets"]) == (11_443, 406)
    assert update(tmp_path, extraction, lists=("own-ofac",), dated="2026-08-20")["wallets"] == 961
    lists = open_store(NO_SETTINGS, tmp_path).as_of("2023-06-01")
    assert lists.missing == ("own-ofac",)
    pool = lists.look_up("0x12D66f87A04A9E220743712cE6d9bB1B5616B8Fc", "eip155:56")
    assert [party.name for hit in pool.matches for party in lists.holders(hit.wallet)] == ["TORNADO CASH"]
    assert not open_store(NO_SETTINGS, tmp_path).as_of("2022-01-01").wallets
