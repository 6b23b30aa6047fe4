"""`resolve`: an incident is over; what was done, why it happened, what keeps it from coming back."""

from __future__ import annotations

import argparse

from incident_manager.commandline.arguments import add_id, id_of
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.outcome import tell_changed
from incident_manager.commandline.run import Run
from incident_manager.texts.words import Words

ORDER = 15


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    add_id(parser, words)
    parser.add_argument("--actions", nargs="+", metavar="TEXT", help=words("help.actions"))
    parser.add_argument("--root-cause", metavar="TEXT", help=words("help.root_cause"))
    parser.add_argument("--preventive", nargs="+", metavar="TEXT", help=words("help.preventive"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    incident = run.manager.resolve_incident(id_of(asked), asked.actions, asked.root_cause, asked.preventive)
    tell_changed(run, incident, "resolve.done")
    return ExitCode.DONE


COMMAND = Command("resolve", _arguments, _run)
