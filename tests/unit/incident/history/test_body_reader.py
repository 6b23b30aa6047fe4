"""Bodies of imports: every encoding, both shapes, and what is no JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident.history.body_reader import MAX_ROWS, Body, Place, media_type_wants_lines
from shared.problem import Problem

JSON = "application/json"
LINES = "application/x-ndjson"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def read(body: bytes | str, content_type: str = JSON) -> list[Any]:
    found = list(Body(body.encode() if isinstance(body, str) else body, content_type).places())
    assert [one.place for one in found] == list(range(1, len(found) + 1))
    return [one.fault or one.value for one in found]


@given(
    st.lists(VALUES, max_size=5), st.dictionaries(st.text().filter(lambda key: key != "incidents"), VALUES, max_size=2)
)
def test_rows_are_read_as_any_json_reader_reads_them(rows: list[Any], more: dict[str, Any]) -> None:
    for indent in (None, 2):
        assert read(json.dumps({**more, "incidents": rows}, indent=indent)) == rows
        assert read(json.dumps(rows, indent=indent)) == rows


@given(st.lists(VALUES, max_size=5))
def test_lines_are_rows(rows: list[Any]) -> None:
    assert read("\n".join(json.dumps(one) for one in rows) + "\r\n\n", LINES) == rows


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
@pytest.mark.parametrize("kind", [JSON, LINES])
def test_any_of_unicodes_encodings_is_read(encoding: str, kind: str) -> None:
    text = '{"title": "データ"}' if kind == LINES else '{"incidents": [{"title": "データ"}]}'
    assert read(text.encode(encoding), kind) == [{"title": "データ"}]


def test_a_charset_that_is_named_is_read() -> None:
    assert read('{"incidents": ["データ"]}'.encode("shift_jis"), "application/json; charset=Shift_JIS") == ["データ"]


def test_bytes_that_are_no_text_spoil_their_own_row_only() -> None:
    first, second = read(b'{"incidents": ["\xe9t\xe9", "good"]}')
    assert second == "good"
    with pytest.raises(UnicodeEncodeError):
        first.encode()


def test_a_line_that_is_no_json_is_a_fault_of_its_own() -> None:
    good, cut, two = read('{"a": 1}\n{"a": \n{} {}', LINES)
    assert good == {"a": 1}
    assert cut.startswith("the line is no JSON value")
    assert two.startswith("the line is no JSON value")


@pytest.mark.parametrize(
    "body, status",
    [
        pytest.param("", 400, id="nothing"),
        pytest.param('{"incidents": [{"title": "x"}', 400, id="cut off"),
        pytest.param('{"incidents": [1,]}', 400, id="a comma too many"),
        pytest.param('{"incidents": []} x', 400, id="more behind it"),
        pytest.param("[" * 100_000, 400, id="nested too deep"),
        pytest.param('{"incidents": [' + "1" * 5_000 + "]}", 400, id="a number that nobody reads"),
        pytest.param("title: x", 400, id="YAML"),
        pytest.param("{1: 2}", 400, id="a name that is no text"),
        pytest.param('{"rows": []}', 422, id="no incidents"),
        pytest.param('{"incidents": {}}', 422, id="no list"),
        pytest.param(json.dumps([0] * (MAX_ROWS + 1)), 413, id="too many"),
    ],
)
def test_what_can_not_be_read_is_refused_as_a_whole(body: str, status: int) -> None:
    with pytest.raises(Problem) as raised:
        Body(body.encode(), JSON)
    assert raised.value.status == status


def test_utf16_of_half_a_letter_is_refused() -> None:
    with pytest.raises(Problem):
        Body(b"\xff\xfe[\x00]", JSON)


def test_a_body_may_be_read_again_and_knows_how_many_rows_it_has() -> None:
    body = Body(b'{"incidents": [1, 2]}', JSON)
    assert body.rows == 2
    assert list(body.places()) == list(body.places()) == [Place(1, 1), Place(2, 2)]


@pytest.mark.parametrize(
    "accept, lines",
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("application/x-ndjson", True),
        ("text/html, application/jsonl;q=0.9, application/json", True),
        ("application/json, application/jsonl", False),
    ],
)
def test_what_is_asked_for_first_is_given(accept: str, lines: bool) -> None:
    assert media_type_wants_lines(accept) is lines
