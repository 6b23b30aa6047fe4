"""`watch`: what happens, as it happens, until it is interrupted. What breaks is taken up again where it was."""

from __future__ import annotations

import argparse
import json
import time
from datetime import UTC, datetime
from typing import Any

from incident_manager.client.errors import NotFound, TocsinError, Unreachable
from incident_manager.commandline.arguments import number_from
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.run import Run
from incident_manager.terminal.cells import local_time
from incident_manager.texts.words import Words

ORDER = 33
PAUSE_SECONDS = 2.0
OPENINGS = ("hello", "reset")


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--service", metavar="ID", help=words("help.service"))
    parser.add_argument("--seconds", type=number_from(words, "--seconds", 1), metavar="N", help=words("help.seconds"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    until = time.monotonic() + asked.seconds if asked.seconds else None
    position: str | None = None
    while until is None or time.monotonic() < until:
        try:
            position = follow(run, asked.service, position, until)
        except Unreachable:
            if position is None:
                raise
        if until is None or time.monotonic() < until:
            run.printer.say(run.words("watch.lost"))
            time.sleep(PAUSE_SECONDS)
    return ExitCode.DONE


def follow(run: Run, service: str | None, position: str | None, until: float | None) -> str | None:
    """Tell what the stream tells until it ends or the time is over; returns where it stood."""
    for event in run.gateway.events(position):
        position = event.id or position
        if event.event == "reset":
            run.printer.say(run.words("watch.reset"))
        elif event.event not in OPENINGS and event.data:
            told = json.loads(event.data)
            if service is None or told.get("service_id") == service:
                tell(run, told)
        if until is not None and time.monotonic() >= until:
            break
    return position


def tell(run: Run, told: dict[str, Any]) -> None:
    """One line for one fact; an incident's title is asked for, as the stream tells ids only."""
    if run.printer.wants_json:
        run.printer.json_line(told)
        return
    if run.printer.is_quiet:
        run.printer.line(told["id"])
        return
    at = local_time(told.get("at") or datetime.now(UTC).isoformat(), seconds=True)
    run.printer.line(f"{at}  {told['type']:<22}  {told['id']}  {_describe(run, told)}".rstrip())


def _describe(run: Run, told: dict[str, Any]) -> str:
    if not str(told.get("type", "")).startswith("incident."):
        return str(told.get("incident_id") or told.get("service_id") or "")
    try:
        incident = run.manager.get_incident(told["id"])
    except NotFound:
        return ""
    except TocsinError as error:
        return f"({error.detail})"
    return f"[{incident['severity']}, {incident['status']}] {incident['title']}"


COMMAND = Command("watch", _arguments, _run)
