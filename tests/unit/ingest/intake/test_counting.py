"""What a body lists is counted as the full reading would, and without building it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.intake.counting import count_listed

pytestmark = pytest.mark.unit

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
LISTS = st.lists(VALUES, max_size=12)


@given(LISTS, st.sampled_from([None, 1]), st.booleans())
def test_a_list_is_counted_as_it_is_read(values: list[Any], indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=ascii_only)
    assert count_listed(f" {text} ", 100) == len(values)


@given(st.dictionaries(st.text(), VALUES, max_size=4), LISTS, st.sampled_from([None, 1]))
def test_the_alerts_of_an_object_are_counted_and_no_other_list(
    more: dict[str, Any], alerts: list[Any], indent: int | None
) -> None:
    assert count_listed(json.dumps({**more, "alerts": alerts, "z": 1}, indent=indent), 100) == len(alerts)
    more.pop("alerts", None)
    assert count_listed(json.dumps({**more, "values": [1, 2, 3]}, indent=indent), 100) == 0


@pytest.mark.parametrize(
    "text, number",
    [
        pytest.param("[" + "{}," * 50, 11, id="one more than is asked for, and nothing of the rest"),
        pytest.param('{"alerts": [{},{}], "alerts": [{},{},{}]}', 3, id="the longest where there are two"),
        pytest.param('{"x": [[[{}]]], "alerts": [{"alerts": [1, 2]}]}', 1, id="only the outermost"),
        pytest.param('["one\ntwo", "a]b,c\\"[", NaN]', 3, id="what lenient readers take"),
        pytest.param("[1, 2, nonsense", 2, id="so many as can be read"),
        pytest.param('{"alerts": [1, 2', 2, id="cut"),
        pytest.param("", 0, id="nothing"),
        pytest.param("{", 0, id="a brace"),
        pytest.param('{"alerts"', 0, id="a name"),
        pytest.param('"[1,2,3]"', 0, id="a text"),
        pytest.param("[" * 100_000, 0, id="nested deeper than anybody reads"),
    ],
)
def test_texts(text: str, number: int) -> None:
    assert count_listed(text, 10) == number
