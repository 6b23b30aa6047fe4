"""What is sent: mails, webhook bodies and signatures."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.comms.channels.contract import PageLinks, SimilarPast
from services.comms.channels.messages.email import Composer, subject
from services.comms.channels.messages.slack import content
from services.comms.channels.messages.webhook import body, signed_headers, signing_secret
from services.comms.i18n.dates import local_time
from services.comms.i18n.plain_text import one_line
from services.comms.i18n.words import WORDS, word
from services.comms.paging.api.views import delivery_view
from shared.events.incidents import SimilarFact
from shared.events.oncall import FailedRunbook, PageFact
from shared.mail import MailAddress, mail_address
from shared.secrecy.masking import mask_address
from shared.testing.examples import example
from shared.vocabulary import Channel, IncidentStatus, PageReason, Severity, Urgency
from tests.unit.comms.builders import LINKS, NOON, make_delivery, make_page

pytestmark = pytest.mark.unit

COMPOSER = Composer("Tocsin <tocsin@example.org>")
MAIL = {"channel": Channel.EMAIL, "address": "sara@example.org"}


def test_the_webhook_body_is_the_contracts_to_the_letter() -> None:
    document = json.loads(body(make_page(drill=True), LINKS))
    assert document == {
        "page_id": "page-1",
        "incident": {
            "id": "INC-20261121-0001",
            "title": "error rate is high",
            "status": "triggered",
            "severity": "critical",
            "priority": "critical",
            "service_id": "payments",
            "url": LINKS.incident_url,
        },
        "user": "sara",
        "urgency": "high",
        "step": 1,
        "round": 0,
        "reason": "escalation",
        "ack_url": LINKS.ack_url,
        "drill": True,
    }


def test_a_webhook_is_signed_as_the_standard_says() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = signed_headers([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", NOON, b'{"test": 2432232314}')
    signed = f"msg_p5jXN8AQM9LWM0D4loKWxJek.{int(NOON.timestamp())}.".encode() + b'{"test": 2432232314}'
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-timestamp"] == str(int(NOON.timestamp()))


def test_every_contact_method_has_a_signing_secret_of_its_own() -> None:
    secrets = {
        signing_secret(key, user, method)
        for key in ("key", "another")
        for user, method in (("sara", "a"), ("sara", "b"), ("kenji", "a"), ("saraa", ""), ("", "saraa"))
    }
    assert len(secrets) == 10
    assert all(len(base64.b64decode(one.removeprefix("whsec_"))) == 32 for one in secrets)


def recipient(page: PageFact) -> MailAddress:
    address = mail_address(page.method.address)
    assert address is not None
    return address


def composed(page: PageFact) -> EmailMessage:
    """The mail of a page as its reader's program takes it."""
    message = message_from_bytes(COMPOSER.compose(page, recipient(page), LINKS, NOON), policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def test_a_mail_is_the_same_mail_when_it_is_sent_again() -> None:
    first, again = (composed(make_page(**MAIL)) for _ in range(2))
    assert first["Message-ID"] == again["Message-ID"] == "<page-1@example.org>"


def test_all_mails_of_an_incident_answer_one_root() -> None:
    mails = [composed(make_page(f"p{number}", **MAIL)) for number in range(3)]
    assert {mail["In-Reply-To"] for mail in mails} == {mail["References"] for mail in mails}
    assert {mail["References"] for mail in mails} == {"<incident.INC-20261121-0001@example.org>"}


@pytest.mark.parametrize(
    "locale, direction, button",
    [
        ("en", "ltr", "Acknowledge"),
        ("ja", "ltr", "確認する"),
        ("fa", "rtl", "تأیید دریافت"),
        ("fa-IR", "rtl", "تأیید دریافت"),
    ],
)
def test_a_mail_speaks_the_readers_language(locale: str, direction: str, button: str) -> None:
    mail = composed(make_page(locale=locale, **MAIL))
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert f"{button}: {LINKS.ack_url}" in text.get_content()
    assert f'dir="{direction}"' in page.get_content()
    assert LINKS.ack_url in page.get_content()


def test_a_mail_escapes_what_others_wrote() -> None:
    mail = composed(make_page(title="<img src=x onerror=alert(1)>", description="</p><script>", **MAIL))
    page = mail.get_body(("html",))
    assert page is not None
    assert "<img" not in page.get_content()
    assert "<script" not in page.get_content()


def test_a_drill_says_so_first() -> None:
    assert subject(make_page(drill=True)).startswith("[DRILL] [critical] ")


@pytest.mark.parametrize(
    "locale, zone, expected",
    [
        ("en", "UTC", "2026-11-21 12:00:00 +00:00 (UTC)"),
        ("en", "Asia/Tehran", "2026-11-21 15:30:00 +03:30 (Asia/Tehran)"),
        ("ja", "Asia/Tokyo", "2026-11-21 21:00:00 +09:00 (Asia/Tokyo)"),
        ("fa", "Asia/Tehran", "۳۰ آبان ۱۴۰۵، ۱۵:۳۰ (Asia/Tehran)"),
        ("fa-IR", "Asia/Tokyo", "۳۰ آبان ۱۴۰۵، ۲۱:۰۰ (Asia/Tokyo)"),
        ("en", "Nowhere/Else", "2026-11-21 12:00:00 +00:00 (UTC)"),
        ("fa", "../etc/passwd", "۳۰ آبان ۱۴۰۵، ۱۲:۰۰ (UTC)"),
    ],
)
def test_times_are_in_the_readers_zone_and_calendar(locale: str, zone: str, expected: str) -> None:
    assert local_time(NOON, zone, locale) == expected


def test_a_page_in_persian_has_persian_dates_and_figures() -> None:
    page = make_page(locale="fa", time_zone="Asia/Tehran", step=2, round=10, **MAIL)
    mail = composed(page)
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part is not None
        assert "۳۰ آبان ۱۴۰۵، ۱۵:۳۰ (Asia/Tehran)" in part.get_content()
        assert "گام ۲، دور ۱۱" in part.get_content()


hostile = st.text(st.characters() | st.sampled_from("\r\n\x00\u2028<>\"'@,;:"), max_size=300)


@given(title=hostile, name=hostile, service=hostile, incident_id=hostile)
def test_no_text_adds_a_header_or_a_recipient(title: str, name: str, service: str, incident_id: str) -> None:
    page = make_page(title=title, name=name, service_name=service, incident_id=incident_id, **MAIL)
    raw = COMPOSER.compose(page, recipient(page), LINKS, NOON)
    head = raw.split(b"\r\n\r\n", 1)[0].split(b"\r\n")
    names = [line.split(b":")[0] for line in head if not line.startswith((b" ", b"\t"))]
    assert set(names) == {
        b"From",
        b"To",
        b"Subject",
        b"Date",
        b"Message-ID",
        b"In-Reply-To",
        b"References",
        b"Auto-Submitted",
        b"X-Auto-Response-Suppress",
        b"X-Tocsin-Incident",
        b"X-Tocsin-Page",
        b"Importance",
        b"X-Priority",
        b"MIME-Version",
        b"Content-Type",
    }
    assert len(names) == len(set(names))


@given(hostile)
def test_one_line_is_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1


def test_a_long_title_gives_way_to_the_incident_id() -> None:
    line = subject(make_page(title="x" * 500, service_name="y" * 500))
    assert len(line) <= 200
    assert line.endswith("INC-20261121-0001")


@pytest.mark.parametrize("locale", sorted(WORDS))
def test_every_language_has_every_sentence(locale: str) -> None:
    assert WORDS["en"].keys() <= WORDS[locale].keys()
    for prefix, words in (("severity", Severity), ("status", IncidentStatus), ("reason", PageReason)):
        assert all(word(locale, f"{prefix}.{one.value}") for one in words)


def test_low_urgency_mail_is_not_marked_as_important() -> None:
    mail = composed(make_page(urgency=Urgency.LOW, **MAIL))
    assert mail["Importance"] is None


@pytest.mark.parametrize(
    "address, expected",
    [
        ("sara@example.org", "s…@example.org"),
        ("https://hooks.example.org/secret/path?token=x", "https://hooks.example.org/…"),
        ("+49 151 2345678", "…78"),
        ("abc", "…"),
        ("", ""),
    ],
)
def test_addresses_are_masked(address: str, expected: str) -> None:
    assert mask_address(address) == expected


def test_only_those_who_may_see_the_address() -> None:
    delivery = make_delivery()
    assert delivery_view(delivery, unmasked=True).address == "https://hooks.example.org/tocsin"
    assert "tocsin" not in delivery_view(delivery, unmasked=False).address


def links_with(**fields: object) -> PageLinks:
    fact = example("similar.found.v1").data
    assert isinstance(fact, SimilarFact)
    past = SimilarPast(fact.changed(**fields), "https://tocsin.example/incidents/INC-1")
    return PageLinks(LINKS.incident_url, LINKS.ack_url, past)


@pytest.mark.parametrize(
    "locale,said",
    [("en", "It happened before"), ("ja", "以前にも起きています"), ("fa", "پیش‌تر هم رخ داده است")],
)
def test_a_page_says_what_ended_the_past_incident_that_it_is_like(locale: str, said: str) -> None:
    page = make_page(locale=locale, **MAIL)
    links = links_with(solution="<b>Removed</b> *old* logs\nand more", title="x <!channel> & y")
    message = message_from_bytes(COMPOSER.compose(page, recipient(page), links, NOON), policy=SMTP)
    assert isinstance(message, EmailMessage)
    text, html = (part.get_content() for part in message.iter_parts())
    assert said in text
    assert "<b>Removed</b> *old* logs and more" in text
    assert "https://tocsin.example/incidents/INC-1" in text
    assert "&lt;b&gt;Removed&lt;/b&gt;" in html
    assert "<b>Removed" not in html
    slack = json.dumps(content(page, links, None), ensure_ascii=False)
    assert said in slack
    assert "&lt;!channel&gt;" in slack
    assert "<!channel>" not in slack


def test_a_page_without_a_past_incident_says_nothing_of_one() -> None:
    page = make_page(**MAIL)
    assert "happened before" not in COMPOSER.compose(page, recipient(page), LINKS, NOON).decode()
    assert "happened before" not in json.dumps(content(page, LINKS, None))


FAILED = FailedRunbook(
    runbook_id="disk-full",
    name="Disk full",
    execution_id="exe_1",
    state="failed",
    reason="exit_code",
    detail="Step 1 “Remove” has failed: it ended with 3.",
    step=1,
    step_name="Remove",
    exit_code=3,
    output="rm: <b>/var</b>\x07\nRead-only file system",
    output_is_whole=False,
)


@pytest.mark.parametrize(
    "locale, head, label",
    [
        ("en", "the runbook “Disk full” was to put it right, and failed.", "The end of what it wrote:"),
        ("ja", "ランブック「Disk full」が復旧を試みましたが、失敗しました。", "出力の末尾:"),
        ("fa", "دستورکار «Disk full» باید آن را درست می‌کرد و ناکام ماند.", "پایان خروجی:"),
    ],
)
def test_a_mail_says_what_was_tried_before_and_how_its_output_ended(locale: str, head: str, label: str) -> None:
    mail = composed(make_page(locale=locale, runbook=FAILED, **MAIL))
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert head in text.get_content()
    assert label in text.get_content()
    assert "rm: <b>/var</b>\nRead-only file system" in text.get_content().replace("\r\n", "\n")
    assert "rm: &lt;b&gt;/var&lt;/b&gt;" in page.get_content()


def test_a_runbook_that_was_not_begun_is_said_to_be_so_and_has_no_output() -> None:
    quiet = FAILED.changed(state="cancelled", reason="quiet_time", detail="It is quiet.", step=0, output="")
    text = composed(make_page(runbook=quiet, **MAIL)).get_body(("plain",))
    assert text is not None
    assert "before you were paged, and was not begun." in text.get_content()
    assert "It wrote" not in text.get_content()


def test_slack_and_webhooks_say_it_too() -> None:
    page = make_page(runbook=FAILED)
    blocks = json.dumps(content(page, LINKS, None)["blocks"], ensure_ascii=False)
    assert "*Before you were paged the runbook “Disk full” was to put it right, and failed.*" in blocks
    assert '"plain_text", "text": "rm: <b>/var</b>\\nRead-only file system"' in blocks
    told = json.loads(body(page, LINKS))["runbook"]
    assert (told["runbook_id"], told["exit_code"], told["output"]) == ("disk-full", 3, FAILED.output)
