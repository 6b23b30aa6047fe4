"""Starts executions: for a person who asks for it, and for an incident that a trigger matches, once and no more."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from services.automation.actions.contract import Action, FailReason, StepPlan
from services.automation.executions.execution import Actor, Execution, Matched, PlannedStep, StepState
from services.automation.executions.filling import (
    Order,
    matched_by,
    new_execution,
    not_begun,
    secrets_in,
    task_for,
    values_for,
)
from services.automation.executions.store.executions import Executions
from services.automation.executions.store.quiet_times import QuietTimes
from services.automation.incident_copies.copying import KnownAlert, chosen_alert
from services.automation.runbooks.parameter import Resolution, Value, resolve
from services.automation.runbooks.runbook import Runbook
from services.automation.values.template import NoValue
from shared.clocks.clock import Now
from shared.events import Event
from shared.events.automation import ExecutionState
from shared.events.incidents import IncidentFact
from shared.events.oncall import runs_runbooks
from shared.ids import fresh
from shared.kept.entries import Entry
from shared.problem import Problem, conflict, invalid
from shared.secrecy.sealing import Seal
from shared.triggers.matching import EXECUTION_PREFIX, triggered_id
from shared.web.merge_patch import refuse

TOO_LATE = timedelta(minutes=15)
"""An incident that was told of longer ago than this has nothing started for it any more."""
LONGEST_CHAIN = 5
MOST_PER_INCIDENT, INCIDENT_WINDOW = 20, timedelta(hours=1)
"""So often one runbook is run for one incident in this time."""
MOST_TRIGGERED, TRIGGER_WINDOW = 30, timedelta(minutes=10)
"""So often one runbook begins by itself for one service in this time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person, or a key, asks for."""

    actor: Actor
    runbook: Entry[Runbook]
    incident: IncidentFact
    alerts: Sequence[KnownAlert]
    parameters: Mapping[str, Value | None] = field(default_factory=dict)
    alert_id: str | None = None
    dry_run: bool = False
    asked_by: str | None = None
    """The id of the execution whose step asks for it."""


@dataclass(frozen=True, slots=True)
class Triggered:
    """An incident that a trigger of a runbook matches, with its alerts and the event that told of it."""

    incident: IncidentFact
    alerts: Sequence[KnownAlert]
    matched: Matched
    cause: Event


class Starting:
    """Makes executions of runbooks."""

    def __init__(
        self,
        executions: Executions,
        quiet_times: QuietTimes,
        actions: Mapping[str, Action],
        seal: Seal,
        clock: Now,
        *,
        base_url: str,
    ) -> None:
        self._executions = executions
        self._quiet_times = quiet_times
        self._actions = actions
        self._seal = seal
        self._clock = clock
        self._base_url = base_url

    async def start(self, asked: Asked) -> Execution:
        """Start what somebody asks for. Raises a `Problem`: 409 for a loop, 422 for parameters, 429 for too many."""
        runbook, incident = asked.runbook, asked.incident
        if incident.imported:
            raise conflict("imported_incident", "Nothing is run for an imported incident: it is history.")
        if not runbook.content.steps:
            raise conflict("no_steps", f"The runbook {runbook.id} has no steps.")
        alert = self._alert_for(asked)
        chain = await self._chain_of(asked)
        if not asked.dry_run:
            await self._require_few(asked)
        order = Order(
            id=fresh(EXECUTION_PREFIX),
            runbook=runbook,
            incident=incident,
            alert=alert,
            starter=asked.actor,
            matched=matched_by(runbook.content, incident, asked.alerts),
            dry_run=asked.dry_run or is_only_shown(incident),
            chain=chain,
        )
        values = values_for(order, self._base_url)
        resolution = resolve(runbook.content.parameters, asked.parameters, values, self._open)
        refuse(list(resolution.faults))
        made = await self._made(order, resolution)
        return await self._executions.add(made) or made

    def _alert_for(self, asked: Asked) -> KnownAlert | None:
        """The alert that fills it in. Raises a 422 `Problem` for one that is not the incident's."""
        if asked.alert_id is not None:
            found = next((one for one in asked.alerts if one.id == asked.alert_id), None)
            if found is None:
                raise invalid("/alert_id", "the incident has no alert of this id, as far as is known here")
            return found
        match = matched_by(asked.runbook.content, asked.incident, asked.alerts)
        by_match = next((one for one in asked.alerts if match is not None and one.id == match.alert_id), None)
        return by_match or chosen_alert(list(asked.alerts))

    async def _chain_of(self, asked: Asked) -> Sequence[str]:
        """The runbooks whose steps led here. Raises a 409 `Problem` for one that would start itself."""
        if asked.asked_by is None:
            return ()
        parent = await self._executions.find(asked.asked_by)
        if parent is None:
            return ()
        chain = [*parent.chain, parent.runbook_id]
        if asked.runbook.id in chain:
            words = f"The runbook {asked.runbook.id} asks for itself: {' → '.join([*chain, asked.runbook.id])}."
            raise conflict("runbook_loop", words)
        if len(chain) >= LONGEST_CHAIN:
            raise conflict("runbook_loop", f"{LONGEST_CHAIN} runbooks have started one another: no more do.")
        return chain

    async def _require_few(self, asked: Asked) -> None:
        since = self._clock.now() - INCIDENT_WINDOW
        if await self._executions.count_since(asked.runbook.id, asked.incident.id, since) >= MOST_PER_INCIDENT:
            words = f"It was run {MOST_PER_INCIDENT} times for this incident within an hour: that looks like a loop."
            raise Problem(429, "too_many_runs", words, headers={"Retry-After": "600"})

    async def start_by_triggers(self, runbook: Entry[Runbook], triggered: Sequence[Triggered]) -> None:
        """Start what triggers of one runbook match, once for an incident and runbook, in this order and one write."""
        begun: dict[str | None, int] = {}
        made = [(await self._triggered(runbook, one, begun), one.cause) for one in triggered]
        await self._executions.add_all(made)

    async def _triggered(self, runbook: Entry[Runbook], one: Triggered, begun: dict[str | None, int]) -> Execution:
        """The execution of one, or the record that it is not begun; `begun` counts, by service, what began lately."""
        incident, match, cause = one.incident, one.matched, one.cause
        alert = next((other for other in one.alerts if other.id == match.alert_id), None)
        order = Order(
            id=triggered_id(incident.id, runbook.id),
            runbook=runbook,
            incident=incident,
            alert=alert,
            starter=Actor(),
            matched=match,
            is_triggered=True,
            dry_run=is_only_shown(incident),
        )
        values = values_for(order, self._base_url)
        resolution = resolve(runbook.content.parameters, {}, values, self._open)
        made = await self._made(order, resolution)
        allowed = await self._allowed(made, order, resolution, cause, begun)
        if made.service_id in begun and made.drill_id is None:
            begun[made.service_id] += 1
        return allowed

    async def _allowed(
        self, made: Execution, order: Order, resolution: Resolution, cause: Event, begun: dict[str | None, int]
    ) -> Execution:
        """The execution, or the record that it is not begun, and why; the order is that of policy."""
        now, cancelled = self._clock.now(), ExecutionState.CANCELLED
        if made.dry_run:
            return made
        if now - cause.time > TOO_LATE:
            words = f"It would have begun {int((now - cause.time).total_seconds() // 60)} minutes late."
            return not_begun(made, cancelled, FailReason.TOO_LATE, words, now)
        if resolution.faults:
            return not_begun(made, ExecutionState.FAILED, FailReason.NO_VALUE, _said(resolution), now)
        service_id, since = made.service_id, now - TRIGGER_WINDOW
        if service_id not in begun:
            begun[service_id] = await self._executions.count_triggered_since(made.runbook_id, service_id, since)
        if begun[service_id] >= MOST_TRIGGERED:
            words = f"It began {MOST_TRIGGERED} times by itself for this service within ten minutes."
            return not_begun(made, cancelled, FailReason.TOO_MANY, words, now)
        # a drill must not keep what is real from running, so it neither keeps nor heeds the quiet
        if (seconds := order.runbook.content.quiet_seconds) and made.drill_id is None:
            until = await self._quiet_times.claim(made.runbook_id, made.service_id, made.id, seconds)
            if until is not None:
                words = f"It began for this service a little before, and is quiet until {until:%H:%M:%S} UTC."
                return not_begun(made, cancelled, FailReason.QUIET_TIME, words, now)
        return made

    async def _made(self, order: Order, resolution: Resolution) -> Execution:
        """The execution, with its secrets sealed; a dry run with what each step would do."""
        secrets = secrets_in(order.runbook.content.parameters, resolution.texts)
        sealed = self._seal.close(json.dumps(secrets).encode()) if secrets else None
        now = self._clock.now()
        made = new_execution(order, values_for(order, self._base_url), resolution.texts, sealed, now)
        if not order.dry_run:
            return made
        plans = [await self._plan(made, place, secrets) for place in range(len(made.steps))]
        runs = [run.changed(state=StepState.SKIPPED) for run in made.runs]
        ended = made.changed(plans=plans, runs=runs, state=ExecutionState.SUCCEEDED, ended_at=now, due_at=None)
        if resolution.faults:
            return ended.changed(state=ExecutionState.FAILED, reason=FailReason.NO_VALUE, detail=_said(resolution))
        return ended

    async def _plan(self, execution: Execution, place: int, secrets: Mapping[str, str]) -> PlannedStep:
        task = task_for(execution, place, secrets)
        try:
            plan = await self._actions[task.step.type].plan(task)
        except NoValue as missing:
            plan = StepPlan("", "", "", flaw=f"It can't be filled in: there is no {missing} here.")
        return PlannedStep(
            what=plan.what, where=plan.where, as_whom=plan.as_whom, environment=dict(plan.environment), flaw=plan.flaw
        )

    def _open(self, sealed: str) -> str | None:
        plain = self._seal.open(sealed)
        return plain.decode() if plain is not None else None


def is_only_shown(incident: IncidentFact) -> bool:
    """True in a drill, where nothing is run that could touch more than the drill, unless a manager had it so."""
    return incident.drill_id is not None and not runs_runbooks(incident.drill_id)


def _said(resolution: Resolution) -> str:
    """What is wrong with the parameters, in words."""
    named = (f"{pointer.removeprefix('/parameters/')}: {why}" for pointer, why in resolution.faults)
    return "; ".join(named)[:1000]


def open_secrets(seal: Seal, execution: Execution) -> dict[str, str]:
    """The secret parameters of an execution. Raises `ValueError` where they can't be opened any more."""
    if execution.sealed is None:
        return {}
    plain = seal.open(execution.sealed)
    if plain is None:
        raise ValueError("the secrets of this execution can't be opened")
    found: dict[str, str] = json.loads(plain)
    return found
