"""A new execution: all that it is made of as it is at the start, so that what changes later does not matter. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.automation.actions.contract import FailReason, IncidentPeople, StepTask
from services.automation.executions.execution import Actor, Execution, Matched, StepRun
from services.automation.incident_copies.copying import KnownAlert
from services.automation.runbooks.parameter import Parameter
from services.automation.runbooks.runbook import Runbook
from services.automation.values.values import Root, Values
from shared.events.automation import ExecutionState
from shared.events.incidents import IncidentFact
from shared.kept.entries import Entry
from shared.triggers.matching import Match, find_start

SERVICE_LABEL = "service_id"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run, for what, and who wants it."""

    id: str
    runbook: Entry[Runbook]
    incident: IncidentFact
    alert: KnownAlert | None
    starter: Actor
    matched: Matched | None = None
    is_triggered: bool = False
    dry_run: bool = False
    chain: Sequence[str] = field(default_factory=tuple)


def values_for(order: Order, base_url: str) -> Values:
    """What templates and defaults may name, but for the parameters."""
    incident, alert = order.incident, order.alert
    known = {
        "id": incident.id,
        "title": incident.title,
        "status": incident.status.value,
        "severity": incident.severity.value,
        "priority": incident.priority.value,
        "category": incident.category.value,
        "service_id": incident.service_id,
        "service_name": incident.service_name,
        "team": incident.team,
        "url": f"{base_url}/incidents/{incident.id}",
    }
    values = Values().with_all(Root.INCIDENT, {name: text for name, text in known.items() if text is not None})
    values = values.with_all(Root.EXECUTION, {"id": order.id, "started_by": order.starter.name})
    values = values.with_all(Root.RUNBOOK, {"id": order.runbook.id, "name": order.runbook.content.name})
    if alert is None:
        return values
    said = {
        "id": alert.id,
        "title": alert.title,
        "severity": alert.severity.value,
        "category": alert.category.value,
        "service_id": alert.service_id,
        "source": alert.source,
        "dedup_key": alert.dedup_key,
        **{f"labels.{name}": text for name, text in alert.labels.items()},
    }
    return values.with_all(Root.ALERT, {name: text for name, text in said.items() if text is not None})


def new_execution(
    order: Order, values: Values, texts: Mapping[str, str], sealed: str | None, now: datetime
) -> Execution:
    """The execution, at its first step. `texts` are the parameters, of which the secret ones are in `sealed` alone."""
    runbook, incident, alert = order.runbook.content, order.incident, order.alert
    secret = [one.name for one in runbook.parameters if one.is_secret]
    shown = {name: text for name, text in texts.items() if name not in secret}
    labels = dict(alert.labels) if alert is not None else {}
    if incident.service_id is not None:
        labels.setdefault(SERVICE_LABEL, incident.service_id)
    made = Execution(
        id=order.id,
        runbook_id=order.runbook.id,
        runbook_version=order.runbook.version,
        runbook_name=runbook.name,
        team=runbook.team,
        incident_id=incident.id,
        incident_title=incident.title,
        incident_team=incident.team,
        service_id=incident.service_id,
        drill_id=incident.drill_id,
        starter=order.starter,
        matched=order.matched,
        is_triggered=order.is_triggered,
        chain=list(order.chain),
        hold_pages_seconds=runbook.hold_pages_seconds,
        dry_run=order.dry_run,
        values=values.with_all(Root.PARAMETERS, shown),
        parameter_names=list(texts),
        sealed=sealed,
        labels=labels,
        assignees=incident.assignees,
        participants=incident.participants,
        role_holders=role_holders(incident),
        names=[one.name for one in runbook.steps],
        types=[one.type for one in runbook.steps],
        steps=runbook.steps,
        runs=[StepRun() for _ in runbook.steps],
        created_at=now,
        due_at=now,
    )
    first = next((place for place in range(len(made.steps)) if place not in made.helpers), 0)
    return made.changed(at=first)


def not_begun(execution: Execution, state: ExecutionState, reason: FailReason, detail: str, now: datetime) -> Execution:
    """The same as it is recorded when it is not even begun."""
    return execution.changed(state=state, reason=reason, detail=detail, ended_at=now, due_at=None)


def role_holders(incident: IncidentFact) -> dict[str, list[str]]:
    """Who holds each role now."""
    found: dict[str, list[str]] = {}
    for one in incident.roles:
        found.setdefault(one.role, []).append(one.user_id)
    return found


def task_for(execution: Execution, place: int, secrets: Mapping[str, str]) -> StepTask:
    """A step of an execution with all that it is filled in with."""
    values = execution.values.with_all(Root.PARAMETERS, secrets, list(secrets))
    environment = {name: values.find(f"{Root.PARAMETERS.value}.{name}") or "" for name in execution.parameter_names}
    return StepTask(
        id=f"{execution.id}.{place + 1}.{execution.runs[place].attempt}",
        step=execution.steps[place],
        values=values,
        environment=environment,
        labels=execution.labels,
        team=execution.team,
        people=IncidentPeople(execution.assignees, execution.participants, execution.role_holders),
    )


def matched_by(runbook: Runbook, incident: IncidentFact, alerts: Sequence[KnownAlert]) -> Matched | None:
    """Why a runbook matches an incident; None where it does not by itself."""
    found = find_start(runbook.team, runbook.triggers, incident, [one.matched() for one in alerts])
    return matched(found) if found is not None else None


def matched(match: Match) -> Matched:
    """A match as it is kept."""
    criteria = [f"{name}={value}" for name, value in match.criteria]
    return Matched(trigger=match.trigger + 1, criteria=criteria, alert_id=match.alert_id)


def secrets_in(parameters: Sequence[Parameter], texts: Mapping[str, str]) -> dict[str, str]:
    """Those of the parameters' values that are secret."""
    return {one.name: texts[one.name] for one in parameters if one.is_secret and one.name in texts}
