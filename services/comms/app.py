"""The comms service as a process: its capabilities, wired."""

from __future__ import annotations

import asyncio

from services.comms.approvals.wiring import add_approvals
from services.comms.handlers import follow_incidents, take_over_old_queue
from services.comms.incident_copies.wiring import add_incident_copies
from services.comms.interactions.wiring import add_interactions
from services.comms.mail.wiring import add_letters, add_mail_sender, add_quotas
from services.comms.notices.wiring import add_notices
from services.comms.paging.wiring import add_paging
from services.comms.people.wiring import add_people
from services.comms.slack.wiring import add_slack
from services.comms.stakeholders.wiring import add_stakeholders
from services.comms.stale.wiring import add_stale_pages
from services.comms.status_pages.wiring import add_status_pages
from services.comms.tickets.wiring import add_tickets
from services.comms.war_rooms.wiring import add_war_rooms
from shared.outside.outbound import Outbound
from shared.runtime import Runtime, main


def build(runtime: Runtime) -> None:
    """Put the service together. Raises `ValueError` for settings that can't be read."""
    outbound = Outbound(runtime.settings.outbound_allow)
    people, copies, slack = add_people(runtime), add_incident_copies(runtime), add_slack(runtime)
    letters, quotas = add_letters(runtime), add_quotas(runtime)
    paging = add_paging(runtime, people, copies, letters, outbound=outbound, slack=slack)
    postman = add_mail_sender(runtime, letters, people, paging.sender.has_waiting)
    notices = add_notices(runtime, people.people, letters)
    tickets = add_tickets(runtime, people.people, outbound)
    war_rooms, rooms, marks = add_war_rooms(runtime, copies, people.people, slack)
    whisper = paging.updater.whisper
    presses = add_approvals(runtime, copies, people.people, letters, rooms=war_rooms, slack=slack, whisper=whisper)
    add_interactions(runtime, slack, paging=paging, people=people.people, marks=marks, approvals=presses)
    add_stale_pages(runtime, add_status_pages(runtime, copies, letters, quotas), copies)
    add_stakeholders(runtime, copies, people.people, letters, quotas=quotas)
    follow_incidents(runtime, paging.cancellations.handle, rooms.handle, copies.hear_similar)
    take_over_old_queue(
        runtime, paging.cancellations.handle, people.handle, notices.handle, rooms.handle, tickets.handle
    )

    async def close() -> None:
        await asyncio.gather(paging.sender.drain(), postman.drain())
        await paging.close()
        await outbound.close()

    runtime.on_drain(close)


if __name__ == "__main__":
    main("comms", build)
