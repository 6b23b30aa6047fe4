"""What the public reads: words, dates and figures in the page's language, safe HTML, feeds."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from xml.etree.ElementTree import fromstring
from zoneinfo import ZoneInfo

import pytest

from services.comms.mail.mime import LetterComposer
from services.comms.mail.template import LetterForms
from services.comms.status_pages.page import ComponentState, Post, StatusPage, UpdateStatus
from services.comms.status_pages.post_update import take_update
from services.comms.status_pages.public.feeds import atom, rss
from services.comms.status_pages.public.history import leaf_of, months_of
from services.comms.status_pages.public.html_pages import PublicHtml
from services.comms.status_pages.subscribers.mail import SubscriberMail
from services.comms.status_pages.subscribers.subscriber import Subscriber
from services.comms.status_pages.texts import WORDS
from services.comms.status_pages.zoned_times import zoned_text
from shared.i18n.calendars import day_text, month_text, share_text, time_text
from shared.i18n.language import Locale
from shared.mail import mail_address
from tests.unit.comms.status_pages.pages import NOON, ask, make_page

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
    assert [one.name for one in months_of(page, second, [], NOON)] == months
    assert (first.newer, second.newer) == (None, 1)


# --- maintenance, youth, direction, ways on ---------------------------------------------------------------------------

BERLIN = {"time_zone": "Europe/Berlin"}
WINDOWS = {
    "en": "28 December 2026, 22:00 – 31 December 2026, 04:00 (Europe/Berlin)",
    "ja": "2026年12月28日 22:00 ～ 2026年12月31日 04:00（Europe/Berlin）",
    "fa": "۷ دی ۱۴۰۵، ۲۲:۰۰ تا ۱۰ دی ۱۴۰۵، ۰۴:۰۰ (Europe/Berlin)",
}


def planned(locale: str, **changes: Any) -> tuple[StatusPage, Post]:
    asked = ask(
        UpdateStatus.SCHEDULED,
        ("api", ComponentState.UNDER_MAINTENANCE),
        ("web", ComponentState.UNDER_MAINTENANCE),
        scheduled_for=datetime(2026, 12, 28, 21, tzinfo=UTC),
        scheduled_until=datetime(2026, 12, 31, 3, tzinfo=UTC),
    )
    posted = take_update(make_page(locale=locale, **BERLIN, **changes), asked, NOON)
    return posted.page, posted.post


@pytest.mark.parametrize("locale", list(WINDOWS))
def test_whoever_reads_of_a_maintenance_reads_when_it_is_and_what_it_is_about(locale: str) -> None:
    page, post = planned(locale)
    names = WORDS[Locale(locale)]["joined"].join(["API", "Website"])
    subscriber = Subscriber(id="s1", page=page.key, address="a@example.org", asked_at=NOON)
    letter = SubscriberMail(LetterForms(), "https://t.example", "s" * 32).update(
        page, post, post.updates[0], subscriber
    )
    assert WINDOWS[locale] in letter.text
    assert names in letter.text
    assert WINDOWS[locale] in letter.html
    for feed in (atom, rss):
        read = unescape(feed(page, [post], "https://t.example").decode())
        assert WINDOWS[locale] in read
        assert names in re.sub("</?bdi>", "", read)
    assert WINDOWS[locale] in HTML.single(page, post)


@pytest.mark.parametrize("locale", ["en", "ja", "fa"])
def test_times_in_mails_and_feeds_name_their_zone(locale: str) -> None:
    page, post = troubled(locale)
    subscriber = Subscriber(id="s1", page=page.key, address="a@example.org", asked_at=NOON)
    letter = SubscriberMail(LetterForms(), "https://t.example", "s" * 32).update(
        page, post, post.updates[0], subscriber
    )
    said = zoned_text(NOON, ZoneInfo("UTC"), Locale(locale))
    assert "UTC" in said
    assert said in letter.text
    assert all(said in feed(page, [post], "https://t.example").decode() for feed in (atom, rss))


def test_mail_to_customers_comes_in_the_name_of_the_page() -> None:
    page, post = troubled()
    mail = SubscriberMail(LetterForms(), "https://t.example", "s" * 32)
    subscriber = Subscriber(id="s1", page=page.key, address="a@example.org", asked_at=NOON)
    composer = LetterComposer("Tocsin <tocsin@example.org>")
    for letter in (mail.update(page, post, post.updates[0], subscriber), mail.confirmation(page, subscriber, NOON)):
        address = mail_address(letter.address)
        assert address is not None
        assert b"From: Acme <tocsin@example.org>\r\n" in composer.compose(letter, address, "")


@pytest.mark.parametrize("locale", ["en", "ja", "fa"])
@pytest.mark.parametrize(
    "age, says",
    [
        pytest.param(timedelta(seconds=5), "recorded_since", id="seconds"),
        pytest.param(timedelta(hours=23), "recorded_since", id="hours"),
        pytest.param(timedelta(days=3), "uptime_since", id="days"),
        pytest.param(timedelta(days=100), "uptime", id="longer than the figure"),
    ],
)
def test_a_young_component_says_since_when_and_no_share(locale: str, age: timedelta, says: str) -> None:
    page = make_page(locale=locale, components=[{"id": "api", "name": "API"}])
    page = take_update(page, ask(UpdateStatus.INVESTIGATING, ("api", ComponentState.MAJOR_OUTAGE)), NOON).page
    drawn = HTML.front(page, [], [], NOON + age)
    words, at = WORDS[Locale(locale)], page.components[0].created_at.astimezone(ZoneInfo("UTC"))
    parts = {
        "recorded_since": words["recorded_since"].format(at=time_text(at, ZoneInfo("UTC"), Locale(locale))),
        "uptime_since": words["uptime_since"].format(
            share=share_text(0.0, Locale(locale)), day=day_text(at.date(), Locale(locale))
        ),
        "uptime": words["uptime"].format(share=share_text(0.0, Locale(locale))),
    }
    assert f"<span>{parts[says]}</span>" in drawn
    percent = "٪" if locale == "fa" else "%"
    assert (percent not in drawn[drawn.index("<body>") :]) is (says == "recorded_since")


def test_no_middle_dot_stands_beside_figures_in_persian() -> None:
    page, post = planned("fa")
    for drawn in (HTML.front(page, [post], [], NOON), HTML.single(page, post)):
        assert "·" not in drawn
    page, post = troubled("fa")
    assert "·" not in HTML.front(page, [post], [], NOON + timedelta(days=3))
    assert "·" not in unescape(rss(page, [post], "https://t.example").decode())


def test_links_in_what_people_write_lead_on() -> None:
    page, post = troubled(message='See https://example.org/a?b=1&c="<b>')
    for drawn in (HTML.front(page, [post], [], NOON), unescape(atom(page, [post], "https://t.example").decode())):
        assert '<a href="https://example.org/a?b=1&amp;c=' in drawn
        assert "<b>" not in drawn


def test_names_and_titles_turn_nothing_around() -> None:
    name = "\u202egpj"
    page = make_page(name=name, components=[{"id": "api", "name": name, "group": name, "description": name}])
    asked = ask(UpdateStatus.INVESTIGATING, ("api", ComponentState.MAJOR_OUTAGE), title=name)
    posted = take_update(page, asked, NOON)
    for drawn in (
        HTML.front(posted.page, [posted.post], [], NOON),
        HTML.single(posted.page, posted.post),
        HTML.notice(posted.page, "not_found"),
    ):
        body = drawn[drawn.index("<body>") :]
        for start in (match.start() for match in re.finditer(name, body)):
            before = body[:start]
            assert before.endswith(("<bdi>", "\u2068")), before[-30:]
        assert f"\u2068{name}\u2069" in drawn[: drawn.index("</title>")]


@pytest.mark.parametrize("locale", ["en", "ja", "fa"])
def test_where_there_is_nothing_there_is_a_way_on_in_the_pages_language(locale: str) -> None:
    words = WORDS[Locale(locale)]
    drawn = HTML.notice(make_page(locale=locale), "not_found")
    assert f'<html lang="{locale}"' in drawn
    assert words["not_found_note"] in drawn
    assert f'<a href="/status/acme">{words["way_on"].format(name="Acme")}</a>' in drawn
    nowhere = HTML.nothing("not_found")
    assert f'<section lang="{locale}" dir="{"rtl" if locale == "fa" else "ltr"}">' in nowhere
    assert words["not_found_note"] in nowhere
    assert f'<a href="/">{words["way_out"]}</a>' in nowhere
    assert words["try_again"] in HTML.nothing("unavailable")
