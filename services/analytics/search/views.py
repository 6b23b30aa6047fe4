"""What HTTP shows of what was found. Pure."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from services.analytics.search.entry import EntryKind
from services.analytics.search.excerpt import Piece, make_excerpt
from services.analytics.search.matching import Way
from services.analytics.search.question import Question
from services.analytics.search.ranking import Ranked


class PieceView(BaseModel):
    """A part of an excerpt: plain text, whatever stands in it, and whether it is to be marked."""

    text: str
    marked: bool


class FoundByView(BaseModel):
    """One thing that was asked for and that this has."""

    asked: str
    """In the asker's own letters."""
    way: Way


class FoundView(BaseModel):
    """One result."""

    id: str
    kind: EntryKind
    title: str
    solution: str
    """What ended it, in the words of who did; empty where nobody said."""
    score: float
    """From 0 to 1; the best first."""
    excerpt: list[PieceView]
    """Put together they are the part of the text that has most of what was asked for."""
    found_by: list[FoundByView]
    reason: str
    """Why it was found, as a sentence."""
    service_id: str | None
    team: str | None
    at: datetime | None
    """When it began; when a post-mortem was published, a pattern last seen, a runbook written."""


def found_view(text: str, question: Question, ranked: Ranked) -> FoundView:
    """A result for who asked `text`."""
    entry = ranked.candidate.kept.entry
    terms = ranked.match.terms
    found_by = [
        FoundByView(asked=text[question.units[place].start : question.units[place].end], way=hit.way)
        for place, hit in sorted(ranked.match.hits.items())
    ]
    return FoundView(
        id=entry.id,
        kind=entry.kind,
        title=entry.title,
        solution=entry.solution,
        score=round(min(ranked.score, 1.0), 4),
        excerpt=excerpt_view(make_excerpt(ranked.candidate.kept.passages, terms)),
        found_by=found_by,
        reason=reason_of(question, ranked),
        service_id=entry.service_id,
        team=entry.team,
        at=entry.at,
    )


def excerpt_view(pieces: list[Piece]) -> list[PieceView]:
    """The excerpt as HTTP shows it."""
    return [PieceView(text=piece.text, marked=piece.marked) for piece in pieces]


def reason_of(question: Question, ranked: Ranked) -> str:
    """Why it was found: how much of what was asked for it has, and in what form."""
    ways = [hit.way for hit in ranked.match.hits.values()]
    parts = [f"has {len(ways)} of {len(question.units)} terms"]
    if meaning := ways.count(Way.MEANING):
        parts.append(f"{meaning} by another name")
    if alike := ways.count(Way.ALIKE):
        parts.append(f"{alike} by a word that looks like it")
    return ", ".join(parts)
