"""What must be read before alert events can be decided, in as few questions as they allow.

Incidents are read before their members: a member that does not wait in its incident's outbox any more is in its own
collection by then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from services.incident.alerts.correlation import Known, cause_of, has_met_since, prints_that_matter
from services.incident.alerts.folding import Arrival
from services.incident.catalogue.placement import Directory, PlacedBy, query_by_label, query_by_word
from services.incident.catalogue.store.services import Catalogue
from services.incident.incidents.alert_member import Member
from services.incident.incidents.store.alert_members import Members
from services.incident.incidents.store.incidents import Incidents, Stored
from services.incident.numbering.store import Numbers
from shared.events.alerts import AlertFact
from shared.failures import DependencyDown

MAX_WAITING = 400
"""Members that may wait in one incident's outbox before more are added: a storm must neither fill its document nor
hold up the relay, which other incidents' pages go through too."""
_PATIENCE = 200
_PAUSE_SECONDS = 0.025


class CorrelationReads:
    """Reads from four collections for one decision."""

    def __init__(self, incidents: Incidents, members: Members, catalogue: Catalogue, numbers: Numbers) -> None:
        self._incidents = incidents
        self._members = members
        self._catalogue = catalogue
        self._numbers = numbers

    async def read_known(self, arrivals: Sequence[Arrival]) -> Known:
        """The incidents of the arrivals' groups and members, the members themselves, and fingerprints met before.

        Nothing is read for what begins an incident as the first alert of its group: if there is one already, the
        database refuses the second in its place, and all is decided again.
        """
        arrivals = select_with_history(arrivals)
        if not arrivals:
            return Known()
        causes = {arrival.fact.effect_of.incident_id for arrival in arrivals if arrival.fact.effect_of is not None}
        found = await self._read_uncrowded({arrival.fact.group_id for arrival in arrivals}, causes)
        members, waiting = await self._members_in(found, arrivals)
        if elsewhere := {member.incident_id for member in members.values()} - found.keys():
            found |= await self._incidents.with_survivors(elsewhere)
            members, waiting = await self._members_in(found, arrivals)
        incidents = {key: stored.incident for key, stored in found.items()}
        # a member whose incident is gone counts as unknown
        members = {key: member for key, member in members.items() if member.incident_id in incidents}
        prints = prints_that_matter(arrivals, incidents)
        met = {member.fingerprint for member in waiting if has_met_since(member, prints)}
        unmet = {one: since for one, since in prints.items() if one not in met}
        seen = await self._members.find_met(unmet) if unmet else frozenset()
        return Known(incidents, members, seen | met)

    async def _members_in(
        self, found: Mapping[str, Stored], arrivals: Sequence[Arrival]
    ) -> tuple[dict[str, Member], list[Member]]:
        """What is known of the arrivals, and all that waits in these incidents, which were read before."""
        waiting = [member for stored in found.values() for member in stored.waiting_members]
        return await self._members.by_alert((arrival.fact.id for arrival in arrivals), waiting), waiting

    async def _read_uncrowded(self, groups: set[str], causes: set[str]) -> dict[str, Stored]:
        """The incidents of the groups and the causes, with what those went into, once the relay has caught up.

        Raises `DependencyDown` when it does not.
        """
        for _ in range(_PATIENCE):
            found = await self._incidents.of_groups(groups)
            if wanted := (causes | _merge_targets_of(found)) - found.keys():
                found |= await self._incidents.with_survivors(wanted)
            if all(len(stored.waiting_members) <= MAX_WAITING for stored in found.values()):
                return found
            await asyncio.sleep(_PAUSE_SECONDS)
        raise DependencyDown("the relay does not catch up")

    async def for_new(
        self, arrivals: Sequence[Arrival], known: Known, now: datetime
    ) -> tuple[Directory, Sequence[str]]:
        """The services that new incidents may belong to, and an id for each group that may open one."""
        facts = facts_of_new(arrivals, known)
        if not facts:
            return Directory([]), ()
        return await asyncio.gather(
            self.find_services(facts), self._numbers.take(now, len({fact.group_id for fact in facts}))
        )

    async def find_services(self, facts: Sequence[AlertFact]) -> Directory:
        """The services that the incidents of these alerts may belong to."""
        query = query_by_word(facts)
        by_heart = Directory(self._catalogue.recall(query.ids))
        if all(by_heart.places_by_id(fact) for fact in facts):
            return by_heart
        directory = Directory(await self._catalogue.find(query))
        unnamed = [fact for fact in facts if directory.place(fact)[1] is PlacedBy.NOBODY]
        by_label = query_by_label(unnamed)
        if by_label.label_keys:
            directory = directory.with_more(await self._catalogue.find(by_label))
        return directory


def select_with_history(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """The arrivals whose group may have an incident already, or has other arrivals in this batch."""
    others = {one.fact.group_id for one in arrivals if not (one.is_first and one.begins_incident)}
    return [one for one in arrivals if one.fact.group_id in others]


def facts_of_new(arrivals: Sequence[Arrival], known: Known) -> list[AlertFact]:
    """The alerts that may open an incident: their group has no open one, and they are no effect of any."""
    held = {incident.group_id for incident in known.incidents.values() if incident.status.is_open}
    return [
        arrival.fact
        for arrival in arrivals
        if arrival.fact.id not in known.members
        and arrival.fact.group_id not in held
        and cause_of(arrival.fact, known.incidents) is None
    ]


def _merge_targets_of(found: Mapping[str, Stored]) -> set[str]:
    into = (stored.incident.merged_into for stored in found.values())
    return {key for key in into if key is not None}
