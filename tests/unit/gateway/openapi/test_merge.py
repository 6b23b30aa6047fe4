from __future__ import annotations

from typing import Any

import pytest

from services.gateway.openapi.html_pages import docs_page, landing_page
from services.gateway.openapi.merge import merge
from services.gateway.requests.routes import Service
from shared.web import create_app

pytestmark = pytest.mark.unit


def document(path: str, schemas: dict[str, Any], method: str = "get", body: str = "Item") -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{body}"}
    operation = {
        "summary": "Look <here>",
        "operationId": "look",
        "responses": {
            "200": {"description": "Fine", "content": {"application/json": {"schema": reference}}},
            "422": {},
        },
    }
    return {
        "openapi": "3.1.0",
        "paths": {path: {method: operation}, "/healthz": {}},
        "components": {"schemas": schemas},
    }


ITEM = {"type": "object", "properties": {"part": {"$ref": "#/components/schemas/Part"}}}


def merged(**documents: dict[str, Any]) -> dict[str, Any]:
    return merge({Service(name): one for name, one in documents.items()}, version="1", base_url="http://t")


def test_each_service_contributes_the_paths_that_are_its_own() -> None:
    whole = merged(incident=document("/services/{id}", {}), ingest=document("/services", {}))
    assert list(whole["paths"]) == ["/services/{id}"]


def test_errors_are_shown_as_every_service_shows_them() -> None:
    whole = merged(incident=document("/services", {}))
    (answer,) = create_app("incident", {}).router.responses.values()
    assert whole["components"]["schemas"]["Problem"] == answer["content"]["application/problem+json"]["schema"]


def test_equal_schemas_are_one() -> None:
    schemas = {"Item": ITEM, "Part": {"type": "string"}}
    whole = merged(incident=document("/services", schemas), oncall=document("/users", schemas))
    assert set(whole["components"]["schemas"]) == {"Problem", "Item", "Part"}


def test_a_schema_that_differs_gets_the_service_in_front_and_so_does_whatever_refers_to_it() -> None:
    whole = merged(
        incident=document("/services", {"Item": ITEM, "Part": {"type": "string"}}),
        ingest=document("/alerts", {"Item": ITEM, "Part": {"type": "string"}}),
        oncall=document("/users", {"Item": ITEM, "Part": {"type": "integer"}}),
    )
    schemas = whole["components"]["schemas"]
    assert set(schemas) == {"Problem", "Item", "Part", "OncallItem", "OncallPart"}
    assert schemas["OncallItem"]["properties"]["part"]["$ref"] == "#/components/schemas/OncallPart"
    answer = whole["paths"]["/users"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer["$ref"] == "#/components/schemas/OncallItem"


def test_an_operation_says_who_may_call_it_and_how_it_refuses() -> None:
    whole = merged(ingest=document("/incidents/webhook", {}, "post"), incident=document("/a/{token}", {}, "post"))
    webhook = whole["paths"]["/incidents/webhook"]["post"]
    assert webhook["x-tocsin-needs"] == "webhook"
    assert {"keyQuery": []} in webhook["security"]
    assert webhook["responses"]["401"] == {"$ref": "#/components/responses/401"}
    link = whole["paths"]["/a/{token}"]["post"]
    assert link["security"] == []
    assert "401" not in link["responses"]


def test_operation_ids_stay_apart() -> None:
    whole = merged(incident=document("/services", {}), oncall=document("/users", {}))
    ids = {path["get"]["operationId"] for path in whole["paths"].values()}
    assert ids == {"look", "oncall_look"}


def test_a_service_that_is_down_leaves_a_gap_and_nonsense_does_no_harm() -> None:
    assert merged()["paths"] == {}
    assert merged(incident={"paths": {"/services": "nonsense"}})["paths"] == {}


def test_the_documents_of_services_are_left_as_they_were() -> None:
    original = document("/services", {})
    merged(incident=original)
    assert original == document("/services", {})


def test_the_page_of_operations_is_plain_html_with_everything_escaped() -> None:
    page = docs_page(merged(incident=document("/services", {"Item": ITEM})))
    assert "Look &lt;here&gt;" in page
    assert "<script" not in page
    assert "https://" not in page


def test_the_first_page_says_what_runs() -> None:
    page = landing_page({"broker": True, "database": False}, "http://t")
    assert "<td>broker</td><td>ready</td>" in page
    assert "<td>database</td><td class=no>not ready</td>" in page
    assert "http://t/incidents/webhook" in page
    assert "page nobody" not in page


@pytest.mark.parametrize(
    "count, said",
    [
        pytest.param(1, "1 service has a time", id="one"),
        pytest.param(12, "12 services have a time", id="several"),
    ],
)
def test_the_first_page_says_how_many_services_would_page_nobody(count: int, said: str) -> None:
    assert said in landing_page({}, "http://t", count)
    assert "page nobody" not in landing_page({}, "http://t", 0)
