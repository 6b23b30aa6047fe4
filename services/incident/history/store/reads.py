"""All that is known of some incidents, in a few questions."""

from __future__ import annotations

from collections.abc import Sequence

from services.incident.action_items.store import Actions
from services.incident.history.export_row import KnownHistory
from services.incident.incidents.store.incidents import Incidents, Stored
from services.incident.postmortems.postmortem import postmortem_id
from services.incident.postmortems.store.comments import Comments
from services.incident.postmortems.store.postmortems import Postmortems
from services.incident.timeline.entry import Entry
from services.incident.timeline.store import Timeline

MOST_ENTRIES = 10_000
"""Of several incidents at once."""
_PIECE = 1_000


class HistoryReads:
    """All that an export says of incidents."""

    def __init__(
        self, incidents: Incidents, timeline: Timeline, postmortems: Postmortems, comments: Comments, actions: Actions
    ) -> None:
        self._incidents = incidents
        self._timeline = timeline
        self._postmortems = postmortems
        self._comments = comments
        self._actions = actions

    async def read(self, ids: Sequence[str], teams: Sequence[str]) -> list[KnownHistory]:
        """Those of these few incidents that are there and belong to `teams` (empty: any), in this order."""
        stored = await self._incidents.by_ids(ids)
        shown = [id for id in ids if id in stored and (not teams or stored[id].incident.team in teams)]  # noqa: A001
        if not shown:
            return []
        documents = [postmortem_id(id) for id in shown]  # noqa: A001 - as everywhere
        radii = await self._incidents.radii([id for id in shown if stored[id].incident.radius_size is not None])  # noqa: A001
        entries = await self._timeline.of_incidents(shown, MOST_ENTRIES)
        postmortems = await self._postmortems.by_ids(documents)
        comments = await self._comments.of_postmortems(list(postmortems)) if postmortems else {}
        actions = await self._actions.of_postmortems(documents)
        return [
            KnownHistory(
                stored[id].incident.changed(blast_radius=radii.get(id)),
                entries=_with_waiting(entries.get(id, []), stored[id]) if entries is not None
                else await self._all_entries(stored[id]),
                postmortem=postmortems.get(postmortem_id(id)),
                comments=comments.get(postmortem_id(id), []),
                actions=actions.get(postmortem_id(id), []),
            )
            for id in shown  # noqa: A001 - as everywhere
        ]  # fmt: skip

    async def _all_entries(self, stored: Stored) -> list[Entry]:
        found: list[Entry] = []
        while True:
            after = (found[-1].at, found[-1].id) if found else None
            more = await self._timeline.page(stored.incident.id, after, _PIECE, stored.waiting_entries)
            found += more
            if len(more) < _PIECE:
                return found


def _with_waiting(entries: Sequence[Entry], stored: Stored) -> list[Entry]:
    found = {entry.id: entry for entry in [*stored.waiting_entries, *entries]}
    return sorted(found.values(), key=lambda one: (one.at, one.id))
