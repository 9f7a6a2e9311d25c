"""The service over HTTP: what each resource answers, who may ask, what it refuses, and that lists swap whole."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.peers.service import serving
from tests.screening.listed import LISTED_EVM, LISTED_P2PKH, MIXER, SAME_KEY, lists_of, small_index, wallet

from clew.api.app import LARGEST, create_app
from clew.errors import InputError
from clew.records.store import Records
from clew.screening.addresses import AddressIndex
from clew.screening.policy import read_policy
from clew.service.screening import Snapshot

UNKNOWN = "0x" + "12" * 20
Json = dict[str, Any]


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records(f"sqlite:///{tmp_path}/records.db")
    yield opened
    opened.close()


@pytest.fixture
def client(records: Records) -> Iterator[httpx.Client]:
    secret = records.add_token("all", ["screen", "transfers", "read"])
    with serving(create_app(Snapshot(small_index(), read_policy()), records), secret) as opened:
        yield opened


def transfer(**changed: str) -> Json:
    body = {"reference": "w-1", "direction": "intended-withdrawal", "chain": "ethereum", "asset": "ETH"}
    return {**body, "amount": "1000000000000000000", "address": LISTED_EVM, **changed}


def test_addresses_are_answered_in_order_with_what_they_rest_on(client: httpx.Client) -> None:
    asked = [{"address": LISTED_EVM, "reference": "a"}, {"address": UNKNOWN, "chain": "polygon"}, {"address": "?"}]
    reply = client.post("/v1/screen/addresses", json={"addresses": asked})
    assert reply.status_code == 200
    body = reply.json()
    assert [answer["decision"] for answer in body["answers"]] == ["block", "clear", "not-screened"]
    assert body["answers"][0]["reference"] == "a"
    assert body["answers"][0]["listings"][0]["names"] == ["DOE, John"]
    assert body["lists"] == [{"list": "test-list", "version": "a1b2", "since": "2026-01-01"}]
    assert body["policy"] == "default 1"


def test_many_addresses_are_answered_too(client: httpx.Client) -> None:
    asked = [{"address": f"0x{number:040x}"} for number in range(500)] + [{"address": MIXER}]
    body = client.post("/v1/screen/addresses", json={"addresses": asked}).json()
    assert [answer["decision"] for answer in body["answers"]][-1] == "review"
    assert len(body["answers"]) == 501


def test_names_are_answered_with_the_parties_that_may_bear_them(client: httpx.Client) -> None:
    asked = {"names": [{"name": "John Doe", "kind": "person", "reference": "c1"}, {"name": "Anna Oberhauser"}]}
    body = client.post("/v1/screen/names", json=asked).json()
    assert [answer["decision"] for answer in body["answers"]] == ["review", "clear"]
    assert body["answers"][0]["matches"][0]["entry"] == "17"
    assert body["answers"][0]["reference"] == "c1"
    rows = client.get("/v1/answers").json()["rows"]
    assert [(row["kind"], row["subject"]["name"]) for row in rows] == [
        ("name", "John Doe"),
        ("name", "Anna Oberhauser"),
    ]


def test_every_answer_is_kept_also_one_that_found_nothing(client: httpx.Client) -> None:
    client.post("/v1/screen/addresses", json={"addresses": [{"address": UNKNOWN}]})
    (row,) = client.get("/v1/answers").json()["rows"]
    assert (row["subject"], row["decision"]) == ({"address": UNKNOWN, "chain": ""}, "clear")
    assert row["known"]["lists"] == {"test-list": "a1b2"}


def test_the_free_sanctions_shape(client: httpx.Client) -> None:
    (found,) = client.get(f"/api/v1/address/{LISTED_EVM}").json()["identifications"]
    assert found["category"] == "sanctions"
    assert found["name"] == "SANCTIONS: test-list DOE, John"
    assert client.get(f"/api/v1/address/{UNKNOWN}").json() == {"identifications": []}
    assert len(client.get(f"/api/v1/address/{SAME_KEY}").json()["identifications"]) == 1
    assert client.get("/api/v1/address/0x12").status_code == 422
    assert client.get(f"/api/v1/address/{MIXER}").json() == {"identifications": []}


def test_the_free_sanctions_shape_takes_its_own_header(client: httpx.Client) -> None:
    secret = client.headers.pop("Authorization").removeprefix("Bearer ")
    assert client.get(f"/api/v1/address/{UNKNOWN}", headers={"X-API-Key": secret}).status_code == 200


def test_a_transfer_is_registered_with_its_alerts_and_found_again(client: httpx.Client) -> None:
    reply = client.post("/v1/transfers", json=transfer())
    assert reply.status_code == 201
    body = reply.json()
    assert (body["decision"], body["asset"], body["chain"]) == ("block", "eip155:1/slip44:60", "eip155:1")
    assert [alert["rule"] for alert in body["alerts"]] == ["listed"]
    again = client.get(f"/v1/transfers/{body['id']}").json()
    assert again["amount"] == "1000000000000000000"
    assert again["alerts"] == body["alerts"]
    assert [row["id"] for row in client.get("/v1/transfers").json()["rows"]] == [body["id"]]


def test_a_repeated_request_gets_the_same_reply_and_is_registered_once(client: httpx.Client) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = client.post("/v1/transfers", json=transfer(), headers=headers)
    second = client.post("/v1/transfers", json=transfer(), headers=headers)
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert len(client.get("/v1/transfers").json()["rows"]) == 1
    other = client.post("/v1/transfers", json=transfer(amount="2"), headers=headers)
    assert (other.status_code, other.json()["error"]["field"]) == (409, "Idempotency-Key")
    twice = client.post("/v1/transfers", json=transfer())
    assert (twice.status_code, twice.json()["error"]["code"]) == (409, "conflict")


def test_a_chain_that_clew_does_not_follow_is_screened_against_the_lists_alone(client: httpx.Client) -> None:
    sol = "4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D4xWLs4gDB4T"
    body = client.post("/v1/transfers", json=transfer(chain="Solana", asset="SOL", address=sol)).json()
    assert (body["decision"], body["chain"], body["exposure"]) == ("clear", "solana", None)
    body = client.post("/v1/transfers", json=transfer(reference="2", chain="moon", asset="X", address=UNKNOWN)).json()
    assert body["decision"] == "review"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field"),
    [
        ("POST", "/v1/screen/addresses", {"addresses": []}, 422, "addresses"),
        ("POST", "/v1/screen/addresses", {"adresses": [{"address": "x"}]}, 422, "addresses"),
        ("POST", "/v1/screen/addresses", {"addresses": [{"address": "x", "chains": "y"}]}, 422, "addresses[0].chains"),
        ("POST", "/v1/screen/addresses", {"addresses": [{"address": 7}]}, 422, "addresses[0].address"),
        ("POST", "/v1/screen/addresses", {"addresses": [{"address": "x" * 513}]}, 422, "addresses[0].address"),
        ("POST", "/v1/screen/addresses", {"addresses": [{"address": "x"}] * 10_001}, 422, "addresses"),
        ("POST", "/v1/screen/names", {"names": [{"name": ""}]}, 422, "names[0].name"),
        ("POST", "/v1/screen/names", {"names": [{"name": "x", "births": ["tomorrow"]}]}, 422, "names[0].births[0]"),
        ("POST", "/v1/screen/names", {"names": [{"name": "x", "kind": "ghost"}]}, 422, "names[0].kind"),
        ("POST", "/v1/transfers", transfer(amount="1.5"), 422, "amount"),
        ("POST", "/v1/transfers", transfer(amount="-1"), 422, "amount"),
        ("POST", "/v1/transfers", transfer(direction="gift"), 422, "direction"),
        ("POST", "/v1/transfers", transfer(asset="NONE"), 422, ""),
        ("GET", "/v1/transfers/none", None, 404, "id"),
        ("GET", "/v1/answers?limit=0", None, 422, "limit"),
        ("GET", "/v1/answers?cursor=-1", None, 422, "cursor"),
        ("GET", "/v1/answers?curser=5", None, 422, "curser"),
        ("GET", "/v1/none", None, 404, ""),
        ("DELETE", "/v1/transfers", None, 405, ""),
    ],
)
def test_bad_input_is_told_with_its_field(
    client: httpx.Client, method: str, path: str, body: Json | None, status: int, field: str
) -> None:
    reply = client.request(method, path, json=body)
    assert reply.status_code == status
    error = reply.json()["error"]
    assert error["field"] == field
    assert error["code"]
    assert error["message"]


def test_a_body_that_is_no_json_or_too_large_is_refused(client: httpx.Client) -> None:
    assert client.post("/v1/screen/addresses", content=b"{").status_code == 422
    large = client.post("/v1/screen/addresses", content=b" " * (LARGEST + 1))
    assert large.status_code == 413

    def endless() -> Iterator[bytes]:
        yield b"{}"

    assert client.post("/v1/screen/addresses", content=endless()).status_code == 413


def test_only_a_token_in_force_with_the_scope_may_ask(client: httpx.Client, records: Records) -> None:
    reader = {"Authorization": f"Bearer {records.add_token('reader', ['read'])}"}
    asked = {"addresses": [{"address": UNKNOWN}]}
    assert client.post("/v1/screen/addresses", json=asked, headers=reader).status_code == 403
    assert client.get("/v1/answers", headers=reader).status_code == 200
    for wrong in ("", "Bearer", "Bearer nothing", "Basic abc"):
        reply = client.get("/v1/answers", headers={"Authorization": wrong})
        assert reply.status_code == 401
        assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_a_revoked_token_ends_within_a_second(records: Records) -> None:
    secret = records.add_token("gone", ["read"])
    app = create_app(Snapshot(small_index(), read_policy()), records)
    moments = [100.0]
    app.state.desk.clock = lambda: moments[0]
    with serving(app) as client:
        headers = {"Authorization": f"Bearer {secret}"}
        assert client.get("/v1/lists", headers=headers).status_code == 200
        records.revoke_token("gone")
        moments[0] += 1.0
        assert client.get("/v1/lists", headers=headers).status_code == 401


def test_a_token_has_a_rate(records: Records) -> None:
    secret = records.add_token("busy", ["read"])
    app = create_app(Snapshot(small_index(), read_policy()), records, per_second=2)
    moments = [100.0]
    app.state.desk.clock = lambda: moments[0]
    with serving(app) as client:
        headers = {"Authorization": f"Bearer {secret}"}
        replies = [client.get("/v1/lists", headers=headers) for _ in range(3)]
        assert [reply.status_code for reply in replies] == [200, 200, 429]
        assert replies[2].headers["Retry-After"] == "1"
        moments[0] += 0.5
        assert client.get("/v1/lists", headers=headers).status_code == 200


def test_new_lists_are_put_in_force_and_past_answers_asked_again(records: Records) -> None:
    secret = records.add_token("desk", ["screen", "read"])
    newer = ("test-list", "c3d4", "2026-02-01")
    index = AddressIndex.build(lists_of((wallet(UNKNOWN), wallet(LISTED_P2PKH)), newer))
    ready: list[Snapshot] = []

    def reload(_snapshot: Snapshot) -> Snapshot | None:
        return ready.pop() if ready else None

    app = create_app(Snapshot(small_index(), read_policy()), records, reload=reload, every=0.01)
    with serving(app, secret) as client:
        asked = {"addresses": [{"address": UNKNOWN}, {"address": LISTED_EVM}, {"address": LISTED_P2PKH}]}
        client.post("/v1/screen/addresses", json=asked)
        ready.append(Snapshot(index, read_policy()))
        while len(rows := client.get("/v1/changes").json()["rows"]) < 2:
            time.sleep(0.01)
        assert {(row["subject"]["address"], row["before"], row["after"]) for row in rows} == {
            (UNKNOWN, "clear", "block"),
            (LISTED_EVM, "block", "clear"),
        }
        assert client.get("/v1/lists").json()["lists"][0]["version"] == "c3d4"


def test_what_cannot_be_read_is_told_and_the_lists_in_force_stay_until_it_can(records: Records) -> None:
    secret = records.add_token("desk", ["screen", "read"])
    newer = ("test-list", "c3d4", "2026-02-01")
    index = AddressIndex.build(lists_of((wallet(UNKNOWN),), newer))
    faults, ready = [InputError("the policy breaks off", where="policy.toml")], [Snapshot(index, read_policy())]
    told: list[str] = []

    def reload(_snapshot: Snapshot) -> Snapshot | None:
        if faults:
            raise faults.pop()
        return ready.pop() if ready else None

    app = create_app(Snapshot(small_index(), read_policy()), records, reload=reload, every=0.01, log=told.append)
    with serving(app, secret) as client:
        while client.get("/v1/lists").json()["lists"][0]["version"] != "c3d4":
            time.sleep(0.01)
    assert "what is in force stays: policy.toml: the policy breaks off" in told


def test_the_description_names_every_resource(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {
        "/v1/screen/addresses",
        "/v1/screen/names",
        "/v1/transfers",
        "/v1/changes",
        "/api/v1/address/{address}",
    } <= set(paths)
    assert all(method["summary"] for path in paths.values() for method in path.values())
    assert json.dumps(paths)
