"""What on-call and comms tell: whose the incident is, time-outs, and the same timeline in any order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.incident.incidents.commands import Actor, acknowledge
from services.incident.incidents.incident import Incident
from services.incident.response.escalation_news import escalation_entry, follow_escalation, page_entry
from services.incident.timeline.entry import Entry
from shared.events import Event
from shared.events.oncall import EscalationFact, EscalationState, PageState
from shared.vocabulary import IncidentStatus, PageReason
from tests.unit.incident.builders import after, make_escalation, make_incident, make_page

SARA = Actor("sara", "sara")


def taken() -> Incident:
    return acknowledge(make_incident(), SARA, after(10)).after


def test_an_incident_is_theirs_who_were_told_until_somebody_takes_it() -> None:
    told = follow_escalation(make_incident(), [make_escalation(notified=["sara", "kenji"])], after(1)).after
    assert told.assignees == ["sara", "kenji"]
    assert acknowledge(told, SARA, after(2)).after.assignees == ["sara"]


def test_whom_the_escalation_told_is_no_news_to_other_services() -> None:
    edit = follow_escalation(make_incident(), [make_escalation()], after(1))
    assert not edit.is_empty
    assert not edit.is_told


def test_an_older_state_of_the_escalation_changes_nothing() -> None:
    told = follow_escalation(make_incident(), [make_escalation(5, notified=["kenji"])], after(1)).after
    assert follow_escalation(told, [make_escalation(4, notified=["sara"])], after(2)).is_empty


def test_an_acknowledgement_that_ran_out_pages_again() -> None:
    edit = follow_escalation(taken(), [make_escalation(ack_timed_out=True)], after(600))
    back = edit.after
    assert back.status is IncidentStatus.TRIGGERED
    assert (back.paging.generation, back.paging.reason, back.paging.cause) == (
        2,
        PageReason.ACK_TIMEOUT,
        "escalation-1",
    )
    assert back.unanswered
    assert back.acknowledged_at == after(10)
    assert edit.event().type == "incident.changed.v1"
    assert edit.event().causationid == "escalation-1"


@pytest.mark.parametrize(
    "incident, generation",
    [
        pytest.param(make_incident(), 1, id="nobody had taken it"),
        pytest.param(taken(), 0, id="of a generation that is over"),
        pytest.param(taken().model_copy(update={"status": IncidentStatus.IDENTIFIED}), 1, id="work went further"),
        pytest.param(taken().model_copy(update={"status": IncidentStatus.RESOLVED}), 1, id="it is resolved"),
    ],
)
def test_a_time_out_changes_nothing_when(incident: Incident, generation: int) -> None:
    news = [make_escalation(ack_timed_out=True, generation=generation)]
    assert follow_escalation(incident, news, after(600)).after.paging == incident.paging


@pytest.mark.parametrize(
    "state, step, text",
    [
        (EscalationState.RUNNING, 2, "step 2: told sara"),
        (EscalationState.RUNNING, 0, None),
        (EscalationState.EXHAUSTED, 2, "escalation exhausted: nobody answered"),
        (EscalationState.NOBODY, 1, "nobody could be paged: there was no policy to follow"),
        (EscalationState.ANSWERED, 1, None),
    ],
)
def test_the_timeline_tells_of_steps_and_ends(state: EscalationState, step: int, text: str | None) -> None:
    entry = escalation_entry(*make_escalation(state=state, step=step, detail="nobody_no_policy"))
    assert (entry.text if entry else None) == text


@pytest.mark.parametrize(
    "state, text",
    [
        (PageState.SENT, "paged sara by email (step 1)"),
        (PageState.DELIVERED, "paged sara by email (step 1)"),
        (PageState.FAILED, "could not page sara by email (step 1)"),
        (PageState.CANCELLED, None),
    ],
)
def test_the_timeline_tells_of_pages_without_the_providers_words(state: PageState, text: str | None) -> None:
    entry = page_entry(make_page(state, detail="550 sara@example.org unknown"))
    assert (entry.text if entry else None) == text


NEWS = st.builds(
    make_escalation,
    st.integers(1, 6),
    step=st.integers(1, 2),
    notified=st.sampled_from([["sara"], ["kenji"], ["sara", "kenji"]]),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(NEWS, min_size=1, max_size=6, unique_by=lambda pair: pair[0].sequence),
    st.booleans(),
    st.data(),
)
def test_any_order_and_repetition_of_an_escalations_states_ends_in_the_same_state(
    news: list[tuple[Event, EscalationFact]], times_out: bool, data: st.DataObject
) -> None:
    news.sort(key=lambda pair: pair[0].sequence)
    if times_out:
        news.append(make_escalation(9, ack_timed_out=True, state=EscalationState.ANSWERED, notified=["sara"]))
    mixed = data.draw(st.permutations([*news, *data.draw(st.lists(st.sampled_from(news), max_size=4))]))
    ends = []
    for order in (news, mixed):
        incident = taken()
        entries: dict[str, tuple[int, Entry]] = {}
        for pair in order:
            incident = follow_escalation(incident, [pair], after(600)).after
            entry = escalation_entry(*pair)
            if entry is not None and (entry.id not in entries or pair[0].sequence > entries[entry.id][0]):
                entries[entry.id] = (pair[0].sequence, entry)
        ends.append((incident, entries))
    assert ends[0] == ends[1]
    assert follow_escalation(taken(), mixed, after(600)).after == ends[0][0]


def test_the_timeline_says_that_another_policy_took_over() -> None:
    first = escalation_entry(*make_escalation(notified=["sara"]))
    second = escalation_entry(*make_escalation(2, took_over="fallback_admins_by_mail", notified=["boss"]))
    assert first is not None
    assert second is not None
    assert second.text == ("nobody could be paged by its policy, so all admins are told by mail; step 1: told boss")
    assert first.id != second.id, "both stand on the timeline"
