"""What comms keeps of status pages.

`status_pages`, `_id` = slug: the page with its open posts, the aggregate. `status_posts`: every post as it stands,
`status_periods`: every impact period that ended; both are side documents of the page's commits, under derived ids.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime

from pymongo import IndexModel

from services.comms.status_pages.impact_events import lasting_events, told_again
from services.comms.status_pages.impact_periods import Period
from services.comms.status_pages.page import Post, StatusPage
from shared.due_work import DueWork
from shared.events import Event
from shared.mongo import Document, to_document
from shared.outbox.aggregates import Change, Record
from shared.runtime import Runtime
from shared.timers import DUE_INDEX

PAGES = "status_pages"
POSTS = "status_posts"
PERIODS = "status_periods"
Position = tuple[datetime, str]
"""Where a post stands in the history (`Post.shown_at`) and its id."""


class StatusPages:
    """The questions that are asked about status pages."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(PAGES)
        self.pages = self._aggregates.collection
        self.posts = runtime.database.collection(POSTS)
        self.periods = runtime.database.collection(PERIODS)
        self._clock = runtime.clock
        runtime.indexes(
            {
                PAGES: [DUE_INDEX],
                POSTS: [
                    IndexModel([("page", 1), ("shown_at", -1)], name="history"),
                    IndexModel([("page", 1), ("ended_at", -1)], name="ended"),
                ],
                PERIODS: [IndexModel([("page", 1), ("end", 1)], name="page")],
            }
        )

    def due_work(self, move: Callable[[], Awaitable[bool]], *, look_seconds: float) -> DueWork:
        """What runs `move` when something moves on a page by itself."""
        return DueWork.of(self._aggregates, "status pages", move, clock=self._clock, look_seconds=look_seconds)

    async def get(self, slug: str) -> StatusPage | None:
        """The page with this slug, also one that was deleted; None when there never was one."""
        found = await self.pages.find_one({"_id": slug})
        return read_page(found) if found else None

    async def page(self, after: str, limit: int, teams: Sequence[str]) -> list[StatusPage]:
        """Up to `limit` pages whose slugs come after this one, of these teams (empty: of all)."""
        found: list[StatusPage] = []
        async for document in self.pages.find({}).sort("_id", 1):
            one = read_page(document)
            if one.slug > after and not one.deleted and (not teams or one.team in teams):
                found.append(one)
                if len(found) == limit:
                    break
        return found

    async def commit(
        self,
        after: StatusPage,
        *,
        post: Post | None = None,
        periods: Sequence[Period] = (),
        events: Sequence[Event] = (),
        records: Sequence[Record] = (),
    ) -> set[str]:
        """Write a page that was decided on at `after.version`, and all that goes with it; the slug when it lost."""
        fields: Document = {name: None for name in StatusPage.model_fields if name not in ("slug", "version")}
        fields |= to_document(after.changed(version=0))
        del fields["slug"], fields["version"]
        side = [Record(PERIODS, one.id, to_document(one)) for one in periods]
        if post is not None:
            document = to_document(post) | {"shown_at": post.shown_at}
            side.append(Record(POSTS, post.id, document, sequence=after.version + 1))
        change = Change(after.slug, after.version, fields, events=events, records=[*side, *records])
        return await self._aggregates.commit([change])

    async def due(self, now: datetime, limit: int) -> list[StatusPage]:
        """Pages on which something moves by itself by now, the longest due first."""
        found = await self.pages.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit).to_list()
        return [read_page(document) for document in found]

    async def post(self, page: StatusPage, id: str) -> Post | None:
        """A post of this page, from the page itself while it is there."""
        near = next((one for one in (*page.open, *page.recent) if one.id == id), None)
        if near is not None:
            return near
        found = await self.posts.find_one({"_id": id})
        return read_post(found) if found is not None and found["page"] == page.key else None

    async def history(
        self, page: StatusPage, *, since: datetime, until: datetime, limit: int, after: Position | None = None
    ) -> list[Post]:
        """Posts shown in [since, until), the newest first, behind the position `after`; as the page has them now."""
        query: Document = {"page": page.key, "shown_at": {"$gte": since, "$lt": until}}
        if after is not None:
            query["shown_at"]["$lte"] = after[0]
        stored: list[Post] = []
        # of those shown at the same instant as the last one before, some were shown already
        found = await self.posts.find(query).sort("shown_at", -1).limit(limit + len(page.open) + 50).to_list()
        stored = [read_post(document) for document in found]
        near = {one.id: one for one in (*page.open, *page.recent)}
        inside = [one for one in near.values() if since <= one.shown_at < until]
        merged = [one for one in stored if one.id not in near] + inside
        merged.sort(key=lambda one: (one.shown_at, one.id), reverse=True)
        return [one for one in merged if after is None or (one.shown_at, one.id) < after][:limit]

    async def lasting(self, page: StatusPage, *, since: datetime, until: datetime, limit: int) -> list[Post]:
        """Posts with a part of their time in [since, until), the newest first; of those that began before `since` and
        ended after `until` only open ones.
        """
        begun = await self.history(page, since=since, until=until, limit=limit)
        query: Document = {"page": page.key, "ended_at": {"$gte": since, "$lt": until}}
        stored = await self.posts.find(query).sort("ended_at", -1).limit(limit).to_list()
        ended = [read_post(document) for document in stored]
        earlier = [one for one in (*page.open, *page.recent, *ended) if one.shown_at < since]
        still = [one for one in earlier if one.ended_at is None or one.ended_at >= since]
        found = {one.id: one for one in (*reversed(still), *begun)}
        return sorted(found.values(), key=lambda one: (one.shown_at, one.id), reverse=True)[:limit]

    async def ended_periods(self, key: str, since: datetime) -> list[Period]:
        """The impact periods of a page that ended after `since`."""
        found = await self.periods.find({"page": key, "end": {"$gte": since}}).to_list()
        return [Period.model_validate(document) for document in found]

    async def impact_snapshots(self) -> AsyncIterator[Event]:
        """Every impact period, those that last and those that ended, as the event that last told of it."""
        slugs: dict[str, str] = {}
        names: dict[tuple[str, str], str] = {}
        async for document in self.pages.find({}):
            page = read_page(document)
            slugs[page.key] = page.slug
            names |= {(page.key, one.id): one.name for one in page.components}
            for event in lasting_events(page):
                yield event
        async for document in self.periods.find({}):
            one = Period.model_validate(document)
            yield told_again(slugs.get(one.page, ""), one, names.get((one.page, one.component_id), one.component_id))


def read_page(document: Document) -> StatusPage:
    """A page from its document."""
    return StatusPage.model_validate(document | {"slug": document["_id"]})


def read_post(document: Document) -> Post:
    """A post from its document."""
    return Post.model_validate(document | {"id": document["_id"]})
