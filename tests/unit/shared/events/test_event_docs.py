"""The generated documents say what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from shared.events import CATALOGUE
from shared.events.asyncapi import asyncapi
from shared.events.docs import documents, events_page, stale
from shared.events.flow import (
    in_stream,
    list_consumed,
    list_emitted,
    list_successors,
    listeners,
    matches,
    queues,
    routing_keys,
    service_of,
)
from shared.testing.examples import example


@pytest.mark.parametrize(
    "pattern, key, taken",
    [
        pytest.param("incident.*.v1", "incident.opened.v1", True, id="a star is one word"),
        pytest.param("incident.*.v1", "incident.opened.v2", False, id="another version"),
        pytest.param("alert.*.v1", "alert.opened.v1.first", False, id="the fast lane is another lane"),
        pytest.param("alert.*.v1.first", "alert.opened.v1.first", True, id="the fast lane"),
        pytest.param("user.changed.v1", "user.changed.v1", True, id="the very key"),
        pytest.param("user.changed.v1", "user.erased.v1", False, id="another key"),
    ],
)
def test_a_binding_takes_what_the_broker_would_give_it(pattern: str, key: str, taken: bool) -> None:
    assert matches(pattern, key) is taken


def test_only_the_opening_of_an_alert_may_take_the_fast_lane() -> None:
    assert [kind.name for kind in CATALOGUE if len(routing_keys(kind.name)) > 1] == ["alert.opened.v1"]
    assert queues("alert.opened.v1")[:2] == ["incident.alerts.first", "incident.alerts"]
    assert "incident.alerts.first" not in queues("alert.resolved.v1")


def test_pages_are_asked_for_by_oncall_and_handed_over_by_comms() -> None:
    assert "comms" in listeners("page.requested.v1")
    assert "oncall" in listeners("page.failed.v1")
    assert "page.requested.v1" in list_emitted()["oncall"]
    assert "page.delivered.v1" in list_emitted()["comms"]
    assert "incident.merged.v1" in list_consumed()["ingest"]


@pytest.mark.parametrize("name", [kind.name for kind in CATALOGUE if kind.name.startswith("incident.")])
def test_what_is_told_of_an_incident_comes_to_each_service_once(name: str) -> None:
    """A queue more is a message more for each incident, which the broker writes to its disk."""
    hearing = [service_of(queue) for queue in queues(name)]
    assert len(hearing) == len(set(hearing))


def test_the_stream_keeps_no_names_and_no_requests() -> None:
    left_out = {kind.name for kind in CATALOGUE if not in_stream(kind)}
    assert left_out == {"user.changed.v1", "page.requested.v1", "replay.requested.v1", "stale.found.v1"}


def test_the_page_names_every_event_and_every_link_in_it_leads_somewhere() -> None:
    page = events_page()
    assert all(f"## `{kind.name}`" in page for kind in CATALOGUE)
    headings = {
        "".join(char for char in line.lstrip("# ").lower() if char.isalnum() or char in "-_ ").replace(" ", "-")
        for line in page.splitlines()
        if line.startswith("#")
    }
    missing = {anchor for anchor in re.findall(r"\]\(#([^)]+)\)", page) if anchor not in headings}
    assert missing == set()


def references(node: Any) -> list[str]:
    """Every `$ref` in a document."""
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [ref for value in node.values() for ref in references(value)]
    if isinstance(node, list):
        return [ref for value in node for ref in references(value)]
    return []


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi()
    for ref in set(references(document)):
        node = document
        for part in ref.removeprefix("#/").split("/"):
            node = node[part]
        assert node, ref


def test_the_schema_of_each_message_names_the_members_of_its_example() -> None:
    document = asyncapi()
    for kind in CATALOGUE:
        body = json.loads(example(kind.name).encode())
        envelope, special = document["components"]["messages"][kind.name]["payload"]["allOf"]
        assert envelope == {"$ref": "#/components/schemas/Event"}
        assert set(document["components"]["schemas"]["Event"]["properties"]) == set(body)
        data = document["components"]["schemas"][special["properties"]["data"]["$ref"].rpartition("/")[2]]
        assert set(data["properties"]) == set(body["data"]), kind.name
        assert special["properties"]["type"]["const"] == kind.name


def test_a_document_is_stale_when_it_is_missing_or_says_something_else(tmp_path: Path) -> None:
    assert stale(tmp_path) == ["events.md", "asyncapi.json"]
    for name, text in documents():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert stale(tmp_path) == []
    (tmp_path / "events.md").write_text("# Events\n")
    assert stale(tmp_path) == ["events.md"]


@pytest.mark.parametrize(
    "queue, routing_key, expected",
    [
        pytest.param("comms.pages", "page.requested.v1", ["comms.pages"], id="a queue that is there"),
        pytest.param("comms", "user.changed.v1", ["comms.people"], id="one that was retired"),
        pytest.param(
            "comms", "action.changed.v1", ["comms.notices", "comms.tickets"], id="whose work two have taken over"
        ),
        pytest.param("comms.war_rooms", "incident.resolved.v1", ["comms.incidents"], id="one whose work went back"),
        pytest.param("comms", "tocsin.comms", [], id="and what was put straight into it"),
    ],
)
def test_what_was_buried_goes_where_its_work_is_done_now(queue: str, routing_key: str, expected: list[str]) -> None:
    assert list_successors(queue, routing_key) == expected
