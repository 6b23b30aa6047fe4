"""Merging: any merges in any order end in survivors that count every alert, hear of every later one, and end last."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.incident.alerts.folding import Reason
from services.incident.incidents.absorbed import survivor_of
from services.incident.incidents.alert_member import number_in
from services.incident.incidents.commands import Actor, StatusIn, acknowledge, change
from services.incident.incidents.edit import event_name
from services.incident.incidents.incident import Alerts, Incident
from services.incident.response.merging import merge
from services.incident.response.role_definition import BUILT_IN
from services.incident.response.roles import assign
from shared.problem import Problem
from shared.vocabulary import AlertStatus, IncidentStatus
from tests.unit.incident.builders import NOW, after, make_arrival, make_incident
from tests.unit.incident.desk import Desk

MONA = Actor("mona", "mona")
FIRST, SECOND = "INC-20261121-0001", "INC-20261121-0002"


def test_the_merged_one_is_closed_says_where_it_went_and_pages_nobody() -> None:
    source = assign(make_incident(), BUILT_IN["commander"], "sara", MONA, NOW).after
    gone, grown = merge(source, make_incident(SECOND), MONA, after(60))
    assert (gone.after.status, gone.after.merged_into) == (IncidentStatus.CLOSED, SECOND)
    assert (gone.after.resolved_at, gone.after.due_at) == (after(60), None)
    assert [one.ended_at for one in gone.after.roles] == [after(60)]
    assert event_name(gone.before, gone.after) == "incident.merged.v1"
    assert [line.text for line in gone.lines] == [f"merged into {SECOND}"]
    assert [line.text for line in grown.lines] == [f"{FIRST} was merged into this one: Disk full"]
    assert grown.after.participants == ["sara"]


def test_one_that_was_over_keeps_when_and_by_whom() -> None:
    over = change(make_incident(), StatusIn(status=IncidentStatus.RESOLVED), Actor("kenji"), NOW, "c").after
    gone, _ = merge(over, make_incident(SECOND), MONA, after(60))
    assert (gone.after.resolved_at, gone.after.resolved_by) == (NOW, "kenji")


CLOSED = make_incident(status=IncidentStatus.CLOSED)


@pytest.mark.parametrize(
    "source, survivor, status, code",
    [
        pytest.param(make_incident(), make_incident(), 409, "merge_circle", id="itself, also through others"),
        pytest.param(CLOSED, make_incident(SECOND), 409, "illegal_transition", id="closed"),
        pytest.param(make_incident(merged_into="X"), make_incident(SECOND), 409, "already_merged", id="went elsewhere"),
        pytest.param(
            make_incident(), make_incident(SECOND, status="resolved"), 409, "not_open", id="into an ended one"
        ),
        pytest.param(make_incident(), make_incident(SECOND, drill_id="d"), 422, "invalid", id="real into a drill"),
        pytest.param(make_incident(imported=True), make_incident(SECOND), 422, "invalid", id="imported into real"),
    ],
)
def test_what_can_not_be_merged_is_refused(source: Incident, survivor: Incident, status: int, code: str) -> None:
    with pytest.raises(Problem) as refused:
        merge(source, survivor, MONA, NOW)
    assert (refused.value.status, refused.value.code) == (status, code)


def test_an_end_that_is_due_waits_for_the_alerts_that_came_along() -> None:
    waiting = make_incident(SECOND, resolve_due_at=after(90), alerts=Alerts(count=1, firing=0, open=0))
    _, grown = merge(make_incident(alerts=Alerts(count=2, firing=1, open=1)), waiting, MONA, after(60))
    assert (grown.after.resolve_due_at, grown.after.alerts) == (None, Alerts(count=3, firing=1, open=1))


def merged(desk: Desk, source: str, into: str, second: int) -> bool:
    """Merge as the endpoint does; tells whether it could be."""
    survivor = desk.incidents[survivor_of(into, desk.incidents)]
    try:
        edits = merge(desk.incidents[source], survivor, MONA, after(second))
    except Problem:
        return False
    for edit in edits:
        desk.write(edit)
    return True


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), max_size=8), st.randoms(use_true_random=False))
def test_any_merges_end_in_trees_whose_roots_hold_every_alert_and_end_after_the_last(
    pairs: list[tuple[int, int]], chance: object
) -> None:
    desk = Desk()
    names = [f"INC-20261121-000{n}" for n in range(1, 6)]
    alerts = [(f"a{n}-{m}", f"g{n}") for n in range(1, 6) for m in range(n)]
    for n in range(1, 6):
        desk.hear(*(make_arrival(alert, group_id=group) for alert, group in alerts if group == f"g{n}"))
    names = sorted(desk.incidents)
    for second, (source, into) in enumerate(pairs, 100):
        merged(desk, names[source - 1], names[into - 1], second)
    ends = {name: survivor_of(name, desk.incidents) for name in names}
    for name, end in ends.items():
        assert (desk.incidents[name].merged_into is None) == (name == end)
        assert desk.incidents[end].merged_into is None
    for root in set(ends.values()):
        inside = [one for one in names if ends[one] == root]
        assert {one.id for one in desk.incidents[root].absorbed} == set(inside) - {root}
        numbers = [
            number_in(desk.incidents[root], member)
            for member in desk.members.values()
            if ends[member.incident_id] == root
        ]
        assert sorted(numbers) == list(range(1, desk.incidents[root].alerts.count + 1))
    # each ends only when the last alert of all that went into it has ended
    for alert, group in alerts:
        root = ends[desk.members[alert].incident_id]
        assert desk.incidents[root].status.is_open
        desk.hear(make_arrival(alert, 2, status=AlertStatus.RESOLVED, group_id=group))
        left = [one for one in desk.members.values() if ends[one.incident_id] == root and one.status.is_open]
        assert desk.incidents[root].status.is_open == bool(left)
        assert desk.incidents[root].alerts.open == len(left)


def test_later_alerts_of_the_merged_one_go_to_the_survivor_and_a_new_one_pages_again() -> None:
    desk = Desk()
    desk.hear(make_arrival("a1", group_id="g1"))
    desk.hear(make_arrival("b1", group_id="g2"))
    desk.write(acknowledge(desk.incidents[SECOND], MONA, after(5)))
    assert merged(desk, FIRST, SECOND, 10)
    known = desk.hear(make_arrival("a2", group_id="g1", dedup_key="key-a1"))
    assert known.reasons == [Reason.JOIN]
    new = desk.hear(make_arrival("a3", group_id="g1"))
    assert new.reasons == [Reason.JOIN_PAGE_AGAIN]
    survivor = desk.incidents[SECOND]
    assert (survivor.alerts.count, survivor.unanswered) == (4, True)
    assert desk.members["a3"].incident_id == SECOND
    assert desk.incidents[FIRST].alerts.count == 1


def test_chains_are_followed_and_circles_do_not_hang() -> None:
    names = [f"INC-20261121-000{n}" for n in range(1, 5)]
    chain = {a: make_incident(a, merged_into=b) for a, b in pairwise(names)} | {names[3]: make_incident(names[3])}
    assert survivor_of(names[0], chain) == names[3]
    circle = {FIRST: make_incident(FIRST, merged_into=SECOND), SECOND: make_incident(SECOND, merged_into=FIRST)}
    assert survivor_of(FIRST, circle) in circle
