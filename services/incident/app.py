"""The incident service as a process: its wiring."""

from __future__ import annotations

from services.incident.action_items.api import actions as action_routes
from services.incident.action_items.api import of_postmortem as postmortem_action_routes
from services.incident.action_items.api.editing import ActionDesk
from services.incident.action_items.handlers import TicketKeeper
from services.incident.action_items.reminder import Reminding
from services.incident.action_items.store import Actions
from services.incident.affected_services.open_cache import OpenKeeper
from services.incident.alerts.store import Gathering
from services.incident.canary.handlers import CanaryHandler
from services.incident.catalogue.api import services as service_routes
from services.incident.catalogue.service_definition import BUILT_IN, built_in
from services.incident.catalogue.store.services import Catalogue
from services.incident.catalogue_import.api import catalogue_file as file_routes
from services.incident.catalogue_import.store import ImportJobs
from services.incident.catalogue_import.worker import Importer
from services.incident.handlers import AlertHandler, NewsHandler, apart, in_turn
from services.incident.incidents.api import ack_links as link_routes
from services.incident.incidents.api import incidents as incident_routes
from services.incident.incidents.api import status as move_routes
from services.incident.incidents.store.alert_members import Members
from services.incident.incidents.store.facets import Facets
from services.incident.incidents.store.incidents import Incidents
from services.incident.numbering.store import Numbers
from services.incident.people.store import People
from services.incident.postmortems.api import comments as comment_routes
from services.incident.postmortems.api import documents as postmortem_document_routes
from services.incident.postmortems.api import postmortems as postmortem_routes
from services.incident.postmortems.api import revisions as revision_routes
from services.incident.postmortems.api import steps as postmortem_step_routes
from services.incident.postmortems.api.editing import Desk
from services.incident.postmortems.store.comments import Comments
from services.incident.postmortems.store.evidence import Gatherer
from services.incident.postmortems.store.postmortems import Postmortems
from services.incident.response.api import merging as merge_routes
from services.incident.response.api import participants as participant_routes
from services.incident.response.api import roles as role_routes
from services.incident.response.api import snoozing as snooze_routes
from services.incident.response.api import tasks as task_routes
from services.incident.response.api import times as times_routes
from services.incident.response.store.checklists import Checklists
from services.incident.response.store.roles import Roles
from services.incident.service_map.api import dependencies as dependency_routes
from services.incident.service_map.map_cache import MapKeeper
from services.incident.service_map.response_cache import MapAnswers
from services.incident.suspects.api import suspects as suspect_routes
from services.incident.suspects.handlers import Suspector
from services.incident.suspects.neighbourhood import Mapped
from services.incident.suspects.store.changes import Changes
from services.incident.suspects.store.evidence import Leads
from services.incident.timeline.api import timeline as timeline_routes
from services.incident.timeline.store import Timeline
from services.incident.timers.due_worker import Resolver
from shared.canary import CanaryDocument
from shared.runtime import Runtime, main
from shared.signed_links import PATH


def build(runtime: Runtime) -> None:
    """Put the service's parts together."""
    clock = runtime.clock
    catalogue = Catalogue(runtime)
    keeper = MapKeeper(catalogue)
    incidents = Incidents(runtime)
    members = Members(runtime)
    timeline = Timeline(runtime)
    numbers = Numbers(runtime)
    facets = Facets(runtime)
    roles = Roles(runtime)
    checklists = Checklists(runtime)
    changes = Changes(runtime)
    surroundings = Mapped(lambda: keeper.map)
    leads = Leads(changes, surroundings)
    people = People(runtime)

    _cataloguing(runtime, catalogue, keeper, incidents)
    runtime.app.include_router(
        incident_routes.routes(incidents, catalogue, keeper, numbers, facets, leads=leads, clock=clock)
    )
    runtime.app.include_router(suspect_routes.routes(incidents, changes, leads, clock))
    runtime.app.include_router(move_routes.routes(incidents, clock))
    runtime.app.include_router(task_routes.routes(incidents, checklists, clock))
    runtime.app.include_router(times_routes.routes(incidents, leads, clock))
    runtime.app.include_router(merge_routes.routes(incidents, clock))
    runtime.app.include_router(role_routes.routes(incidents, roles, clock))
    runtime.app.include_router(participant_routes.routes(incidents, clock))
    runtime.app.include_router(snooze_routes.routes(incidents, clock))
    runtime.app.include_router(link_routes.routes(incidents, people, clock, runtime.settings.secret_key))
    runtime.open_prefixes = (PATH,)
    runtime.app.include_router(timeline_routes.routes(incidents, timeline, members, clock))

    alerts = AlertHandler(Gathering(incidents, members, catalogue, numbers), incidents, keeper, clock)
    news = NewsHandler(incidents, timeline, clock)
    canary = CanaryHandler(CanaryDocument.of(runtime), clock)
    runtime.consume_events("incident.alerts.first", apart(canary.handle, alerts.handle))
    runtime.consume_events("incident.alerts", alerts.handle)
    tickets = _learning(runtime, incidents, Gatherer(timeline, members, leads, clock), people)
    heard = in_turn(news.handle, tickets.handle, people.handle)
    runtime.consume_events("incident", apart(canary.handle, heard), background=True)
    runtime.replicates(["user.changed.v1"], "incident")
    suspector = Suspector(
        changes,
        leads,
        incidents,
        catalogue=catalogue,
        facets=facets,
        timeline=timeline,
        surroundings=surroundings,
        clock=clock,
    )
    runtime.consume_events("incident.changes", suspector.handle, background=True)
    runtime.replicates(["change.recorded.v1"], "incident.changes")
    runtime.worker(Resolver(incidents, clock).run)
    runtime.worker(keeper.run)

    runtime.snapshots("service.changed.v1", catalogue.snapshots)
    runtime.snapshots("incident.changed.v1", incidents.snapshots)

    async def make_built_in() -> None:
        known = {service.id: service for service in await catalogue.by_ids(BUILT_IN)}
        missing = [key for key in BUILT_IN if key not in known or known[key].deleted]
        # of several processes that start at once one writes them; the others lose that race, which is fine
        await catalogue.commit_all((known.get(key), built_in(key, clock.now())) for key in missing)

    runtime.on_start(make_built_in)
    runtime.on_start(keeper.start)


def _cataloguing(runtime: Runtime, catalogue: Catalogue, keeper: MapKeeper, incidents: Incidents) -> None:
    """The parts that have to do with services and their map."""
    clock = runtime.clock
    answers, jobs, troubles = MapAnswers(), ImportJobs(runtime), OpenKeeper(incidents)
    importer = Importer(catalogue, keeper, jobs, clock)
    for router in (  # the words below `/services` come before its ids
        file_routes.routes(keeper, importer, jobs, answers, clock=clock),
        dependency_routes.routes(catalogue, keeper, answers, troubles, clock),
        service_routes.routes(catalogue, keeper, clock),
    ):
        runtime.app.include_router(router)
    runtime.worker(importer.run)
    runtime.worker(troubles.run)
    runtime.on_start(troubles.start)
    runtime.on_drain(incidents.marks.pay)


def _learning(runtime: Runtime, incidents: Incidents, gatherer: Gatherer, people: People) -> TicketKeeper:
    """The parts that have to do with post-mortems and action items; answers who hears of their tickets."""
    clock = runtime.clock
    actions = Actions(runtime)
    postmortems = Postmortems(runtime)
    desk = Desk(postmortems, actions, incidents, gatherer, people=people, clock=clock)
    items = ActionDesk(actions, clock)
    for router in (
        postmortem_document_routes.routes(desk),
        postmortem_routes.routes(desk, incidents),
        postmortem_step_routes.routes(desk),
        revision_routes.routes(desk),
        comment_routes.routes(desk, Comments(runtime)),
        postmortem_action_routes.routes(desk, items),
        action_routes.routes(items),
    ):
        runtime.app.include_router(router)
    runtime.worker(Reminding(actions, clock).run)
    runtime.snapshots("postmortem.changed.v1", postmortems.snapshots)
    runtime.snapshots("action.changed.v1", actions.snapshots)
    return TicketKeeper(actions, clock)


if __name__ == "__main__":
    main("incident", build)
