"""Words that look alike: as many are found among thousands at once as by comparing each with each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.search.alike import LEAST_ALIKE, find_alike
from services.analytics.search.question import Question, Unit
from services.analytics.search.trigrams import likeness
from services.analytics.words.terms import Kind

pytestmark = pytest.mark.unit

WORDS = st.text(alphabet="abdiksکتا", min_size=1, max_size=9)


def asked(*words: str, is_known: bool = False) -> Question:
    return Question(tuple(Unit(one, Kind.WORD, 1.0, 0, len(one), is_known=is_known) for one in words), ())


@given(st.lists(WORDS, min_size=1, max_size=5, unique=True), st.lists(WORDS, max_size=30, unique=True), st.booleans())
def test_it_finds_what_comparing_each_with_each_finds(units: list[str], words: list[str], is_known: bool) -> None:
    apart = 1 if is_known else 3
    expected = {
        place: near
        for place, unit in enumerate(units)
        if (
            near := {
                word: like
                for word in words
                if word != unit
                and abs(len(word) - len(unit)) <= apart
                and (like := likeness(unit, word)) >= LEAST_ALIKE
            }
        )
    }
    half = len(words) // 2
    texts = [f" {' '.join(some)} " for some in (words[:half], words[half:]) if some]
    assert find_alike(asked(*units, is_known=is_known), texts) == expected


@pytest.mark.parametrize(
    "unit,word",
    [
        pytest.param("dsik", "disk", id="four letters, the middle swapped"),
        pytest.param("dsk", "disk", id="three letters of four"),
        pytest.param("exhasted", "exhausted", id="one left out"),
        pytest.param("گواهیی", "گواهی", id="persian, doubled"),
    ],
)
def test_a_typing_fault_is_met_beside_many_other_words(unit: str, word: str) -> None:
    others = " ".join(f"stranger{number}x" for number in range(2000))
    assert list(find_alike(asked(unit), [f" {others} {word} "])[0]) == [word]


def test_no_words_are_alike_to_nothing() -> None:
    assert find_alike(asked("disk"), ["  "]) == {}
    assert find_alike(asked(), [" disk "]) == {}
