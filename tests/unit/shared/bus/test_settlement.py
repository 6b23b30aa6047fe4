"""How a message is settled, row by row, and how long a failing one waits."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo.errors import AutoReconnect, DuplicateKeyError, OperationFailure, ServerSelectionTimeoutError

from shared.bus.settlement import ATTEMPT_LIMIT, Verdict, backoff_seconds, judge
from shared.events import Undecodable, UnknownType
from shared.failures import DependencyDown, Never, is_dependency_failure


def caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error, attempts, verdict",
    [
        pytest.param(None, 1, Verdict.ACK, id="handled"),
        pytest.param(None, ATTEMPT_LIMIT + 1, Verdict.ACK, id="handled at last"),
        pytest.param(Undecodable("not JSON"), 1, Verdict.DEAD_LETTER, id="undecodable"),
        pytest.param(UnknownType("v9"), 1, Verdict.DEAD_LETTER, id="of unknown type"),
        pytest.param(Never("a revoked key"), 1, Verdict.DEAD_LETTER, id="the domain says never"),
        pytest.param(AutoReconnect("gone"), 1, Verdict.WAIT, id="the database is gone"),
        pytest.param(ServerSelectionTimeoutError("none"), 9, Verdict.WAIT, id="the database stays away"),
        pytest.param(ConnectionError("reset"), 99, Verdict.WAIT, id="the broker is gone, however long"),
        pytest.param(TimeoutError(), 3, Verdict.WAIT, id="a part is too slow"),
        pytest.param(DependencyDown("x"), 1, Verdict.WAIT, id="a part is down"),
        pytest.param(caused(RuntimeError("no"), ConnectionError()), 1, Verdict.WAIT, id="raised from a part's failure"),
        pytest.param(
            ExceptionGroup("both", [ConnectionError(), TimeoutError()]), 1, Verdict.WAIT, id="several parts' failures"
        ),
        pytest.param(
            ExceptionGroup("mixed", [ConnectionError(), KeyError("x")]), 1, Verdict.RETRY, id="one of them its own"
        ),
        pytest.param(KeyError("x"), 1, Verdict.RETRY, id="failed by itself"),
        pytest.param(DuplicateKeyError("x"), 1, Verdict.RETRY, id="a write the database refuses"),
        pytest.param(OperationFailure("x"), ATTEMPT_LIMIT - 1, Verdict.RETRY, id="just below the limit"),
        pytest.param(KeyError("x"), ATTEMPT_LIMIT, Verdict.DEAD_LETTER, id="at the limit"),
        pytest.param(asyncio.CancelledError(), 1, Verdict.LEAVE, id="the process stops"),
    ],
)
def test_what_becomes_of_a_message(error: BaseException | None, attempts: int, verdict: Verdict) -> None:
    assert judge(error, attempts) is verdict


def test_a_circle_of_causes_ends() -> None:
    one, other = ValueError("a"), ValueError("b")
    one.__cause__, other.__cause__ = other, one
    assert is_dependency_failure(one) is False


@given(st.integers(1, 50), st.floats(0, 1, exclude_max=True))
def test_the_pause_doubles_to_two_seconds_and_at_most_half_of_it_is_jitter(attempts: int, jitter: float) -> None:
    pause = backoff_seconds(attempts, jitter)
    full = min(0.1 * 2 ** (attempts - 1), 2.0)
    assert full / 2 <= pause <= full


def test_the_first_pauses() -> None:
    assert [backoff_seconds(n, 0.0) for n in (1, 2, 3)] == [0.05, 0.1, 0.2]
