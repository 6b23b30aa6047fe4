"""Changes status pages: gather, decide, write, and again when somebody else was faster.

Each update leaves with it, in one write: its post, the impact periods it ended, what is told of those that begin and
end, the timeline's line, and the mailing to subscribers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from services.comms.incident_copies.store import IncidentCopies
from services.comms.status_pages.access import require_own
from services.comms.status_pages.impact_events import impact_events
from services.comms.status_pages.impact_periods import Period, until_now
from services.comms.status_pages.page import StatusPage
from services.comms.status_pages.post_update import Asked, Publication, due_update, take_update
from services.comms.status_pages.store import StatusPages
from services.comms.status_pages.subscribers.store import mailing
from services.comms.status_pages.update_request import UpdateIn, asked_of, check_incident, timeline_event, unknown_page
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.events import Event
from shared.events.incidents import IncidentFact
from shared.ids import fresh
from shared.outbox.races import decide_and_commit
from shared.problem import Problem

UNKNOWN_SECONDS = 3.0
"""How long an incident that nobody here has heard of is waited for: its event may be on its way."""
LOOK_SECONDS = 15.0
DUE_AT_ONCE = 50
Decide = Callable[[StatusPage | None], StatusPage]


class StatusPublisher:
    """Writes status pages and their posts. `on_change` is told the slug of every page that was written."""

    def __init__(
        self,
        pages: StatusPages,
        copies: IncidentCopies,
        clock: Now,
        *,
        base_url: str,
        on_change: Callable[[str], None],
    ) -> None:
        self._pages = pages
        self._due = pages.due_work(self.sweep, look_seconds=LOOK_SECONDS)
        self._copies = copies
        self._clock = clock
        self._base_url = base_url
        self._on_change = on_change

    async def change(self, slug: str, decide: Decide) -> StatusPage:
        """Write what `decide` makes of the page under this slug, and return it. Raises what `decide` raises."""

        def change_page(before: StatusPage | None) -> tuple[StatusPage, Sequence[Period], Sequence[Event]]:
            after, now = decide(before), self._clock.now()
            return after, _of_removed(before, after, now), impact_events(before, after, now)

        async def commit(decided: tuple[StatusPage, Sequence[Period], Sequence[Event]]) -> set[str]:
            after, periods, events = decided
            return await self._pages.commit(after, periods=periods, events=events)

        written, *_ = await decide_and_commit(lambda: self._pages.get(slug), change_page, commit)
        self._on_change(slug)
        return written.changed(version=written.version + 1)

    async def publish(self, body: UpdateIn, caller: Identity) -> Publication:
        """Put an update on its page. Raises a `Problem` for what can't be published."""
        if body.incident_id is not None:
            check_incident(await self._incident(body.incident_id), caller.teams)
        asked = asked_of(body, fresh(), caller.author)

        def decide(page: StatusPage | None) -> Publication:
            if page is None or page.deleted:
                raise unknown_page(body.page)
            require_own(caller, page, body.page)
            return take_update(page, asked, self._clock.now())

        posted = await self._publish(body.page, decide, notify=body.notify)
        if posted is None:
            raise unknown_page(body.page)
        return posted

    async def run(self) -> None:
        """Let maintenances begin and end at their times, for ever."""
        await self._due.run()

    async def sweep(self) -> bool:
        """Write what is due now; true when there may be more."""
        due = await self._pages.due(self._clock.now(), DUE_AT_ONCE)
        for page in due:
            await self._publish(page.slug, self._decide_due_update)
        return len(due) == DUE_AT_ONCE

    def _decide_due_update(self, page: StatusPage | None) -> Publication | None:
        now = self._clock.now()
        asked: Asked | None = due_update(page, now) if page is not None else None
        if page is None or asked is None:
            return None
        try:
            return take_update(page, asked, now)
        except Problem:
            # a post that is full of updates waits for a person; it must not be swept for ever
            return None

    async def _publish(
        self, slug: str, decide: Callable[[StatusPage | None], Publication | None], *, notify: bool = True
    ) -> Publication | None:
        async def commit(decided: tuple[StatusPage | None, Publication | None]) -> set[str]:
            before, posted = decided
            if posted is None:
                return set()
            line = timeline_event(posted.page, posted.post, posted.update, self._base_url)
            return await self._pages.commit(
                posted.page,
                post=posted.post,
                periods=posted.periods,
                events=[*([line] if line else []), *impact_events(before, posted.page, posted.update.at)],
                records=[mailing(slug, posted.post.id, posted.update.id, posted.update.at)] if notify else [],
            )

        _, posted = await decide_and_commit(lambda: self._pages.get(slug), lambda page: (page, decide(page)), commit)
        self._on_change(slug)
        return posted

    async def _incident(self, incident_id: str) -> IncidentFact | None:
        until = self._clock.now() + timedelta(seconds=UNKNOWN_SECONDS)
        while True:
            found = await self._copies.facts([incident_id])
            if incident_id in found or self._clock.now() >= until:
                return found.get(incident_id)
            await asyncio.sleep(0.05)


def _of_removed(before: StatusPage | None, after: StatusPage, now: datetime) -> list[Period]:
    """What components that are taken off the page leave behind."""
    if before is None:
        return []
    gone = [one for one in before.components if after.component(one.id) is None]
    return until_now(before.key, gone, now)
