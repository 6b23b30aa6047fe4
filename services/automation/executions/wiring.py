"""Puts executions together: their stores, what starts and runs them, and their routes."""

from __future__ import annotations

from dataclasses import dataclass

from services.automation.actions import connect_all
from services.automation.actions.contract import Edges
from services.automation.executions.api import answering, run_action
from services.automation.executions.api import executions as execution_routes
from services.automation.executions.approver_lookup import ApproverLookup
from services.automation.executions.facts import FINISHED
from services.automation.executions.message_teller import MessageTeller
from services.automation.executions.runner import Runner
from services.automation.executions.starting import Starting
from services.automation.executions.store.direct_messages import DirectMessages
from services.automation.executions.store.executions import HOLDING_RUNS, OUTPUT_LINES, Executions
from services.automation.executions.store.output import Outputs
from services.automation.executions.store.quiet_times import QuietTimes
from services.automation.incident_copies.store import IncidentCopies
from services.automation.people.store import People
from services.automation.runbooks.store import Runbooks
from services.automation.runbooks.wiring import runbook_seal
from services.automation.scripts.choice import ScriptPlaces
from shared.events.automation import HOLDING_RUNS as ON_CALL
from shared.events.automation import OUTPUT_LINES as TIMELINES
from shared.events.automation import HoldingRun, OutputLine
from shared.outside.outbound import Outbound
from shared.runtime import Runtime


@dataclass(frozen=True, slots=True)
class ExecutionParts:
    """What others need of executions."""

    executions: Executions
    starting: Starting
    approvers: ApproverLookup


def add_executions(
    runtime: Runtime, copies: IncidentCopies, people: People, runbooks: Runbooks, places: ScriptPlaces
) -> ExecutionParts:
    """Put executions into the service."""
    settings, clock, seal = runtime.settings, runtime.clock, runbook_seal(runtime)
    executions, outputs, approvers = Executions(runtime), Outputs(runtime), ApproverLookup(people, copies)
    outbound = Outbound(settings.outbound_allow)
    actions = connect_all(Edges(outbound, places))
    starting = Starting(executions, QuietTimes(runtime), actions, seal, clock, base_url=settings.base_url)
    runner = Runner(executions, outputs, actions, approvers, seal=seal, clock=clock)
    runtime.routes(run_action.routes(copies, runbooks, starting))
    runtime.routes(execution_routes.routes(executions, outputs))
    runtime.routes(answering.routes(answering.Answering(executions, runbooks, runner), clock))
    runtime.snapshots(FINISHED, executions.snapshots)
    runtime.worker(runner.run)
    for told in (
        MessageTeller(DirectMessages(runtime, OUTPUT_LINES, OutputLine), TIMELINES, runtime.publisher, clock),
        MessageTeller(DirectMessages(runtime, HOLDING_RUNS, HoldingRun), ON_CALL, runtime.publisher, clock),
    ):
        runtime.worker(told.run)
    runtime.on_drain(runner.drain)
    runtime.on_drain(outbound.close)
    return ExecutionParts(executions, starting, approvers)
