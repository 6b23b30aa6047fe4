"""Lists: what they show, and that their windows hold every rank once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.incident import facets_of
from services.incident.listing import Listing, parse_statuses, parse_words, windows
from services.incident.numbering import incident_id, rank_of
from services.incident.words import words_of
from shared.problem import Problem
from shared.vocabulary import Category, IncidentStatus, Priority, Severity
from tests.unit.incident.builders import NOW, after, make_incident

OPEN = frozenset(status for status in IncidentStatus if status.is_open)

DAYS = st.dictionaries(st.integers(20260101, 20260131).map(str), st.integers(0, 300), max_size=6)


@given(DAYS, st.integers(1, 60), st.booleans())
def test_windows_hold_every_number_once_and_in_order(days: dict[str, int], size: int, oldest_first: bool) -> None:
    ranks = sorted(
        (rank_of(incident_id(day, number)) for day, taken in days.items() for number in range(1, taken + 1)),
        reverse=not oldest_first,
    )
    walked: list[int] = []
    for window in windows(list(days.items()), None, size, oldest_first=oldest_first):
        inside = [rank for rank in ranks if window.low <= rank < window.high]
        assert sorted(rank_of(one) for one in window.ids()) == sorted(inside)
        walked += inside
    assert walked == ranks


@given(DAYS.filter(lambda days: any(days.values())), st.booleans(), st.data())
def test_a_page_goes_on_behind_the_last_one_shown(
    days: dict[str, int], oldest_first: bool, data: st.DataObject
) -> None:
    ranks = [rank_of(incident_id(day, number)) for day, taken in days.items() for number in range(1, taken + 1)]
    beyond = data.draw(st.sampled_from(ranks))
    walked = {
        rank
        for window in windows(list(days.items()), beyond, 7, oldest_first=oldest_first)
        for rank in ranks
        if window.low <= rank < window.high
    }
    assert walked == {rank for rank in ranks if (rank > beyond if oldest_first else rank < beyond)}


def test_windows_grow_fourfold() -> None:
    sizes = [len(window.ids()) for window in windows([("20260101", 1000)], None, 10, oldest_first=False)]
    assert sizes == [10, 40, 160, 640, 150]


@pytest.mark.parametrize(
    "listing, shown",
    [
        pytest.param({}, True, id="everything"),
        pytest.param({"statuses": OPEN}, True, id="open"),
        pytest.param({"statuses": frozenset({IncidentStatus.RESOLVED})}, False, id="another status"),
        pytest.param({"severities": frozenset({Severity.HIGH, Severity.LOW})}, True, id="one of two severities"),
        pytest.param({"categories": frozenset({Category.CHANGE})}, False, id="another category"),
        pytest.param({"services": frozenset({"payments"})}, True, id="its service"),
        pytest.param({"drill": True}, False, id="drills only"),
        pytest.param({"words": ("full", "disk")}, True, id="words of the title, in any order"),
        pytest.param({"words": ("disk", "empty")}, False, id="a word too many"),
        pytest.param({"begin": NOW, "end": after(1)}, True, id="from is part of it"),
        pytest.param({"end": NOW}, False, id="to is not"),
        pytest.param({"teams": ("money",)}, True, id="the key's team"),
        pytest.param({"teams": ("other",)}, False, id="another team's key"),
    ],
)
def test_a_list_shows_what_fits_all_its_filters(listing: dict[str, Any], shown: bool) -> None:
    assert Listing(**listing).shows(make_incident(service_id="payments", team="money")) is shown


@pytest.mark.parametrize(
    "listing",
    [
        {"statuses": OPEN, "priorities": frozenset({Priority.HIGH})},
        {"severities": frozenset({Severity.HIGH})},
        {"services": frozenset({"payments"})},
        {"words": ("disk", "full")},
        {"categories": frozenset({Category.FAILURE})},
    ],
    ids=["priority", "severity", "service", "words", "category"],
)
def test_the_facet_that_a_list_asks_for_is_on_every_incident_that_it_shows(listing: dict[str, Any]) -> None:
    incident = make_incident(service_id="payments")
    assert Listing(**listing).shows(incident)
    assert Listing(**listing).facet in facets_of(incident)


def test_open_stands_for_every_open_status_and_in_progress_for_investigating() -> None:
    assert parse_statuses("open") == OPEN
    assert parse_statuses("resolved, open") == OPEN | {IncidentStatus.RESOLVED}
    assert parse_statuses("in_progress") == {IncidentStatus.INVESTIGATING}
    assert parse_statuses("") == frozenset()


def test_a_word_that_a_filter_does_not_have_is_named() -> None:
    with pytest.raises(Problem) as raised:
        parse_words("/severity", "high,huge", Severity)
    assert raised.value.status == 422
    assert raised.value.errors[0].pointer == "/severity"


@pytest.mark.parametrize(
    "text, words",
    [
        ("Disk FULL, disk!", ["disk", "full"]),
        ("Cafe\u0301 ＡＢＣ", ["café", "abc"]),
        ("دیسک پر است", ["دیسک", "پر", "است"]),
        ("", []),
    ],
)
def test_words_are_folded_and_stand_once(text: str, words: list[str]) -> None:
    assert words_of(text) == words
