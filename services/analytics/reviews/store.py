"""Reviews that were made, who gets them, and post-mortems that they tell of. No rebuild drops the first two.

Layout of `reviews`: `{_id, version, kind, made_at, review: {…}}`; of `review_subscribers`: `{_id: user id, version,
kinds}`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pymongo import IndexModel

from services.analytics.reviews.review import Published, Review, Subscriber
from services.analytics.reviews.schedule import ReviewKind
from shared.events import Event, make
from shared.events.analytics.reviews import ReviewFact, ReviewSubscriberFact
from shared.ids import derive_id
from shared.outbox.aggregates import Change
from shared.runtime import Runtime

REVIEWS = "reviews"
SUBSCRIBERS = "review_subscribers"
MOST_SUBSCRIBERS = 1_000
LONGEST_MILLISECONDS = 5_000
POSTMORTEMS = "postmortems"
"""Written by the service's own handlers."""
MOST_PUBLISHED = 500
_FIELDS = ("id", "title", "published_at", "drill", "imported")


class Reviews:
    """The reviews that were made: three kinds, one a week at most."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(REVIEWS)
        self._collection = runtime.database.collection(REVIEWS)
        runtime.indexes(
            {
                REVIEWS: [
                    IndexModel([("made_at", -1), ("_id", -1)], name="made_at"),
                    IndexModel([("kind", 1), ("made_at", -1), ("_id", -1)], name="kind"),
                ]
            }
        )

    async def get(self, id: str) -> Review | None:
        """The review with this id."""
        found = await self._collection.find_one({"_id": id})
        return Review.model_validate(found["review"] | {"version": found["version"]}) if found is not None else None

    async def missing(self, ids: Sequence[str]) -> set[str]:
        """Those of these that were not made."""
        made = await self._collection.find({"_id": {"$in": list(ids)}}, projection={"_id": True}).to_list()
        return set(ids) - {one["_id"] for one in made}

    async def page(self, kind: ReviewKind | None, before: tuple[datetime, str] | None, limit: int) -> list[Review]:
        """The newest first, from behind this position on."""
        query: dict[str, object] = {} if kind is None else {"kind": kind.value}
        if before is not None:
            at, id_ = before
            query["made_at"] = {"$lte": at}
            query["$or"] = [{"made_at": {"$lt": at}}, {"made_at": at, "_id": {"$lt": id_}}]
        cursor = self._collection.find(query, projection={"review": True, "version": True}).limit(limit)
        found = await cursor.sort([("made_at", -1), ("_id", -1)]).max_time_ms(LONGEST_MILLISECONDS).to_list()
        return [Review.model_validate(one["review"] | {"version": one["version"]}) for one in found]

    async def keep(self, review: Review, fact: ReviewFact) -> bool:
        """Keep a review and tell of it; False when another process made it first."""
        fields = {"kind": review.kind.value, "made_at": review.made_at, "review": review.model_dump(mode="json")}
        event = make(
            "review.made.v1",
            subject=review.id,
            sequence=1,
            time=review.made_at,
            data=fact,
            id=derive_id("review", review.id, prefix="rev_"),
        )
        return not await self._aggregates.commit([Change(review.id, 0, fields, [event])])


class Subscribers:
    """Who gets reviews by mail."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(SUBSCRIBERS)
        self._collection = runtime.database.collection(SUBSCRIBERS)
        self._clock = runtime.clock

    async def all(self) -> dict[str, Subscriber]:
        """Everybody, by id and in order of it."""
        found = await self._collection.find({}, projection={"outbox": False}).sort("_id", 1).to_list()
        return {one["_id"]: Subscriber(user_id=one["_id"], version=one["version"], kinds=one["kinds"]) for one in found}

    async def write(self, changed: Sequence[Subscriber]) -> set[str]:
        """Write these, each guarded by its version; those that lost. Who wants nothing is kept as such."""
        return await self._aggregates.commit(
            [
                Change(one.user_id, one.version, {"kinds": [kind.value for kind in one.kinds]}, [self._event(one)])
                for one in changed
            ]
        )

    def _event(self, one: Subscriber) -> Event:
        return make(
            "review.subscribed.v1",
            subject=one.user_id,
            sequence=one.version + 1,
            time=self._clock.now(),
            data=ReviewSubscriberFact(user_id=one.user_id, kinds=list(one.kinds), deleted=not one.kinds),
        )


class PublishedPostmortems:
    """The copies of post-mortems, by when they were published."""

    def __init__(self, runtime: Runtime) -> None:
        self._copies = runtime.database.collection(POSTMORTEMS)
        runtime.indexes({POSTMORTEMS: [IndexModel([("data.published_at", 1)], name="published_at", sparse=True)]})

    async def published(self, start: datetime, end: datetime) -> list[Published]:
        """Those of [start, end), the newest first, at most `MOST_PUBLISHED`; none of drills or imports."""
        query = {"data.published_at": {"$gte": start, "$lt": end}}
        cursor = self._copies.find(query, projection={f"data.{one}": True for one in _FIELDS})
        newest = cursor.sort("data.published_at", -1).limit(MOST_PUBLISHED)
        found = [one["data"] for one in await newest.max_time_ms(LONGEST_MILLISECONDS).to_list()]
        return [Published.model_validate(one) for one in found if not one.get("drill") and not one.get("imported")]
