"""`update`: change an incident's status, severity or priority, with a note."""

from __future__ import annotations

import argparse

from incident_manager.commandline.arguments import RATINGS, STATUSES, add_id, id_of
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.outcome import tell_changed
from incident_manager.commandline.parser import UsageError
from incident_manager.commandline.run import Run
from incident_manager.texts.words import Words

ORDER = 13


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    add_id(parser, words)
    parser.add_argument("--status", choices=STATUSES, help=words("help.to_status"))
    parser.add_argument("--severity", choices=RATINGS, help=words("help.severity"))
    parser.add_argument("--priority", choices=RATINGS, help=words("help.priority"))
    parser.add_argument("--note", metavar="TEXT", help=words("help.note"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    if not any((asked.status, asked.severity, asked.priority, asked.note)):
        raise UsageError(run.words("usage.nothing_to_change"))
    incident = run.manager.update_incident(
        id_of(asked), status=asked.status, severity=asked.severity, priority=asked.priority, note=asked.note
    )
    tell_changed(run, incident, "update.done")
    return ExitCode.DONE


COMMAND = Command("update", _arguments, _run)
