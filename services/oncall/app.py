"""The on-call service as a process: its wiring."""

from __future__ import annotations

from collections.abc import Sequence

from services.oncall.audit import api as audit_routes
from services.oncall.audit.auditor import Auditor
from services.oncall.audit.store import Audits
from services.oncall.calendars import api as calendar_routes
from services.oncall.calendars.handlers import KeyHandler
from services.oncall.calendars.store import CalendarLinks
from services.oncall.canary.handlers import CanaryHandler
from services.oncall.catalogue_copy.handlers import CatalogueHandler
from services.oncall.catalogue_copy.store import FACT as SERVICE_FACT
from services.oncall.catalogue_copy.store import CatalogueServices
from services.oncall.deletion.api import UseCheck
from services.oncall.directory.api import policies as policy_routes
from services.oncall.directory.api import teams as team_routes
from services.oncall.directory.api import users as user_routes
from services.oncall.directory.entry import Kind
from services.oncall.directory.store import DirectoryStore
from services.oncall.escalation import api as escalation_routes
from services.oncall.escalation.handlers import IncidentHandler, PageHandler
from services.oncall.escalation.store.escalations import Escalations
from services.oncall.escalation.store.page_rows import Pages
from services.oncall.escalation.store.reachability import Reachability
from services.oncall.escalation.store.turns import Turns
from services.oncall.escalation.ticker import Ticker
from services.oncall.lookup import api as lookup_routes
from services.oncall.schedules.api import overrides as override_routes
from services.oncall.schedules.api import preview as preview_routes
from services.oncall.schedules.api import schedules as schedule_routes
from services.oncall.schedules.api import shifts as shift_routes
from services.oncall.schedules.api import swaps as swap_routes
from shared.bus.consumer import Delivery
from shared.canary import is_canary
from shared.events import Event
from shared.leader_lease import Duty
from shared.runtime import Runtime, main


def build(runtime: Runtime) -> None:
    """Put the service's parts together."""
    clock = runtime.clock
    directory = DirectoryStore(runtime)
    escalations = Escalations(runtime)
    pages = Pages(runtime)
    reachability = Reachability(runtime)
    turns = Turns(runtime)
    links = CalendarLinks(runtime)
    services = CatalogueServices(runtime)
    uses = UseCheck(directory, services, clock)

    # before those whose ids it would be taken for
    runtime.app.include_router(calendar_routes.routes(directory, links, clock, runtime.settings.base_url))
    runtime.app.include_router(calendar_routes.endings(directory, links, clock))
    runtime.open_prefixes = (calendar_routes.PATH,)
    runtime.app.include_router(user_routes.routes(directory, uses, clock))
    runtime.app.include_router(team_routes.routes(directory, uses, clock))
    runtime.app.include_router(schedule_routes.routes(directory, uses, clock))
    runtime.app.include_router(preview_routes.routes(directory, clock))
    runtime.app.include_router(override_routes.routes(directory, clock))
    runtime.app.include_router(swap_routes.routes(directory, clock))
    runtime.app.include_router(shift_routes.routes(directory, clock))
    runtime.app.include_router(audit_routes.routes(directory, reachability, services, clock))
    runtime.app.include_router(policy_routes.routes(directory, uses, clock))
    runtime.app.include_router(lookup_routes.routes(directory))
    runtime.app.include_router(escalation_routes.routes(escalations, pages, directory))

    runtime.on_start(directory.look)
    runtime.on_start(services.ask_again_if_empty)
    incidents, catalogue = IncidentHandler(escalations, directory, turns, clock), CatalogueHandler(services)

    keys, canary = KeyHandler(links), CanaryHandler(escalations, clock)

    async def hear(batch: Sequence[Delivery[Event]]) -> None:
        # pages first
        if others := [delivery for delivery in batch if not is_canary(delivery)]:
            await incidents.handle(others)
        await canary.handle([delivery for delivery in batch if is_canary(delivery)])
        await catalogue.handle(others)
        await keys.handle(others)

    runtime.consume_events("oncall", hear)
    runtime.consume_events(
        "oncall.pages", PageHandler(escalations, pages, reachability, directory, clock, turns=turns).handle
    )
    duty = Duty(runtime, "ticker")
    runtime.worker(Ticker(escalations, directory, turns, duty, clock, handed_on=runtime.relay.drain).run)
    runtime.on_drain(duty.lay_down)
    runtime.worker(
        Auditor(Audits(runtime), directory, reachability, Duty(runtime, "auditor"), clock, services=services).run
    )
    runtime.worker(directory.watch)

    runtime.replicates(["incident.changed.v1", SERVICE_FACT, "key.changed.v1"], "oncall")
    runtime.snapshots("user.changed.v1", directory.snapshots(Kind.USER, "user.changed.v1"))
    runtime.snapshots("user.erased.v1", directory.snapshots(Kind.USER, "user.erased.v1"))
    runtime.snapshots("team.changed.v1", directory.snapshots(Kind.TEAM, "team.changed.v1"))
    runtime.snapshots("schedule.changed.v1", directory.snapshots(Kind.SCHEDULE, "schedule.changed.v1"))
    runtime.snapshots("policy.changed.v1", directory.snapshots(Kind.POLICY, "policy.changed.v1"))
    runtime.snapshots("escalation.changed.v1", escalations.snapshots)


if __name__ == "__main__":
    main("oncall", build)
