"""What stakeholders read of an incident: by the built-in template, or by one of the organisation's own. Pure.

The built-in one keeps its subject for as long as the incident keeps its title, so a client that threads by subjects
shows one thread too. One of its own may be Markdown: its HTML is made with raw HTML switched off, and what is put into
it from the incident is escaped, so that words in a title lead nowhere but to an address that can be read there. It may
take a second: write it beside the event loop.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from services.comms.i18n.dates import figure, local_time
from services.comms.i18n.plain_text import one_line
from services.comms.i18n.words import RIGHT_TO_LEFT, language
from services.comms.mail.markdown import markdown_html
from services.comms.mail.template import ACCENT, ACCENTS, LetterForm, LetterForms
from services.comms.stakeholders.template_rendering import render_template
from services.comms.stakeholders.template_sandbox import BadTemplate
from services.comms.stakeholders.texts import stakeholder_word
from shared.events.incidents import IncidentFact
from shared.stored import Stored
from shared.vocabulary import Category, IncidentStatus, Priority, Severity, Urgency

SUBJECT_LIMIT = 300
_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&:/@])")


class Template(Stored):
    """A template of the organisation's own: a subject, and a body as plain text or as Markdown."""

    name: str
    locale: str = "en"
    subject: str
    text: str = ""
    markdown: str = ""
    team: str | None = None


class UpdateContent(Stored):
    """One mail's words."""

    model_config = ConfigDict(frozen=True)

    subject: str
    text: str
    html: str


class News(BaseModel):
    """What a mail is made from."""

    model_config = ConfigDict(frozen=True)

    incident: IncidentFact
    commander: str = ""
    """Their name."""
    message: str = ""
    number: int = 1
    """The how-manieth it is about this incident."""
    now: datetime


def by_default(news: News, locale: str, forms: LetterForms, base_url: str) -> UpdateContent:
    """The mail that the built-in template makes."""

    def said(key: str) -> str:
        return stakeholder_word(locale, key)

    incident, over = news.incident, not news.incident.status.is_open
    title = one_line(incident.title) or incident.id
    rows = [
        (said("status"), said(f"status.{incident.status.value}")),
        (said("severity"), said(f"severity.{incident.severity.value}")),
        (said("service"), incident.service_name or incident.service_id or ""),
        (said("impact"), incident.impact),
        (said("components"), ", ".join(incident.affected_components)),
        (said("since"), local_time(incident.created_at, "UTC", locale)),
        (said("ended"), local_time(incident.resolved_at, "UTC", locale) if over and incident.resolved_at else ""),
        (said("lasted.over" if over else "lasted"), span_text(locale, _end(news) - incident.created_at)),
        (said("commander"), news.commander),
        (said("cause"), incident.root_cause if over else ""),
        (said("incident"), incident.id),
    ]
    written = forms.write(
        LetterForm(
            locale=locale,
            heading=title,
            paragraphs=(said("opening.over" if over else "opening.open"), news.message),
            points_title=said("done"),
            points=tuple(incident.actions_taken) if over else (),
            rows=tuple((label, value) for label, value in rows if value),
            links=((said("open"), f"{base_url}/incidents/{incident.id}"),),
            footer=said("footer"),
            accent=ACCENTS[incident.severity] if not over else ACCENT,
        )
    )
    return UpdateContent(
        subject=said("subject").format(title=title, id=incident.id), text=written.text, html=written.html
    )


def by_template(template: Template, news: News, forms: LetterForms, base_url: str) -> UpdateContent:
    """The mail that a template makes. Raises `BadTemplate`."""
    members = template_members(news, template.locale, base_url)
    subject = one_line(render_template(template.subject, members))[:SUBJECT_LIMIT]
    if not subject:
        raise BadTemplate("the subject is empty")
    plain = render_template(template.markdown or template.text, members)
    html = (
        markdown_html(render_template(template.markdown, members, _escape_markdown), plain) if template.markdown else ""
    )
    written = forms.write(
        LetterForm(
            locale=template.locale,
            body=html,
            plain=plain if template.markdown else "",
            paragraphs=() if template.markdown else tuple(re.split(r"\n{2,}", plain.strip())),
            footer=stakeholder_word(template.locale, "footer"),
        )
    )
    return UpdateContent(subject=subject, text=written.text, html=written.html)


def check(template: Template, forms: LetterForms) -> list[tuple[str, str]]:
    """What is wrong with a template, as (JSON pointer, why); it is tried on open and resolved ones."""
    faults = []
    if not template.text and not template.markdown:
        faults.append(("/text", "a template has a text or a Markdown body"))
    if template.text and template.markdown:
        faults.append(("/markdown", "a template has a text or a Markdown body, not both"))
    for name in ("subject", "text", "markdown"):
        try:
            for news in _SAMPLES:
                members = template_members(news, template.locale, "https://tocsin.example")
                render_template(getattr(template, name), members)
        except BadTemplate as error:
            faults.append((f"/{name}", str(error)))
    if not faults:
        try:
            by_template(template, _SAMPLES[0], forms, "https://tocsin.example")
        except BadTemplate as error:
            faults.append(("/subject", str(error)))
    return faults


def template_members(news: News, locale: str, base_url: str) -> dict[str, Any]:
    """What a template may use; all of it is text, numbers and lists of text, in the template's language."""
    incident, over = news.incident, not news.incident.status.is_open
    lang = language(locale)
    return {
        "incident": {
            "id": incident.id,
            "title": one_line(incident.title),
            "description": incident.description,
            "status": incident.status.value,
            "status_text": stakeholder_word(locale, f"status.{incident.status.value}"),
            "severity": incident.severity.value,
            "severity_text": stakeholder_word(locale, f"severity.{incident.severity.value}"),
            "priority": incident.priority.value,
            "category": incident.category.value,
            "service": incident.service_name or incident.service_id or "",
            "service_id": incident.service_id or "",
            "impact": incident.impact,
            "affected_components": list(incident.affected_components),
            "created_at": local_time(incident.created_at, "UTC", locale),
            "acknowledged_at": local_time(incident.acknowledged_at, "UTC", locale) if incident.acknowledged_at else "",
            "resolved_at": local_time(incident.resolved_at, "UTC", locale) if incident.resolved_at else "",
            "duration": span_text(locale, _end(news) - incident.created_at),
            "is_over": over,
            "commander": news.commander,
            "root_cause": incident.root_cause,
            "actions_taken": list(incident.actions_taken),
            "url": f"{base_url}/incidents/{incident.id}",
        },
        "message": news.message,
        "now": local_time(news.now, "UTC", locale),
        "update": {"number": news.number, "dir": "rtl" if lang in RIGHT_TO_LEFT else "ltr"},
    }


def span_text(locale: str, span: timedelta) -> str:
    """A span in the two largest units that it has."""
    minutes = max(0, int(span.total_seconds()) // 60)
    if minutes < 60:
        return stakeholder_word(locale, "minutes").format(minutes=figure(minutes, locale))
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return stakeholder_word(locale, "hours").format(hours=figure(hours, locale), minutes=figure(rest, locale))
    return stakeholder_word(locale, "days").format(days=figure(hours // 24, locale), hours=figure(hours % 24, locale))


def _end(news: News) -> datetime:
    return news.incident.resolved_at or news.now if not news.incident.status.is_open else news.now


def _escape_markdown(value: object) -> str:
    """A value as it reads in Markdown, whatever it contains; its line ends stay."""
    return _MARKS.sub(r"\\\1", str(value))


def _sample(**changes: Any) -> News:
    at = datetime.fromisoformat("2026-11-21T12:00:00+00:00")
    fields: Mapping[str, Any] = {
        "status": IncidentStatus.INVESTIGATING, "affected_components": ["checkout"], "impact": "Payments fail",
        "service_id": "payments", "service_name": "Payments", "created_at": at - timedelta(minutes=40),
    } | changes  # fmt: skip
    incident = IncidentFact(
        id="INC-20261121-0001",
        title="Payments are slow",
        severity=Severity.CRITICAL,
        priority=Priority.CRITICAL,
        category=Category.FAILURE,
        urgency=Urgency.HIGH,
        **fields,
    )
    return News(incident=incident, commander="Sara", message="We are on it.", now=at)


_SAMPLES = (
    _sample(),
    _sample(
        status=IncidentStatus.RESOLVED,
        resolved_at=datetime.fromisoformat("2026-11-21T11:50:00+00:00"),
        root_cause="A full disk",
        actions_taken=["Freed space"],
        affected_components=[],
    ),
)
