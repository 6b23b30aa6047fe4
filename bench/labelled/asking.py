"""Asks the questions of the set, and says how many were answered: by the index in this process, without a stack."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.labelled.making import LANGUAGES, Asked, Written
from services.analytics.search.entry import Entry, EntryKind
from services.analytics.search.finder import Asked as Question
from services.analytics.search.finder import search_index
from services.analytics.search.index import SearchIndex
from services.analytics.similar.nearest import best_hint, find_neighbours

Find = Callable[[str], Sequence[str]]
"""The ids that are found for a question, the best first."""
RECALL_AT = 5
KINDS = 20
"""Kinds of trouble in each language, the same ones in the same order."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a language's questions are answered: the share with an answer among the first five, and the mean of
    one by its rank (0 for none).
    """

    questions: int
    recall: float
    reciprocal_rank: float


def fill_index(index: SearchIndex, incidents: Sequence[Written]) -> Find:
    """Puts these incidents into an index, and returns how it is asked."""
    index.write([(one.key, one) for one in map(entry_of, incidents)])
    return lambda text: [one.candidate.kept.entry.id for one in search_index(index, Question(text))[1]]


def entry_of(one: Written, *, is_over: bool = True) -> Entry:
    """An incident of the set as search keeps it."""
    return Entry(
        id=one.id,
        kind=EntryKind.INCIDENT,
        title=one.title,
        solution=one.fix,
        texts=[one.about],
        names=[one.id, one.service],
        service_id=one.service,
        alert_keys=[one.alert_key],
        is_over=is_over,
    )


def measure(questions: Sequence[Asked], find: Find) -> dict[str, Quality]:
    """The quality by language; questions without an answer are not among those."""
    return {language: _measure([one for one in questions if one.language == language], find) for language in LANGUAGES}


def count_false_answers(questions: Sequence[Asked], find: Find) -> tuple[int, int]:
    """Of the questions without an answer: how many found something all the same, and how many there are."""
    none = [one for one in questions if not one.answers]
    return sum(bool(find(one.text)) for one in none), len(none)


def _measure(questions: Sequence[Asked], find: Find) -> Quality:
    ranks = [_rank(one, find(one.text)) for one in questions if one.answers]
    found = sum(rank is not None and rank <= RECALL_AT for rank in ranks)
    return Quality(len(ranks), found / len(ranks), sum(1 / rank for rank in ranks if rank is not None) / len(ranks))


def _rank(one: Asked, ids: Sequence[str]) -> int | None:
    return next((place for place, found in enumerate(ids, 1) if found in one.answers), None)


@dataclass(frozen=True, slots=True)
class HintQuality:
    """Of new incidents: how many were given a hint, how many of these were right, and how many could have had one."""

    shown: int
    right: int
    possible: int


def measure_hints(
    index: SearchIndex, incidents: Sequence[Written], followups: Sequence[tuple[Written, bool]]
) -> HintQuality:
    """The hints for new incidents; a hint is right when it is of the same kind of trouble."""
    families = {one.id: one.family for one in incidents}  # the same trouble has the same place in each language
    shown = right = 0
    for written, _ in followups:
        entry = entry_of(written, is_over=False)
        hint = best_hint(entry, find_neighbours(index, entry, ()))
        if hint is not None:
            shown += 1
            right += families[hint.entry.id] % KINDS == written.family % KINDS
    return HintQuality(shown, right, sum(is_known for _, is_known in followups))
