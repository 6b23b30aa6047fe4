"""Which incident an alert belongs to, and what that does to the incident.

Events may come in any order and more than once, so what counts of an alert is the newest state that is known of it:
an event that is not newer changes nothing, but for a severity that was worse than any told before. All events of one
incident that are decided together make one edit. The order of branches in `_target` is the order of policy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.incident.alerts.folding import Arrival, Reason, begin, effect_in, fold
from services.incident.alerts.settling import Effect, settle
from services.incident.catalogue.service_definition import Service
from services.incident.incidents.absorbed import survivor_of
from services.incident.incidents.alert_member import Member, deserves_incident, fingerprint_of, fires
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from shared.events.alerts import AlertFact
from shared.vocabulary import IncidentStatus


@dataclass(frozen=True, slots=True)
class Known:
    """What was read before deciding.

    `incidents` by id hold every incident of the arrivals' groups, of their members and of what they are effects of;
    `members` by alert id; `seen` are the fingerprints that the incidents at work have met before.
    """

    incidents: Mapping[str, Incident] = field(default_factory=dict)
    members: Mapping[str, Member] = field(default_factory=dict)
    seen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reasons` are in the order of the arrivals as they were given."""

    edits: Sequence[Edit]
    reasons: Sequence[Reason]
    effects: Sequence[Effect]
    arrivals_of: Mapping[str, Sequence[Arrival]]
    """By incident id, for deciding again those whose write lost its race."""


def correlate(
    arrivals: Sequence[Arrival],
    known: Known,
    place: Callable[[AlertFact], Service],
    new_ids: Iterable[str],
    now: datetime,
) -> Outcome:
    """Decide on some alert events at once.

    `place` tells the service of a new incident; `new_ids` yields an id for each incident that may begin: at most one
    a group.
    """
    ids = iter(new_ids)
    incidents_of = Counter(one.group_id for one in known.incidents.values())
    latest_of: dict[str | None, str] = {}
    open_of: dict[str | None, str] = {}
    for one in sorted(known.incidents.values(), key=lambda one: (one.created_at, one.id)):
        latest_of[one.group_id] = one.id
        if one.status.is_open:
            open_of[one.group_id] = one.id
    homes = {key: member.incident_id for key, member in known.members.items()}
    reasons: dict[int, Reason] = {}
    begun: dict[str, Incident] = {}
    sorted_out: dict[str, dict[int, Arrival]] = {}

    for index, arrival in sorted(enumerate(arrivals), key=lambda pair: pair[1].order):
        fact = arrival.fact
        if not fact.opens_incident and fact.id not in homes:
            reasons[index] = Reason.OPENS_NO_INCIDENT
            continue
        target = _target(fact, homes, open_of, latest_of, known.incidents)
        if target is None and fact.status.is_open and not deserves_incident(fact):
            reasons[index] = Reason.NOT_FIRING
            continue
        if target is None:
            target = next(ids)
            begun[target] = begin(target, arrival, place(fact), incidents_of[fact.group_id], now)
            open_of[fact.group_id] = latest_of[fact.group_id] = target
        homes[fact.id] = target
        sorted_out.setdefault(target, {})[index] = arrival

    edits: list[Edit] = []
    effects: list[Effect] = []
    for key, its in sorted_out.items():
        incident = begun.get(key) or known.incidents[key]
        batch = fold(incident, its.values(), known.members, known.seen, now, begins=key in begun)
        reasons |= dict(zip(its, (one.reason for one in batch.taken), strict=True))
        edit, did = settle(batch)
        effects += did
        if not edit.is_empty:
            edits.append(edit)
    return Outcome(
        edits=edits,
        reasons=[reasons[index] for index in range(len(arrivals))],
        effects=effects,
        arrivals_of={key: tuple(its.values()) for key, its in sorted_out.items()},
    )


def cause_of(fact: AlertFact, incidents: Mapping[str, Incident]) -> str | None:
    """The incident that the alert joins as an effect, if that is still open; else it stands for itself."""
    if fact.effect_of is None:
        return None
    survivor = survivor_of(fact.effect_of.incident_id, incidents)
    known = incidents.get(survivor)
    return survivor if known is not None and effect_in(known, fact) is not None else None


def prints_that_matter(arrivals: Sequence[Arrival], incidents: Mapping[str, Incident]) -> dict[str, datetime | None]:
    """Whether an alert is new to its incident matters only where it could page again: somebody has it in hand.

    Of one that was reopened only what it has met since then counts: each alert of it pages once more.
    """
    homes: dict[str | None, dict[str, datetime | None]] = {}
    for incident in incidents.values():
        target = incidents[survivor_of(incident.id, incidents)]
        if target.status.is_open and target.status is not IncidentStatus.TRIGGERED and not target.unanswered:
            since = target.reopened.at if target.reopened is not None else None
            found = homes.setdefault(incident.group_id, {})
            found |= dict.fromkeys((target.id, *(one.id for one in target.absorbed)), since)
    return {
        fingerprint_of(home, arrival.fact): since
        for arrival in arrivals
        if fires(arrival.fact)
        for home, since in homes.get(arrival.fact.group_id, {}).items()
    }


def has_met_since(member: Member, prints: Mapping[str, datetime | None]) -> bool:
    """Whether this member of its incident is one that the incident has met, as far as that matters."""
    since = prints.get(member.fingerprint)
    return since is None or member.joined_at >= since


def _target(
    fact: AlertFact,
    homes: Mapping[str, str],
    open_of: Mapping[str | None, str],
    latest_of: Mapping[str | None, str],
    incidents: Mapping[str, Incident],
) -> str | None:
    """The incident that the event goes to; None: there is none, and one begins if the alert is worth it.

    `homes` are the incidents that alerts are members of.
    """
    home = homes.get(fact.id)
    if home is not None:
        return survivor_of(home, incidents)
    cause = cause_of(fact, incidents)
    if cause is not None:
        return cause
    if fact.group_id in open_of:
        return open_of[fact.group_id]
    latest = latest_of.get(fact.group_id)
    if latest is not None:
        survivor = survivor_of(latest, incidents)
        if survivor != latest and incidents[survivor].status.is_open:
            return survivor
        # only what is over may belong to what is over: anything else might fire later, and nobody would be told
        if not fact.status.is_open:
            return survivor
    return None
