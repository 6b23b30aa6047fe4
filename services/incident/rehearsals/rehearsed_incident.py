"""What is told of incidents that were only decided on, and which of them each alert is in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from services.incident.alerts.correlation import Known, Outcome
from services.incident.alerts.folding import Arrival
from services.incident.catalogue.service_definition import Service
from services.incident.incidents.commands import place_on
from services.incident.incidents.incident import Incident
from shared.events import make
from shared.events.incidents import Paging
from shared.ids import derive_id
from shared.questions.rehearsal import IncidentsAnswer, PlacedAlert, RehearsedAlert, RehearsedIncident
from shared.vocabulary import IncidentStatus

BEGINS = "rehearsal-"
"""Begins the ids of incidents that there are none of."""


def arrivals_of(alerts: Sequence[RehearsedAlert], at: datetime) -> list[Arrival]:
    """The events of these alerts, as they would arrive."""
    return [
        Arrival(
            make(
                one.type,
                subject=one.fact.id,
                sequence=one.sequence,
                time=at,
                data=one.fact,
                id=derive_id("rehearsed", one.fact.id, one.sequence),
            ),
            one.fact,
        )
        for alert in alerts
        for one in alert.events
    ]


def new_ids() -> Iterator[str]:
    """Ids for incidents that begin; none of them is a number that another one could have."""
    return (f"{BEGINS}{number}" for number in range(1, 10_000))


def describe_outcome(
    alerts: Sequence[RehearsedAlert], arrivals: Sequence[Arrival], known: Known, outcome: Outcome
) -> IncidentsAnswer:
    """The incidents of the outcome in the order of their alerts, and where each alert is.

    An alert of which nothing would be told stays where it is, and nothing is known of that here.
    """
    after = {edit.after.id: edit.after for edit in outcome.edits}
    begun = {edit.after.id for edit in outcome.edits if edit.before is None}
    home_of = {one.fact.id: key for key, its in outcome.arrivals_of.items() for one in its}
    places = {key: place for place, key in enumerate(outcome.arrivals_of)}
    reason_of = {one.fact.id: reason.value for one, reason in zip(arrivals, outcome.reasons, strict=True)}
    return IncidentsAnswer(
        incidents=[_describe(key, after, known.incidents, opens=key in begun) for key in places],
        alerts=[_place(one, home_of, places, reason_of) for one in alerts],
    )


def begin_again(incident: Incident, service: Service | None, at: datetime) -> RehearsedIncident:
    """The incident as if it began at `at` on its service as that is now; None: that is gone, and as it was counts."""
    begun = incident.changed(
        id=f"{BEGINS}1",
        status=IncidentStatus.TRIGGERED,
        paging=Paging(cause=derive_id("rehearsed", incident.id), cause_at=at, alert=incident.paging.alert),
        created_at=at,
        began_at=at,
        first_entered={IncidentStatus.TRIGGERED: at},
        imported=False,
        merged_into=None,
        snoozed_until=None,
        acknowledged_at=None,
        acknowledged_by=None,
        resolved_at=None,
        resolved_by=None,
        taken_by=[],
        told=[],
        roles=[],
        **(place_on(service, at) if service is not None else {}),
    )
    return RehearsedIncident(fact=begun.fact(), sequence=1, opens=True)


def _describe(
    key: str, after: Mapping[str, Incident], before: Mapping[str, Incident], *, opens: bool
) -> RehearsedIncident:
    changed = after.get(key)
    if changed is None:
        return RehearsedIncident(fact=before[key].fact(), sequence=before[key].version, opens=False)
    return RehearsedIncident(fact=changed.fact(), sequence=changed.version + 1, opens=opens)


def _place(
    alert: RehearsedAlert, home_of: Mapping[str, str], places: Mapping[str, int], reason_of: Mapping[str, str]
) -> PlacedAlert:
    ids = [one.fact.id for one in alert.events]
    home = next((home_of[id_] for id_ in reversed(ids) if id_ in home_of), None)
    return PlacedAlert(
        dedup_key=alert.dedup_key,
        title=alert.title,
        service=alert.service,
        status=alert.status,
        told=alert.told,
        grouped=alert.grouped,
        reason=next((reason_of[id_] for id_ in ids if id_ in reason_of), None),
        incident=places[home] if home is not None else None,
    )
