"""Answers questions from this process's index, beside the event loop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import tantivy
from tantivy import Occur

from services.analytics.search.entry import EntryKind
from services.analytics.search.index import EVERYBODY, SearchIndex, find
from services.analytics.search.indexer import Indexer
from services.analytics.search.question import Question, read_question
from services.analytics.search.ranking import Ranked, Rarity, make_query, narrow, put_in_order
from services.analytics.search.views import FoundView, found_view
from shared.clocks.epoch import EPOCH, to_millis
from shared.web.paging import END

WINDOW = 80
"""The best so many are looked at, and are all that can be listed: who has not found it there asks in other words."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for. Empty sets do not narrow; times are [begin, end)."""

    text: str
    kinds: frozenset[EntryKind] = frozenset()
    services: frozenset[str] = frozenset()
    teams: tuple[str, ...] = ()
    """The teams that the caller's key is limited to: only what is theirs is found."""
    begin: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The entries that answer a question, the best first, from `start` on as many as were asked for."""

    items: tuple[FoundView, ...] = ()
    found: int = 0
    """How many there are in all."""
    is_complete: bool = False
    """False while the index is being built: there may be more."""
    progress: float = 0.0


class Finder:
    """Searches one process's index."""

    def __init__(self, indexer: Indexer) -> None:
        self._indexer = indexer

    async def search(self, asked: Asked, *, start: int = 0, limit: int = WINDOW) -> Answer:
        """What answers a question. No index yet, or one that was lost, is no answer yet."""
        is_complete, progress = self._indexer.is_complete, self._indexer.progress
        items, found = await self._indexer.ask(_answer, asked, start, limit) or ((), 0)
        return Answer(items, found, is_complete and self._indexer.is_complete, progress)


def _answer(index: SearchIndex, asked: Asked, start: int, limit: int) -> tuple[tuple[FoundView, ...], int]:
    question, ranked = search_index(index, asked)
    return tuple(found_view(asked.text, question, one) for one in ranked[start : start + limit]), len(ranked)


def search_index(index: SearchIndex, asked: Asked) -> tuple[Question, tuple[Ranked, ...]]:
    """The question as it was read, and what answers it."""
    searcher = index.searcher()
    question = read_question(asked.text, Rarity(searcher))
    if not question.units:
        return question, ()
    query = narrow(make_query(index.schema, question), conditions(index.schema, asked))
    return question, _each_once(put_in_order(question, find(searcher, query, WINDOW)))


def _each_once(ranked: Iterable[Ranked]) -> tuple[Ranked, ...]:
    """Who is of several teams finds the best of their parts of a pattern."""
    found: dict[str, Ranked] = {}
    for one in ranked:
        key = one.candidate.kept.key
        found.setdefault(key.partition("@")[0] if key.startswith(EntryKind.PATTERN) else key, one)
    return tuple(found.values())


def conditions(schema: tantivy.Schema, asked: Asked) -> list[tuple[Occur, tantivy.Query]]:
    """What an entry has to be, whatever its words."""
    teams = {*asked.teams, EVERYBODY} if asked.teams else ()
    found = [
        (Occur.Must, tantivy.Query.term_set_query(schema, name, sorted(values)))
        for name, values in (("kind", asked.kinds), ("service", asked.services), ("team", teams))
        if values
    ]
    if not asked.teams:
        found.append((Occur.MustNot, tantivy.Query.term_query(schema, "part", field_value=True)))
    if asked.begin is not None or asked.end is not None:
        begin, end = to_millis(asked.begin or EPOCH), to_millis(asked.end or END)
        within = tantivy.Query.range_query(
            schema, "at", tantivy.FieldType.Integer, begin, end, include_lower=True, include_upper=False
        )
        found.append((Occur.Must, within))
    return found
