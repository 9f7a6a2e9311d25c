"""Direct exposure as a world's owners tell it: plain sums, transfer by transfer."""

from pathlib import Path

import pytest

from clew.errors import InputError
from clew.ledger import Ledger, TransferTable
from clew.model import Decoded, Kind, Reply, Transfer
from clew.scores.holders import Direct, Holder, compare_direct, direct_exposures, read_holders

CHAIN, ETH, USDT = "eip155:1", "eip155:1/slip44:60", "eip155:1/erc20:0x" + "d" * 40
ANN, BEN, SHOP, MIX = ("0x" + digit * 40 for digit in "abce")
HOLDERS = {
    ANN: Holder("Ann", "person"),
    BEN: Holder("Ben", "person"),
    SHOP: Holder("Exchange 1", "exchange"),
    MIX: Holder("Mixer", "mixer"),
}


def table(*rows: tuple[str, str, int, str, Kind]) -> TransferTable:
    made = tuple(
        Transfer(CHAIN, at, at, at, f"{at:064x}", at, asset, sender, receiver, amount, kind)
        for at, (sender, receiver, amount, asset, kind) in enumerate(rows, 1)
    )
    with Ledger.open(":memory:") as ledger:
        with ledger.writer.batch():
            reply = ledger.writer.reply(Reply("csv", CHAIN, {}, "0", b""), "0" * 64)
            ledger.writer.append(Decoded(made), reply)
        return ledger.view.transfers()


def test_what_private_people_and_services_pay_each_other_is_added_up_by_asset_and_nothing_else_is() -> None:
    found = direct_exposures(
        table(
            (ANN, SHOP, 5, ETH, Kind.NATIVE),
            (ANN, SHOP, 7, ETH, Kind.CALL),
            (SHOP, ANN, 3, USDT, Kind.TOKEN),
            (ANN, BEN, 100, ETH, Kind.NATIVE),
            (MIX, BEN, 9, ETH, Kind.INTERNAL),
            (SHOP, MIX, 50, ETH, Kind.NATIVE),
            (BEN, SHOP, 1, ETH, Kind.FEE),
        ),
        HOLDERS,
    )
    assert found == {
        Direct(ANN, "sent", "exchange", ETH): 12,
        Direct(ANN, "received", "exchange", USDT): 3,
        Direct(BEN, "received", "mixer", ETH): 9,
    }


def test_an_exposure_is_right_where_it_is_true_and_exact_where_its_amount_is() -> None:
    true = {Direct(name, "sent", "exchange", ETH): 10 for name in ("a", "b", "c")}
    said = {Direct("a", "sent", "exchange", ETH): 10, Direct("b", "sent", "exchange", ETH): 9}
    said |= {Direct("d", "sent", "exchange", ETH): 1, Direct("a", "received", "mixer", ETH): 1}
    received, sent = compare_direct(true, said)
    assert (received["category"], received["precision"], received["recall"]) == ("mixer", 0, None)
    assert (sent["true"], sent["found"], sent["correct"], sent["amounts_exact"]) == (3, 3, 2, 1)
    assert sent["precision"] == sent["recall"] == 0.6667


def test_owners_are_read_by_chain_and_a_row_that_lacks_something_is_named(tmp_path: Path) -> None:
    path = tmp_path / "owners.csv"
    path.write_text("chain,address,owner,kind\neip155:1,0xa,Ann,person\ntron:1,T1,Shop,exchange\n")
    assert read_holders(path) == {"eip155:1": {"0xa": ("Ann", "person")}, "tron:1": {"T1": ("Shop", "exchange")}}
    path.write_text("chain,address,owner,kind\neip155:1,0xa,Ann,person\neip155:1,0xb,,person\n")
    with pytest.raises(InputError, match="lacks its chain"):
        read_holders(path)
    path.write_text("chain,address,owner,kind\n")
    with pytest.raises(InputError, match="no owner"):
        read_holders(path)
