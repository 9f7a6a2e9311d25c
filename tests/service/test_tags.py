"""Tags checked, shown and written as a pack."""

from pathlib import Path

import pytest

from clew.errors import InputError
from clew.lists import read_tags
from clew.service.tags import check_tags, show_tags, write_tags

HUOBI = "0x28ffe35688ffffd0659aee2e34778b0ae4e193ad"
EVM = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"


def csv(folder: Path, *rows: str) -> Path:
    path = folder / "tags.csv"
    path.write_text("\n".join(["address,label,entity,category,chain,confidence,lastmod", *rows]))
    return path


def test_a_file_is_checked_whole(tmp_path: Path) -> None:
    path = csv(tmp_path, f"{EVM},a,A,exchange,,50,2022-01-01", f"{EVM},b,B,exchange,,50,", "0x123,c,,,,,")
    (row,) = check_tags([path])
    assert (row["tags"], row["addresses"], row["conflicts"], row["without_date"]) == (2, 1, 1, 1)
    assert (row["chains"], row["categories"]) == ({"ethereum": 2}, {"exchange": 2})
    (error,) = row["errors"]
    assert "line 4" in error


def test_what_is_said_of_an_address_on_each_chain(tmp_path: Path) -> None:
    path = csv(
        tmp_path, f"{EVM},a,A,exchange,bsc,50,2022-01-01", f"{EVM},b,B,mixer,bsc,20,2023-01-01", f"{EVM},c,,,base,,"
    )
    bsc, base = show_tags(EVM, [path])
    assert (bsc["chain"], bsc["label"], bsc["stops"]) == ("eip155:56", "a | b", True)
    assert [conflict["about"] for conflict in bsc["conflicts"]] == ["entity", "category"]
    assert (base["chain"], base["stops"]) == ("eip155:8453", False)
    (only,) = show_tags(EVM, [path], as_of="2022-06-01")
    assert only["label"] == "a"
    assert show_tags(EVM, [path], chain="ethereum") == []
    assert show_tags(HUOBI)[0]["tags"][0]["entity"] == "Huobi"


def test_an_address_of_no_chain_is_refused() -> None:
    with pytest.raises(InputError, match="no chain that Clew follows"):
        show_tags("nonsense")


def test_a_pack_is_written_and_read_again(tmp_path: Path) -> None:
    path = csv(tmp_path, f"{EVM},a,A,exchange,bsc,37,2022-01-01", f"{EVM},a,A,exchange,bsc,37,2022-01-01")
    out = tmp_path / "pack.yaml"
    assert write_tags([path], out, title="Ours", creator="desk") == 1
    assert read_tags(out) == read_tags(path)[:1]
    with pytest.raises(InputError, match=r"\.yaml"):
        write_tags([path], tmp_path / "pack.txt", title="", creator="")
