"""A page as a Slack message: Block Kit with two buttons, a link to the incident, and the signed link as the way out.

The buttons carry what the acknowledge link carries, so an answer needs nothing of what is stored here. Every attempt
of one page has the same `client_msg_id` and names the page in its metadata: Slack and whoever reads the channel can
tell a repeat. Limits are Block Kit's, counted as Slack counts, in UTF-16 units. Pure.
Source: https://docs.slack.dev/reference/block-kit and https://docs.slack.dev/messaging/formatting-message-text.
"""

from __future__ import annotations

import hashlib
from typing import Any

from services.comms.channels.contract import MessageState, MessageStatus, PageLinks, SimilarPast
from services.comms.channels.messages.runbook import RunbookText, runbook_text
from services.comms.i18n.dates import step_text
from services.comms.i18n.plain_text import one_line
from services.comms.i18n.words import drill_note, word
from services.comms.incident_copies.texts import similar_text
from services.comms.slack.blocks import (
    FIELD_LIMIT,
    TEXT_LIMIT,
    Block,
    button,
    context,
    cut,
    field,
    header,
    plain_section,
    section,
)
from services.comms.slack.requests import ACKNOWLEDGE, OPEN, RESOLVE
from services.comms.slack.text import escape
from shared.events.oncall import PageFact
from shared.vocabulary import Severity

DESCRIPTION_LIMIT = 1000
_MARKS = {Severity.CRITICAL: "🔴", Severity.HIGH: "🟠", Severity.MEDIUM: "🟡", Severity.LOW: "🔵"}


def message(page: PageFact, links: PageLinks, room: str) -> dict[str, Any]:
    """The arguments of `chat.postMessage` for one page into the conversation `room`."""
    return {
        "channel": room,
        **content(page, links, None),
        "client_msg_id": _uuid(page.page_id),
        "metadata": {"event_type": "tocsin_page", "event_payload": {"page_id": page.page_id}},
    }


def content(page: PageFact, links: PageLinks, shown: MessageStatus | None) -> dict[str, Any]:
    """What the message says; `shown` is what became of its incident, None while it waits for an answer."""
    locale, incident = page.user.locale, page.incident
    drill = f"[{word(locale, 'drill')}] " if page.drill else ""
    severity = word(locale, f"severity.{incident.severity.value}")
    title = one_line(incident.title) or incident.id
    service = one_line(incident.service_name or incident.service_id or "—")
    head = f"{drill}{_MARKS[incident.severity]} {title}"
    step = step_text(page.step, page.round, locale)
    blocks: list[Block] = [
        header(head),
        {
            "type": "section",
            "fields": [
                field(word(locale, "severity"), severity),
                field(word(locale, "service"), service),
                field(word(locale, "incident"), incident.id),
                field(word(locale, "reason"), f"{word(locale, f'reason.{page.reason.value}')} ({step})"),
            ],
        },
    ]
    if incident.description.strip():
        blocks.append(plain_section(incident.description.strip(), DESCRIPTION_LIMIT))
    if (failed := runbook_text(page.runbook, locale)) is not None:
        blocks += _runbook(failed)
    if links.similar is not None:
        blocks.append(_similar(links.similar, locale))
    if page.drill:
        blocks.append(context(escape(drill_note(locale, runs_runbooks=page.drill_runs_runbooks))))
    if shown is not None:
        blocks.append(section(f"*{escape(status_text(page, shown))}*"))
    if buttons := _buttons(page, links, shown):
        blocks.append({"type": "actions", "elements": buttons})
    if shown is None:
        note = f"<{links.ack_url}|{escape(word(locale, 'by_link'))}> · {escape(word(locale, 'acknowledge_note'))}"
        blocks.append(context(note))
    said = f"{status_text(page, shown)}: " if shown is not None else ""
    summary = f"{said}{drill}[{severity}] {title} · {service} · {incident.id}"
    return {"text": escape(cut(summary, TEXT_LIMIT)), "blocks": blocks}


def status_text(page: PageFact, shown: MessageStatus) -> str:
    """What became of the incident, in the reader's language; the reader is called by name."""
    locale = page.user.locale
    merged = word(locale, "merged_into").format(id=shown.into) if shown.into else ""
    if merged and shown.state is MessageState.MERGED:
        return merged
    if not shown.by:
        became = word(locale, shown.state.value)
    else:
        by = one_line(page.user.name) if shown.by == page.user.id else ""
        became = word(locale, f"{shown.state.value}_by").format(by=by or shown.by)
    return word(locale, "both").format(first=merged, then=became) if merged else became


def _runbook(failed: RunbookText) -> list[Block]:
    said = [escape(cut(one, FIELD_LIMIT)) for one in (failed.step, failed.detail) if one]
    blocks = [section("\n".join([f"*{escape(failed.head)}*", *said]))]
    if failed.output:  # as it is: what a script wrote is no mark-up
        blocks += [context(escape(failed.label)), plain_section(failed.output, DESCRIPTION_LIMIT)]
    return blocks


def _similar(past: SimilarPast, locale: str) -> Block:
    said = similar_text(past.fact, locale)
    head = f"*{escape(said.before)}*: <{past.url}|{escape(said.title)}>"
    text = f"{head}\n{escape(said.ended)}\n{escape(said.because)}"
    return section(text)


def _uuid(page_id: str) -> str:
    """A UUID (RFC 9562, version 8) that is the page's at every attempt."""
    digest = hashlib.sha256(f"tocsin page {page_id}".encode("utf-8", "replace")).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-8{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"


def _buttons(page: PageFact, links: PageLinks, shown: MessageStatus | None) -> list[Block]:
    locale = page.user.locale
    token = links.ack_url.rpartition("/")[2]
    acknowledge = button(ACKNOWLEDGE, word(locale, "acknowledge"), style="primary", value=token)
    resolve = button(RESOLVE, word(locale, "resolve"), value=token)
    show = button(OPEN, word(locale, "open"), url=links.incident_url)
    if shown is None or (shown.into and shown.state is MessageState.MERGED):
        return [acknowledge, resolve, show]
    return [resolve, show] if shown.state is MessageState.ACKNOWLEDGED else [show]
