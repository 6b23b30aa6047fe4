"""A cursor comes back as it was made; one that we did not make is a 400, whatever it holds."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.problem import Problem
from shared.web.paging import decode_cursor, decode_time_cursor, encode_cursor, encode_time_cursor


def forged(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(-(2**63), 2**63 - 1), st.booleans())
def test_a_cursor_comes_back_as_it_was_made(text: str, number: int, flag: bool) -> None:
    assert decode_cursor(encode_cursor(text, number, flag), (str, int, bool)) == (text, number, flag)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_cursor_keeps_a_number_exactly(number: float) -> None:
    assert decode_cursor(encode_cursor(number), (float,)) == (number,)


@pytest.mark.parametrize(
    "cursor",
    [
        pytest.param("", id="empty"),
        pytest.param("!!!", id="no base64"),
        pytest.param("a", id="cut short"),
        pytest.param("ハロー", id="not ASCII"),
        pytest.param(forged({"a": 1}), id="an object"),
        pytest.param(forged({"a": 1, "b": 2}), id="an object of as many members"),
        pytest.param(forged("ab"), id="a text of as many characters"),
        pytest.param(forged(None), id="null"),
        pytest.param(forged(["x"]), id="too few"),
        pytest.param(forged(["x", 1, 2]), id="too many"),
        pytest.param(forged([1, 1]), id="another type"),
        pytest.param(forged(["x", 1.0]), id="a float for an integer"),
        pytest.param(forged(["x", True]), id="a boolean for an integer"),
        pytest.param(forged([{"$gt": ""}, 1]), id="a query operator"),
        pytest.param(forged(["x", 2**63]), id="an integer that no database holds"),
        pytest.param(forged(["\ud800", 1]), id="half a character"),
        pytest.param(forged(["\x00", 1])[:-2] + "AA", id="changed"),
        pytest.param("Wy" * 400, id="long nonsense"),
        pytest.param(base64.urlsafe_b64encode(b"[" * 700).decode(), id="absurdly deep"),
    ],
)
def test_a_forged_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Problem) as refused:
        decode_cursor(cursor, (str, int))
    assert (refused.value.status, refused.value.errors[0].pointer) == (400, "/cursor")


def test_a_cursor_of_a_time_comes_back_as_it_was_made() -> None:
    at = datetime(2026, 3, 29, 1, 2, 3, 4000, tzinfo=UTC)
    assert decode_time_cursor(encode_time_cursor(at, "p1")) == (at, "p1")
    assert decode_time_cursor(None) is None


@pytest.mark.parametrize(
    "cursor",
    [
        pytest.param(forged([10**15, "p1"]), id="after all calendars"),
        pytest.param(forged([-(10**15), "p1"]), id="before all calendars"),
        pytest.param(forged([2**63 - 1, "p1"]), id="as far as a number goes"),
        pytest.param(forged([1.5, "p1"]), id="no whole number"),
    ],
)
def test_a_cursor_of_no_time_is_refused(cursor: str) -> None:
    with pytest.raises(Problem) as refused:
        decode_time_cursor(cursor)
    assert (refused.value.status, refused.value.errors[0].pointer) == (400, "/cursor")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Problem):
        decode_cursor(base64.urlsafe_b64encode(f"[{text}]".encode()).decode(), (float,))


@given(st.text(max_size=1000))
@example("W10")
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with pytest.raises(Problem):
        decode_cursor(text, (str, int, float))
