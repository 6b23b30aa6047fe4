"""Subscribers of status pages: who is asked, what links say, what is mailed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.comms.mail.template import LetterForms
from services.comms.status_pages.page import ComponentState, UpdateStatus
from services.comms.status_pages.post_update import take_update
from services.comms.status_pages.subscribers.links import Claim, Wish, make_token, read_token
from services.comms.status_pages.subscribers.mail import SubscriberMail
from services.comms.status_pages.subscribers.rate_limit import SubscribeRateLimit
from services.comms.status_pages.subscribers.subscriber import (
    address_of,
    create_subscriber,
    is_to_be_asked,
    subscriber_id,
)
from shared.secrecy.masking import mask_address
from tests.unit.comms.status_pages.pages import NOON, ask, make_page

SECRET = "a secret of these tests"
CLAIM = Claim(Wish.CONFIRM, "sp_1", "s1")
HOUR = timedelta(hours=1)
SUBSCRIBER = create_subscriber("s1", "sp_1", "sara@example.org", NOON)


@pytest.mark.parametrize(
    "text, address",
    [
        pytest.param(" Sara@Example.org ", "sara@example.org", id="blanks and case"),
        pytest.param("سارا@example.org", "سارا@example.org", id="not ASCII"),
        pytest.param("sara", None, id="no address"),
        pytest.param("a@b\r\nBcc: c@d", None, id="a header"),
        pytest.param("\ud800@example.org", None, id="half a character"),
        pytest.param("a" * 300 + "@example.org", None, id="too long"),
    ],
)
def test_an_address_is_read_or_refused(text: str, address: str | None) -> None:
    assert address_of(text) == address


@pytest.mark.parametrize(
    "known, later, asked_again",
    [
        pytest.param(None, HOUR, True, id="nobody"),
        pytest.param(SUBSCRIBER, timedelta(minutes=9), False, id="asked a moment ago"),
        pytest.param(SUBSCRIBER, timedelta(minutes=10), True, id="asked a while ago"),
        pytest.param(SUBSCRIBER.model_copy(update={"confirmed_at": NOON}), HOUR, False, id="confirmed"),
    ],
)
def test_a_confirmation_is_mailed_when_it_is_due(known: object, later: timedelta, asked_again: bool) -> None:
    assert is_to_be_asked(known, NOON + later) is asked_again  # type: ignore[arg-type]


def test_an_id_differs_by_page_address_and_key() -> None:
    ids = {
        subscriber_id(SECRET, "sp_1", "a@b"),
        subscriber_id(SECRET, "sp_2", "a@b"),
        subscriber_id(SECRET, "sp_1", "c@b"),
        subscriber_id("another secret", "sp_1", "a@b"),
    }
    assert len(ids) == 4
    assert mask_address("sara@example.org") == "s…@example.org"


def test_a_link_is_good_for_its_wish_and_its_time_only() -> None:
    token = make_token(SECRET, CLAIM, NOON + HOUR)
    assert read_token(SECRET, token, Wish.CONFIRM, NOON) == CLAIM
    assert read_token(SECRET, token, Wish.UNSUBSCRIBE, NOON) is None
    assert read_token(SECRET, token, Wish.CONFIRM, NOON + HOUR) is None
    assert read_token("another secret", token, Wish.CONFIRM, NOON) is None
    assert read_token(SECRET, token[:-2], Wish.CONFIRM, NOON) is None


@given(st.text(max_size=50))
def test_no_other_text_is_a_link(text: str) -> None:
    assert read_token(SECRET, text, Wish.CONFIRM, NOON) is None


@pytest.mark.parametrize("locale, direction", [("en", "ltr"), ("ja", "ltr"), ("fa", "rtl")])
def test_an_update_is_mailed_in_the_pages_language_with_a_way_out(locale: str, direction: str) -> None:
    page = make_page(locale=locale)
    posted = take_update(page, ask(UpdateStatus.INVESTIGATING, ("api", ComponentState.MAJOR_OUTAGE)), NOON)
    mail = SubscriberMail(LetterForms(), "https://tocsin.example", SECRET)
    letter = mail.update(posted.page, posted.post, posted.update, SUBSCRIBER)
    assert f'dir="{direction}"' in letter.html
    assert "We look into it." in letter.text
    leave = letter.headers["List-Unsubscribe"].strip("<>")
    assert letter.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert leave in letter.text
    assert leave.startswith("https://tocsin.example/status/acme/unsubscribe/")
    assert letter == mail.update(posted.page, posted.post, posted.update, SUBSCRIBER)
    assert SUBSCRIBER.address not in letter.html + letter.text + letter.id


def test_an_update_in_persian_is_mailed_with_persian_dates() -> None:
    page = make_page(locale="fa", time_zone="Asia/Tehran")
    posted = take_update(page, ask(UpdateStatus.INVESTIGATING, ("api", ComponentState.MAJOR_OUTAGE)), NOON)
    letter = SubscriberMail(LetterForms(), "https://tocsin.example", SECRET).update(
        posted.page, posted.post, posted.update, SUBSCRIBER
    )
    assert "۱۴۰۵" in letter.text
    assert "۱۴۰۵" in letter.html


def test_who_tries_too_often_waits() -> None:
    attempts = SubscribeRateLimit(burst=2, per_second=1)
    assert [attempts.may("a", 0), attempts.may("a", 0), attempts.may("a", 0), attempts.may("b", 0)] == [
        True,
        True,
        False,
        True,
    ]
    assert attempts.may("a", 1)
