"""Lists: what they show, and that their windows hold every rank once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.catalogue.search_words import words_of
from services.incident.incidents.incident import facets_of
from services.incident.incidents.listing import Day, Listing, parse_statuses, parse_words, stretches, windows
from services.incident.numbering.incident_ids import incident_id, rank_of
from shared.problem import Problem
from shared.vocabulary import Category, IncidentStatus, Priority, Severity
from tests.unit.incident.builders import NOW, after, make_incident

OPEN = frozenset(status for status in IncidentStatus if status.is_open)

NUMBERS = st.frozensets(st.integers(1, 999_999).map(lambda number: f"{number:06d}"), max_size=30)
DAYS = st.lists(
    st.builds(
        lambda day, taken, numbers: Day(day, taken, len(numbers), numbers),
        st.integers(20260101, 20260131).map(str), st.integers(0, 300), NUMBERS,
    ),
    max_size=6, unique_by=lambda one: one.day,
)  # fmt: skip


def ranks_of(days: list[Day]) -> set[int]:
    counted = {rank_of(incident_id(one.day, number)) for one in days for number in range(1, one.taken + 1)}
    return counted.union(*(one.loose() for one in days))


def unread(days: list[Day]) -> list[Day]:
    return [Day(one.day, one.taken, one.imported) for one in days]


@given(DAYS, st.integers(1, 60), st.booleans())
def test_windows_hold_every_number_once_and_in_order(days: list[Day], size: int, oldest_first: bool) -> None:
    ranks = sorted(ranks_of(days), reverse=not oldest_first)
    walked: list[int] = []
    for window in windows(days, None, size, oldest_first=oldest_first):
        inside = [rank for rank in ranks if window.low <= rank < window.high]
        assert sorted(rank_of(one) for one in window.ids()) == sorted(inside)
        walked += inside
    assert walked == ranks


@given(DAYS, st.integers(1, 60), st.booleans())
def test_windows_hold_every_number_also_where_the_imported_ones_were_not_read(
    days: list[Day], size: int, oldest_first: bool
) -> None:
    ranks = sorted(ranks_of(days), reverse=not oldest_first)
    walked = [
        rank
        for window in windows(unread(days), None, size, oldest_first=oldest_first)
        for rank in ranks
        if window.low <= rank < window.high
    ]
    assert walked == ranks


@given(DAYS.filter(ranks_of), st.booleans(), st.data())
def test_a_page_goes_on_behind_the_last_one_shown(days: list[Day], oldest_first: bool, data: st.DataObject) -> None:
    ranks = ranks_of(days)
    beyond = data.draw(st.sampled_from(sorted(ranks)))
    for known in (days, unread(days)):
        walked = {
            rank
            for window in windows(known, beyond, 7, oldest_first=oldest_first)
            for rank in ranks
            if window.low <= rank < window.high
        }
        assert walked == {rank for rank in ranks if (rank > beyond if oldest_first else rank < beyond)}


def test_the_ids_of_a_window_are_written_as_an_import_wrote_them() -> None:
    day = Day("20260101", 3, 2, frozenset({"000002", "777777"}))
    found = [one for window in windows([day], None, 60, oldest_first=True) for one in window.ids()]
    assert found == ["INC-20260101-0001", "INC-20260101-000002", "INC-20260101-0003", "INC-20260101-777777"]


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
    sizes = [len(window.ids()) for window in windows([Day("20260101", 1000)], None, 10, oldest_first=False)]
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
