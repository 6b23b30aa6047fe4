"""Patterns of resolved incidents, their document, and what they propose."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.clusters.clustered_incident import ClusteredIncident
from services.analytics.patterns.document import LONGEST_NOTES, TOP, read_notes, render_document
from services.analytics.patterns.kept_pattern import KeptPattern
from services.analytics.patterns.pattern import Pattern, most_within, patterns_of
from services.analytics.patterns.proposal import decide_proposals
from services.analytics.patterns.runbook_draft import draft_runbook
from services.analytics.runbooks.usage import RunbookHistory, RunbookRun
from shared.events.actions import ActionFact, ActionState
from shared.problem import Problem
from tests.unit.analytics.clusters.builders import BEGAN, clustered, formed

pytestmark = pytest.mark.unit

LATER = BEGAN + timedelta(days=5)


def resolved(number: int, title: str, **changes: object) -> ClusteredIncident:
    one = clustered(number, title)
    return one.changed(resolved_at=one.created_at + timedelta(hours=1), **changes)


def disk_full(count: int) -> list[ClusteredIncident]:
    return [
        resolved(number, f"Disk full on db-{number}", cause="logs", fixes=("removed old logs",), components=("db",))
        for number in range(count)
    ]


def patterns(incidents: list[ClusteredIncident], *actions: ActionFact) -> list[Pattern]:
    return patterns_of(incidents, formed(incidents), {one.incident_id: [one] for one in actions})


def action(state: ActionState) -> ActionFact:
    return ActionFact(
        id="act_1",
        postmortem_id="pm",
        incident_id="INC-0000",
        title="Rotate logs",
        state=state,
        created_at=BEGAN,
        updated_at=BEGAN,
    )


def test_a_pattern_says_what_its_resolved_incidents_have_in_common() -> None:
    (pattern,) = patterns([*disk_full(3), clustered(9, "Disk full on db-9"), resolved(8, "Parking barrier stuck")])
    assert [one.id for one in pattern.incidents] == ["INC-0002", "INC-0001", "INC-0000"]
    assert (pattern.name, pattern.most_in_window, pattern.is_frequent) == ("Disk full", 3, True)
    assert [(one.text, one.count) for one in pattern.fixes] == [("removed old logs", 3)]
    assert [(one.text, one.count) for one in pattern.components] == [("db", 3)]


@pytest.mark.parametrize(
    "days, most",
    [
        pytest.param([], 0, id="none"),
        pytest.param([0, 30], 2, id="the ends of a window"),
        pytest.param([0, 30.01], 1, id="just outside"),
        pytest.param([0, 20, 40, 45, 49, 100], 4, id="the fullest window"),
    ],
)
def test_the_fullest_thirty_days_are_counted(days: list[float], most: int) -> None:
    assert most_within(BEGAN + timedelta(days=day) for day in days) == most


@pytest.mark.parametrize(
    "incidents, kept, actions, now, proposes",
    [
        pytest.param(disk_full(3), None, [], LATER, True, id="three in thirty days"),
        pytest.param(disk_full(2), None, [], LATER, False, id="two"),
        pytest.param(disk_full(3), LATER - timedelta(days=29), [], LATER, False, id="proposed lately"),
        pytest.param(disk_full(3), LATER - timedelta(days=30), [], LATER, True, id="proposed long ago"),
        pytest.param(disk_full(3), None, [action(ActionState.OPEN)], LATER, False, id="somebody is at it"),
        pytest.param(disk_full(3), None, [action(ActionState.DONE)], LATER, True, id="it was done, and came again"),
        pytest.param(disk_full(3), None, [], LATER + timedelta(days=200), False, id="it has ended"),
    ],
)
def test_what_came_often_proposes_an_action_once(
    incidents: list[ClusteredIncident],
    kept: datetime | None,
    actions: list[ActionFact],
    now: datetime,
    *,
    proposes: bool,
) -> None:
    found = patterns(incidents, *actions)
    known = {one.id: KeptPattern(id=one.id, version=1, proposed_at=kept) for one in found}
    proposed = decide_proposals(found, known, now)
    assert bool(proposed) is proposes
    if proposed:
        assert proposed[0].fact.incidents[0] == "INC-0002"
        assert proposed[0].kept.proposed_at == now


def test_the_draft_of_a_runbook_is_what_fixed_it_and_starts_by_nothing() -> None:
    draft = yaml.safe_load(draft_runbook(patterns(disk_full(3))[0]))
    assert [step["name"] for step in draft["steps"]] == ["removed old logs"]
    assert (draft["name"], draft["triggers"]) == ("Disk full", [])


def test_the_document_says_which_runbook_ended_it_and_how_often() -> None:
    incidents = disk_full(3)
    runs = {one.id: [RunbookRun("clean", "Clean `tmp`", None, True, one.created_at)] for one in incidents[:2]}
    found = patterns_of(incidents, formed(incidents), {}, RunbookHistory(runs))
    assert "- Runbooks:\n  - Clean \\`tmp\\`: ended 2 of 2 (clean)" in render_document(found, {})


def test_notes_come_back_as_they_were_written_and_nothing_else_is_read() -> None:
    (pattern,) = patterns(disk_full(3))
    notes = {TOP: "Read *this* first", pattern.id: "به تیم انبار بگویید\n\n- 再起動しないこと <!-- ! -->"}
    document = render_document([pattern], notes)
    assert read_notes(document) == notes
    edited = document.replace("Disk full", "Something else").replace("\n", "\r\n")
    assert read_notes("\ufeff" + edited) == notes


def test_notes_on_a_pattern_that_is_no_more_stand_at_the_end() -> None:
    document = render_document([], {"cluster-gone": "do not lose me"})
    assert read_notes(document) == {TOP: "", "cluster-gone": "do not lose me"}


def test_texts_from_outside_are_no_markdown_html_or_marker() -> None:
    title = "<script>x</script> <!-- /notes --> **bold** [a](http://b) is down"
    incidents = [resolved(number, title, cause="# big\n<!-- notes:top -->") for number in range(2)]
    (pattern,) = patterns(incidents)
    document = render_document([pattern], {pattern.id: "mine"})
    assert "<script>" not in document
    assert "**bold**" not in document
    assert read_notes(document) == {TOP: "", pattern.id: "mine"}


@pytest.mark.parametrize(
    "document, line",
    [
        pytest.param("<!-- notes:a -->\nx", "/line/1", id="no end"),
        pytest.param("x\n<!-- /notes -->", "/line/2", id="no beginning"),
        pytest.param("<!-- notes:a -->\n<!-- notes:b -->\n<!-- /notes -->", "/line/1", id="one in another"),
        pytest.param("<!-- notes:a -->\n<!-- /notes -->\n" * 2, "/line/3", id="twice"),
        pytest.param(f"<!-- notes:a -->\n{'x' * (LONGEST_NOTES + 1)}\n<!-- /notes -->", "/line/1", id="too long"),
        pytest.param("# another document", "", id="none at all"),
    ],
)
def test_markers_that_are_wrong_are_named_by_their_line(document: str, line: str) -> None:
    with pytest.raises(Problem) as refused:
        read_notes(document)
    assert (refused.value.status, refused.value.errors[0].pointer) == (422, line)


@given(st.randoms(use_true_random=False), st.text(max_size=200))
def test_the_document_is_the_same_for_the_same_incidents_in_any_order(dice: random.Random, text: str) -> None:
    incidents = [*disk_full(3), *(resolved(20 + number, "Certificate of the shop expired") for number in range(2))]
    first = render_document(patterns(incidents), {})
    clean = "\n".join(line.rstrip() for line in text.splitlines() if "-->" not in line).strip("\n")
    shuffled = sorted(dice.sample(incidents, len(incidents)), key=lambda one: (one.created_at, one.id))
    assert render_document(patterns(shuffled), {}) == first
    found = patterns(incidents)
    assert read_notes(render_document(found, {found[0].id: clean}))[found[0].id] == clean
