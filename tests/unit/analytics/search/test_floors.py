"""The quality of search on a small labelled set, and that the set is not measured by search's own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.labelled.asking import count_false_answers, fill_index, measure
from bench.labelled.faults import OTHER_WORDS
from bench.labelled.making import LANGUAGES, make_incidents, make_questions, read_troubles
from services.analytics.search.index import SearchIndex
from services.analytics.words.concepts import CONCEPTS
from services.analytics.words.letters import fold

pytestmark = pytest.mark.unit

RECALL = {"en": 0.90, "ja": 0.85, "fa": 0.85}
RECIPROCAL_RANK = 0.75


@pytest.mark.timeout(120)
def test_300_questions_in_three_languages_find_what_they_are_for(tmp_path: Path) -> None:
    incidents = make_incidents(seed=20260101, each=8)
    find = fill_index(SearchIndex(tmp_path), incidents)
    questions = make_questions(seed=20260102, incidents=incidents, count=300)
    quality = measure(questions, find)
    print(quality)
    assert sum(one.questions for one in quality.values()) == 285, "one in 20 has no answer"
    for language, one in quality.items():
        assert one.recall >= RECALL[language], language
        assert one.reciprocal_rank >= RECIPROCAL_RANK, language
    false, asked = count_false_answers(questions, find)
    assert asked == 15
    assert false <= 4


def test_the_set_is_the_same_for_the_same_seed() -> None:
    incidents = make_incidents(seed=1, each=2)
    assert incidents == make_incidents(seed=1, each=2)
    assert make_questions(2, incidents, 60) == make_questions(2, incidents, 60)


def test_each_language_has_as_many_kinds_of_trouble() -> None:
    counts = {language: sum(one.language == language for one in read_troubles()) for language in LANGUAGES}
    assert set(counts.values()) == {20}


def test_the_words_that_the_set_puts_in_place_of_others_are_not_those_that_search_is_told_of() -> None:
    told = {fold(one) for _, called in CONCEPTS for one in called}
    others = {fold(other) for words in OTHER_WORDS.values() for other in words.values()}
    assert others & told == set()
