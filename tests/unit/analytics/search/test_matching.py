"""What an entry has of a question, and in what form."""

from __future__ import annotations

import pytest

from services.analytics.search.alike import find_alike
from services.analytics.search.entry import Entry, EntryKind, analyse
from services.analytics.search.matching import Way, match
from services.analytics.search.question import MAX_UNITS, read_question
from services.analytics.search.trigrams import likeness, trigrams_of

pytestmark = pytest.mark.unit

POOL = analyse(
    Entry("1", EntryKind.INCIDENT, "Connection pool exhausted", solution="Restarted it", texts=["on payments"])
)


def ways(question: str) -> dict[str, Way]:
    asked = read_question(question, lambda term: 1.0 if POOL.has(term) else -1.0)
    found = match(asked, POOL, find_alike(asked, [POOL.words]))
    return {question[asked.units[place].start : asked.units[place].end]: hit.way for place, hit in found.hits.items()}


@pytest.mark.parametrize(
    "question,expected",
    [
        pytest.param("pool connections", {"pool": Way.SAME, "connections": Way.SAME}, id="forms"),
        pytest.param("connektion", {"connektion": Way.ALIKE}, id="typing fault"),
        pytest.param("reboot", {"reboot": Way.MEANING}, id="another name"),
        pytest.param("接続", {"接続": Way.MEANING}, id="another language"),
        pytest.param("giraffe", {}, id="nothing"),
    ],
)
def test_each_word_is_found_by_the_best_of_its_forms(question: str, expected: dict[str, Way]) -> None:
    assert ways(question) == expected


def test_a_title_says_more_than_what_stands_below() -> None:
    asked = read_question("connection", lambda _: 1.0)
    other = read_question("payments", lambda _: 1.0)
    assert match(asked, POOL, {}).share > match(other, POOL, {}).share > 0


def test_a_long_question_keeps_its_rarest_words() -> None:
    asked = read_question(" ".join(f"word{number}x" for number in range(200)) + " zebra", lambda _: 1.0)
    assert len(asked.units) == MAX_UNITS
    assert read_question("", lambda _: 1.0).units == ()


@pytest.mark.parametrize(
    "one,other,least,most",
    [
        pytest.param("pool", "pool", 1, 1, id="the same"),
        pytest.param("pool", "pol", 0.5, 0.7, id="three letters of four"),
        pytest.param("database", "databasr", 0.9, 0.9, id="swapped"),
        pytest.param("certificate", "certficat", 0.5, 0.9, id="two left out"),
        pytest.param("disk", "desk", 0.9, 0.9, id="exchanged"),
        pytest.param("log", "lag", 0, 0, id="too short"),
        pytest.param("network", "payment", 0, 0.3, id="strangers"),
    ],
)
def test_words_look_alike_as_far_as_a_typing_fault_goes(one: str, other: str, least: float, most: float) -> None:
    assert least <= likeness(one, other) <= most
    assert likeness(one, other) == likeness(other, one)


def test_there_are_no_trigrams_of_what_is_no_word() -> None:
    assert [trigrams_of(one) for one in ("abc", "12345", "接続切断", "§database")] == [(), (), (), ()]
