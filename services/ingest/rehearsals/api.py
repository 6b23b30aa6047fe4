"""`POST /rehearsal/alerts`: what alerts would become. Only the gateway calls it; it is in no public document."""

from __future__ import annotations

from collections import defaultdict

from fastapi import APIRouter

from services.ingest.alerts.batch import KeyDecision, Placement, decide, group_keys, may_be_effects, place_all
from services.ingest.alerts.fold import Head
from services.ingest.alerts.store.heads import Heads
from services.ingest.alerts.store.placement_reads import PlacementReads
from services.ingest.catalogue_copy.cache import CatalogueCache
from services.ingest.grouping.store import Groups
from services.ingest.intake.accept import Intake
from services.ingest.intake.message import Origin, QueuedAlert, decode, encode, stamp_alert
from services.ingest.normalisation.alert import ReceivedAlert
from services.ingest.rehearsals.rehearsed_alert import describe_all
from shared.callers.identity import Identity
from shared.clocks.epoch import to_millis
from shared.ids import Stamps
from shared.problem import Fault, Problem, invalid
from shared.questions.rehearsal import ALERTS, MOST_ALERTS, AlertsAnswer, AlertsQuestion
from shared.text.lenient_json import Read
from shared.vocabulary import Role
from shared.web import Caller


def routes(
    intake: Intake, heads: Heads, groups: Groups, placements: PlacementReads, directory: CatalogueCache
) -> APIRouter:
    """The endpoint."""
    router = APIRouter(tags=["rehearsals"], include_in_schema=False)

    async def read(asked: AlertsQuestion) -> list[ReceivedAlert]:
        kind = asked.integration.kind if asked.integration is not None else None
        try:
            alerts = await intake.read(Read(asked.alert), asked.source, kind, asked.at)
        except Problem as problem:
            if problem.status != 400:
                raise
            raise _unreadable(problem) from None
        if not 0 < len(alerts) <= MOST_ALERTS:
            raise invalid("/alert", f"holds {len(alerts)} alerts; 1 to {MOST_ALERTS} can be rehearsed at once")
        return alerts

    async def place(decisions: list[KeyDecision], *, is_past: bool) -> Placement:
        keys = group_keys(decisions)
        if not keys or is_past:
            return place_all(decisions, keys, {}, frozenset())
        known = await groups.by_ids([key.document for key in keys.values()])
        causes = await placements.find_causes(may_be_effects(decisions))
        return await placements.read_placement(decisions, keys, known, causes)

    @router.post(ALERTS)
    async def rehearse_alerts(asked: AlertsQuestion, caller: Caller) -> AlertsAnswer:
        """Read, decided and placed as messages from the intake's queue are; read where that writes."""
        caller.require(Role.VIEWER)
        taken = _queue(await read(asked), _origin(asked, caller))
        known: dict[str, Head] = {}
        if not asked.is_past:
            taken, known = await heads.at_home(taken)
        pending: dict[str, list[QueuedAlert]] = defaultdict(list)
        for one in taken:
            pending[one.head].append(one)
        decisions = decide(known, pending, directory.directory)
        placement = await place(decisions, is_past=asked.is_past)
        return AlertsAnswer(alerts=describe_all(decisions, placement))

    return router


def _origin(asked: AlertsQuestion, caller: Identity) -> Origin:
    """As the integration's that was named, else as the caller's own."""
    one = asked.integration
    if one is None:
        return Origin(at=asked.at, key_id=caller.key_id, teams=caller.teams)
    return Origin(at=asked.at, integration_id=one.id, service_id=one.service_id, key_id=one.id, teams=tuple(one.teams))


def _queue(alerts: list[ReceivedAlert], origin: Origin) -> list[QueuedAlert]:
    """The alerts as workers would take them from the queue, stamped with the time that is rehearsed."""
    stamp = Stamps().next(to_millis(origin.at))
    return decode(encode(origin, [stamp_alert(alert, stamp, index) for index, alert in enumerate(alerts)]))


def _unreadable(problem: Problem) -> Problem:
    """The body is fine, and the alert in it is not of its source's shape."""
    pointers = [f"/alert{fault.pointer}" for fault in problem.errors] or ["/alert"]
    faults = [Fault(pointer, problem.detail) for pointer in pointers]
    return Problem(422, "unreadable_alert", f"{pointers[0]}: {problem.detail}", errors=faults)
