"""The facts of a report: what they say of the made-up theft, what they leave out and say so, what they refuse."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from tests.reports.conftest import HOSTILE, OWNER, WEI, eth

from clew.errors import InputError, RunError
from clew.reports.facts import Facts, gather_facts
from clew.reports.standings import STANDINGS

Sample = tuple[dict[str, Any], Any]


@pytest.fixture(scope="module")
def facts(sample: Sample) -> Facts:
    return gather_facts(*sample)


def test_the_headline_says_where_the_largest_parts_went(facts: Facts) -> None:
    assert facts.headline == (
        "Of 10,000 ETH stolen, 6,500 ETH (65.00 %) reached Whirlpool Cash (mixer), "
        "≈\u00a01,832.99 ETH (18.32 %) is held at 7 addresses and 1,499 ETH (14.99 %) reached Big Exchange (exchange); "
        "the rest stands elsewhere. "
        f"Of 1,500,000 USDC stolen, 1,250,000 USDC (83.33 %) reached {HOSTILE} (exchange) "
        "and 250,000 USDC (16.66 %) is frozen at 1 address (Dollar Issuer)."
    )


def test_the_second_sentence_says_what_can_still_be_stopped(facts: Facts) -> None:
    assert facts.second == "The worklist names 2 places to act on, for 1,832 ETH of what was stolen."


def test_groups_add_up_to_the_theft_in_whole_base_units(facts: Facts) -> None:
    ether, dollars = facts.ledgers
    assert sum(group.origin.base for group in ether.groups if group.origin) == 10_000 * WEI
    assert ether.total is not None
    assert ether.total.exact == "10,000"
    assert dollars.total is not None
    assert dollars.total.exact == "1,500,000"


def test_groups_stand_in_order_of_size_and_places_too(facts: Facts) -> None:
    groups = facts.ledgers[0].groups
    assert [group.title for group in groups][:3] == ["Whirlpool Cash", "Held", "Big Exchange"]
    sizes = [s.origin.base for s in groups[1].standings if s.origin]
    assert sizes == sorted(sizes, reverse=True)


def test_a_sink_is_counted_as_no_address(facts: Facts) -> None:
    assert {group.title: group.places for group in facts.ledgers[0].groups}["Network fees"] == ""


def test_each_place_shows_the_transfers_that_reached_it(facts: Facts) -> None:
    mixer = facts.ledgers[0].groups[0].standings[0]
    assert (len(mixer.deliveries), mixer.deliveries_of) == (8, 260)
    assert {step.receiver.full for step in mixer.deliveries} == {eth("pool")}


def test_an_output_named_by_its_owner_still_finds_its_transfer(facts: Facts) -> None:
    (place,) = [s for group in facts.ledgers[0].groups for s in group.standings if s.account.full == OWNER]
    assert [step.origin.exact for step in place.deliveries if step.origin] == ["167"]


def test_addresses_left_out_are_counted_with_their_sum(make: Callable[[int], Sample]) -> None:
    result, table = make(4)
    result = deepcopy(result)
    whole = next(entry for entry in result["dispositions"] if entry["entity"] == "Whirlpool Cash")
    result["dispositions"].remove(whole)
    sizes = [6_500 - STANDINGS - 4, *[1] * (STANDINGS + 4)]
    for number, size in enumerate(sizes):
        part = {"address": eth(f"part {number}"), "amount": f"{size * WEI}", "origin_amount": f"{size * WEI}"}
        result["dispositions"].append(whole | part)
    group = gather_facts(result, table).ledgers[0].groups[0]
    assert len(group.standings) == STANDINGS
    assert group.places == f"{STANDINGS + 5} addresses"
    assert group.more == "5 smaller places not shown, together 5 ETH: see result.json"


def test_the_largest_transfers_are_those_with_the_largest_share_of_their_theft(facts: Facts) -> None:
    shown = [f"{step.origin.exact} {step.origin.symbol}" for step in facts.largest if step.origin]
    assert shown[:5] == ["1,250,000 USDC"] * 3 + ["1,999 ETH", "250,000 USDC"]


def test_a_long_path_keeps_its_ends_and_says_what_is_between(sample: Sample) -> None:
    result = deepcopy(sample[0])
    result["dispositions"][0]["path"] = sample[1].slice(0, 40).to_pylist()
    standing = gather_facts(result, sample[1]).ledgers[0].groups[0].standings[0]
    assert (len(standing.path), standing.path_cut) == (16, 24)
    assert standing.path[-1].tx.full == result["dispositions"][0]["path"][-1]["tx"]


def test_policies_are_compared_row_by_row(facts: Facts) -> None:
    (comparison,) = facts.comparisons
    assert comparison.policies == ("fifo", "haircut", "poison")
    assert comparison.rows[0] == ("Whirlpool Cash", ("6,500", "6,400", "reached"))
    assert comparison.rows[2] == ("Big Exchange", ("1,499", "1,600", "–"))  # noqa: RUF001


def test_grades_are_totalled_with_their_share(facts: Facts) -> None:
    assert [(g.theft, g.grade, g.share) for g in facts.grades] == [
        ("theft-1", "observed", "95.00 %"),
        ("theft-1", "asserted", "5.00 %"),
        ("theft-2", "observed", "16.66 %"),
        ("theft-2", "asserted", "83.33 %"),
    ]


def test_limitations_are_in_plain_words_with_their_places(facts: Facts) -> None:
    assert [gap.code for gap in facts.gaps] == ["truncated-history", "unobserved-inflow"]
    assert facts.gaps[1].meaning.startswith("An address paid out more than it was seen to receive")
    assert facts.gaps[1].places[0].endswith("paid out more than it was seen to receive (3 ETH)")


def test_bounds_and_scope_are_said(facts: Facts) -> None:
    assert facts.bounds == (
        "at most 500 addresses loaded",
        "amounts below 0.01 ETH not followed",
        "at most 5 hops",
        "accounts with more than 20,000 transfers not followed",
    )
    assert facts.scope.startswith("72 account histories read, 9 stopped at, 5 not available; 543 traced transfers")


def test_dispositions_that_do_not_add_up_are_refused(sample: Sample) -> None:
    result = deepcopy(sample[0])
    result["dispositions"][0]["origin_amount"] = f"{6_500 * WEI - 1}"
    with pytest.raises(RunError, match=r"theft-1 .*add up to 9999999999999999999999 base units"):
        gather_facts(result, sample[1])


def test_a_disposition_left_out_is_refused(sample: Sample) -> None:
    with pytest.raises(RunError, match="add up to"):
        gather_facts(sample[0] | {"dispositions": sample[0]["dispositions"][1:]}, sample[1])


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "clew-result/2"},
        {"dispositions": None},
        {"conservation": [{}]},
        {"stolen": [{"theft": "theft-1"}]},
        {"as_of": "yesterday"},
    ],
)
def test_what_is_no_result_is_refused_by_name(change: dict[str, Any], sample: Sample) -> None:
    with pytest.raises(InputError, match=r"result\.json|not a time"):
        gather_facts(sample[0] | change, sample[1])


def test_leads_stand_apart_with_their_odds_and_base_rates(facts: Facts) -> None:
    mixers = facts.mixers
    assert mixers.summary == (
        "3 payments of this trace went into pools; 1 is joined to the pool's own event; "
        "of 1 the note is known, its event is not at hand; of 1 nothing at hand names the note."
    )
    assert mixers.pools[0].notes == "1 note of 1 depositor, leaves 7 to 7 of 31,497"
    assert mixers.pools[0].by_order == "about 12 of them, if each note left were as likely"
    reused, timed = mixers.leads
    assert (reused.candidates, reused.probability) == ("31,497 notes, 1 of this trace", "56 %")
    assert reused.base_rate == "below 1 %; 9 links, 3.9 by chance"
    assert (timed.probability, timed.base_rate) == ("87 %", "46 %")
    assert reused.recipient.name == HOSTILE, "a tag's own words"
    assert mixers.measured.endswith("Not measured on known pairs: address-reuse.")
    assert [rule.why for rule in mixers.rules] == ["", "", HOSTILE]


def test_the_worklist_says_whether_the_issuer_can_still_freeze(facts: Facts) -> None:
    assert [task.freeze for task in facts.worklist] == ["Dollar Issuer has not frozen it yet, and can", ""]


@pytest.mark.parametrize(
    ("probability", "words"), [(0.0, "0 %"), (0.0004, "below 1 %"), (0.29, "29 %"), (1.0, "100 %")]
)
def test_a_probability_is_cut_to_whole_percents(probability: float, words: str) -> None:
    from clew.reports.leads import percent

    assert percent(probability) == words
