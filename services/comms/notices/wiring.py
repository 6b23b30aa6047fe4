"""Wiring of notices to our own people."""

from __future__ import annotations

from services.comms.mail.store.letters import Letters
from services.comms.mail.template import LetterForms
from services.comms.notices.handlers import NoticeHandler
from services.comms.notices.notifier import Notifier
from services.comms.people.store.people import People
from shared.runtime import Runtime


def add_notices(runtime: Runtime, people: People, letters: Letters) -> NoticeHandler:
    """Put notices into the service."""
    handler = NoticeHandler(Notifier(letters, people, LetterForms(), runtime.settings.base_url))
    runtime.consume_events("comms.notices", handler.handle, background=True)
    return handler
