"""What is written out and read in again is written out as the same bytes, whatever it was."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings

from services.incident.history.body_reader import Place
from services.incident.history.export_row import KnownHistory, row_of, write_row
from services.incident.history.judgement import judge
from services.incident.history.made import make
from services.incident.history.plan import content_key
from services.incident.history.row import HistoryRow
from services.incident.service_map.blast_radius import BlastRadius
from services.incident.service_map.reach import Reach
from tests.unit.incident.builders import NOW, make_incident, make_service
from tests.unit.incident.history.rows import rows

ID = "INC-20200101-0007"


def read(row: dict[str, Any]) -> HistoryRow:
    judged = judge(Place(1, json.loads(json.dumps(row, default=lambda at: at.isoformat()))), NOW)
    assert judged.row is not None, judged.reason
    return judged.row


def brought_in(row: dict[str, Any]) -> KnownHistory:
    made = make(1, read(row), row.get("id") or ID, None)
    actions = sorted(made.actions, key=lambda one: one.id)
    entries = sorted(made.entries, key=lambda one: (one.at, one.id))
    return KnownHistory(made.incident, entries, made.postmortem, sorted(made.comments, key=lambda one: one.id), actions)


@given(rows())
@settings(max_examples=60)
def test_out_and_in_and_out_again_are_the_same_bytes(row: dict[str, Any]) -> None:
    first = write_row(brought_in(row))
    assert write_row(brought_in(json.loads(first))) == first
    assert list(json.loads(first)) == sorted(json.loads(first))


@given(rows())
@settings(max_examples=40)
def test_what_a_row_says_is_kept(row: dict[str, Any]) -> None:
    out = json.loads(write_row(brought_in(row)))
    for name in ("title", "status", "severity", "priority", "category", "urgency", "assignees", "root_cause", "team"):
        assert out[name] == row[name]
    assert [one["text"] for one in out["timeline"]] == [
        one["text"] for one in sorted(row["timeline"], key=lambda one: one["at"])
    ]
    assert len(out["actions"]) == len(row["actions"])


@given(rows())
@settings(max_examples=40)
def test_the_same_content_has_the_same_key_however_it_is_written(row: dict[str, Any]) -> None:
    row.pop("id", None)
    again = dict(reversed(row.items())) | {"version": 7, "severity": row["severity"].upper()}
    assert content_key(read(row)) == content_key(read(again))
    assert content_key(read(row | {"title": row["title"] + "."})) != content_key(read(row))


def test_an_export_has_every_member_that_an_import_takes() -> None:
    assert row_of(KnownHistory(make_incident())).keys() == HistoryRow.model_fields.keys() - {"occurrence"}


def test_a_blast_radius_is_the_same_tree_again() -> None:
    upstream = Reach(("a", "b"), ("x", "y", "z"), (-1, -2, 0), (True, False, True), complete=False)
    incident = make_incident(blast_radius=BlastRadius(upstream=upstream))
    made = make(1, read(row_of(KnownHistory(incident))), ID, None)
    assert made.incident.blast_radius == incident.blast_radius


def test_a_known_service_gives_its_name_and_team_to_a_row_that_says_neither() -> None:
    service = make_service(team="money")
    row = {"title": "x", "created_at": "2020-01-01T00:00:00Z", "service_id": "payments"}
    made = make(1, read(row), ID, service).incident
    assert (made.service_name, made.team) == ("Payments", "money")
    made = make(1, read(row | {"team": None, "service_name": "Old"}), ID, service).incident
    assert (made.service_name, made.team) == ("Old", None)


def test_nothing_of_an_imported_incident_is_ever_due() -> None:
    row = {"title": "x", "created_at": "2020-01-01T00:00:00Z", "severity": "critical", "status": "triggered"}
    action = {"title": "Do it", "due_on": "2020-02-01", "state": "open"}
    made = make(1, read(row | {"actions": [action]}), ID, None)
    assert (made.incident.due_at, made.incident.unanswered, made.incident.imported) == (None, False, True)
    assert [one.due_at for one in made.actions] == [None]
