"""`completion`: prints a shell's completion script for `incident-manager`, made from the same parser."""

from __future__ import annotations

import argparse

import shtab

from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.parser import make_parser
from incident_manager.commandline.registry import find_commands
from incident_manager.commandline.run import Run
from incident_manager.texts.words import Words

ORDER = 90


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("shell", choices=shtab.SUPPORTED_SHELLS, help=words("help.shell"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    parser = make_parser("incident-manager", run.words, find_commands())
    run.printer.verbatim(shtab.complete(parser, asked.shell))
    return ExitCode.DONE


COMMAND = Command("completion", _arguments, _run)
