"""What providers' answers mean."""

from __future__ import annotations

import pytest

from services.comms.delivery.outcome import OutcomeKind, http_outcome, retry_after, smtp_outcome
from tests.unit.comms.builders import NOON

pytestmark = pytest.mark.unit

DELIVERED, DOWN, BUSY, REFUSED = OutcomeKind.DELIVERED, OutcomeKind.DOWN, OutcomeKind.BUSY, OutcomeKind.REFUSED


MEANINGS = {
    DELIVERED: (200, 202, 204),
    REFUSED: (301, 302, 307, 308, 400, 401, 403, 404, 410, 422),
    BUSY: (408, 409, 425, 429),
    DOWN: (500, 502, 503, 504),
}


@pytest.mark.parametrize(
    "status, expected", [(status, kind) for kind, statuses in MEANINGS.items() for status in statuses]
)
def test_what_an_http_status_means(status: int, expected: OutcomeKind) -> None:
    assert http_outcome(status, {}, "", NOON).kind is expected


def test_the_providers_words_are_kept_and_cut() -> None:
    assert http_outcome(500, {}, "database is down", NOON).detail == "HTTP 500: database is down"
    assert len(http_outcome(500, {}, "x" * 5000, NOON).detail) == 300


@pytest.mark.parametrize(
    "value, expected",
    [
        pytest.param(None, None, id="none"),
        pytest.param("120", 120, id="seconds"),
        pytest.param("Sat, 21 Nov 2026 12:01:00 GMT", 60, id="a date"),
        pytest.param("Sat, 21 Nov 2026 11:00:00 GMT", 0, id="a date that has passed"),
        pytest.param("soon", None, id="nonsense"),
        pytest.param("-5", None, id="negative"),
        pytest.param("9" * 400, 999_999_999, id="absurd"),
    ],
)
def test_how_long_a_provider_asks_to_wait(value: str | None, expected: float | None) -> None:
    assert retry_after(value, NOON) == expected


def test_a_wish_to_wait_is_heard_from_busy_and_broken_servers() -> None:
    headers = {"retry-after": "30"}
    assert [http_outcome(status, headers, "", NOON).retry_after_seconds for status in (429, 503)] == [30, 30]


@pytest.mark.parametrize(
    "code, of_this_mail, expected",
    [
        pytest.param(550, True, REFUSED, id="no such mailbox"),
        pytest.param(554, True, REFUSED, id="content refused"),
        pytest.param(450, True, BUSY, id="greylisted"),
        pytest.param(452, True, BUSY, id="mailbox full"),
        pytest.param(421, True, DOWN, id="the server goes away"),
        pytest.param(535, False, DOWN, id="wrong password: people mend that"),
        pytest.param(554, False, DOWN, id="greeting refused"),
    ],
)
def test_what_an_smtp_reply_means(code: int, of_this_mail: bool, expected: OutcomeKind) -> None:
    assert smtp_outcome(code, "words", of_this_mail=of_this_mail).kind is expected
