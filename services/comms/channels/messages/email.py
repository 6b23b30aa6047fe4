"""A page as a mail: text and HTML parts, threaded per incident, safe against header injection.

`Message-ID` is the page's id, so a mail that is sent again after a crash is the same mail to every client that threads
by it. All mails of an incident answer one root (`In-Reply-To`, `References`) that is never sent itself, so clients show
them as one thread in whatever order they come. Pure: the templates are read once, when a `Composer` is made.
"""

from __future__ import annotations

import re
from datetime import datetime

import css_inline

from services.comms.channels.contract import PageLinks
from services.comms.channels.messages.runbook import runbook_text
from services.comms.i18n.dates import local_time, step_text
from services.comms.i18n.plain_text import one_line, shorten
from services.comms.i18n.template_files import template_files
from services.comms.i18n.words import RIGHT_TO_LEFT, drill_note, language, word
from services.comms.incident_copies.texts import similar_text
from services.comms.mail.address import sender_of
from services.comms.mail.mime import thread_headers
from services.comms.mail.template import ACCENTS
from shared.events.oncall import PageFact
from shared.mail import MailAddress, address_list, message_bytes, text_header
from shared.vocabulary import Urgency

SUBJECT_LIMIT = 200
DESCRIPTION_LIMIT = 4000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Composer:
    """Makes mails from one sender."""

    def __init__(self, mail_from: str) -> None:
        """`mail_from` reads `tocsin@example.org` or `Tocsin <tocsin@example.org>`. Raises `ValueError` for neither."""
        self._sender = sender_of(mail_from)
        self.domain = self._sender.address.domain
        templates = template_files()
        self._html = templates.get_template("page.html")
        self._text = templates.get_template("page.txt")
        self._inliner = css_inline.CSSInliner(load_remote_stylesheets=False)

    def compose(self, page: PageFact, address: MailAddress, links: PageLinks, now: datetime) -> bytes:
        """The mail of one page to this address, dated `now`."""
        facts = mail_facts(page, links)
        headers = [
            address_list("From", [(self._sender.name, self._sender.address)]),
            address_list("To", [(one_line(page.user.name), address)]),
            text_header("Subject", subject(page)),
            *thread_headers(page.page_id, f"incident.{page.incident.id}", now, self.domain),
            text_header("X-Tocsin-Incident", one_line(page.incident.id)),
            text_header("X-Tocsin-Page", one_line(page.page_id)),
        ]
        if page.urgency is Urgency.HIGH:
            headers += [b"Importance: high\r\n", b"X-Priority: 1\r\n"]
        return message_bytes(headers, self._text.render(facts), self._inliner.inline(self._html.render(facts)))


def subject(page: PageFact) -> str:
    """One line: drill mark, severity, title, service, incident id; the title gives way when it is too long."""
    locale = page.user.locale
    mark = f"[{word(locale, 'drill')}] " if page.drill else ""
    severity = word(locale, f"severity.{page.incident.severity.value}")
    service = one_line(page.incident.service_name or page.incident.service_id or "")
    tail = (f" · {service}"[:60] if service else "") + f" · {one_line(page.incident.id)}"
    title = one_line(page.incident.title)
    room = SUBJECT_LIMIT - len(mark) - len(severity) - len(tail) - 3
    return f"{mark}[{severity}] {shorten(title, room)}{tail}"


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
        "drill_note": drill_note(locale, runs_runbooks=page.drill_runs_runbooks) if page.drill else "",
        "greeting": word(locale, "greeting").format(name=one_line(page.user.name) or page.user.id),
        "title": one_line(incident.title),
        "description": _CONTROL.sub("", incident.description)[:DESCRIPTION_LIMIT],
        "runbook": runbook_text(page.runbook, locale),
        "similar": similar_text(links.similar.fact, locale) if links.similar is not None else None,
        "similar_url": links.similar.url if links.similar is not None else "",
        "rows": [(label, one_line(value)) for label, value in rows],
        "ack_url": links.ack_url,
        "incident_url": links.incident_url,
        "acknowledge": word(locale, "acknowledge"),
        "acknowledge_note": word(locale, "acknowledge_note"),
        "open": word(locale, "open"),
        "footer": word(locale, "footer"),
    }
