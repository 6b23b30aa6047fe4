"""Corrected times: what is one moment moves together, the order stays legal, and clocks follow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.incidents.commands import Actor, ResolutionIn, StatusIn, acknowledge, change, resolve
from services.incident.incidents.incident import Incident
from services.incident.response.corrected_times import TimesIn, correct
from services.incident.sla.record import read_response
from shared.events.command import ClockState
from shared.problem import Problem
from shared.vocabulary import IncidentStatus
from tests.unit.incident.builders import NOW, after, make_incident

MONA = Actor("mona", "mona")
LATER = after(10_000)
TAKEN = acknowledge(make_incident(), MONA, after(3000)).after
DONE = resolve(TAKEN, ResolutionIn(), MONA, after(4000)).after
REOPENED = change(DONE, StatusIn(status=IncidentStatus.INVESTIGATING), MONA, after(5000), "c").after


def corrected(incident: Incident, **times: Any) -> Incident:
    return correct(incident, TimesIn.model_validate(times), MONA, LATER).after


def test_an_acknowledgement_moves_with_its_status_and_the_clock_follows() -> None:
    assert read_response(TAKEN.sla, TAKEN.priority, LATER).state is ClockState.BREACHED
    moved = corrected(TAKEN, acknowledged_at=after(60))
    assert moved.acknowledged_at == moved.first_entered[IncidentStatus.ACKNOWLEDGED] == after(60)
    assert read_response(moved.sla, moved.priority, LATER).state is ClockState.MET
    assert corrected(TAKEN, status_times={"acknowledged": after(60)}) == moved


def test_the_creation_moves_with_the_start_of_the_clocks_and_the_id_stays() -> None:
    moved = corrected(DONE, started_at=after(-90_000))
    assert moved.created_at == moved.sla.started_at == moved.first_entered[IncidentStatus.TRIGGERED] == after(-90_000)
    assert moved.id == DONE.id
    assert corrected(DONE, created_at=after(-90_000)) == corrected(DONE, status_times={"triggered": after(-90_000)})


ALERTED = TAKEN.model_copy(update={"began_at": after(-600)})
"""Its first alert says that it began ten minutes before it arrived."""


@pytest.mark.parametrize(
    "times, began",
    [
        pytest.param({"created_at": after(-1200)}, after(-1200), id="earlier than the alert says"),
        pytest.param({"created_at": after(-60)}, after(-60), id="later than the alert says"),
        pytest.param({"started_at": NOW}, NOW, id="when it was created, not when the alert says"),
        pytest.param({"created_at": NOW, "acknowledged_at": after(9)}, after(-600), id="another time is corrected"),
    ],
)
def test_it_began_when_people_say_it_was_created(times: dict[str, datetime], began: datetime) -> None:
    assert ALERTED.started_at == after(-600)
    assert corrected(ALERTED, **times).started_at == began


def test_the_timeline_says_so_where_only_the_beginning_moved() -> None:
    edit = correct(ALERTED, TimesIn(started_at=NOW), MONA, LATER)
    assert [line.text for line in edit.lines] == ["started_at: 2026-11-21 11:50:00 UTC → 2026-11-21 12:00:00 UTC"]
    assert correct(edit.after, TimesIn(started_at=NOW), MONA, LATER).is_empty


def test_after_a_reopen_the_first_record_has_the_first_times() -> None:
    moved = corrected(REOPENED, created_at=after(-5), acknowledged_at=after(7), status_times={"resolved": after(8)})
    assert [one.started_at for one in (*moved.past_sla, moved.sla)] == [after(-5), after(5000)]
    assert (moved.past_sla[0].responded_at, moved.past_sla[0].resolved_at) == (after(7), after(8))


def test_one_that_nobody_acknowledged_before_it_was_over_can_be_told_when_somebody_did() -> None:
    over = resolve(make_incident(), ResolutionIn(), MONA, after(4000)).after
    moved = corrected(over, acknowledged_at=after(30))
    assert (moved.acknowledged_at, moved.acknowledged_by, moved.sla.responded_at) == (after(30), "mona", after(30))


def test_the_timeline_says_who_moved_what_and_the_same_times_change_nothing() -> None:
    edit = correct(TAKEN, TimesIn(acknowledged_at=after(60), note="my watch was wrong"), MONA, LATER)
    assert [(line.author, line.text) for line in edit.lines] == [
        ("mona", "acknowledged_at: 2026-11-21 12:50:00 UTC → 2026-11-21 12:01:00 UTC"),
        ("mona", "my watch was wrong"),
    ]
    assert correct(TAKEN, TimesIn(acknowledged_at=after(3000)), MONA, LATER).is_empty
    assert correct(TAKEN, TimesIn(), MONA, LATER).is_empty


@pytest.mark.parametrize(
    "incident, times, pointer",
    [
        pytest.param(TAKEN, {"acknowledged_at": after(-1)}, "/acknowledged_at", id="before it was created"),
        pytest.param(TAKEN, {"created_at": after(3001)}, "/created_at", id="created after it was taken"),
        pytest.param(DONE, {"resolved_at": after(2999)}, "/resolved_at", id="resolved before it was taken"),
        pytest.param(DONE, {"acknowledged_at": after(4001)}, "/acknowledged_at", id="taken after it was over"),
        pytest.param(DONE, {"resolved_at": after(20_000)}, "/resolved_at", id="in the future"),
        pytest.param(TAKEN, {"resolved_at": after(5)}, "/resolved_at", id="not resolved"),
        pytest.param(DONE, {"created_at": "0001-01-01T00:00:00+23:00"}, "/created_at", id="before any computer"),
        pytest.param(DONE, {"resolved_at": "9999-12-31T23:59:59-23:00"}, "/resolved_at", id="past the calendar's end"),
        pytest.param(make_incident(), {"acknowledged_at": after(5)}, "/acknowledged_at", id="not taken"),
        pytest.param(TAKEN, {"status_times": {"monitoring": NOW}}, "/status_times/monitoring", id="never was so"),
        pytest.param(REOPENED, {"status_times": {"resolved": after(6000)}}, "/status_times/resolved", id="reopened"),
    ],
)
def test_what_can_not_be_is_refused_by_name(incident: Incident, times: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Problem) as refused:
        corrected(incident, **times)
    assert (refused.value.status, [fault.pointer for fault in refused.value.errors]) == (422, [pointer])


SECONDS = st.integers(-5000, 9000).map(after)


@given(
    st.sampled_from([TAKEN, DONE, REOPENED]),
    st.fixed_dictionaries(
        {},
        optional={
            "created_at": SECONDS,
            "acknowledged_at": SECONDS,
            "resolved_at": SECONDS,
        },
    ),
)
def test_whatever_is_accepted_keeps_the_order(incident: Incident, times: dict[str, datetime]) -> None:
    try:
        moved = corrected(incident, **times)
    except Problem:
        return
    assert moved.acknowledged_at is not None
    assert moved.created_at <= moved.acknowledged_at
    assert moved.resolved_at is None or moved.acknowledged_at <= moved.resolved_at
    starts = [one.started_at for one in (*moved.past_sla, moved.sla)]
    assert starts == sorted(starts)
    assert moved.created_at == starts[0]
    assert corrected(moved, **times) == moved
