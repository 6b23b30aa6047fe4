"""Acknowledge links: what they say, how long, and the page behind them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import ack_page
from shared.problem import Problem
from shared.secrecy.signed_links import AckClaim, ack_url, make_ack_token, read_ack_token

pytestmark = pytest.mark.unit

KEY = "a secret key"
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def token(secret_key: str = KEY, user_id: str = "sara") -> str:
    return make_ack_token(
        secret_key,
        incident_id="INC-20261121-0001",
        generation=2,
        user_id=user_id,
        page_id="p1",
        requested_at=NOON,
        locale="fa",
    )


def test_a_token_says_who_answers_what() -> None:
    claim = read_ack_token(KEY, token(), NOON)
    assert claim == AckClaim("INC-20261121-0001", 2, "sara", "p1", "fa", NOON + timedelta(hours=24))


def test_the_same_page_has_the_same_link() -> None:
    assert token() == token()


def test_a_link_is_safe_in_an_address() -> None:
    assert ack_url("https://tocsin.example", "x.y") == "https://tocsin.example/a/x.y"
    assert set(token(user_id="سارا 当番")) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


@pytest.mark.parametrize(
    "after, status",
    [
        pytest.param(timedelta(hours=23, minutes=59), None, id="within its day"),
        pytest.param(timedelta(hours=24), 410, id="when its day is over"),
        pytest.param(timedelta(days=400), 410, id="long after"),
    ],
)
def test_a_link_is_valid_for_a_day(after: timedelta, status: int | None) -> None:
    if status is None:
        assert read_ack_token(KEY, token(), NOON + after).user_id == "sara"
        return
    with pytest.raises(Problem) as problem:
        read_ack_token(KEY, token(), NOON + after)
    assert problem.value.status == status


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param("", id="nothing"),
        pytest.param(".", id="only the dot"),
        pytest.param(token()[:-1], id="cut short"),
        pytest.param(token().replace(".", ""), id="without the dot"),
        pytest.param("A" + token()[1:], id="another claim"),
        pytest.param(token("another key"), id="another key"),
        pytest.param("\ud800.\ud800", id="half a character"),
        pytest.param("x" * 100_000, id="absurdly long"),
    ],
)
def test_a_token_that_is_not_ours_is_not_found(bad: str) -> None:
    with pytest.raises(Problem) as problem:
        read_ack_token(KEY, bad, NOON)
    assert problem.value.status == 404


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(Problem):
        read_ack_token(KEY, text, NOON)


@given(st.text(max_size=60), st.integers(0, 99), st.text(max_size=60), st.text(max_size=60))
def test_any_claim_survives_the_way(incident_id: str, generation: int, user_id: str, page_id: str) -> None:
    made = make_ack_token(
        KEY, incident_id=incident_id, generation=generation, user_id=user_id, page_id=page_id, requested_at=NOON
    )
    claim = read_ack_token(KEY, made, NOON)
    assert (claim.incident_id, claim.generation, claim.user_id, claim.page_id) == (
        incident_id,
        generation,
        user_id,
        page_id,
    )


@pytest.mark.parametrize("locale, direction", [("en", "ltr"), ("ja", "ltr"), ("fa", "rtl"), ("xx", "ltr")])
def test_the_page_has_one_button_and_no_script(locale: str, direction: str) -> None:
    page = ack_page.ask_page(incident_id="INC-1", title="<script>alert(1)</script>", locale=locale)
    assert page.count("<button") == page.count('<form method="post">') == 1
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert f'dir="{direction}"' in page
    assert "default-src 'none'" in ack_page.HEADERS["Content-Security-Policy"]


def test_the_other_pages_have_no_button() -> None:
    pages = [
        ack_page.done_page(incident_id="INC-1", title="down", locale="ja"),
        ack_page.already_page(incident_id="INC-1", title="down", status="resolved", locale="fa"),
        ack_page.sorry_page(detail="This link has expired."),
    ]
    assert not any("<button" in page or "<form" in page for page in pages)


@pytest.mark.parametrize(
    "accept, html",
    [
        pytest.param("text/html,application/xhtml+xml,*/*;q=0.8", True, id="a browser"),
        pytest.param("application/json", False, id="a program"),
        pytest.param("application/json, text/html", False, id="a program that would take a page"),
        pytest.param("*/*", False, id="curl"),
        pytest.param(None, False, id="no wish"),
    ],
)
def test_browsers_get_a_page_and_programs_get_json(accept: str | None, html: bool) -> None:
    assert ack_page.wants_html(accept) is html
