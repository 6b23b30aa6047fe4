"""Bare https links that people write are links in the HTML of every mail, and what stands around them is only text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.comms.channels.messages.email import Composer
from services.comms.mail.markdown import MARKDOWN_LIMIT, markdown_html
from services.comms.mail.template import LetterForm, LetterForms
from services.comms.stakeholders.mail import News, Template, by_default, by_template
from services.comms.status_pages.page import UpdateStatus
from services.comms.status_pages.post_update import take_update
from services.comms.status_pages.subscribers.mail import SubscriberMail
from services.comms.status_pages.subscribers.subscriber import Subscriber
from shared.mail import mail_address
from tests.unit.comms import builders
from tests.unit.comms.status_pages import pages

pytestmark = pytest.mark.unit

FORMS = LetterForms()
URL = "https://example.org/a?b=c&d=e"


class Reader(HTMLParser):
    """What a mail's reader sees and may follow."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: dict[str, str] = {}
        """What can be read, by where it leads."""
        self.text = ""
        self._href: str | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._href = dict(attrs)["href"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._href = None

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._href is not None:
            self.links[self._href] = self.links.get(self._href, "") + data


def page(text: str) -> str:
    address = mail_address("sara@example.org")
    assert address is not None
    paged = builders.make_page(description=text)
    mail = Composer("tocsin@example.org").compose(paged, address, builders.LINKS, builders.NOON)
    read = message_from_bytes(mail, policy=SMTP)
    assert isinstance(read, EmailMessage)
    body = read.get_body(("html",))
    assert body is not None
    content: str = body.get_content()
    return content


def status_update(text: str) -> str:
    asked = pages.ask(UpdateStatus.INVESTIGATING, message=text)
    posted = take_update(pages.make_page(), asked, pages.NOON)
    reader = Subscriber(id="s1", page=posted.page.key, address="a@example.org", asked_at=pages.NOON)
    mail = SubscriberMail(FORMS, "https://t.example", "s" * 32)
    return mail.update(posted.page, posted.post, posted.post.updates[0], reader).html


def news(text: str, impact: str = "") -> News:
    incident = builders.make_incident(impact=impact)
    return News(incident=incident, message=text, now=builders.NOON + timedelta(hours=1))


def built_in(text: str) -> str:
    return by_default(news(text), "en", FORMS, "").html


def impact(text: str) -> str:
    return by_default(news("", impact=text), "en", FORMS, "").html


def text_template(text: str) -> str:
    return by_template(Template(name="x", subject="s", text="Hello\n\n{{ message }}"), news(text), FORMS, "").html


def markdown_template(text: str) -> str:
    return by_template(Template(name="x", subject="s", markdown="# Hello\n\n{{ message }}"), news(text), FORMS, "").html


def long_markdown(text: str) -> str:
    markdown = "{{ message }}\n\n" + "a " * (MARKDOWN_LIMIT // 2 - 10)
    return by_template(Template(name="x", subject="s", markdown=markdown), news(text), FORMS, "").html


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(f"See {URL}.", id="before a full stop"),
        pytest.param(f"({URL})", id="in brackets"),
        pytest.param(f"詳細は{URL}をご覧ください。", id="in Japanese"),
        pytest.param(f"جزئیات: {URL}، متشکریم", id="in Persian"),
        pytest.param(f'<b>"{URL}"</b><script>', id="among what would be HTML"),
    ],
)
@pytest.mark.parametrize(
    "mail", [page, status_update, built_in, impact, text_template, markdown_template, long_markdown]
)
def test_a_link_is_exactly_the_address_and_the_rest_is_text(mail: Callable[[str], str], written: str) -> None:
    html = mail(written)
    read = Reader(html)
    assert read.links[URL] == URL
    assert written in read.text
    assert "<script" not in html


def test_markdown_links_lead_where_they_say_and_code_leads_nowhere() -> None:
    html = markdown_html(f"[here]({URL}) **{URL}** `https://code.example/` [https://a.example](https://b.example)", "")
    assert Reader(html).links == {URL: "here" + URL, "https://b.example": "https://a.example"}


@given(st.text(alphabet="https:/ex.org()[]@?&=#%,;!'\"<>\u202eüをa \n", max_size=200))
def test_whatever_is_written_is_read_as_it_was_written(text: str) -> None:
    read = Reader(FORMS.write(LetterForm(locale="en", footer="", paragraphs=("|" + text + "|",))).html)
    assert f"|{text}|" in read.text
    assert all(set(shown.split(href)) == {""} for href, shown in read.links.items())
