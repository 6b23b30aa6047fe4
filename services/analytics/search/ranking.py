"""The question as tantivy is asked it, and the order of what it found. Pure: no file is read here.

tantivy finds and ranks (BM25); a few more than are wanted come back, and are put in order by the share of the question
that each answers, where being found often says less than being found whole.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import tantivy
from tantivy import Occur, Query

from services.analytics.search.alike import find_alike
from services.analytics.search.keeping.kept import Candidate
from services.analytics.search.matching import Match, match
from services.analytics.search.question import Question, Unit
from services.analytics.search.trigrams import SHORTEST
from services.analytics.words.letters import script_of
from services.analytics.words.terms import Kind

LEAST_SHARE = 0.2
"""What answers less of a question is no answer."""
_TITLE, _SOLUTION, _ALL = 2.0, 1.4, 1.0
_COVER = 0.8
UNKNOWN = 0.6
"""A word that nothing has says less of what is looked for than a rare one does: often it is the asker's own."""
_OWN_SCRIPT = 0.03
"""What a title in the asker's own script goes ahead by: people read their own language first."""
_ALIKE = 0.6
_LONG = 6
"""Letters from which a word may have two faults."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """An entry in its place, with what it has of the question."""

    candidate: Candidate
    match: Match
    score: float


class Rarity:
    """How rare terms are in an index."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        self._searcher = searcher
        self._documents = max(searcher.num_docs, 1)

    def __call__(self, term: str) -> float:
        """As `read_question` wants it: BM25's measure."""
        having = self._searcher.doc_freq("all", term)
        weight = math.log(1 + (self._documents - having + 0.5) / (having + 0.5))
        return max(weight, 0.05) if having else -UNKNOWN * math.log(1 + self._documents)


def make_query(schema: tantivy.Schema, question: Question) -> Query:
    """The question for tantivy: the more of its units, the better; each counts by the best of its forms."""
    parts: list[tuple[Occur, Query]] = [
        (Occur.Should, Query.disjunction_max_query(_forms(schema, unit), 0.1)) for unit in question.units
    ]
    parts += [
        (Occur.Should, Query.boost_query(Query.disjunction_max_query(_exactly(schema, cover.text), 0.1), _COVER))
        for cover in question.covers
    ]
    return Query.boolean_query(parts)


def narrow(query: Query, conditions: Sequence[tuple[Occur, Query]]) -> Query:
    """The query among what meets each of these conditions."""
    return Query.boolean_query([(Occur.Must, query), *conditions]) if conditions else query


def put_in_order(question: Question, candidates: Sequence[Candidate], *, least: float = LEAST_SHARE) -> list[Ranked]:
    """The candidates that answer enough of the question, the best first."""
    if not candidates:
        return []
    alike = find_alike(question, (one.kept.terms.words for one in candidates))
    best = max(one.score for one in candidates) or 1.0
    scripts = {script_of(unit.text) for unit in question.units}
    found = []
    for one in candidates:
        matched = match(question, one.kept.terms, alike)
        if matched.share >= least:
            own = _OWN_SCRIPT * (one.kept.script in scripts)
            found.append(Ranked(one, matched, 0.74 * matched.share + 0.23 * one.score / best + own))
    return sorted(found, key=lambda ranked: (-ranked.score, ranked.candidate.kept.key))


def _exactly(schema: tantivy.Schema, text: str, boost: float = 1.0) -> list[Query]:
    fields = (("title", _TITLE), ("solution", _SOLUTION), ("all", _ALL))
    return [
        Query.boost_query(Query.term_query(schema, field, text, "freq"), boost * weight) for field, weight in fields
    ]


def _forms(schema: tantivy.Schema, unit: Unit) -> list[Query]:
    """A unit as it stands, and the words that are one fault away from it, two from a long one that nothing has."""
    forms = _exactly(schema, unit.text)
    if unit.kind is Kind.WORD and len(unit.text) >= SHORTEST:
        faults = 1 if unit.is_known or len(unit.text) < _LONG else 2
        near = Query.fuzzy_term_query(schema, "words", unit.text, faults)
        forms.append(Query.const_score_query(near, unit.weight * (_ALIKE if unit.is_known else 1.0)))
    return forms
