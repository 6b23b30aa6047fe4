import json

import pytest

from incident_manager.client.answers import error_of, read_value
from incident_manager.client.errors import (
    BadAnswer,
    BadInput,
    Conflict,
    Fault,
    NotAllowed,
    NotFound,
    TocsinError,
    Unreachable,
)
from incident_manager.commandline.exit_codes import exit_code_of


@pytest.mark.parametrize(
    "status, kind, code",
    [
        (400, BadInput, 2), (401, NotAllowed, 4), (403, NotAllowed, 4), (404, NotFound, 3), (409, Conflict, 5),
        (412, Conflict, 5), (413, BadInput, 2), (422, BadInput, 2), (429, Unreachable, 6), (500, Unreachable, 6),
        (503, Unreachable, 6), (418, BadAnswer, 1),
    ],
)  # fmt: skip
def test_a_problem_s_status_is_an_error_and_an_exit_code(status: int, kind: type[TocsinError], code: int) -> None:
    error = error_of(status, json.dumps({"title": "t", "detail": "why\nit is so", "code": "slug"}).encode())
    assert type(error) is kind
    assert (error.detail, error.code, error.status, exit_code_of(error)) == ("why it is so", "slug", status, code)


@pytest.mark.parametrize(
    "status, body, kind",
    [
        pytest.param(302, b"", BadAnswer, id="a redirect"),
        pytest.param(404, b"<html>not here</html>", BadAnswer, id="another program's page"),
        pytest.param(200, b"<html>", BadAnswer, id="no JSON"),
        pytest.param(502, b"<html>bad gateway</html>", Unreachable, id="a proxy whose gateway is down"),
        pytest.param(404, b'{"detail": 3, "errors": [1, {"pointer": null}]}', NotFound, id="a problem of odd shape"),
        pytest.param(404, b"[" * 100_000, BadAnswer, id="deep nesting"),
    ],
)
def test_whatever_answers_is_an_error_and_no_crash(status: int, body: bytes, kind: type[TocsinError]) -> None:
    def read() -> None:
        if status == 200:
            read_value(body)
        raise error_of(status, body)

    with pytest.raises(kind):
        read()


def test_faults_keep_their_pointers() -> None:
    body = {"detail": "/title: is missing", "errors": [{"pointer": "/title", "detail": "is missing"}]}
    assert error_of(422, json.dumps(body).encode()).faults == (Fault("/title", "is missing"),)
