"""Answers questions from this process's index, beside the event loop."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import tantivy

from services.analytics.search.entry import EntryKind
from services.analytics.search.index import SearchIndex, find
from services.analytics.search.indexer import Indexer
from services.analytics.search.question import Question, read_question
from services.analytics.search.ranking import Ranked, Rarity, make_query, narrow, put_in_order
from shared.clocks.epoch import EPOCH, to_millis
from shared.process.off_loop import OffLoop
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
    """The entries that answer a question, the best first."""

    question: Question = field(default_factory=lambda: Question((), ()))
    ranked: tuple[Ranked, ...] = ()
    is_complete: bool = False
    """False while the index is being built: there may be more."""


class Finder:
    """Searches one process's index."""

    def __init__(self, indexer: Indexer) -> None:
        self._indexer = indexer
        self._reading = OffLoop()

    async def search(self, asked: Asked) -> Answer:
        """What answers a question. No index yet is no answer yet."""
        index = self._indexer.index
        if index is None:
            return Answer()
        is_complete = self._indexer.is_complete
        question, ranked = await self._reading.run(search_index, index, asked)
        return Answer(question, ranked, is_complete)


def search_index(index: SearchIndex, asked: Asked) -> tuple[Question, tuple[Ranked, ...]]:
    """The question as it was read, and what answers it."""
    searcher = index.searcher()
    question = read_question(asked.text, Rarity(searcher))
    if not question.units:
        return question, ()
    query = narrow(make_query(index.schema, question), conditions(index.schema, asked))
    return question, tuple(put_in_order(question, find(searcher, query, WINDOW)))


def conditions(schema: tantivy.Schema, asked: Asked) -> list[tantivy.Query]:
    """What an entry has to be, whatever its words."""
    found = [
        tantivy.Query.term_set_query(schema, name, sorted(values))
        for name, values in (("kind", asked.kinds), ("service", asked.services), ("team", asked.teams))
        if values
    ]
    if asked.begin is not None or asked.end is not None:
        begin, end = to_millis(asked.begin or EPOCH), to_millis(asked.end or END)
        found.append(
            tantivy.Query.range_query(
                schema, "at", tantivy.FieldType.Integer, begin, end, include_lower=True, include_upper=False
            )
        )
    return found
