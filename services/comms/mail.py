"""A page as a mail: text and HTML parts, threaded per incident, safe against header injection.

`Message-ID` is the page's id, so a mail that is sent again after a crash is the same mail to every client that threads
by it. All mails of an incident answer one root (`In-Reply-To`, `References`) that is never sent itself, so clients show
them as one thread in whatever order they come. Pure: the templates are read once, when a `Composer` is made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from services.comms.channels.contract import PageLinks
from services.comms.page_words import RIGHT_TO_LEFT, language, word
from services.comms.reader_times import local_time, step_text
from shared.events.oncall import PageFact
from shared.vocabulary import Severity, Urgency

SUBJECT_LIMIT = 200
DESCRIPTION_LIMIT = 4000
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_UNSAFE_IN_ID = re.compile(r"[^A-Za-z0-9._-]")

ACCENTS: Mapping[Severity, str] = {
    Severity.CRITICAL: "#b42318",
    Severity.HIGH: "#c4530a",
    Severity.MEDIUM: "#8a6d00",
    Severity.LOW: "#37618e",
}


class Composer:
    """Makes mails from one sender."""

    def __init__(self, mail_from: str) -> None:
        """`mail_from` reads `tocsin@example.org` or `Tocsin <tocsin@example.org>`. Raises `ValueError` for neither."""
        self._sender = sender_of(mail_from)
        self.domain = self._sender.domain
        templates = Environment(
            loader=PackageLoader("services.comms", "templates"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=select_autoescape(["html"]),
        )
        self._html = templates.get_template("page.html")
        self._text = templates.get_template("page.txt")
        self._inliner = css_inline.CSSInliner(load_remote_stylesheets=False)

    def compose(self, page: PageFact, links: PageLinks, now: datetime) -> EmailMessage:
        """The mail of one page, dated `now`."""
        facts = mail_facts(page, links)
        message = EmailMessage(policy=SMTP)
        message["From"] = self._sender
        message["To"] = _recipient(page)
        message["Subject"] = subject(page)
        message["Date"] = format_datetime(now.astimezone(UTC))
        message["Message-ID"] = f"<{id_part(page.page_id)}@{self.domain}>"
        root = f"<incident.{id_part(page.incident.id)}@{self.domain}>"
        message["In-Reply-To"] = root
        message["References"] = root
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message["X-Tocsin-Incident"] = one_line(page.incident.id)
        message["X-Tocsin-Page"] = one_line(page.page_id)
        if page.urgency is Urgency.HIGH:
            message["Importance"] = "high"
            message["X-Priority"] = "1"
        message.set_content(self._text.render(facts), cte="quoted-printable")
        message.add_alternative(self._inliner.inline(self._html.render(facts)), subtype="html", cte="quoted-printable")
        return message


def sender_of(mail_from: str) -> Address:
    """The sender in `TOCSIN_MAIL_FROM`, called Tocsin where it has no name. Raises `ValueError` for no address."""
    name, address = parseaddr(mail_from)
    if "@" not in address:
        raise ValueError("TOCSIN_MAIL_FROM is not an e-mail address")
    return Address(display_name=name or "Tocsin", addr_spec=address)


def subject(page: PageFact) -> str:
    """One line: drill mark, severity, title, service, incident id; the title gives way when it is too long."""
    locale = page.user.locale
    mark = f"[{word(locale, 'drill')}] " if page.drill else ""
    severity = word(locale, f"severity.{page.incident.severity.value}")
    service = one_line(page.incident.service_name or page.incident.service_id or "")
    tail = (f" · {service}"[:60] if service else "") + f" · {one_line(page.incident.id)}"
    title = one_line(page.incident.title)
    room = SUBJECT_LIMIT - len(mark) - len(severity) - len(tail) - 3
    return f"{mark}[{severity}] {shortened(title, room)}{tail}"


def mail_facts(page: PageFact, links: PageLinks) -> dict[str, object]:
    """What the templates say, in the reader's words and zone."""
    locale, incident = page.user.locale, page.incident
    step = step_text(page.step, page.round, locale)
    rows = [
        (word(locale, "incident"), incident.id),
        (word(locale, "service"), incident.service_name or incident.service_id or "—"),
        (word(locale, "severity"), word(locale, f"severity.{incident.severity.value}")),
        (word(locale, "priority"), word(locale, f"severity.{incident.priority.value}")),
        (word(locale, "status"), word(locale, f"status.{incident.status.value}")),
        (
            word(locale, "reason"),
            f"{word(locale, f'reason.{page.reason.value}')} ({step})",
        ),
        (word(locale, "at"), local_time(page.requested_at, page.user.time_zone, locale)),
    ]
    return {
        "lang": language(locale),
        "dir": "rtl" if language(locale) in RIGHT_TO_LEFT else "ltr",
        "accent": ACCENTS[incident.severity],
        "drill_note": word(locale, "drill_note") if page.drill else "",
        "greeting": word(locale, "greeting").format(name=one_line(page.user.name) or page.user.id),
        "title": one_line(incident.title),
        "description": _CONTROL.sub("", incident.description)[:DESCRIPTION_LIMIT],
        "rows": [(label, one_line(value)) for label, value in rows],
        "ack_url": links.ack_url,
        "incident_url": links.incident_url,
        "acknowledge": word(locale, "acknowledge"),
        "acknowledge_note": word(locale, "acknowledge_note"),
        "open": word(locale, "open"),
        "footer": word(locale, "footer"),
    }


def shortened(text: str, room: int) -> str:
    """At most `room` characters of the text; what was cut off is marked."""
    return text if len(text) <= room else text[: room - 1] + "…"


def one_line(text: str) -> str:
    """The text without line breaks or control characters, so that it can't end a header."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def _recipient(page: PageFact) -> Address:
    name = one_line(page.user.name)
    local, _, domain = page.method.address.rpartition("@")
    return Address(display_name=name, username=local, domain=domain)


def id_part(text: str) -> str:
    """The text as the left side of a `Message-ID`."""
    return _UNSAFE_IN_ID.sub("-", text)[:120]
