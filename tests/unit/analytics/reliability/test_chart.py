"""The chart: a document that stands alone, whatever services are called."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.periods.period import AskedPeriod, Calendar, period_of
from services.analytics.reliability.chart import MOST_CELLS, MOST_ROWS, reliability_chart
from services.analytics.reliability.report import ServiceReliability, Stretch
from tests.unit.analytics.reliability.builders import NOW, OCTOBER, failure, report, service

pytestmark = pytest.mark.unit

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*services: ServiceReliability, calendar: Calendar = Calendar.GREGORIAN) -> ET.Element:
    return ET.fromstring(reliability_chart(services, OCTOBER, Stretch.of(OCTOBER, NOW), calendar))


def words(root: ET.Element) -> list[str]:
    return ["".join(one.itertext()) for one in root.iter(f"{SVG}text")]


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_name_is_text_and_nothing_else(name: str, team: str) -> None:
    root = drawn(report(failure(1, "10-03T12:00", "10-03T14:00"), of=service(name=name, team=team)))
    assert {one.tag for one in root.iter()} <= {f"{SVG}{kind}" for kind in ("svg", "style", "rect", "text")}


def test_it_needs_nothing_from_elsewhere() -> None:
    text = reliability_chart([report()], OCTOBER, Stretch.of(OCTOBER, NOW), Calendar.GREGORIAN)
    assert text.count("http") == 1  # the namespace
    assert "prefers-color-scheme:dark" in text
    assert not {one for one in ("url(", "<script", "<image", "@import") if one in text}


def test_it_says_the_figures() -> None:
    root = drawn(report(failure(1, "10-03T12:00", "10-03T14:30"), of=service(name="پرداخت")), calendar=Calendar.PERSIAN)
    said = words(root)
    assert said[0] == "Reliability, 1405-07-09 to 1405-08-10 (UTC)"
    assert "\u2068پرداخت\u2069" in said
    # 2.5 of 744 hours; 9000 of 2678.4 seconds
    assert "99.66 % / 99.900 %" in said
    assert "-236.0 % of the budget left" in said


def test_what_was_missed_never_looks_met() -> None:
    said = words(drawn(report(failure(1, "10-03T12:00:00", "10-03T12:00:01"))))
    assert "99.9999 % / 99.900 %" in said


def test_a_long_period_has_a_cell_for_several_days_and_many_services_are_cut() -> None:
    year = period_of(AskedPeriod(start="2025-01-01", end="2026-01-01"), NOW)
    text = reliability_chart([report(period=year)] * (MOST_ROWS + 3), year, Stretch.of(year, NOW), Calendar.GREGORIAN)
    root = ET.fromstring(text)
    cells = [one for one in root.iter(f"{SVG}rect") if one.get("class") == "up"]
    assert len(cells) <= MOST_CELLS * MOST_ROWS
    assert "and 3 more" in words(root)


def test_a_period_to_come_has_a_chart_too() -> None:
    coming = period_of(AskedPeriod(start="2027-01-01", end="2027-02-01"), NOW)
    text = reliability_chart([report(period=coming)], coming, Stretch.of(coming, NOW), Calendar.GREGORIAN)
    assert "nothing to show yet" in text
