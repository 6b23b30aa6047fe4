import json
from typing import Any

import pytest

from incident_manager.bridge.logged_line import read_line

TRACE = (
    'Traceback (most recent call last):\n File "/app/a.py", line 3, in f\n  File "/app/b.py", line 7, in g\napp.Bad: no'
)


@pytest.mark.parametrize(
    "value, kind, place, message",
    [
        pytest.param(
            {"error_type": "KeyError", "message": "'id'", "component": "worker"},
            "KeyError",
            "worker",
            "'id'",
            id="a history's row",
        ),
        pytest.param(
            {"levelname": "ERROR", "name": "app", "message": "failed", "exc_info": TRACE},
            "app.Bad",
            "/app/b.py:7",
            "failed",
            id="python-json-logger",
        ),
        pytest.param(
            {"event": "failed", "level": "error", "exception": TRACE},
            "app.Bad",
            "/app/b.py:7",
            "failed",
            id="structlog",
        ),
        pytest.param({"msg": "x", "type": "E", "file": "a.js", "line": 4}, "E", "a.js:4", "x", id="file and line"),
        pytest.param({"traceback": TRACE}, "app.Bad", "/app/b.py:7", "app.Bad: no", id="a traceback alone"),
    ],
)
def test_an_error_is_found_in_what_loggers_write(value: dict[str, Any], kind: str, place: str, message: str) -> None:
    found = read_line(json.dumps(value).encode())
    assert (found.error_type, found.place, found.message) == (kind, place, message)


@pytest.mark.parametrize(
    "text",
    [b"", b"nonsense", b"[1]", b"3", b"{}", b'{"message": null}', b'{"a": NaN}', b"[" * 99_999, b"\xff\xfe", None],
    ids=str,
)
def test_a_line_that_is_none_says_why(text: bytes | None) -> None:
    with pytest.raises(ValueError, match=r"line|type"):
        read_line(text)


def test_a_time_is_taken_where_there_is_one() -> None:
    assert read_line(b'{"message": "x", "time": "2026-01-02T03:04:05Z"}').at is not None
    assert read_line(b'{"message": "x", "time": "soon"}').at is None
