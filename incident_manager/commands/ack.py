"""`ack`: somebody takes incidents, and paging stops."""

from __future__ import annotations

import argparse

from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.outcome import tell_changed
from incident_manager.commandline.run import Run
from incident_manager.texts.words import Words

ORDER = 14


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("ids", nargs="+", metavar="ID", help=words("help.ids"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    for id_ in asked.ids:
        tell_changed(run, run.manager.acknowledge(id_), "ack.done")
    return ExitCode.DONE


COMMAND = Command("ack", _arguments, _run)
