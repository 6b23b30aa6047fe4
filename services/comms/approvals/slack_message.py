"""What is asked, as a Slack message: with two buttons until it is decided, then with what became of it. Pure.

The buttons carry what an approval link carries, so an answer needs nothing of what is stored here; in a channel the
claim is nobody's, and it is who presses the button that counts.
"""

from __future__ import annotations

from typing import Any

from services.comms.approvals.approval_request import ApprovalRequest
from services.comms.approvals.texts import approval_word
from services.comms.i18n.dates import local_time
from services.comms.i18n.plain_text import one_line
from services.comms.i18n.words import drill_note, word
from services.comms.people.reader import Reader
from services.comms.slack.blocks import (
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
from services.comms.slack.requests import APPROVE, OPEN, REJECT
from services.comms.slack.text import escape
from shared.events.automation import ApprovalOutcome
from shared.events.oncall import runs_runbooks
from shared.secrecy.approval_links import ApprovalClaim, make_approval_token


def content(request: ApprovalRequest, reader: Reader, base_url: str, secret_key: str, *, by: str) -> dict[str, Any]:
    """What the message says to this reader; `by` is how who decided is called, if somebody did."""
    locale = reader.locale
    drill = f"[{word(locale, 'drill')}] " if request.drill_id is not None else ""
    names = {"runbook": one_line(request.runbook_name), "step": one_line(request.step_name)}
    head = approval_word(locale, "subject").format(**names)
    title = one_line(request.incident_title) or request.incident_id
    fields = [
        field(approval_word(locale, "runbook"), names["runbook"] or "—"),
        field(approval_word(locale, "step"), f"{request.n}. {names['step']}"),
        field(word(locale, "incident"), f"{request.incident_id} · {title}"),
        field(approval_word(locale, "until"), local_time(request.until, reader.time_zone, locale)),
        field(approval_word(locale, "started_by"), request.started_by or "—"),
    ]
    blocks: list[Block] = [header(f"{drill}{head}"), {"type": "section", "fields": fields}]
    if request.asks.strip():
        blocks.append(plain_section(request.asks.strip()))
    if request.drill_id is not None:
        blocks.append(context(escape(drill_note(locale, runs_runbooks=runs_runbooks(request.drill_id)))))
    end = end_text(request, locale, by)
    if end:
        blocks.append(section(f"*{escape(end)}*"))
    blocks.append(
        {"type": "actions", "elements": _buttons(request, reader, base_url, secret_key, with_answers=not end)}
    )
    said = f"{end} " if end else ""
    return {"text": escape(cut(f"{said}{drill}{head} · {request.incident_id}", TEXT_LIMIT)), "blocks": blocks}


def message(request: ApprovalRequest, reader: Reader, room: str, base_url: str, secret_key: str) -> dict[str, Any]:
    """The arguments of `chat.postMessage`; every attempt names the request in its metadata."""
    metadata = {"event_type": "tocsin_approval", "event_payload": {"request_id": request.id}}
    return {"channel": room, **content(request, reader, base_url, secret_key, by=""), "metadata": metadata}


def end_text(request: ApprovalRequest, locale: str, by: str) -> str:
    """What became of it, in the reader's language; empty while it waits."""
    if request.decided is None or request.decided.outcome is ApprovalOutcome.REFUSED:
        return ""
    return approval_word(locale, request.decided.outcome.value).format(by=one_line(by) or request.decided.by)


def _buttons(
    request: ApprovalRequest, reader: Reader, base_url: str, secret_key: str, *, with_answers: bool
) -> list[Block]:
    locale = reader.locale
    show = button(OPEN, word(locale, "open"), url=f"{base_url}/incidents/{request.incident_id}")
    if not with_answers:
        return [show]
    claim = ApprovalClaim(request.execution_id, request.n, request.until, reader.id, locale)
    token = make_approval_token(secret_key, claim)
    return [
        button(APPROVE, approval_word(locale, "approve"), style="primary", value=token),
        button(REJECT, approval_word(locale, "reject"), style="danger", value=token),
        show,
    ]
