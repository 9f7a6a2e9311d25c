"""One address against lists, tags and a ledger: what is matched, what is not, and what is said of doubtful text."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.screening.listed import LISTED_EVM, LISTED_P2PKH, MIXER, SAME_KEY, lists_of, small_index, tag, wallet

from clew.model import Category, Decision, Grade
from clew.screening.addresses import AddressAnswer, AddressIndex, screen_address, to_json
from clew.screening.policy import Fact, read_policy

INDEX, POLICY = small_index(), read_policy()
CHECKSUMMED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
UNKNOWN_EVM = "0x" + "12" * 20


def screen(text: str, chain: str = "") -> AddressAnswer:
    return screen_address(text, INDEX, POLICY, chain=chain)


def rules(answer: AddressAnswer) -> set[str]:
    return {reason.rule for reason in answer.reasons}


@pytest.mark.parametrize(
    "text", [LISTED_EVM, CHECKSUMMED, f"  {CHECKSUMMED}\n", f"eip155:1:{LISTED_EVM}", LISTED_P2PKH]
)
def test_a_listed_address_is_blocked_with_its_list_party_and_date(text: str) -> None:
    answer = screen(text)
    assert answer.decision is Decision.BLOCK
    assert rules(answer) == {"listed"}
    (listing,) = answer.listings
    assert (listing.list, listing.version, listing.entries) == ("test-list", "a1b2", ("17",))
    assert (listing.names, listing.programmes, listing.since) == (("DOE, John",), ("DPRK3",), "2022-04-14")
    assert "DOE, John, since 2022-04-14" in answer.reasons[0].text


def test_an_address_of_the_same_key_is_blocked_and_says_whose() -> None:
    answer = screen(SAME_KEY)
    assert answer.decision is Decision.BLOCK
    assert rules(answer) == {"listed-same-key"}
    assert answer.reasons[0].grade is Grade.DECODED
    assert answer.listings[0].original == LISTED_P2PKH


def test_an_address_nobody_knows_is_clear_with_the_versions_it_was_held_against() -> None:
    answer = screen(UNKNOWN_EVM)
    assert answer.decision is Decision.CLEAR
    assert answer.reasons == ()
    assert [name for name, _, _ in answer.lists] == ["test-list"]
    assert answer.policy == f"{POLICY.id} {POLICY.version}"
    assert answer.exposure is None


def test_a_tag_is_a_reason_with_its_source() -> None:
    answer = screen(MIXER)
    assert answer.decision is Decision.REVIEW
    assert rules(answer) == {"tagged-mixer"}
    assert answer.reasons[0].source == "https://example.org 2026-01-02"


WRONG_CASE = "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.mark.parametrize(
    ("text", "decision", "expected"),
    [
        (WRONG_CASE, Decision.BLOCK, {"listed", "doubtful-text"}),
        ("0x" + "aB" * 20, Decision.REVIEW, {"doubtful-text"}),
        (LISTED_P2PKH.lower(), Decision.REVIEW, {"resembles-listed", "unreadable"}),
        (LISTED_P2PKH[:-1], Decision.REVIEW, {"resembles-listed", "unreadable"}),
        (LISTED_EVM[:-1], Decision.REVIEW, {"resembles-listed", "unreadable"}),
        (UNKNOWN_EVM[:-1], Decision.NOT_SCREENED, {"unreadable"}),
        ("", Decision.NOT_SCREENED, {"unreadable"}),
        ("0x" + "1" * 64, Decision.NOT_SCREENED, {"unreadable"}),
        ("x" * 100_000, Decision.NOT_SCREENED, {"unreadable"}),
        (LISTED_EVM[:10] + "\u200b" + LISTED_EVM[10:], Decision.BLOCK, {"listed", "doubtful-text"}),
        (UNKNOWN_EVM[:20] + " " + UNKNOWN_EVM[20:], Decision.REVIEW, {"doubtful-text"}),
        (LISTED_EVM.replace("a", "\u0430"), Decision.REVIEW, {"unreadable", "doubtful-text"}),
    ],
)
def test_doubtful_text_is_never_clear_and_never_matched_by_likeness(
    text: str, decision: Decision, expected: set[str]
) -> None:
    answer = screen(text)
    assert (answer.decision, rules(answer)) == (decision, expected)


def test_a_foreign_letter_is_named() -> None:
    words = " ".join(reason.text for reason in screen(LISTED_EVM.replace("a", "\u0430")).reasons)
    assert "CYRILLIC SMALL LETTER A" in words


def test_an_address_of_another_network_is_told() -> None:
    answer = screen(UNKNOWN_EVM, chain="tron")
    assert answer.decision is Decision.REVIEW
    assert "not an address of" in answer.reasons[0].text
    assert screen(UNKNOWN_EVM, chain="polygon").decision is Decision.CLEAR
    assert screen(f"bitcoin:{LISTED_P2PKH}?amount=1").decision is Decision.BLOCK
    assert screen(f"ethereum:{UNKNOWN_EVM}@1").decision is Decision.CLEAR


def received(category: Category, hops: int, share: Fraction) -> Fact:
    return Fact("exposure", "words", Grade.OBSERVED, category=category, direction="received", hops=hops, share=share)


@pytest.mark.parametrize(
    ("fact", "decision"),
    [
        (received(Category.SANCTIONED, 1, Fraction(1, 10**9)), Decision.BLOCK),
        (received(Category.SANCTIONED, 3, Fraction(1, 50)), Decision.REVIEW),
        (received(Category.SANCTIONED, 3, Fraction(1, 101)), Decision.CLEAR),
        (received(Category.MIXER, 2, Fraction(1, 10)), Decision.REVIEW),
        (received(Category.EXCHANGE, 1, Fraction(1)), Decision.CLEAR),
    ],
)
def test_exposure_decides_by_category_directness_and_share(fact: Fact, decision: Decision) -> None:
    asked: list[tuple[str, str]] = []

    def exposures(chain: str, address: str) -> list[Fact]:
        asked.append((chain, address))
        return [fact]

    answer = screen_address(UNKNOWN_EVM, INDEX, POLICY, chain="ethereum", exposures=exposures)
    assert answer.decision is decision
    assert asked == [("eip155:1", UNKNOWN_EVM)]
    assert answer.exposure == (fact,)


def test_a_ledger_that_does_not_know_the_address_gives_no_exposure_rather_than_none_found() -> None:
    answer = screen_address(UNKNOWN_EVM, INDEX, POLICY, exposures=lambda _chain, _address: None)
    assert answer.exposure is None


def test_the_order_of_what_is_indexed_does_not_matter() -> None:
    listed = (wallet(LISTED_EVM), wallet(LISTED_P2PKH))
    tags = [tag(MIXER, Category.MIXER), tag(MIXER, Category.OTHER)]
    one = AddressIndex.build(lists_of(listed), tags)
    other = AddressIndex.build(lists_of(listed[::-1]), tags[::-1])
    for text in (LISTED_EVM, LISTED_P2PKH, SAME_KEY, MIXER):
        assert to_json(screen_address(text, one, POLICY)) == to_json(screen_address(text, other, POLICY))


@given(st.text(max_size=300), st.text(max_size=20))
def test_no_text_raises_and_only_an_address_is_clear(text: str, chain: str) -> None:
    answer = screen(text, chain)
    if answer.decision is Decision.CLEAR:
        assert answer.subject.form.address in text.lower() or answer.subject.form.address in text
    to_json(answer)
