"""Wiring of what stakeholders are told: groups, templates, updates, and the worker that posts and follows them up."""

from __future__ import annotations

from datetime import timedelta

from services.comms.incident_copies.store import IncidentCopies
from services.comms.mail.store.letters import Letters
from services.comms.mail.store.quotas import MailQuotas
from services.comms.mail.template import LetterForms
from services.comms.people.store.people import People
from services.comms.stakeholders.api import groups as group_routes
from services.comms.stakeholders.api import templates as template_routes
from services.comms.stakeholders.api import updates as update_routes
from services.comms.stakeholders.follow_up import UpdateFollowUp
from services.comms.stakeholders.mail import Template
from services.comms.stakeholders.store.updates import StakeholderUpdates
from services.comms.stakeholders.update import Group
from shared.kept.entries import Entries
from shared.runtime import Runtime

GROUPS, TEMPLATES, TEMPLATE_VERSIONS = "stakeholder_groups", "templates", "template_versions"


def add_stakeholders(
    runtime: Runtime,
    copies: IncidentCopies,
    people: People,
    letters: Letters,
    *,
    quotas: MailQuotas,
) -> None:
    """Put stakeholders into the service."""
    clock, base_url, forms = runtime.clock, runtime.settings.base_url, LetterForms()
    groups = Entries(runtime, GROUPS, Group, what=group_routes.WHAT)
    templates = Entries(runtime, TEMPLATES, Template, what=template_routes.WHAT, versions=TEMPLATE_VERSIONS)
    updates = StakeholderUpdates(runtime)
    clerk = UpdateFollowUp(
        updates,
        letters,
        people,
        copies.facts,
        clock=clock,
        base_url=base_url,
        remind_after=timedelta(minutes=runtime.settings.stakeholder_update_minutes),
    )
    desk = update_routes.UpdateSending(
        copies, people, groups, templates, forms=forms, updates=updates, clock=clock, base_url=base_url
    )
    runtime.routes(group_routes.routes(groups))
    runtime.routes(template_routes.routes(templates, forms))
    runtime.routes(update_routes.routes(desk, updates, clerk, letters, quotas))
    runtime.worker(clerk.run)
