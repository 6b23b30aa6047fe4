from datetime import UTC, datetime
from typing import Any

import pytest

from incident_manager.bridge.error_row import read_error, translate

ROW = {"timestamp": "2025-01-04T03:02:01", "error_type": "KeyError", "message": "'id'", "component": "worker"}
AT = datetime(2025, 1, 4, 3, 2, 1, tzinfo=UTC)


def test_an_error_becomes_an_incident_of_category_error() -> None:
    assert translate(ROW | {"resolved": True, "resolved_at": "2025-01-04T04:00:00+00:00", "traceback": "tb"}) == {
        "title": "KeyError: 'id'", "description": "'id'\n\ntb", "category": "error", "status": "resolved",
        "created_at": "2025-01-04T03:02:01+00:00", "affected_components": ["worker"],
        "resolved_at": "2025-01-04T04:00:00+00:00",
    }  # fmt: skip


def test_only_timestamp_and_message_are_required() -> None:
    found = translate({"timestamp": "2015-06-01", "message": "接続エラー\nsecond line"})
    assert (found["title"], found["status"], found["affected_components"]) == ("接続エラー", "triggered", [])


@pytest.mark.parametrize(
    "text, at",
    [
        pytest.param("2025-01-04T03:02:01Z", AT, id="RFC 3339"),
        pytest.param("2025-01-04 03:02:01", AT, id="without a zone it is UTC"),
        pytest.param("2025-01-04 03:02:01,000", AT, id="as Python's logging writes it"),
        pytest.param("2025/01/04 03:02:01", AT, id="slashes"),
        pytest.param("2025-01-04T12:02:01+09:00", AT, id="another zone"),
        pytest.param(" 2025-01-04T03:02:01 ", AT, id="blanks"),
        pytest.param("20250104T030201", AT, id="short"),
        pytest.param(1735959721, AT, id="seconds"),
        pytest.param(1735959721000, AT, id="milliseconds"),
        pytest.param("1735959721.0", AT, id="seconds as text, from a CSV"),
    ],
)
def test_times_are_read_as_they_are_written(text: Any, at: datetime) -> None:
    assert read_error(ROW | {"timestamp": text}).at == at


@pytest.mark.parametrize(
    "said, is_resolved",
    [
        (True, True),
        ("true", True),
        ("YES", True),
        (1, True),
        ("1", True),
        (None, False),
        ("", False),
        ("no", False),
        (0, False),
    ],
)
def test_resolved_is_true_or_false_by_many_words(said: Any, is_resolved: bool) -> None:
    found = read_error(ROW | {"resolved": said})
    assert (found.is_resolved, found.resolved_at) == (is_resolved, None)


def test_resolved_may_be_when_it_was() -> None:
    found = read_error(ROW | {"resolved": "2025-01-05"})
    assert (found.is_resolved, found.resolved_at) == (True, datetime(2025, 1, 5, tzinfo=UTC))


@pytest.mark.parametrize(
    "more, words",
    [
        pytest.param({"timestamp": None}, "timestamp: is required", id="no time"),
        pytest.param({"timestamp": "yesterday"}, "'yesterday' is no time", id="another text"),
        pytest.param({"timestamp": True}, "no time", id="a truth"),
        pytest.param({"timestamp": 1e300}, "no time", id="a number of no time"),
        pytest.param({"timestamp": float("nan")}, "no time", id="NaN"),
        pytest.param({"timestamp": "0001-01-01T00:00:00+14:00"}, "no time", id="before all times"),
        pytest.param({"message": ""}, "message: is required", id="no message"),
        pytest.param({"message": " \n"}, "message: is required", id="a blank message"),
        pytest.param({"message": {"a": 1}}, "message: must be a text", id="an object"),
        pytest.param({"message": "x" * 1_000_000}, "1000000 characters", id="a million characters"),
        pytest.param({"component": "x" * 301}, "component: has 301", id="a long component"),
        pytest.param({"resolved": "perhaps"}, "neither true, false nor a time", id="another word"),
        pytest.param({"resolved": "2025-01-03"}, "before timestamp", id="an end before its start"),
        pytest.param({"resolved_at": "2024-12-31"}, "before timestamp", id="an end before its start, told apart"),
    ],
)
def test_a_row_that_is_none_says_why(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        translate(ROW | more)
