"""A snapshot is made anew when what it rests on changes, ready for who asks next."""

from pathlib import Path

from clew.service.lists import UpdateRequest, update_lists
from clew.service.snapshots import Ground, changed, read_snapshot
from clew.settings import Settings

LISTED = "0x" + "12" * 20


def listed(folder: Path, *names: str, dated: str) -> Ground:
    """The ground of a store with a version of a list that has these parties."""
    (folder / "own.csv").write_text("\n".join(["address,entity", *(f"{LISTED},{name}" for name in names)]) + "\n")
    update_lists(UpdateRequest(Settings(), ("own",), (folder / "own.csv",), folder / "lists", dated=dated))
    return Ground(Settings(), folder / "lists")


def test_nothing_is_made_anew_where_all_is_the_same(tmp_path: Path) -> None:
    ground = listed(tmp_path, "Some Group", dated="2026-01-01")
    assert changed(ground, read_snapshot(ground)) is None


def test_a_new_version_of_a_list_makes_a_new_snapshot(tmp_path: Path) -> None:
    ground = listed(tmp_path, "Some Group", dated="2026-01-01")
    before = read_snapshot(ground)
    listed(tmp_path, "Some Group", "Another", dated="2026-01-02")
    after = changed(ground, before)
    assert after is not None
    assert after.known != before.known
    assert "names" not in vars(after)  # nobody asked for names


def test_names_are_indexed_before_a_new_snapshot_is_given_where_names_are_asked_for(tmp_path: Path) -> None:
    ground = listed(tmp_path, "Some Group", dated="2026-01-01")
    before = read_snapshot(ground)
    assert len(before.names.parties) == 1
    listed(tmp_path, "Some Group", "Another", dated="2026-01-02")
    after = changed(ground, before)
    assert after is not None
    assert len(vars(after)["names"].parties) == 2
