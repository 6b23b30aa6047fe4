"""How executions of runbooks are shown, and waited for."""

from __future__ import annotations

import time
from typing import Any

from incident_manager.client.gateway import Gateway, segment
from incident_manager.commandline.run import Run
from incident_manager.terminal.printer import Column

OVER = ("succeeded", "failed", "cancelled")
LOOK_SECONDS = 0.5


def wait_for_end(gateway: Gateway, execution: dict[str, Any], seconds: float) -> dict[str, Any]:
    """The execution once it is over or waits for a person, or as it is after so many seconds."""
    until = time.monotonic() + seconds
    while execution["state"] == "running" and (left := until - time.monotonic()) > 0:
        time.sleep(min(LOOK_SECONDS, left))
        execution = gateway.get(f"/executions/{segment(execution['id'])}")
    return execution


def show_execution(run: Run, execution: dict[str, Any]) -> None:
    """One execution: as JSON, its id alone, or its steps with how they went, in a dry run with what they would do."""
    printer, words = run.printer, run.words
    if printer.wants_json:
        printer.json(execution)
        return
    if printer.is_quiet:
        printer.line(execution["id"])
        return
    key = "executions.dry" if execution["dry_run"] else "executions.one"
    printer.line(words(key, id=execution["id"], runbook=execution["runbook_name"], state=execution["state"]))
    if execution.get("detail"):
        printer.line(execution["detail"])
    if matched := execution.get("matched"):
        printer.line(words("executions.why", criteria=", ".join(matched["criteria"])))
    else:
        printer.line(words("executions.no_match"))
    if waiting := execution.get("waiting"):
        printer.line(words("executions.waits", n=waiting["n"], asks=waiting["asks"], until=waiting["until"]))
    columns = [Column("#", right=True), *(Column(words(f"column.{name}")) for name in ("kind", "state"))]
    rows = [(one["n"], one["type"], one["state"], one["name"], one["detail"]) for one in execution["steps"]]
    printer.table([*columns, Column(words("column.name")), Column(words("column.detail"), may_shrink=True)], rows)
    for one in execution["steps"]:
        if plan := one.get("plan"):
            printer.line(words("executions.plan", n=one["n"], where=plan["where"], whom=plan["as_whom"]))
            printer.block("    " + (plan["flaw"] or plan["what"]))
            for name, value in plan["environment"].items():
                printer.block(f"    {name}={value}")
        elif one.get("output"):
            printer.line(words("executions.output", n=one["n"]))
            printer.block("    " + one["output"])
