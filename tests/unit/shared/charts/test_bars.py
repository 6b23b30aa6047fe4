"""Bars as SVG: well-formed, bounded, in proportion, and no text of others is markup in it."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.charts.bars import HEIGHT, WIDTH, bar_chart

SVG = "{http://www.w3.org/2000/svg}"


def bars(picture: str) -> list[tuple[float, float, str]]:
    """(height, bottom, colour) of each, without the paper."""
    rects = ET.fromstring(picture).findall(f"{SVG}rect")[1:]
    return [
        (float(one.get("height", 0)), float(one.get("y", 0)) + float(one.get("height", 0)), str(one.get("fill")))
        for one in rects
    ]


def test_bars_stand_on_one_line_and_are_as_high_as_their_values() -> None:
    (before, now, zero, most) = bars(bar_chart("Incidents", ["1", "2"], [2, 8], [4, 0]))
    assert (before[0], now[0], zero[0]) == pytest.approx((most[0] / 2, most[0] / 4, 0), abs=0.11)
    assert {round(one[1]) for one in (before, now, zero, most)} == {HEIGHT - 24}
    assert before[2] == zero[2] != now[2] == most[2]


def test_nothing_is_a_picture_too() -> None:
    assert bars(bar_chart("Incidents", [], [])) == []
    assert bars(bar_chart("Incidents", ["1"], [0]))[0][0] == 0


def test_there_is_a_label_for_each_value() -> None:
    with pytest.raises(ValueError, match="1 labels for 2 values"):
        bar_chart("Incidents", ["1"], [1, 2])


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="￾￿"), max_size=30),
    st.lists(st.integers(0, 10**9), max_size=400),
    st.lists(st.integers(0, 10**9), max_size=20),
)
def test_it_is_well_formed_and_within_its_bounds(title: str, values: list[int], previous: list[int]) -> None:
    root = ET.fromstring(bar_chart(title, [title] * len(values), values, previous))
    assert root.get("aria-label") == title
    assert len(root.findall(f"{SVG}text")) <= 16 + 1 + 3
    for rect in root.findall(f"{SVG}rect"):
        x, y, width, height = (float(rect.get(name, 0)) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + width <= WIDTH + 0.1
        assert 0 <= y <= y + height <= HEIGHT + 0.1
