"""The service keeps to its own description under requests made from it, right and wrong."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks
from tests.peers.service import serving
from tests.screening.listed import small_index

from clew.api.app import create_app
from clew.records.store import Records
from clew.screening.policy import read_policy
from clew.service.screening import Snapshot

load_all_checks()
LEFT_OUT = CHECKS.get_by_names(["ignored_auth", "positive_data_acceptance"])
"""The token is always sent here; and no schema can say what is an address or an asset."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A running service and its client, with every right."""
    records = Records(f"sqlite:///{tmp_path_factory.mktemp('records')}/records.db")
    secret = records.add_token("all", ["screen", "transfers", "read"])
    with serving(create_app(Snapshot(small_index(), read_policy()), records), secret) as client:
        yield client
    records.close()


def operations() -> list[Any]:
    """Every method of every resource, as the application describes itself."""
    app = create_app(Snapshot(small_index(), read_policy()), Records("sqlite://"))
    described: Any = schemathesis.openapi.from_dict(app.openapi())
    return [found.ok() for found in described.get_all_operations()]


def is_sent(case: Any, base_url: str) -> bool:
    """Whether all parameters come to something in the URL: an empty list does not, and so makes nothing wrong."""
    url = requests.Request(**case.as_transport_kwargs(base_url=base_url)).prepare().url
    return set(case.query or ()) <= set(parse_qs(urlsplit(str(url)).query, keep_blank_values=True))


@pytest.mark.slow
@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.label)
def test_every_resource_keeps_to_the_description_whatever_is_asked(operation: Any, service: httpx.Client) -> None:
    headers = {"Authorization": service.headers["Authorization"]}
    modes = [operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode]

    @settings(max_examples=30, suppress_health_check=list(HealthCheck))
    @given(case=st.one_of(modes))
    def ask(case: Any) -> None:
        assume(is_sent(case, str(service.base_url)))
        case.call_and_validate(base_url=str(service.base_url), headers=headers, excluded_checks=LEFT_OUT)

    ask()


@pytest.mark.parametrize("path", ["/v1/answers", "/v1/changes", "/v1/transfers", "/v1/lists", "/api/v1/address/x"])
def test_nothing_is_told_without_a_token(service: httpx.Client, path: str) -> None:
    assert httpx.get(f"{service.base_url}{path}", trust_env=False).status_code == 401
