"""Brings changes and incidents together, whichever came first, and says so on the timeline.

Who writes first is seen by who writes second: a change is stored before the incidents that it may have caused are
looked for, an incident before its changes are. So of two replicas that take one each at the same time, one sees both.
A line is written once for each change that came to stand first by itself, under an id of the incident and the change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from services.incident.catalogue.placement import Directory, PlacedBy, query_by_label, query_by_word
from services.incident.catalogue.store.services import Catalogue
from services.incident.incidents.incident import Incident
from services.incident.incidents.store.facets import Facets
from services.incident.incidents.store.incidents import Incidents
from services.incident.numbering.incident_ids import PER_DAY, day_of
from services.incident.suspects.change import Change, place_change
from services.incident.suspects.ranking import Lineup, first_suspect
from services.incident.suspects.store.evidence import SuspectEvidence, look_back_of
from services.incident.timeline.entry import Entry, EntryKind, Line, entry_caused_by
from services.incident.timeline.store import Timeline
from shared.bus.consumer import Delivery
from shared.clocks.clock import Now
from shared.events import Event
from shared.events.changes import ChangeFact
from shared.events.incidents import IncidentFact

RECENT = timedelta(days=1)
"""A change that comes later than this after an incident's start is shown with it, and no line is written any more."""
LONGEST_WINDOW = timedelta(days=7)
MOST_DEPENDENTS = 50
MOST_INCIDENTS = 200


class SuspectHandler:
    """Hears `change.recorded.v1`, and the service's own `incident.opened.v1`."""

    def __init__(
        self,
        suspect_evidence: SuspectEvidence,
        incidents: Incidents,
        *,
        catalogue: Catalogue,
        facets: Facets,
        timeline: Timeline,
        clock: Now,
    ) -> None:
        self._suspect_evidence = suspect_evidence
        self._incidents = incidents
        self._catalogue = catalogue
        self._facets = facets
        self._timeline = timeline
        self._clock = clock

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """One batch of changes and of incidents that began."""
        told = [delivery.payload.data for delivery in batch]
        changes = await self._place([fact for fact in told if isinstance(fact, ChangeFact)])
        await self._suspect_evidence.changes.remember(changes)
        # what is imported has no suspects, and comes by the hundred
        begun = {fact.id for fact in told if isinstance(fact, IncidentFact) and not fact.imported}
        affected = await self._find_affected(changes) | (begun - await self._calm(begun))
        entries: list[Entry] = []
        now = self._clock.now()
        known = [stored.incident for stored in (await self._incidents.by_ids(affected)).values()]
        concerned = [one for one in known if one.id in begun or _may_concern(one, changes)]
        for incident in await self._suspect_evidence.find_with_changes(concerned):
            await self._suspect_evidence.note_followed(incident)
            lineup = await self._suspect_evidence.read_lineup(incident, now)
            entries += _entries(incident, lineup, now)
        await self._timeline.write([(entry, 0) for entry in entries])

    async def _calm(self, begun: Iterable[str]) -> set[str]:
        """Those of these that this process opened, as far as it knows that nothing was changed before them."""
        opened = self._incidents.recall(begun)
        return opened.keys() - {one.id for one in await self._suspect_evidence.find_with_changes(opened.values())}

    async def _place(self, facts: Sequence[ChangeFact]) -> list[Change]:
        if not facts:
            return []
        directory = Directory(await self._catalogue.find(query_by_word(facts)))
        unnamed = [fact for fact in facts if directory.place(fact)[1] is PlacedBy.NOBODY]
        by_label = query_by_label(unnamed)
        if by_label.label_keys:
            directory = directory.with_more(await self._catalogue.find(by_label))
        return [place_change(fact, directory.place(fact)[0]) for fact in facts]

    async def _find_affected(self, changes: Sequence[Change]) -> set[str]:
        """The ids of the incidents that these may have caused: made since, on what depends on their services."""
        if not changes:
            return set()
        services = list(
            dict.fromkeys(
                dependent
                for change in changes
                for dependent in list(self._suspect_evidence.neighbourhood.dependents_of(change.service))[
                    :MOST_DEPENDENTS
                ]
            )
        )
        now = self._clock.now()
        earliest = min(change.at for change in changes)
        latest = min(max(change.at for change in changes) + LONGEST_WINDOW, now)
        low, high = int(day_of(earliest)) * PER_DAY, (int(day_of(latest)) + 1) * PER_DAY
        # facets are handed on after the write: what has them not yet waits with its incident, and is read before
        lately = {one.id for one in await self._incidents.find_waiting(now) if one.service_id in services}
        found = [await self._facets.newest(f"service:{service}", low, high, MOST_INCIDENTS) for service in services]
        return lately.union(*found)


def _may_concern(incident: Incident, changes: Iterable[Change]) -> bool:
    return any(timedelta() <= incident.started_at - change.at <= look_back_of(incident) for change in changes)


def _entries(incident: Incident, lineup: Lineup, now: datetime) -> list[Entry]:
    top = lineup.top
    is_news = incident.status.is_open or now - incident.started_at <= RECENT
    if top is None or top.verdict is not None or incident.imported or not is_news:
        return []
    line = Line(EntryKind.CHANGE, first_suspect(top))
    return [entry_caused_by(incident.id, now, line, "suspect", top.change.id)]
