"""The list store: every version kept, broken releases refused, and what was listed when answered by replay."""

import gzip
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.errors import InputError, RunError, VerificationError
from clew.lists import store as store_module
from clew.lists.changes import Entries, apply_changes, ordered
from clew.lists.store import ListStore, RefusedError, Version

ADDRESSES = [f"0x{number:02x}" + "ab" * 19 for number in range(6)]
MONDAY, TUESDAY, FRIDAY = "2026-01-05T10:00:00Z", "2026-01-06T10:00:00Z", "2026-01-09T10:00:00Z"


def table(*chosen: int) -> Mapping[str, bytes]:
    lines = [f"{ADDRESSES[number]},Holder {number}" for number in chosen]
    return {"list": "\n".join(["address,holder", *lines]).encode()}


def put(store: ListStore, *chosen: int, fetched: str = MONDAY, dated: str = "", force: bool = False) -> Version:
    return store.put("own", table(*chosen), fetched=fetched, dated=dated, force=force)[0]


def listed(store: ListStore, date: str = "", known: str = "") -> set[int]:
    lists = store.as_of(date, known=known) if date or known else store.current()
    return {ADDRESSES.index(wallet.address) for wallet in lists.wallets}


@pytest.fixture
def store(tmp_path: Path) -> ListStore:
    return ListStore(tmp_path / "lists")


def test_a_store_without_lists_knows_nothing(store: ListStore) -> None:
    assert (store.lists(), store.current().wallets, store.versions("own")) == ((), (), ())


def test_a_version_is_kept_with_its_bytes_hash_and_times(store: ListStore) -> None:
    version = put(store, 0, 1, dated="2026-01-02")
    assert store.versions("own") == (version,)
    assert (version.number, version.fetched, version.dated, version.effective) == (
        1,
        MONDAY,
        "2026-01-02",
        "2026-01-02",
    )
    assert (version.parties, version.wallets, version.forced) == (2, 2, ())
    assert store.files(version) == table(0, 1)
    assert store.current().versions == (("own", version.id, "2026-01-02"),)
    assert [party.name for party in store.current().parties] == ["Holder 0", "Holder 1"]


def test_the_holder_of_a_wallet_is_found_though_the_parsed_file_is_damaged(store: ListStore) -> None:
    put(store, 0, 1)
    for cut in (0, 20):
        for path in store.folder.glob("parsed/*/parties.parquet"):
            os.truncate(path, path.stat().st_size - cut)
        (hit,) = (lists := store.current()).look_up(ADDRESSES[1]).matches
        assert [party.name for party in lists.holders(hit.wallet)] == ["Holder 1"]


def test_the_same_release_again_is_no_new_version(store: ListStore) -> None:
    first = put(store, 0)
    again, new = store.put("own", table(0), fetched=TUESDAY)
    assert (again, new) == (replace(first, shown_again=("2026-01-06",)), False)
    assert store.put("own", table(0), fetched=TUESDAY) == (again, False)
    assert store.versions("own") == (again,)
    assert (again.effective, again.latest) == ("2026-01-05", "2026-01-06")


def test_a_release_of_its_own_date_holds_from_it_whenever_it_is_shown(store: ListStore) -> None:
    first = put(store, 0, dated="2026-01-02")
    assert put(store, 0, fetched=TUESDAY, dated="2026-01-02") == first
    assert store.versions("own") == (first,)


def test_a_record_that_knows_no_days_shown_again_is_read(store: ListStore) -> None:
    version = put(store, 0)
    record = store.folder / "own" / "000001.json"
    said = orjson.loads(record.read_bytes())
    del said["shown_again"]
    record.write_bytes(orjson.dumps(said))
    assert store.versions("own") == (version,)


def test_a_release_that_comes_back_is_a_new_version_of_the_same_bytes(store: ListStore) -> None:
    first, _, third = put(store, 0), put(store, 1, fetched=TUESDAY), put(store, 0, fetched=FRIDAY)
    assert (third.id, third.number) == (first.id, 3)
    assert (listed(store, "2026-01-06"), listed(store)) == ({1}, {0})


def test_a_removal_is_history_not_a_deletion(store: ListStore) -> None:
    put(store, 0, 1)
    put(store, 1, fetched=FRIDAY)
    assert listed(store) == {1}
    assert listed(store, "2026-01-08") == {0, 1}
    assert [store.as_of(day).look_up(ADDRESSES[0]).listed for day in ("2026-01-08", "2026-01-09")] == [True, False]


def test_a_day_before_the_first_version_is_unknown_and_not_clear(store: ListStore) -> None:
    put(store, 0)
    before = store.as_of("2026-01-04")
    assert (before.wallets, before.missing, before.versions) == ((), ("own",), ())


def test_the_lists_own_date_decides_and_an_old_release_taken_late_is_not_the_newest(store: ListStore) -> None:
    put(store, 0, dated="2026-01-02")
    put(store, 1, fetched=FRIDAY, dated="2025-06-01")
    assert (listed(store), listed(store, "2026-01-01")) == ({0}, {1})


def test_what_one_could_have_known_is_bounded_by_when_it_was_fetched(store: ListStore) -> None:
    put(store, 0, dated="2026-01-02")
    put(store, 0, 1, fetched=FRIDAY, dated="2026-01-03")
    assert (listed(store, "2026-01-05"), listed(store, "2026-01-05", known="2026-01-05")) == ({0, 1}, {0})


# --- refusals


def test_a_broken_release_leaves_the_last_good_one(store: ListStore) -> None:
    good = put(store, 0, 1)
    for broken, error in (
        ({"list": b"address,holder\n"}, RefusedError),
        ({"list": b"address,holder\nx"}, InputError),
        ({"list": b"<html>busy</html>"}, InputError),
        ({"list": b"address\nnonsense\nrubbish"}, RefusedError),
    ):
        with pytest.raises(error):
            store.put("own", broken, fetched=FRIDAY)
    assert (store.versions("own"), listed(store)) == ((good,), {0, 1})


def test_an_older_release_is_measured_against_what_was_in_force_before_it(store: ListStore) -> None:
    def orders(count: int) -> Mapping[str, bytes]:
        lines = "".join(f"0x{number:040x},1/26\n" for number in range(count))
        return {"list": b"wallet,aso\n" + lines.encode()}

    store.put("il-nbctf", orders(100), fetched=MONDAY, dated="2026-01-02")
    store.put("il-nbctf", orders(60), fetched=TUESDAY, dated="2025-06-01")
    with pytest.raises(RefusedError, match="60 wallets after 100: it lost more than 20 %"):
        store.put("il-nbctf", orders(60), fetched=FRIDAY, dated="2026-01-08")


def test_a_release_may_be_forced_and_says_so_for_ever(store: ListStore) -> None:
    version = store.put("own", {"list": b"address\nnonsense"}, fetched=MONDAY, force=True)[0]
    assert version.forced == ("sound in 0 % of the rows, at least 50 % are due",)
    assert store.versions("own")[0].forced == version.forced


@pytest.mark.parametrize("moment", ["_write_blob", "_write_parsed", "_write_whole"])
def test_a_killed_update_leaves_the_last_good_version(
    store: ListStore, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    put(store, 0)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store_module if moment == "_write_whole" else ListStore, moment, killed)
        with pytest.raises(KeyboardInterrupt):
            put(store, 1, fetched=FRIDAY)
    assert (listed(store), len(store.versions("own"))) == ({0}, 1)
    put(store, 1, fetched=FRIDAY)
    assert listed(store) == {1}


UPDATES = """
import sys
from pathlib import Path
from clew.lists.store import ListStore
store = ListStore(Path(sys.argv[1]))
for number in range(10_000):
    rows = b"address\\n" + b"".join(b"0x%040x\\n" % (number + one) for one in range(500))
    store.put("own", {"list": rows}, fetched=f"2026-01-05T10:00:{number % 60:02}Z")
    print(number, flush=True)
"""


def test_a_process_that_is_killed_leaves_whole_versions_and_no_lock(store: ListStore) -> None:
    for times in (1, 2, 3):
        command = [sys.executable, "-c", UPDATES, str(store.folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(times):
                process.stdout.readline()
            process.kill()
        assert len(store.current().wallets) == 500
        assert len(store.versions("own")) >= times
    put(store, 0, fetched=FRIDAY, force=True)
    assert listed(store) == {0}


def test_two_updates_at_once_are_refused(store: ListStore) -> None:
    with store._lock(), pytest.raises(RunError, match="another update is running"):
        put(store, 0)
    assert listed(store) == set()
    put(store, 0)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="only a user can be kept out of a folder")
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(RunError, match="cannot write"):
        put(ListStore(tmp_path / "lists"), 0)


# --- evidence


def test_the_parsed_form_is_made_again_from_the_bytes(store: ListStore) -> None:
    put(store, 0, 1)
    for parsed in (store.folder / "parsed").glob("*/*.parquet"):
        parsed.write_bytes(b"damaged")
    assert listed(store) == {0, 1}
    shutil.rmtree(store.folder / "parsed")
    assert listed(store) == {0, 1}
    assert len(store.current().parties) == 2


def test_a_changed_byte_of_a_release_is_found(store: ListStore) -> None:
    version = put(store, 0)
    (blob,) = (store.folder / "blobs").glob("*/*.gz")
    blob.write_bytes(gzip.compress(b"address\n"))
    with pytest.raises(VerificationError, match="SHA-256"):
        store.files(version)
    blob.write_bytes(b"no gzip")
    with pytest.raises(VerificationError, match="cannot be read"):
        store.files(version)


def test_a_damaged_record_is_told(store: ListStore) -> None:
    put(store, 0)
    (store.folder / "own" / "000001.json").write_text("{}")
    with pytest.raises(VerificationError, match="record is damaged"):
        store.current()


# --- properties

DAYS = st.sampled_from([f"2026-01-{day:02}" for day in range(1, 10)])

LISTINGS = st.sets(st.integers(0, 5), min_size=1, max_size=4) | st.sampled_from([{0}, {1}])
"""What a release lists; often one of two, so that one is shown again."""

RELEASES = st.lists(st.tuples(LISTINGS, DAYS, DAYS | st.just("")), min_size=1, max_size=6)
"""Each with what it lists, the day it was fetched and the date it states."""


def test_what_is_shown_again_holds_against_an_earlier_release_of_a_later_date(tmp_path: Path) -> None:
    store = ListStore(tmp_path)
    put(store, 0, fetched="2026-01-01T10:00:00Z", dated="2026-01-02")
    put(store, 1, fetched="2026-01-01T10:00:00Z")
    put(store, 1, fetched="2026-01-02T10:00:00Z")
    assert listed(store, "2026-01-02", "") == {1}


def test_an_undated_release_that_is_shown_again_holds_against_one_dated_before(tmp_path: Path) -> None:
    store = ListStore(tmp_path)
    put(store, 1, fetched="2026-01-01T10:00:00Z")
    put(store, 1, fetched="2026-01-02T10:00:00Z")
    put(store, 0, fetched="2026-01-02T10:00:00Z", dated="2026-01-01")
    assert listed(store, "2026-01-02", "") == {1}


@settings(max_examples=50)
@given(releases=RELEASES, day=DAYS, known=DAYS | st.just(""))
def test_as_of_equals_replaying_the_versions(
    tmp_path_factory: pytest.TempPathFactory,
    releases: list[tuple[set[int], str, str]],
    day: str,
    known: str,
) -> None:
    store = ListStore(tmp_path_factory.mktemp("replay"))
    in_order = sorted(releases, key=lambda release: release[1])
    for chosen, fetched, dated in in_order:
        put(store, *sorted(chosen), fetched=f"{fetched}T10:00:00Z", dated=dated)
    standing: tuple[str, set[int]] = ("", set())
    for chosen, fetched, dated in in_order:
        holds = dated or fetched
        if holds <= day and (not known or fetched <= known) and holds >= standing[0]:
            standing = (holds, chosen)
    assert listed(store, day, known) == standing[1]


@settings(max_examples=15)
@given(old=st.sets(st.integers(0, 5), min_size=1), new=st.sets(st.integers(0, 5), min_size=1))
def test_the_difference_of_two_versions_applied_to_the_first_gives_the_second(
    tmp_path_factory: pytest.TempPathFactory, old: set[int], new: set[int]
) -> None:
    store = ListStore(tmp_path_factory.mktemp("diff"))
    first, second = put(store, *old), put(store, *new, fetched=FRIDAY)
    entries = [Entries(store.parties(version), store.wallets(version)) for version in (first, second)]
    assert apply_changes(store.diff(first, second), entries[0]) == ordered(entries[1])


def test_versions_of_two_lists_are_not_compared(store: ListStore) -> None:
    first = put(store, 0)
    other = store.put("own-desk", table(0), fetched=MONDAY)[0]
    with pytest.raises(InputError, match="two lists"):
        store.diff(first, other)
