"""Puts reviews together: what makes them, what is kept, and their routes."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from services.analytics.clusters.cluster_cache import ClusterCache
from services.analytics.figures.api.reports import Reports
from services.analytics.reviews.api import reviews as review_routes
from services.analytics.reviews.api import subscribers as subscriber_routes
from services.analytics.reviews.maker import ReviewMaker, Sources
from services.analytics.reviews.store import PublishedPostmortems, Reviews, Subscribers
from shared.runtime import Runtime


def add_reviews(runtime: Runtime, reports: Reports, clusters: ClusterCache) -> None:
    """Adds `/reviews`, and makes them on Mondays at 07:00 of the house's zone."""
    reviews, subscribers = Reviews(runtime), Subscribers(runtime)
    sources = Sources(reports, clusters, PublishedPostmortems(runtime))
    settings = runtime.settings
    zone = ZoneInfo(settings.time_zone)
    maker = ReviewMaker(reviews, subscribers, sources, runtime.clock, zone=zone, base_url=settings.base_url)
    runtime.routes(subscriber_routes.routes(subscribers))
    runtime.routes(review_routes.routes(reviews, settings.base_url))
    runtime.worker(maker.run)
