"""The description of the interface: it is what is committed, and what the server does."""

import json
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from server.conftest import Running

from tapetum.server.app import described

ROOT = Path(__file__).parents[2]
DESCRIPTION = described().openapi()
# Which layers, classes and methods there are, and how options are written, no schema can say: 422 says it.
WORDS_ARE_KNOWN = positive_data_acceptance
ROUTES = schemathesis.openapi.from_dict(DESCRIPTION)


def test_the_committed_description_is_this_one() -> None:
    committed = (ROOT / "docs" / "openapi.json").read_text("utf-8")
    assert json.loads(committed) == json.loads(json.dumps(DESCRIPTION)), "docs/openapi.json: make docs"


def test_every_route_says_what_it_is_and_how_it_fails() -> None:
    for path, item in DESCRIPTION["paths"].items():
        for method, operation in item.items():
            assert operation["description"].endswith("."), path
            for status in ("401", "403", "404", "422", "429", "500"):
                content = operation["responses"][status]["content"]["application/json"]
                assert content["schema"] == {"$ref": "#/components/schemas/Fault"}, (method, path, status)


def test_every_field_is_required_and_no_other_allowed() -> None:
    for name, schema in DESCRIPTION["components"]["schemas"].items():
        assert schema["additionalProperties"] is False, name
        assert set(schema["required"]) == set(schema["properties"]), name


@ROUTES.parametrize()
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
def test_every_route_keeps_to_it(
    case: schemathesis.Case, server: Running, network: str, picture: str
) -> None:
    known = {"network": network.rsplit("/", 1)[1], "picture": picture, "name": "cat"}
    if case.meta is not None and case.meta.generation.mode.is_positive:
        # Ids are opaque: only those that the server gave lead anywhere.
        case.path_parameters = {name: known[name] for name in case.path_parameters}
    case.call_and_validate(
        base_url=server.address, headers={"cookie": server.cookie}, excluded_checks=[WORDS_ARE_KNOWN]
    )


@pytest.fixture(scope="module")
def network(server: Running) -> str:
    with server.client() as client:
        return "/api/networks/" + client.get("/api/networks").json()["networks"][0]["id"]


@pytest.fixture(scope="module")
def picture(server: Running) -> str:
    with server.client() as client:
        found: str = client.post("/api/samples/cat").json()["id"]
        return found
