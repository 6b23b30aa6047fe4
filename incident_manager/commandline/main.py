"""One run from its words to its exit code: whatever goes wrong is one line, never a traceback."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType

from incident_manager import commands
from incident_manager.client.errors import NotSetUp, TocsinError
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode, exit_code_of
from incident_manager.commandline.parser import UsageError, language_asked, make_parser
from incident_manager.commandline.registry import find_commands
from incident_manager.commandline.run import Run
from incident_manager.profiles.settings import read_file
from incident_manager.terminal.printer import Printer, make_printer
from incident_manager.texts.words import Words, language_of


def run_command(argv: Sequence[str], prog: str, commands: ModuleType = commands) -> int:
    """Carry out what the words ask for, by one of these commands; returns the exit code."""
    words = Words(language_asked(argv) or read_language())
    return guard(lambda: _run(argv, prog, words, find_commands(commands)), words)


def guard(run: Callable[[], int], words: Words) -> int:
    """Run it, and make an exit code of whatever it ends in."""
    printer = make_printer()
    try:
        code = run()
        sys.stdout.flush()
    except BrokenPipeError:
        # what is still to be flushed would fail again as the process ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.BROKEN_PIPE
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except (UsageError, TocsinError, OSError) as error:
        return complain_of(error, words, printer)
    return int(code)


def complain_of(error: UsageError | TocsinError | OSError, words: Words, printer: Printer) -> ExitCode:
    """Say what went wrong; returns the exit code for it."""
    if isinstance(error, UsageError):
        printer.complain(words("error.usage", detail=f"{error} ({error.program} --help)" if error.program else error))
        return ExitCode.USAGE
    if isinstance(error, OSError):
        printer.complain(words("error.os", detail=f"{error.filename or ''} {error.strerror or error}".strip()))
        return ExitCode.FAILED
    printer.complain(words(f"error.{type(error).__name__}", detail=error.detail))
    for fault in error.faults:
        if fault.detail and fault.detail not in error.detail:
            printer.complain(f"  {fault.pointer}: {fault.detail}")
    return exit_code_of(error)


def read_language() -> str:
    """The profile's language, else the locale's; a file that can't be read is said later, by who needs it."""
    try:
        chosen = read_file(None, None, os.environ).language
    except NotSetUp:
        chosen = ""
    return chosen or language_of(os.environ)


def _run(argv: Sequence[str], prog: str, words: Words, commands: Mapping[str, Command]) -> int:
    asked = make_parser(prog, words, commands).parse_args(argv)
    printer = make_printer(
        wants_json=_flag(asked, "json"),
        is_quiet=_flag(asked, "quiet"),
        has_colour=not _flag(asked, "no_color") and not os.environ.get("NO_COLOR"),
    )
    profile, config = getattr(asked, "profile", None), getattr(asked, "config", None)
    with Run(words, printer, os.environ, profile=profile, config=config) as run:
        return commands[asked.command].run(run, asked)


def _flag(asked: argparse.Namespace, name: str) -> bool:
    return bool(getattr(asked, name, False))
