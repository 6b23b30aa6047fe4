"""`show`: one incident with all that is known of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from rich.cells import cell_len

from incident_manager.commandline.arguments import add_id, id_of
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.run import Run
from incident_manager.terminal.cells import local_time, pad
from incident_manager.texts.words import Words

ORDER = 12


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    add_id(parser, words)


def _run(run: Run, asked: argparse.Namespace) -> int:
    incident = run.manager.get_incident(id_of(asked))
    if run.printer.wants_json:
        run.printer.json(incident)
    elif run.printer.is_quiet:
        run.printer.line(incident["id"])
    else:
        run.printer.line(f"{incident['id']}  {incident['title']}")
        told = [(name, value) for name, value in facts(incident, run.words) if value]
        width = max((cell_len(name) for name, _ in told), default=0) + 2
        for name, value in told:
            run.printer.block("  " + pad(name, width) + value)
    return ExitCode.DONE


def facts(incident: dict[str, Any], words: Words) -> Iterator[tuple[str, str]]:
    """What is known of an incident, by its heading."""
    yield words("column.status"), str(incident["status"])
    yield words("column.severity"), str(incident["severity"])
    yield words("column.priority"), str(incident["priority"])
    yield words("column.category"), str(incident["category"])
    yield words("column.service"), str(incident.get("service_name") or incident.get("service_id") or "")
    yield words("column.created"), local_time(incident["created_at"], seconds=True)
    yield words("column.assignees"), ", ".join(incident.get("assignees", []))
    yield words("show.acknowledged"), _moment(incident, "acknowledged")
    yield words("show.resolved"), _moment(incident, "resolved")
    yield words("show.roles"), ", ".join(_roles(incident))
    yield words("show.sla"), _sla(incident.get("sla") or {})
    yield words("show.components"), ", ".join(incident.get("affected_components", []))
    radius = incident.get("blast_radius") or {}
    yield words("show.affected"), ", ".join(str(one["service_id"]) for one in radius.get("downstream", [])[:20])
    yield words("show.suspects"), "; ".join(str(one["reason"]) for one in incident.get("suspected_changes", [])[:5])
    yield words("show.impact"), str(incident.get("impact") or "")
    yield words("show.description"), str(incident.get("description") or "")
    yield words("show.root_cause"), str(incident.get("root_cause") or "")
    yield words("show.actions"), "; ".join(incident.get("actions_taken", []))
    yield words("show.preventive"), "; ".join(incident.get("preventive_measures", []))


def _moment(incident: dict[str, Any], what: str) -> str:
    at, who = incident.get(f"{what}_at"), incident.get(f"{what}_by")
    return "" if at is None else f"{local_time(at, seconds=True)} {who or ''}".rstrip()


def _roles(incident: dict[str, Any]) -> list[str]:
    return [f"{one['role']}: {one['user_id']}" for one in incident.get("roles", []) if one.get("ended_at") is None]


def _sla(sla: dict[str, Any]) -> str:
    parts = [
        f"{clock['state']} ({local_time(clock['due_at'])})" if clock.get("due_at") else str(clock["state"])
        for clock in (sla.get("response"), sla.get("resolution"))
        if clock
    ]
    return " / ".join(parts)


COMMAND = Command("show", _arguments, _run)
