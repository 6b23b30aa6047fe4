"""What the public reads: words, dates and figures in the page's language, safe HTML, feeds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from xml.etree.ElementTree import fromstring
from zoneinfo import ZoneInfo

import pytest

from services.comms.feeds import atom, rss
from services.comms.public_history import leaf_of, months_of
from services.comms.public_html import PublicHtml
from services.comms.public_times import day_text, month_text, share_text, time_text
from services.comms.public_words import WORDS
from services.comms.status_page import ComponentState, Locale, Post, StatusPage, UpdateStatus
from services.comms.status_update import take_update
from tests.unit.comms.status_pages import NOON, ask, make_page

EN, JA, FA = Locale
HTML = PublicHtml()


def test_every_language_has_every_word() -> None:
    assert {locale: WORDS[locale].keys() ^ WORDS[EN].keys() for locale in Locale} == {one: set() for one in Locale}


@pytest.mark.parametrize(
    "locale, text",
    [
        pytest.param(EN, "21 March 2026, 00:30", id="English"),
        pytest.param(JA, "2026年3月21日 00:30", id="Japanese"),
        pytest.param(FA, "۱ فروردین ۱۴۰۵، ۰۰:۳۰", id="Persian, new year's day"),
    ],
)
def test_a_time_is_written_as_its_readers_write_it(locale: Locale, text: str) -> None:
    at = datetime(2026, 3, 20, 21, 0, tzinfo=UTC)
    assert time_text(at, ZoneInfo("Asia/Tehran"), locale) == text


def test_a_leap_day_of_the_persian_calendar_is_known() -> None:
    assert day_text(date(2025, 3, 20), FA) == "۳۰ اسفند ۱۴۰۳"
    assert month_text(1405, 9, FA) == "آذر ۱۴۰۵"


@pytest.mark.parametrize(
    "share, text",
    [(1.0, "100%"), (0.99999, "99.99%"), (0.5, "50%"), (0.9, "90%")],
    ids=["whole", "nearly", "half", "most"],
)
def test_a_share_is_never_rounded_up_to_whole(share: float, text: str) -> None:
    assert share_text(share, EN) == text


def test_a_share_in_persian_has_persian_digits() -> None:
    assert share_text(0.9996, FA) == "۹۹٫۹۶٪"


def troubled(locale: str = "en", message: str = "We look into it.") -> tuple[StatusPage, Post]:
    asked = ask(UpdateStatus.INVESTIGATING, ("api", ComponentState.MAJOR_OUTAGE), message=message)
    posted = take_update(make_page(locale=locale), asked, NOON)
    return posted.page, posted.post


@pytest.mark.parametrize("locale, direction", [("en", "ltr"), ("ja", "ltr"), ("fa", "rtl")])
def test_a_page_is_drawn_in_its_language_without_scripts(locale: str, direction: str) -> None:
    page, post = troubled(locale)
    drawn = HTML.front(page, [post], [], NOON + timedelta(hours=1))
    assert f'<html lang="{locale}" dir="{direction}">' in drawn
    assert WORDS[Locale(locale)]["banner.critical"] in drawn
    assert drawn.count("<rect") == 2 * 90
    assert "<script" not in drawn
    assert " style=" not in drawn


def test_what_people_write_is_text_and_nothing_else() -> None:
    page, post = troubled(message="<script>alert(1)</script> & \x00more")
    for drawn in (HTML.front(page, [post], [], NOON), HTML.single(page, post)):
        assert "<script" not in drawn
        assert "&lt;script&gt;" in drawn
    for feed in (atom(page, [post], "https://t.example"), rss(page, [post], "https://t.example")):
        assert b"<script" not in feed
        assert b"\x00" not in feed


def test_an_empty_page_says_so() -> None:
    assert WORDS[EN]["no_components"] in HTML.front(make_page(components=[]), [], [], NOON)


def test_both_feeds_are_well_formed_and_name_the_post() -> None:
    page, post = troubled()
    feed = fromstring(atom(page, [post], "https://t.example"))
    names = {"a": "http://www.w3.org/2005/Atom"}
    entry = feed.find("a:entry", names)
    assert entry is not None
    assert entry.findtext("a:id", namespaces=names) == f"https://t.example/status/acme/incidents/{post.id}"
    assert all(feed.findtext(f"a:{name}", namespaces=names) for name in ("id", "title", "updated"))
    item = fromstring(rss(page, [post], "https://t.example")).find("channel/item")
    assert item is not None
    assert item.findtext("pubDate") == "Sat, 21 Nov 2026 12:00:00 +0000"


@pytest.mark.parametrize(
    "locale, months",
    [
        pytest.param("en", ["August 2026", "July 2026", "June 2026"], id="Gregorian"),
        pytest.param("fa", ["مرداد ۱۴۰۵", "تیر ۱۴۰۵", "خرداد ۱۴۰۵"], id="Jalali"),
    ],
)
def test_the_second_leaf_of_the_history_has_the_three_months_before(locale: str, months: list[str]) -> None:
    page = make_page(locale=locale)
    first, second = leaf_of(page, 1, NOON), leaf_of(page, 2, NOON)
    assert second.until == first.since
    assert [one.name for one in months_of(page, second, [])] == months
    assert (first.newer, second.newer) == (None, 1)
