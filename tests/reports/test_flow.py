"""The flow picture: no unit drawn twice or lost, at any size, and nothing outside its frame."""

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.reports.conftest import ETH, ETHEREUM, eth, eth_tx

from clew.amounts import parse_units
from clew.reports.flow import Block, Flow, draw_flows

Sample = tuple[dict[str, Any], Any]


def drawn(sample: Sample) -> tuple[Flow, ...]:
    return draw_flows(sample[0], sample[1].to_pylist())


def ends(flow: Flow) -> list[Block]:
    """The blocks of the last column."""
    last = max(float(block.x) for block in flow.blocks)
    return [block for block in flow.blocks if float(block.x) == last]


def units(block: Block, decimals: int = 18) -> int:
    return parse_units(block.title.rsplit(": ", 1)[1].rsplit(" ", 1)[0], decimals)


def test_each_stolen_asset_has_its_picture(sample: Sample) -> None:
    assert [flow.heading for flow in drawn(sample)] == ["Flow of 10,000 ETH", "Flow of 1,500,000 USDC"]


def test_the_last_column_is_the_whole_theft(sample: Sample) -> None:
    ether, dollars = drawn(sample)
    assert sum(map(units, ends(ether))) == 10_000 * 10**18
    assert sum(units(block, 6) for block in ends(dollars)) == 1_500_000 * 10**6


def test_the_first_column_is_the_thief(sample: Sample) -> None:
    first = min(drawn(sample)[0].blocks, key=lambda block: float(block.x))
    assert first.tone == "theft"
    assert first.title.startswith(eth("thief"))


def test_the_way_over_a_conversion_to_another_chain_is_whole(sample: Sample) -> None:
    ether = drawn(sample)[0]
    titles = [band.title for band in ether.bands]
    assert any(title.endswith("ETH → BTC: 500 ETH") for title in titles)
    assert any("(bitcoin) → Held: 333 ETH" in title for title in titles)
    assert any("(bitcoin) → Not followed further: 167 ETH" in title for title in titles)


def test_small_accounts_are_merged_and_counted(sample: Sample) -> None:
    assert "18 others" in [block.label for block in drawn(sample)[0].blocks]


def test_no_two_texts_lie_on_each_other_and_none_leaves_the_frame(sample: Sample) -> None:
    for flow in drawn(sample):
        for block in flow.blocks:
            assert 0 <= float(block.y) <= float(flow.height) - float(block.height)
            same = [float(b.text_y) for b in flow.blocks if b.x == block.x and b is not block]
            assert all(abs(float(block.text_y) - y) >= 28 for y in same)


def test_what_comes_back_to_the_account_it_left_by_a_swap_is_no_step(sample: Sample) -> None:
    result, table = sample
    swap = result["conversions"][0] | {"receiver": eth("thief")}
    rows = [
        row | {side: eth("thief") for side in ("sender", "receiver") if row[side] == eth("proceeds")}
        for row in table.to_pylist()
    ]
    dollars = draw_flows(result | {"conversions": [swap]}, rows)[1]
    assert "USDC → ETH" not in [block.label for block in dollars.blocks]
    assert sum(units(block, 6) for block in ends(dollars)) == 1_500_000 * 10**6


def test_nothing_moved_gives_no_picture(nothing: Sample) -> None:
    assert drawn(nothing) == ()


def test_the_order_of_rows_does_not_matter(make: Callable[[int], Sample]) -> None:
    result, table = make(40)
    rows = table.to_pylist()
    assert draw_flows(result, rows) == draw_flows(result, rows[::-1])


def trail(moves: list[tuple[int, int, int]]) -> Sample:
    """A result and rows in which accounts 0 (the thief) to 9 pass on parts of what they have, 64 units in all."""
    held = {0: 64}
    rows = []
    for number, (sender, receiver, part) in enumerate(moves):
        amount = min(held.get(sender, 0), part)
        held[sender] = held.get(sender, 0) - amount
        held[receiver] = held.get(receiver, 0) + amount
        row = {"time": f"2024-01-01T00:00:{number:02d}Z", "chain": ETHEREUM, "height": number, "tx_index": 0, "seq": 0}
        row |= {"tx": eth_tx(f"{number}"), "kind": "native", "asset": ETH, "symbol": "ETH", "decimals": 0}
        row |= {"sender": eth(f"{sender}"), "receiver": eth(f"{receiver}"), "sender_name": "", "receiver_name": ""}
        amounts = dict.fromkeys(("amount", "tainted", "origin_amount"), f"{amount}")
        rows.append(row | amounts | {"theft": "t", "grade": "observed"})
    place = {"kind": "held", "category": None, "entity": None, "label": None, "chain": ETHEREUM, "theft": "t"}
    dispositions = [
        place | {"address": eth(f"{account}"), "amount": f"{amount}", "origin_amount": f"{amount}", "last_tx": None}
        for account, amount in held.items()
        if amount
    ]
    stolen = {"theft": "t", "asset": ETH, "symbol": "ETH", "decimals": 0, "amount": "64", "tx": "", "to": eth("0")}
    return {"policy": "fifo", "stolen": [stolen], "dispositions": dispositions, "conversions": []}, rows


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 40)), max_size=59))
def test_whatever_way_it_went_every_unit_is_drawn_where_it_stands(moves: list[tuple[int, int, int]]) -> None:
    result, rows = trail(moves)
    (flow,) = draw_flows(result, rows)
    assert sum(units(block, 0) for block in ends(flow)) == 64
    assert len({(block.x, block.y) for block in flow.blocks}) == len(flow.blocks)
