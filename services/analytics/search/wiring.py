"""Puts search together: the feed out of the copies, the index of this process, and the route."""

from __future__ import annotations

from services.analytics.search import api
from services.analytics.search.finder import Finder
from services.analytics.search.indexer import Indexer
from services.analytics.search.store import Feed
from shared.runtime import Runtime
from shared.web.application import OptionalPart

FOLDER = "search"


def add_search(runtime: Runtime) -> Indexer:
    """Adds `/knowledge-base/search`; returns what keeps the index, for others that find in it."""
    nudges = runtime.news(
        "incident.*.v1", "history.imported.v1", "postmortem.changed.v1", "action.changed.v1", "runbook.changed.v1"
    )
    folder = runtime.settings.run_dir / FOLDER / (runtime.settings.instance or runtime.name)
    indexer = Indexer(Feed(runtime), folder, nudges)
    runtime.worker(indexer.run)
    runtime.optional[FOLDER] = OptionalPart(lambda: indexer.is_complete, lambda: words_of(indexer))
    runtime.routes(api.routes(Finder(indexer)))
    return indexer


def words_of(indexer: Indexer) -> str:
    """How far the index is, for people."""
    if indexer.is_complete:
        return "search has read all there is"
    return f"search has read about {indexer.progress:.0%} of what there is"
