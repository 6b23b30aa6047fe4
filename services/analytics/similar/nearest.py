"""Finds the past incidents that are like one, in this process's index and beside the event loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tantivy
from tantivy import Occur, Query

from services.analytics.search.entry import Entry, EntryKind
from services.analytics.search.finder import Asked, conditions
from services.analytics.search.index import SearchIndex, find
from services.analytics.search.indexer import Indexer
from services.analytics.search.question import read_question
from services.analytics.search.ranking import Rarity, make_query, narrow
from services.analytics.similar.likeness import Likeness, compare

WINDOW = 25
"""The best so many are compared with it."""
MOST_TEXT = 1_000
LEAST_SCORE = 0.2
"""What is less like it is not shown."""
_ALERT_BOOST, _SERVICE_BOOST = 20.0, 2.0


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A past incident, and how it is like the one that was asked for."""

    entry: Entry
    likeness: Likeness


class Nearest:
    """Compares with the incidents of one process's index."""

    def __init__(self, indexer: Indexer) -> None:
        self._indexer = indexer

    @property
    def is_complete(self) -> bool:
        """False while the index is being built."""
        return self._indexer.is_complete

    async def of(self, entry: Entry, teams: Sequence[str]) -> list[Neighbour]:
        """The past incidents, ended ones, that are like this one, the likest first; empty `teams` mean all teams'."""
        return await self._indexer.ask(find_neighbours, entry, tuple(teams)) or []


def find_neighbours(index: SearchIndex, entry: Entry, teams: Sequence[str]) -> list[Neighbour]:
    """As `Nearest.of`, at once."""
    searcher = index.searcher()
    rarity = Rarity(searcher)
    text = " ".join([entry.title, *entry.texts])[:MOST_TEXT]
    parts: list[tuple[Occur, Query]] = [
        (Occur.Should, make_query(index.schema, read_question(text, rarity))),
        *((Occur.Should, _boosted(index.schema, "alert", key, _ALERT_BOOST)) for key in entry.alert_keys),
    ]
    if entry.service_id is not None:
        parts.append((Occur.Should, _boosted(index.schema, "service", entry.service_id, _SERVICE_BOOST)))
    asked = Asked("", kinds=frozenset({EntryKind.INCIDENT}), teams=tuple(teams), end=entry.at)
    over = (Occur.Must, Query.term_query(index.schema, "over", field_value=True))
    query = narrow(Query.boolean_query(parts), [*conditions(index.schema, asked), over])
    found = [
        Neighbour(one.kept.entry, compare(entry, one.kept.entry, rarity))
        for one in find(searcher, query, WINDOW)
        if one.kept.entry.id != entry.id
    ]
    near = [one for one in found if one.likeness.score >= LEAST_SCORE and one.likeness.words]
    return sorted(near, key=lambda one: (-one.likeness.score, not one.entry.solution, _newest_first(one.entry)))


def best_hint(entry: Entry, neighbours: Sequence[Neighbour]) -> Neighbour | None:
    """What may be told to people without being asked: the likest that somebody ended and told how, if enough like it.

    It is of the same team, for who reads the one may not be who may read another team's.
    """
    fit = [one for one in neighbours if one.entry.solution and one.entry.team == entry.team and one.likeness.is_enough]
    return fit[0] if fit else None


def _boosted(schema: tantivy.Schema, field: str, value: str, boost: float) -> Query:
    return Query.boost_query(Query.const_score_query(Query.term_query(schema, field, value, "basic"), 1.0), boost)


def _newest_first(entry: Entry) -> float:
    return -entry.at.timestamp() if entry.at is not None else 0.0
