"""The incidents that ship: who says what, with which addresses, and which of them can be traced."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from clew.cases import list_incidents, read_case
from clew.cases.incidents import FOLDER, Incident, read_incident
from clew.errors import InputError
from clew.model import Category

INCIDENTS = list_incidents()
TRACEABLE = ("upbit-2019", "ronin-2022", "bybit-2025")


def test_the_thefts_everybody_knows_are_there() -> None:
    assert {incident.id for incident in INCIDENTS} >= {
        *("ronin-2022", "harmony-2022", "bybit-2025", "kucoin-2020", "upbit-2019", "atomic-wallet-2023"),
        *("stake-2023", "coinex-2023", "wazirx-2024", "dmm-2024"),
    }


def test_they_come_oldest_first() -> None:
    dates = [incident.date for incident in INCIDENTS]
    assert dates == sorted(dates)


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.id)
def test_every_statement_has_its_public_source(incident: Incident) -> None:
    assert (FOLDER / f"{incident.id}.toml").is_file()
    assert incident.id.endswith(str(date.fromisoformat(incident.date).year))
    assert incident.title
    assert incident.victim
    assert "https://" in incident.attribution
    assert "https://" in incident.loss
    assert incident.sources
    assert all(source.startswith("https://") for source in incident.sources)
    for tag in incident.addresses:
        assert tag.source.startswith("https://")
        assert (tag.category, tag.stop) == (Category.THEFT, False)
        assert date.fromisoformat(tag.lastmod) >= date.fromisoformat(incident.date)


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.id)
def test_an_incident_that_cannot_be_traced_says_what_is_missing(incident: Incident) -> None:
    assert incident.case is not None or incident.note
    assert (incident.id in TRACEABLE) == (incident.case is not None)


def test_ronin_has_its_two_thefts_and_asserts_nothing_more() -> None:
    case = read_case("ronin-2022")
    thief = "0x098b716b8aaf21512996dc57eb0615e2383e2f96"
    assert [(theft.asset.symbol, theft.amount, theft.tx, theft.to) for theft in case.thefts] == [
        ("ETH", 173_600 * 10**18, "0xc28fad5e8d5e0ce6a2eaf67b6687be5d58113e16be590824d6cfa1a94467d0b7", thief),
        ("USDC", 25_500_000 * 10**6, "0xed2c72ef1a552ddaec6dd1f5cddf0b59a8f37f82bdda5257d9c7c37db7bb9b08", thief),
    ]
    assert (case.policy, case.conversions) == ("fifo", ())
    assert [tag.address for tag in case.tags] == [thief]


def test_an_incident_without_a_theft_transaction_is_refused_with_the_reason_and_a_way_on() -> None:
    with pytest.raises(InputError) as caught:
        read_case("dmm-2024")
    assert "name neither the transaction nor the address" in caught.value.what
    assert "docs/case-files.md" in caught.value.mend


def test_an_unknown_id_suggests_the_nearest() -> None:
    with pytest.raises(InputError, match="no incident has the id 'ronin'") as caught:
        read_case("ronin")
    assert "ronin-2022" in caught.value.mend


def test_an_id_like_no_other_lists_them_all() -> None:
    with pytest.raises(InputError) as caught:
        read_case("zzz")
    assert all(incident.id in caught.value.mend for incident in INCIDENTS)


def test_an_id_may_not_leave_the_folder() -> None:
    with pytest.raises(InputError, match="No such file"):
        read_case("../incidents/ronin-2022")


@pytest.mark.parametrize(
    ("line", "place", "what"),
    [
        ('date = "last year"', "date", "'last year' is not a date"),
        ('date = "2022-02-30"', "date", "'2022-02-30' is not a date"),
        ("date = 2022-03-23", "date", "is not text"),
        ("victim = 5", "victim", "5 is not text"),
        ('victm = "x"', "victm", "unknown key 'victm'"),
        ('[[address]]\naddress = "0x12"', "address[1]", "0x12"),
    ],
)
def test_a_fault_of_an_incident_file_is_told_with_its_place(tmp_path: Path, line: str, place: str, what: str) -> None:
    facts = {"id": "a", "title": "A", "date": "2022-03-23", "victim": "V", "attribution": "x", "loss": "y"}
    key = line.partition(" = ")[0]
    path = tmp_path / "a.toml"
    path.write_text("".join(f'{name} = "{text}"\n' for name, text in facts.items() if name != key) + line)
    with pytest.raises(InputError) as caught:
        read_incident(path)
    assert caught.value.where == f"{path}: {place}"
    assert what in caught.value.what


def test_an_incident_file_is_plain_toml() -> None:
    for path in FOLDER.glob("*.toml"):
        assert tomllib.loads(path.read_text(encoding="utf-8"))["id"] == path.stem


def test_the_documentation_lists_every_incident() -> None:
    page = (Path(__file__).parents[2] / "docs/case-files.md").read_text(encoding="utf-8")
    for incident in INCIDENTS:
        assert f"| `{incident.id}` | {'no' if incident.case is None else 'yes'}" in page
