"""Makes reviews when their time has come: any number of replicas may try, and the first one keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.analytics.clusters.cluster_cache import ClusterCache
from services.analytics.clusters.trends import trends_of
from services.analytics.figures.api.reports import Reports
from services.analytics.figures.catalogue import FIGURES
from services.analytics.figures.grouping import FigureGroupBy
from services.analytics.figures.report import ReportQuestion
from services.analytics.reviews.contents import Findings, write_chart, write_sections
from services.analytics.reviews.review import Review
from services.analytics.reviews.risks import resolutions_at_risk
from services.analytics.reviews.schedule import DueReview, ReviewKind, due_reviews, next_monday
from services.analytics.reviews.store import PublishedPostmortems, Reviews, Subscribers
from services.analytics.reviews.written import review_text
from services.analytics.table.selection import Wanted
from shared.clocks.clock import Now
from shared.clocks.epoch import to_millis
from shared.due_work import DueWork
from shared.events.analytics.reviews import ReviewFact
from shared.i18n.language import Locale
from shared.process.off_loop import OffLoop

LOOK_SECONDS = 60.0
LOOK_AGAIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Sources:
    """What reviews are made of."""

    reports: Reports
    clusters: ClusterCache
    postmortems: PublishedPostmortems


class ReviewMaker:
    """The reviews of this house; `zone` says when it is Monday, `base_url` is where links lead."""

    def __init__(
        self, reviews: Reviews, subscribers: Subscribers, sources: Sources, clock: Now, *, zone: ZoneInfo, base_url: str
    ) -> None:
        self._reviews = reviews
        self._subscribers = subscribers
        self._sources = sources
        self._clock = clock
        self._zone = zone
        self._base_url = base_url
        self._off_loop = OffLoop()
        self._made: set[str] = set()
        self._empty: dict[str, datetime] = {}
        """Reviews of a time in which there was nothing yet, and when that is looked at again: a history may come in."""
        self._due = DueWork("reviews", self.sweep, first_due=self._first_due, clock=clock, look_seconds=LOOK_SECONDS)

    async def run(self) -> None:
        """Make what is due, for ever."""
        await self._due.run()

    async def sweep(self) -> bool:
        """Make the reviews that are due and that nobody made."""
        if not self._sources.reports.upkeep.is_complete:
            return False
        now = self._clock.now()
        due = {one.id: one for one, at in self._unmade(now) if at <= now}
        missing = await self._reviews.missing(sorted(due)) if due else set()
        for id_, one in due.items():
            if id_ in missing and not await self._make(one):
                self._empty[id_] = now + LOOK_AGAIN
            else:
                self._made.add(id_)
        return False

    def _unmade(self, now: datetime) -> list[tuple[DueReview, datetime]]:
        """The reviews that are due, as far as this process knows, and when each is to be looked at."""
        due = (one for one in due_reviews(now, self._zone) if one.id not in self._made)
        return [(one, self._empty.get(one.id, one.due_at)) for one in due]

    async def _first_due(self) -> datetime | None:
        now = self._clock.now()
        return min([next_monday(now, self._zone), *(at for _, at in self._unmade(now))])

    async def _make(self, due: DueReview) -> bool:
        """Make one, unless nothing had happened by its end: then False."""
        # nobody waits for a review, and it is never made again: all that was written by now is in it
        await self._sources.reports.upkeep.follow()
        await self._sources.clusters.refresh()
        if not any(one.created_at < due.period.end for one in self._sources.clusters.known.incidents):
            return False
        now = self._clock.now()
        found = await self._find(due, now)
        review = Review(
            id=due.id,
            kind=due.kind,
            start=due.start,
            end=due.end,
            zone=self._zone.key,
            made_at=now,
            sections=write_sections(due.kind, found),
            chart=write_chart(found.dashboard),
        )
        people = [one.user_id for one in (await self._subscribers.all()).values() if due.kind in one.kinds]
        fact = ReviewFact(
            id=review.id,
            kind=review.kind.value,
            start=review.start,
            end=review.end,
            texts={locale.value: review_text(review, locale, self._base_url) for locale in Locale},
            chart=review.chart,
            people=people,
            made_at=now,
        )
        await self._reviews.keep(review, fact)
        return True

    async def _find(self, due: DueReview, now: datetime) -> Findings:
        sources, period = self._sources, due.period
        by = FigureGroupBy.WEEK if due.kind is ReviewKind.QUARTERLY else FigureGroupBy.DAY
        dashboard = await sources.reports.dashboard(ReportQuestion(period, Wanted(), to_millis(now), by), FIGURES)
        known = sources.clusters.known
        trends = await self._off_loop.run(trends_of, known.incidents, known.memberships, known.actions, period)
        return Findings(
            dashboard=dashboard,
            incidents=known.incidents,
            at_risk=await sources.reports.upkeep.ask(resolutions_at_risk, now),
            actions=[action for several in known.actions.values() for action in several],
            trends=trends.clusters,
            published=await sources.postmortems.published(period.start, period.end),
            now=now,
        )
