"""A refusal has a status, a stable code and pointers to what is wrong (RFC 9457)."""

from __future__ import annotations

from typing import Any

import pytest

from shared import problem
from shared.problem import Fault, Problem


@pytest.mark.parametrize(
    "refusal, status, title, code, pointers",
    [
        pytest.param(problem.not_found("service", "x"), 404, "Not Found", "not_found", [], id="not found"),
        pytest.param(
            problem.invalid("/steps/0", "no targets"),
            422,
            "Unprocessable Entity",
            "invalid",
            ["/steps/0"],
            id="invalid",
        ),
        pytest.param(
            problem.invalid("/at", "past", code="in_the_past"),
            422,
            "Unprocessable Entity",
            "in_the_past",
            ["/at"],
            id="invalid with a code of its own",
        ),
        pytest.param(Problem(413, "too_large", "no"), 413, "Request Entity Too Large", "too_large", [], id="too large"),
        pytest.param(problem.malformed("not JSON"), 400, "Bad Request", "malformed", [""], id="malformed"),
        pytest.param(problem.conflict("illegal_move", "no"), 409, "Conflict", "illegal_move", [], id="conflict"),
        pytest.param(problem.forbidden("no"), 403, "Forbidden", "forbidden", [], id="forbidden"),
        pytest.param(problem.unavailable("later"), 503, "Service Unavailable", "unavailable", [], id="unavailable"),
    ],
)
def test_each_refusal_has_its_status_and_code(
    refusal: Problem, status: int, title: str, code: str, pointers: list[str]
) -> None:
    body = refusal.body()
    assert (body["status"], body["title"], body["code"]) == (status, title, code)
    assert [fault["pointer"] for fault in body["errors"]] == pointers
    assert body["type"] == f"https://tocsin.dev/problems/{code}"
    assert body["detail"]


def test_an_illegal_move_names_from_and_to() -> None:
    body = problem.conflict("illegal_move", "no", from_="closed", to="triggered").body()
    assert (body["from_"], body["to"]) == ("closed", "triggered")


def test_overload_says_when_to_come_again() -> None:
    assert problem.unavailable("later", retry_after_seconds=7).headers == {"Retry-After": "7"}


def test_an_id_that_is_not_there_is_cut_before_it_is_told() -> None:
    assert len(problem.not_found("service", "x" * 10_000).detail) < 300


def test_further_members_and_faults_stand_in_the_body() -> None:
    extra: dict[str, Any] = {"version": 4}
    body = Problem(412, "version_conflict", "changed", errors=[Fault("/version", "is 4")], **extra).body()
    assert body["version"] == 4
    assert body["errors"] == [{"pointer": "/version", "detail": "is 4"}]
