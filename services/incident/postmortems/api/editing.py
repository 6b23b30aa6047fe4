"""What the endpoints of post-mortems begin and end with: the post-mortem, if it is the caller's to see or to change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Response

from services.incident.access import in_scope, require_scope
from services.incident.action_items.store import Actions
from services.incident.incidents.api.lookup import actor_of
from services.incident.incidents.store.incidents import Incidents, Stored
from services.incident.people.store import People
from services.incident.postmortems.api.views import PostmortemView, postmortem_view
from services.incident.postmortems.documents import html_document, markdown_document, people_in
from services.incident.postmortems.draft import draft
from services.incident.postmortems.figures import Figures
from services.incident.postmortems.postmortem import Postmortem, Revised, Step, move
from services.incident.postmortems.sections import Section
from services.incident.postmortems.store.evidence import EvidenceReads
from services.incident.postmortems.store.postmortems import Postmortems, StoredPostmortem
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.outbox.races import decide_and_commit
from shared.problem import not_found
from shared.process.off_loop import OffLoop
from shared.vocabulary import Role
from shared.web import check_version, etag, expected_version


class PostmortemEditing:
    """Reads, changes and shows post-mortems for a caller."""

    def __init__(
        self,
        postmortems: Postmortems,
        actions: Actions,
        incidents: Incidents,
        evidence_reads: EvidenceReads,
        *,
        people: People,
        clock: Now,
    ) -> None:
        self.postmortems = postmortems
        self.actions = actions
        self.clock = clock
        self._incidents = incidents
        self._evidence_reads = evidence_reads
        self._people = people
        self._writing = OffLoop()

    async def require(self, id: str, caller: Identity, *, to_change: bool = False) -> StoredPostmortem:
        """The post-mortem. Raises a `Problem`: 404 for none or another team's, 403 when that one is to be changed."""
        caller.require(Role.RESPONDER if to_change else Role.VIEWER)
        kept = await self.postmortems.get(id)
        if kept is None:
            raise not_found("post-mortem", id)
        if to_change:
            require_scope(caller.teams, kept.postmortem.team)
        elif not in_scope(caller.teams, kept.postmortem.team):
            raise not_found("post-mortem", id)
        return kept

    async def revise(
        self, id: str, caller: Identity, if_match: str | None, decide: Callable[[StoredPostmortem], Awaitable[Revised]]
    ) -> Postmortem:
        """The post-mortem after what `decide` makes of it. Raises as `require`, 412, and what `decide` raises."""
        expected = expected_version(if_match)

        async def read() -> StoredPostmortem:
            kept = await self.require(id, caller, to_change=True)
            check_version(expected, kept.postmortem.version)
            return kept

        async def commit(revised: Revised) -> set[str]:
            return await self.postmortems.commit(revised) if revised.changes else set()

        revised = await decide_and_commit(read, decide, commit)
        if not revised.changes:
            return revised.after
        return revised.after.changed(version=revised.version)

    async def step(
        self, id: str, caller: Identity, if_match: str | None, step: Step, *, reviewers: list[str] | None = None
    ) -> Postmortem:
        """The post-mortem after a step of its state that needs to know nothing else."""
        by = actor_of(caller).name

        async def decide(kept: StoredPostmortem) -> Revised:
            return move(kept.postmortem, step, by, self.clock.now(), reviewers=reviewers)

        return await self.revise(id, caller, if_match, decide)

    async def incident_of(self, postmortem: Postmortem) -> Stored:
        """The incident that it is about."""
        stored = await self._incidents.get(postmortem.incident_id)
        if stored is None:
            raise not_found("incident", postmortem.incident_id)
        return stored

    async def draft_sections(self, stored: Stored) -> dict[Section, str]:
        """Every section as it would be drafted now."""
        return draft(await self._evidence_reads.evidence(stored), self.clock.now())

    async def figures(self, postmortem: Postmortem) -> Figures:
        """The figures of its incident as they stand now."""
        return await self._evidence_reads.figures(await self.incident_of(postmortem))

    async def show(self, postmortem: Postmortem, response: Response) -> PostmortemView:
        """The answer, with the version in its `ETag`."""
        response.headers["ETag"] = etag(postmortem.version)
        actions = await self.actions.of_postmortem(postmortem.id)
        return postmortem_view(postmortem, await self.figures(postmortem), actions, self.clock.now().date())

    async def markdown(self, postmortem: Postmortem) -> str:
        """The whole of it as Markdown."""
        actions = await self.actions.of_postmortem(postmortem.id)
        names = await self._people.names(people_in(postmortem, actions))
        return markdown_document(postmortem, await self.figures(postmortem), actions, names)

    async def html(self, postmortem: Postmortem) -> str:
        """The whole of it as a page; a long one is written beside the event loop, one at a time."""
        actions = await self.actions.of_postmortem(postmortem.id)
        names = await self._people.names(people_in(postmortem, actions))
        figures = await self.figures(postmortem)
        return await self._writing.run(html_document, postmortem, figures, actions, names)
