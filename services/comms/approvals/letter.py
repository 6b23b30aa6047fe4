"""What is asked, as a letter with a signed link of its reader's own; following it changes nothing. Pure."""

from __future__ import annotations

from datetime import datetime

from services.comms.approvals.approval_request import ApprovalRequest
from services.comms.approvals.texts import approval_word
from services.comms.i18n.dates import local_time
from services.comms.i18n.plain_text import one_line
from services.comms.i18n.words import word
from services.comms.mail.message import Letter
from services.comms.mail.template import LetterForms
from services.comms.notices.notice_letter import NoticeText, write_notice
from services.comms.people.reader import Reader
from shared.events.oncall import runs_runbooks
from shared.secrecy.approval_links import ApprovalClaim, approval_url, make_approval_token


class ApprovalLetters:
    """Writes the letters of requests."""

    def __init__(self, base_url: str, secret_key: str) -> None:
        self._forms = LetterForms()
        self._base_url = base_url
        self._secret_key = secret_key

    def write(self, request: ApprovalRequest, reader: Reader, now: datetime) -> Letter:
        """The letter to one reader; the same however often it is written."""
        locale = reader.locale
        names = {"runbook": one_line(request.runbook_name), "step": one_line(request.step_name)}
        claim = ApprovalClaim(request.execution_id, request.n, request.until, reader.id, locale)
        title = one_line(request.incident_title)
        rows = [
            (word(locale, "incident"), f"{request.incident_id} · {title}" if title else request.incident_id),
            (approval_word(locale, "started_by"), request.started_by),
            (approval_word(locale, "until"), local_time(request.until, reader.time_zone, locale)),
        ]
        drill = request.drill_id is not None
        notice = NoticeText(
            key=("approval", request.id),
            thread=f"incident.{request.incident_id}",
            subject=f"{approval_word(locale, 'subject').format(**names)} · {request.incident_id}",
            heading=approval_word(locale, "heading"),
            paragraphs=(approval_word(locale, "text").format(**names), request.asks),
            rows=tuple(rows),
            link=(
                approval_word(locale, "answer"),
                approval_url(self._base_url, make_approval_token(self._secret_key, claim)),
            ),
            incident_id=request.incident_id,
            is_drill=drill,
            has_drill_note=drill,
            runs_runbooks=runs_runbooks(request.drill_id),
        )
        return write_notice(notice, reader, self._forms, now)
