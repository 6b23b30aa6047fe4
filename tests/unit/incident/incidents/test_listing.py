"""Lists: what they show, and that their windows hold every rank once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.catalogue.search_words import words_of
from services.incident.incidents.incident import facets_of
from services.incident.incidents.listing import Listing, parse_statuses, parse_words, stretches, windows
from services.incident.numbering.incident_ids import incident_id, rank_of
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


@given(
    st.lists(st.dates(date(2000, 1, 1), date(2027, 12, 31)).map(lambda day: f"{day:%Y%m%d}"), unique=True), st.data()
)
def test_stretches_hold_every_day_of_the_list_once_and_the_newest_first(days: list[str], data: st.DataObject) -> None:
    beyond = data.draw(st.sampled_from([None, *(rank_of(incident_id(day, 5)) for day in days)]))
    walked = [[day for day in days if first <= day <= last] for first, last in stretches(Listing(), beyond, NOW)]
    behind = [day for day in days if beyond is None or rank_of(incident_id(day, 1)) < beyond]
    assert sorted((day for stretch in walked for day in stretch), reverse=True) == sorted(behind, reverse=True)
    assert [day for stretch in walked for day in sorted(stretch, reverse=True)] == sorted(behind, reverse=True)


def test_a_list_of_a_time_or_from_the_oldest_is_counted_at_once() -> None:
    assert stretches(Listing(oldest_first=True), None, NOW) == [("00000000", "99999999")]
    listing = Listing(begin=NOW, end=NOW)
    assert stretches(listing, None, NOW) == [(listing.first_day, listing.last_day)]
    assert [first for first, _ in stretches(Listing(), None, NOW)][-1] == "00000000"
    assert len(stretches(Listing(), None, NOW)) == 3


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
