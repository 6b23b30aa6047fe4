"""A cursor comes back as it was made; one that we did not make is a 400, whatever it holds."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.clocks.epoch import EPOCH
from shared.problem import Problem
from shared.web.paging import END, decode_cursor, encode_cursor

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def forged(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@given(TEXTS, st.integers(-(2**63), 2**63 - 1))
def test_a_cursor_comes_back_as_it_was_made(text: str, number: int) -> None:
    assert decode_cursor(encode_cursor(text, number), str, int) == (text, number)
    assert decode_cursor(encode_cursor(text), str) == text
    assert decode_cursor(encode_cursor(number), int) == number


@given(st.integers(0, (END - EPOCH) // MILLISECOND - 1), TEXTS)
def test_of_an_instant_a_cursor_keeps_the_millisecond(millis: int, id: str) -> None:
    moment = EPOCH + millis * MILLISECOND
    assert decode_cursor(encode_cursor(moment, id), datetime, str) == (moment, id)


@pytest.mark.parametrize("cursor", [None, ""])
def test_without_a_cursor_a_list_begins_at_its_beginning(cursor: str | None) -> None:
    assert decode_cursor(cursor, str) is None
    assert decode_cursor(cursor, datetime, str) is None


@pytest.mark.parametrize(
    "member",
    [
        pytest.param((NOON - EPOCH) // MILLISECOND, id="milliseconds, as most lists had them"),
        pytest.param((NOON - EPOCH) // timedelta(microseconds=1), id="microseconds, as an incident's updates"),
        pytest.param(NOON.isoformat(), id="ISO 8601, as the timeline"),
    ],
)
def test_the_cursors_of_the_version_before_are_read(member: int | str) -> None:
    assert decode_cursor(forged([member, "x"]), datetime, str) == (NOON, "x")


@pytest.mark.parametrize(
    "cursor",
    [
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
        decode_cursor(cursor, str, int)
    assert (refused.value.status, refused.value.errors[0].pointer) == (400, "/cursor")


def test_an_object_is_no_position_whatever_its_members_are_called() -> None:
    with pytest.raises(Problem):
        decode_cursor(forged({"a": 1, "b": 2}), str, str)


@pytest.mark.parametrize(
    "member",
    [
        pytest.param(-1, id="before 1970"),
        pytest.param(2**63, id="a number that no calendar has"),
        pytest.param(1.5, id="a float"),
        pytest.param(True, id="a boolean"),
        pytest.param("2026-11-21T12:00:00", id="of no zone"),
        pytest.param("3000-01-01T00:00:00+00:00", id="too late"),
        pytest.param("0001-01-01T00:00:00+14:00", id="too early"),
        pytest.param("yesterday", id="no time"),
        pytest.param(None, id="null"),
    ],
)
def test_an_instant_that_no_item_was_of_is_refused(member: object) -> None:
    with pytest.raises(Problem) as refused:
        decode_cursor(forged([member, "x"]), datetime, str)
    assert (refused.value.status, refused.value.errors[0].pointer) == (400, "/cursor")


@given(st.text(min_size=1, max_size=1000))
@example("W10")
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with pytest.raises(Problem):
        decode_cursor(text, str, int)
