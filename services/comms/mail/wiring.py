"""Wiring of mail: letters and quotas, and the sender of letters."""

from __future__ import annotations

from collections.abc import Callable

from services.comms.delivery.outcome import SEND_SECONDS
from services.comms.mail.mail_client import MailDelivery
from services.comms.mail.mime import LetterComposer
from services.comms.mail.sender import MailSender
from services.comms.mail.smtp_client import mail_server
from services.comms.mail.store.letters import Letters
from services.comms.mail.store.quotas import MailQuotas
from services.comms.people.handlers import PeopleHandler
from shared.runtime import Runtime


def add_letters(runtime: Runtime) -> Letters:
    """Put letters into the service."""
    return Letters(runtime)


def add_quotas(runtime: Runtime) -> MailQuotas:
    """Put the quotas of mail to strangers into the service."""
    return MailQuotas(runtime)


def add_mail_sender(
    runtime: Runtime, letters: Letters, people: PeopleHandler, pages_wait: Callable[[str], bool]
) -> MailSender:
    """Have letters sent, by connections of their own. Raises `ValueError` for settings that can't be read."""
    settings = runtime.settings
    mail = None
    if settings.smtp_url:
        mail = MailDelivery(mail_server(settings.smtp_url), settings.mail_from, SEND_SECONDS)
    postman = MailSender(
        letters,
        people.people,
        erased=people.erased.among,
        mail=mail,
        composer=LetterComposer(settings.mail_from),
        pages_wait=pages_wait,
        clock=runtime.clock,
    )
    people.on_erased(postman.forget)
    runtime.worker(postman.run)
    return postman
