"""What a release must look like: every list has its facts, and a broken release is refused with its reason."""

from dataclasses import replace

import pytest

from clew.chains.forms import Verdict
from clew.errors import InputError
from clew.lists import SANCTIONS, find_facts, read_release
from clew.lists.facts import check_release
from clew.lists.parties import ListedParty, NameType, PartyKind, PartyName, Release
from clew.lists.wallets import Found, wallets_of

FACTS = replace(
    find_facts("us-ofac-sdn"),
    least={"parties": 10, "wallets": 2},
    most={"parties": 30, "wallets": 10},
    fill={"names": 100, "births": 60, "aliases": 50, "programmes": 90, "holders": 100, "sound": 50},
    shrink=20,
)
NAMES = (PartyName("A"), PartyName("B", NameType.AKA))
PARTY = ListedParty("us-ofac-sdn", "1", PartyKind.PERSON, NAMES, births=("1971",), programmes=("X",))
EVM = ["0x" + f"{number:02x}" * 20 for number in range(3)]


def release(parties: int = 20, wallets: int = 3, party: ListedParty = PARTY, holder: str = "1") -> Release:
    found = [Found(EVM[number], "ETH", holder, "") for number in range(wallets)]
    return Release("us-ofac-sdn", "", (party,) * parties, wallets_of("us-ofac-sdn", found))


def test_a_sound_release_is_taken() -> None:
    assert check_release(release(), FACTS) == ()
    assert check_release(release(), FACTS, {"parties": 24, "wallets": 3}) == ()


@pytest.mark.parametrize(
    ("broken", "last", "reason"),
    [
        (release(parties=9), None, "9 parties, outside 10 to 30"),
        (release(parties=31), None, "31 parties, outside 10 to 30"),
        (release(wallets=1), None, "1 wallets, outside 2 to 10"),
        (release(), {"parties": 26, "wallets": 3}, "20 parties after 26: it lost more than 20 %"),
        (release(), {"parties": 20, "wallets": 4}, "3 wallets after 4: it lost more than 20 %"),
        (release(party=replace(PARTY, births=())), None, "births in 0 % of the rows, at least 60 % are due"),
        (release(party=replace(PARTY, names=NAMES[:1])), None, "aliases in 0 % of the rows, at least 50 % are due"),
        (release(party=replace(PARTY, programmes=())), None, "programmes in 0 % of the rows, at least 90 % are due"),
        (release(holder=""), None, "holders in 0 % of the rows, at least 100 % are due"),
        (replace(release(), unknown=("Fresh",)), None, "elements the reader does not know: Fresh"),
        (replace(release(), faults=("it breaks off",)), None, "it breaks off"),
    ],
)
def test_a_broken_release_is_refused_with_its_reason(broken: Release, last: dict[str, int] | None, reason: str) -> None:
    assert check_release(broken, FACTS, last) == (reason,)


def test_addresses_that_fail_their_checksum_are_counted() -> None:
    wallets = tuple(replace(wallet, verdict=Verdict.WRONG) for wallet in release().wallets)
    (reason,) = check_release(replace(release(), wallets=wallets), FACTS)
    assert reason == "sound in 0 % of the rows, at least 50 % are due"


@pytest.mark.parametrize("name", SANCTIONS)
def test_every_list_has_its_facts(name: str) -> None:
    facts = find_facts(name)
    assert facts.title
    assert facts.publisher
    assert facts.licence
    assert set(facts.required) <= set(facts.names)
    assert set(facts.files) <= set(facts.names)
    assert all(address.startswith("https://") for address in facts.files.values())
    assert set(facts.least) == set(facts.most) == {"parties", "wallets"}
    assert all(facts.least[kind] <= facts.most[kind] for kind in facts.least)
    assert facts.least["parties"] + facts.least["wallets"] > 0, "an empty file is never a release"
    check_release(replace(release(), list=name), facts)


def test_what_needs_a_licence_is_not_fetched_by_default() -> None:
    assert "NC" in find_facts("opensanctions").licence
    assert not find_facts("opensanctions").default


@pytest.mark.parametrize(
    ("list_id", "name", "part"),
    [
        ("us-ofac-sdn-csv", "SDN.CSV", "entries"),
        ("us-ofac-sdn-csv", "sdn-2023-01.csv.gz", "entries"),
        ("us-ofac-sdn-csv", "SDN_COMMENTS.CSV", "comments"),
        ("us-ofac-sdn-csv", "sdn-comments-recent.csv", "comments"),
        ("us-ofac-sdn-csv", "add.csv.gz", "addresses"),
        ("us-ofac-sdn-csv", "ALT.CSV", "aliases"),
        ("us-ofac-cons-csv", "CONS_PRIM.CSV", "entries"),
        ("us-ofac-cons-csv", "CONS_COMMENTS.CSV", "comments"),
        ("us-ofac-sdn-csv", "README.md", None),
        ("us-ofac-sdn", "SDN_ADVANCED.XML", "list"),
        ("gb-fcdo", "UK-Sanctions-List.xml", "list"),
    ],
)
def test_a_file_is_told_by_its_name(list_id: str, name: str, part: str | None) -> None:
    assert find_facts(list_id).part_of(name) == part


def test_a_release_without_a_part_it_must_have_is_at_fault() -> None:
    row = b'7,"A",-0- ,"X",' + b"-0- ," * 7 + b"-0- \r\n"
    faults = read_release("us-ofac-sdn-csv", {"entries": row}).faults
    assert faults == tuple(f"the file of its {part} is missing" for part in ("addresses", "aliases", "comments"))
    for files in ({}, {"comments": b""}):
        with pytest.raises(InputError, match="entries is missing"):
            read_release("us-ofac-sdn-csv", files)


@pytest.mark.parametrize("name", ["us-ofac", "", "own_x", "own-../x", "OWN"])
def test_an_unknown_list_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(InputError, match="unknown list") as caught:
        find_facts(name)
    assert "un-sc" in caught.value.mend


def test_a_part_of_another_list_is_refused() -> None:
    with pytest.raises(InputError, match="no part 'comments'"):
        read_release("un-sc", {"comments": b""})
