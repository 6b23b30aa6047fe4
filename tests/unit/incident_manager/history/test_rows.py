import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_manager.client.errors import BadInput
from incident_manager.history.json_scan import JsonScan
from incident_manager.history.row import LONGEST_ROW, Occurrences, Row
from incident_manager.history.rows import read_rows


def rows(tmp_path: Path, body: bytes, **more: Any) -> list[Row]:
    file = tmp_path / "history"
    file.write_bytes(body)
    return list(read_rows(file, **more))


def told(found: list[Row]) -> list[tuple[int, Any]]:
    """Lines with what stands there; of what can't be read the word `fault`."""
    return [(row.line, row.value if row.value is not None else "fault") for row in found]


A, B = {"a": "一"}, {"a": "دو"}


@pytest.mark.parametrize(
    "body, expected",
    [
        pytest.param('[{"a":"一"},\n{"a":"دو"}]', [(1, A), (2, B)], id="a list"),
        pytest.param('\n\n[\n  {"a":\n"一"},\n\n  {"a":"دو"}\n]\n', [(4, A), (7, B)], id="a list over many lines"),
        pytest.param('{"incidents": [{"a":"一"}, {"a":"دو"}], "x": 1}', [(1, A), (1, B)], id="an object with a list"),
        pytest.param('{"a":"一"}\n\n{"a":"دو"}', [(1, A), (3, B)], id="lines"),
        pytest.param('{"a":"一"}\r\n{"a":"دو"}\r\n', [(1, A), (2, B)], id="lines with carriage returns"),
        pytest.param("a\n一\nدو\n", [(2, A), (3, B)], id="CSV"),
        pytest.param(
            'a;b\r\n"x\n;y";2\r\n3;4\r\n', [(2, {"a": "x\n;y", "b": "2"}), (4, {"a": "3", "b": "4"})], id="CSV;"
        ),
        pytest.param(
            "a,b\n1,2\n3\n\n5,6,7\n8,9",
            [(2, {"a": "1", "b": "2"}), (3, "fault"), (5, "fault"), (6, {"a": "8", "b": "9"})],
            id="CSV cells",
        ),
        pytest.param('[{"a":"一"}, 3, null]', [(1, A), (1, "fault"), (1, "fault")], id="no objects"),
        pytest.param('{"a":"一"}\nnonsense\n{"a":"دو"}', [(1, A), (2, "fault"), (3, B)], id="a line that is none"),
        pytest.param('[{"a":"一"},\n{"a":"دو"', [(1, A), (2, "fault")], id="a list that is cut"),
        pytest.param('[{"a":"一"},\n{"a" "دو"}]', [(1, A), (2, "fault")], id="a list with a fault"),
        pytest.param('{"a":"一"}\n{"a":', [(1, A), (2, "fault")], id="lines that are cut"),
        pytest.param('{"a": NaN}\n{"a":"دو"}', [(1, "fault"), (2, B)], id="NaN"),
        pytest.param('{"a":"\\ud800"}\n{"a":"دو"}', [(1, "fault"), (2, B)], id="half a surrogate pair"),
        pytest.param("[" * 100_000, [(1, "fault")], id="deep nesting"),
        pytest.param("", [], id="nothing"),
        pytest.param("[]", [], id="an empty list"),
        pytest.param(" \n\n ", [], id="white space"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_rows_are_read_with_their_lines(
    tmp_path: Path, body: str, expected: list[tuple[int, Any]], encoding: str
) -> None:
    assert told(rows(tmp_path, body.encode(encoding))) == expected


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_known_without_a_mark(tmp_path: Path, encoding: str) -> None:
    assert told(rows(tmp_path, '[{"a":"一"},\n{"a":"دو"}]'.encode(encoding))) == [(1, A), (2, B)]


def test_bytes_that_are_no_text_spoil_their_own_row_only(tmp_path: Path) -> None:
    assert told(rows(tmp_path, b'{"a":"\xff"}\n{"a":"x"}')) == [(1, "fault"), (2, {"a": "x"})]
    assert told(rows(tmp_path, b'[{"a":"\xff"},{"a":"x"}]')) == [(1, "fault"), (1, {"a": "x"})]
    assert told(rows(tmp_path, b"a\n\xff\nx")) == [(2, "fault"), (3, {"a": "x"})]


def test_another_encoding_can_be_said(tmp_path: Path) -> None:
    assert told(rows(tmp_path, '{"a":"接続"}'.encode("euc_jp"), encoding="euc_jp")) == [(1, {"a": "接続"})]
    assert told(rows(tmp_path, b'{"a":"x"}\n\xff\xff\xff', encoding="euc_jp"))[-1][1] == "fault"
    with pytest.raises(BadInput, match="nonsense"):
        rows(tmp_path, b"[]", encoding="nonsense")


def test_a_line_without_an_end_is_one_fault_and_the_next_is_read(tmp_path: Path) -> None:
    body = b'{"a":"' + b"x" * (LONGEST_ROW + 10) + b'"}\n{"a":"y"}'
    assert told(rows(tmp_path, body)) == [(1, "fault"), (2, {"a": "y"})]


def test_a_field_of_a_million_characters_is_read(tmp_path: Path) -> None:
    long = "x" * 1_000_000
    assert told(rows(tmp_path, f"a,b\n{long},2".encode())) == [(2, {"a": long, "b": "2"})]
    assert told(rows(tmp_path, json.dumps([{"a": long}]).encode())) == [(1, {"a": long})]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(json_values, max_size=8), st.integers(min_value=1, max_value=7), st.integers(min_value=0, max_value=2))
def test_a_list_is_read_the_same_however_it_comes_in_pieces(values: list[Any], size: int, indent: int) -> None:
    text = json.dumps(values, indent=indent or None)
    pieces = iter([text[at : at + size] for at in range(0, len(text), size)])
    assert [value for _, value in JsonScan(lambda: next(pieces, "")).items()] == values


@given(st.lists(st.integers(min_value=0, max_value=2), max_size=20))
def test_equal_rows_are_numbered_the_same_every_time(kinds: list[int]) -> None:
    first, second = Occurrences(), Occurrences()
    numbers = [(kind, first.number({"k": kind, "x": "y"})) for kind in kinds]
    assert numbers == [(kind, second.number({"x": "y", "k": kind})) for kind in kinds]
    assert len(set(numbers)) == len(numbers)
