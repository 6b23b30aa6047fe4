"""The states of a post-mortem, its revisions, and its first draft."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.incident.incidents.alert_member import Member
from services.incident.postmortems.draft import Evidence, draft
from services.incident.postmortems.figures import Counted, figures_of, spell_duration
from services.incident.postmortems.postmortem import (
    MOVES,
    Postmortem,
    State,
    Step,
    begin,
    edit,
    move,
    publish,
    redraft,
    restore,
)
from services.incident.postmortems.sections import MAX_SECTION, Section
from services.incident.sla.record import SlaRecord
from services.incident.timeline.entry import SYSTEM, Entry
from shared.problem import Problem
from shared.vocabulary import AlertStatus, IncidentStatus, Severity
from tests.unit.incident.builders import NOW, after, make_incident

OVER: dict[str, Any] = {"status": IncidentStatus.RESOLVED, "resolved_at": after(3600)}


def make_evidence(entries: tuple[Entry, ...] = (), alerts: tuple[Member, ...] = (), **fields: Any) -> Evidence:
    incident = make_incident(**fields)
    first = min((one.starts_at for one in alerts), default=None)
    return Evidence(incident, figures_of(incident, Counted(first, pages=1)), entries, alerts)


def make_entry(text: str, author: str = SYSTEM, second: int = 0) -> Entry:
    key = f"e{second:05d}"
    return Entry(id=key, incident_id="INC-20261121-0001", at=after(second), kind="note", author=author, text=text)


def make_member(**fields: Any) -> Member:
    stated = {
        "alert_id": "a1",
        "incident_id": "INC-20261121-0001",
        "number": 1,
        "seq": 1,
        "status": AlertStatus.FIRING,
        "severity": Severity.HIGH,
        "title": "Disk is full",
        "source": "prometheus",
        "fingerprint": "f",
        "starts_at": NOW - timedelta(seconds=90),
        "joined_at": NOW,
    }
    return Member.model_validate(stated | fields)


def begun(**fields: Any) -> Postmortem:
    evidence = make_evidence(**fields)
    made = begin(evidence.incident, draft(evidence, after(7200)), "sara", after(7200)).after
    return made.model_copy(update={"version": 1})


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("step", [Step.REVIEW, Step.PUBLISHED, Step.REOPENED, Step.UNPUBLISHED])
def test_a_step_leads_where_the_table_says_and_nowhere_else(state: State, step: Step) -> None:
    before = begun().model_copy(update={"state": state})
    if (step, state) not in MOVES:
        with pytest.raises(Problem) as refused:
            move(before, step, "mona", after(8000))
        assert (refused.value.status, refused.value.code) == (409, "illegal_transition")
        return
    revised = move(before, step, "mona", after(8000))
    assert revised.after.state is MOVES[step, state]
    assert revised.changes == (revised.after.state is not state)


def test_it_is_published_once_the_incident_is_over() -> None:
    with pytest.raises(Problem, match="resolve it first"):
        publish(begun(), make_incident(), "mona", after(8000))
    done = publish(begun(), make_incident(**OVER), "mona", after(8000))
    assert (done.after.published_at, done.after.published_by, done.is_told) == (after(8000), "mona", True)


def test_what_is_withdrawn_is_told_without_a_time() -> None:
    out = publish(begun(), make_incident(**OVER), "mona", after(8000)).after
    back = move(out, Step.UNPUBLISHED, "mona", after(9000))
    assert (back.is_told, back.after.fact().published_at) == (True, None)
    assert not edit(back.after, "Another", {}, "mona", after(9100)).is_told


def test_a_revision_says_which_sections_changed_and_brings_them_back() -> None:
    before = begun()
    first = begin(make_incident(), before.sections, "sara", NOW).revision()
    revised = edit(before, None, {Section.SUMMARY: "Short.", Section.IMPACT: before.sections[Section.IMPACT]}, "m", NOW)
    assert (revised.revision().changed, revised.revision().number) == ((Section.SUMMARY,), 2)
    assert revised.after.written == [Section.SUMMARY]
    assert restore(revised.after, first, "m", NOW).after.sections == before.sections
    assert not edit(before, before.title, {}, "m", after(9)).changes


def test_drafting_anew_leaves_alone_what_somebody_wrote() -> None:
    written = edit(begun(), None, {Section.ROOT_CAUSES: "Mine."}, "m", NOW).after
    anew = redraft(written, dict.fromkeys(Section, "new"), "m", NOW).after.sections
    assert (anew[Section.ROOT_CAUSES], anew[Section.SUMMARY]) == ("Mine.", "new")


def test_a_draft_has_every_section_and_what_is_known() -> None:
    evidence = make_evidence(
        (make_entry("status triggered → resolved"), make_entry("the log\ngrew", "sara", 5)),
        (make_member(), make_member(alert_id="a2", number=2, title="Queue is long")),
        **OVER,
        root_cause="log rotation was off\n\nand nobody looked",
        impact="Nobody could pay",
        actions_taken=["removed logs"],
        preventive_measures=["alert at 80 %"],
        affected_components=["db-1"],
        acknowledged_at=after(30),
        sla=SlaRecord(started_at=NOW, responded_at=after(30), resolved_at=after(3600)),
    )
    text = draft(evidence, after(7200))
    assert list(text) == list(Section)
    assert all(text.values())
    assert "after 1 h" in text[Section.SUMMARY]
    assert "there 1 min 30 s later" in text[Section.DETECTION]
    assert "Queue is long" in text[Section.DETECTION]
    assert "- 2026-11-21 12:00:05 UTC: the log grew (sara)" in text[Section.TIMELINE]
    assert text[Section.ROOT_CAUSES] == "log rotation was off\n\nand nobody looked"
    assert "The target to acknowledge it was met." in text[Section.WENT_WELL]
    assert "- removed logs" in text[Section.ACTIONS]


def test_of_a_long_timeline_what_people_said_is_kept() -> None:
    noise = tuple(make_entry("x" * 900, second=n) for n in range(200))
    text = draft(make_evidence((*noise, make_entry("it was the pool", "sara", 999))), NOW)[Section.TIMELINE]
    assert len(text) <= MAX_SECTION
    assert "it was the pool (sara)" in text
    assert "more lines stand on the incident's own timeline" in text


@pytest.mark.parametrize(
    "seconds, said",
    [
        pytest.param(None, "pending", id="not yet"),
        pytest.param(0, "0 s", id="at once"),
        pytest.param(59.6, "1 min", id="rounded"),
        pytest.param(3 * 3600 + 62, "3 h 1 min", id="two units at most"),
        pytest.param(2 * 86_400, "2 d", id="days"),
    ],
)
def test_durations_read_as_people_say_them(seconds: float | None, said: str) -> None:
    assert spell_duration(seconds) == said


def test_a_senders_clock_that_is_ahead_makes_no_negative_figure() -> None:
    figures = figures_of(make_incident(), Counted(first_alert_at=after(60)))
    assert (figures.detection_seconds, figures.time_to_resolve_seconds) == (0, None)
