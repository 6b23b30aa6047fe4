"""All that the first draft and the figures of a post-mortem are made from, in a few bounded questions."""

from __future__ import annotations

from services.incident.incidents.store.alert_members import Members, newest_of
from services.incident.incidents.store.incidents import Stored
from services.incident.incidents.suspect_mark import Verdict
from services.incident.postmortems.draft import Evidence
from services.incident.postmortems.figures import Counted, Figures, figures_of
from services.incident.suspects.ranking import describe_suspect
from services.incident.suspects.store.evidence import SuspectEvidence
from services.incident.timeline.entry import EntryKind
from services.incident.timeline.store import Timeline
from shared.clocks.clock import Now

FIRST_ALERTS = 200
ENTRIES = 1_000


class EvidenceReads:
    """Gathers it for one incident, read before."""

    def __init__(self, timeline: Timeline, members: Members, suspect_evidence: SuspectEvidence, clock: Now) -> None:
        self._timeline = timeline
        self._members = members
        self._suspect_evidence = suspect_evidence
        self._clock = clock

    async def figures(self, stored: Stored) -> Figures:
        """The incident's figures as they stand now."""
        key = stored.incident.id
        alerts = [*await self._members.of_incident(key, FIRST_ALERTS + 1, FIRST_ALERTS), *stored.waiting_members]
        return figures_of(
            stored.incident,
            Counted(
                first_alert_at=min((one.starts_at for one in alerts), default=None),
                pages=await self._timeline.count(key, EntryKind.PAGE, stored.waiting_entries),
                escalations=await self._timeline.count(key, EntryKind.ESCALATION, stored.waiting_entries),
            ),
        )

    async def evidence(self, stored: Stored) -> Evidence:
        """The evidence for a draft."""
        key = stored.incident.id
        kept = await self._members.of_incident(key, FIRST_ALERTS + 1, FIRST_ALERTS)
        alerts = newest_of([*kept, *stored.waiting_members]).values()
        lineup = await self._suspect_evidence.read_lineup(stored.incident, self._clock.now())
        return Evidence(
            incident=stored.incident,
            figures=await self.figures(stored),
            entries=await self._timeline.page(key, None, ENTRIES, stored.waiting_entries),
            alerts=sorted(alerts, key=lambda one: one.number),
            suspects=[describe_suspect(one) for one in lineup.suspects if one.verdict is not Verdict.INNOCENT],
        )
