"""An incident that a person reopened takes its alerts again, and resolving one ends only its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.ingest.alerts.batch import Founding, decide, group_keys, place_all
from services.ingest.alerts.fold import Effect, Head, Reason, fold, new_head
from services.ingest.alerts.incident_end import own_alerts, reopens
from services.ingest.catalogue_copy.routing import Directory, Service
from services.ingest.grouping.group import Group, GroupKey, GroupReason, Reopened, group_id
from services.ingest.incident_copies.ending import IncidentState, endings, find_reopened_parts, incident_state
from services.ingest.incident_copies.store import GroupIncident
from services.ingest.normalisation.alert import Action
from shared.events import make
from shared.events.incidents import IncidentFact, ServiceFact
from shared.vocabulary import IncidentStatus
from tests.integration.ingest_stage import incident_told
from tests.unit.ingest.builders import T0, at_second, make_taken

pytestmark = pytest.mark.unit

KEY = GroupKey("payments")
OWN, OTHER = group_id(KEY.document, "a1"), group_id(KEY.document, "b1")
DIRECTORY = Directory([Service("payments", "Payments")])
AGAIN = Reopened({OWN: at_second(1000)}, {KEY.document: OWN})


def group(id: str, *, last: float = 0, version: int = 3) -> Group:
    return Group(KEY.document, "payments", id, at_second(0), at_second(last), version)


PLACED = {
    # (former group, present group, its incident is over, second) → (group, why)
    "an alert of it returns, however late": (OWN, group(OWN), False, 9000, OWN, "reopened"),
    "also when its group is known no more": (OWN, None, False, 1002, OWN, "reopened"),
    "also when another incident of the service came and went": (OWN, group(OTHER), True, 9000, OWN, "reopened"),
    "also when another one is open": (OWN, group(OTHER, last=8999), False, 9000, OWN, "reopened"),
    "another alert joins it soon after": (None, group(OWN), False, 1200, OWN, "reopened"),
    "another alert that finds only what is over joins it": (None, group(OTHER), True, 1200, OWN, "reopened"),
    "another alert joins what is open": (None, group(OTHER, last=1100), False, 1200, OTHER, "joined"),
    "later it founds a group": (None, group(OWN), False, 1400, None, "window_passed"),
    "an alert of another incident that is over is another one": (OTHER, group(OWN), False, 1400, None, "window_passed"),
}


@pytest.mark.parametrize("former, known, is_over, second, expected, why", PLACED.values(), ids=PLACED)
def test_where_an_alert_belongs_after_a_reopening(
    former: str | None, known: Group | None, second: float, expected: str | None, why: str, *, is_over: bool
) -> None:
    (decision,) = decide({}, {"h": [make_taken(second, key="a", claim="payments")]}, DIRECTORY)
    (founding,) = decision.founded
    decision = replace(decision, founded=(Founding(founding.occurrence, founding.at, former or ""),))
    groups = {} if known is None else {KEY.document: known}
    over = frozenset({known.group_id} if known is not None and is_over else ())

    placement = place_all([decision], group_keys([decision]), groups, over, reopened=AGAIN)

    (placed,) = placement.group_of.values()
    assert placement.reasons == (GroupReason(why),)
    assert placed == expected if expected is not None else placed not in (OWN, OTHER)
    if known is not None and known.group_id == OTHER and not is_over and expected == OWN:
        assert placement.changed == ()  # what is open stays the group that others join
    elif expected == OWN:
        assert [(one.group_id, one.last_at) for one in placement.changed] == [(OWN, at_second(second))]


def told(id: str, **fields: object) -> IncidentState:
    given: dict[str, object] = {"group_id": OWN, "service": "payments", "open": True, "created_at": T0}
    return IncidentState(id=id, **(given | fields))  # type: ignore[arg-type]


def head(opened: float) -> Head:
    message = make_taken(opened, key=f"k{opened}")
    return fold(new_head(message), message, "payments").head


def stamp(second: float) -> str:
    return make_taken(second).stamp


FIRST, SECOND, LATE = head(10), head(20), head(30)
RESOLVED: dict[str, object] = {"open": False, "resolved_at": at_second(60)}

SHARES = {
    "what joined it": (told("I", last_joined=stamp(20), **RESOLVED), [], [FIRST, SECOND]),
    "nobody knows what joined": (told("I", **RESOLVED), [], [FIRST, SECOND, LATE]),
    "not what the incident before has that is open again": (
        told("J", created_at=at_second(25), last_joined=stamp(30), **RESOLVED),
        [told("I", last_joined=stamp(20), reopened_at=at_second(50))],
        [LATE],
    ),
    "all that is left when the one before is over": (
        told("J", created_at=at_second(25), last_joined=stamp(30), **RESOLVED),
        [],
        [FIRST, SECOND, LATE],
    ),
    "not what a later one has": (
        told("I", last_joined=stamp(10), **RESOLVED),
        [told("J", created_at=at_second(15), last_joined=stamp(30))],
        [FIRST],
    ),
}


@pytest.mark.parametrize("incident, siblings, expected", SHARES.values(), ids=SHARES)
def test_an_incident_ends_its_own_alerts(
    incident: IncidentState, siblings: list[IncidentState], expected: list[Head]
) -> None:
    (ending,) = endings(incident, {incident.id: incident})
    assert own_alerts([FIRST, SECOND, LATE], ending, siblings) == expected


def test_of_two_incidents_of_one_millisecond_the_one_that_was_read_is_not_before_the_one_that_is_told() -> None:
    """The database keeps milliseconds, a fact microseconds."""
    began = T0 + timedelta(microseconds=700)
    event = incident_told("resolved", OWN, IncidentStatus.RESOLVED, 2, id="I", created_at=began, resolved_by="sara")
    assert isinstance(event.data, IncidentFact)
    fact = event.data.changed(resolved_at=at_second(60), last_joined=stamp(10))
    (ending,) = endings(state := incident_state(fact, at_second(60)), {"I": state})
    assert own_alerts([FIRST, SECOND], ending, [told("J", created_at=T0, last_joined=stamp(20))]) == [FIRST]


def test_what_was_merged_goes_on_taking_alerts_in_what_it_went_into() -> None:
    part = told("P", open=False, merged_into="S", merged_at=at_second(15), last_joined=stamp(10))
    survivor = told("S", group_id=OTHER, last_joined=stamp(20), **RESOLVED)
    of_part = next(one for one in endings(survivor, {"P": part, "S": survivor}) if one.part == part)
    assert own_alerts([FIRST, SECOND, LATE], of_part, []) == [FIRST, SECOND]


def test_a_reopening_is_told_to_the_alerts_of_all_that_went_into_the_incident() -> None:
    part = told("P", open=False, merged_into="S", merged_at=at_second(15))
    survivor = told("S", group_id=OTHER, reopened_at=at_second(70))
    assert [one.part.id for one in find_reopened_parts(survivor, {"P": part, "S": survivor})] == ["P", "S"]
    assert list(find_reopened_parts(part, {"P": part, "S": survivor})) == []


def test_after_the_reopening_a_start_that_a_person_had_ended_fires_again() -> None:
    firing = make_taken(0, token=1, claim="payments")
    ended = make_taken(60, Action.RESOLVE, ends_at=at_second(60), until=at_second(3660))
    known = fold(fold(new_head(firing), firing, "payments").head, ended, None).head
    incident = told("I", reopened_at=at_second(60))  # in the same millisecond, even
    (part,) = find_reopened_parts(incident, {"I": incident})
    event = make("service.changed.v1", subject="x", sequence=1, time=T0, data=ServiceFact(id="x", name="x"))

    (message,) = reopens([known], part, event)
    outcome = fold(known, message, "payments")

    assert (outcome.effect, outcome.reason) == (Effect.REMEMBERED, Reason.REOPENED)
    assert fold(outcome.head, message, "payments").effect is Effect.NOTHING
    assert fold(outcome.head, make_taken(62, token=1), "payments").effect is Effect.OPENED


@pytest.mark.parametrize("opened, incident", [("09", "I"), ("0a", "I"), ("0b", "J")])
def test_an_alert_is_shown_in_the_incident_of_its_group_that_it_joined(opened: str, incident: str) -> None:
    assert GroupIncident("J", is_over=False, earlier=(("0a", "I"),)).of(opened) == incident


def test_a_moment_is_kept_when_it_was_reopened() -> None:
    since: datetime = at_second(1000)
    known = group(OWN, last=1100)
    joined = Reopened({OWN: since}).group(KEY, OWN, known, at_second(1050))
    assert (joined.opened_at, joined.last_at) == (since, at_second(1100))
