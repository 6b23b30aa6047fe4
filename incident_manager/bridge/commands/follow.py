"""`follow`: sends every error that a program appends to a file of JSON lines, until it is interrupted."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from types import FrameType

from incident_manager.bridge.follower import Follower
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.run import Run
from incident_manager.texts.words import Words

ORDER = 40


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("file", metavar="FILE", help=words("help.followed_file"))
    parser.add_argument("--service", metavar="ID", help=words("help.service"))
    parser.add_argument("--position", metavar="FILE", help=words("help.position"))
    parser.add_argument("--once", action="store_true", help=words("help.once"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, _interrupt)
    path = Path(asked.file).expanduser()
    position = Path(asked.position).expanduser() if asked.position else path.with_name(f"{path.name}.position")
    words, printer = run.words, run.printer
    follower = Follower(
        run.gateway, path, position, asked.service, lambda key, values: printer.complain(words(key, **values))
    )
    counts = follower.follow(once=asked.once)
    if printer.wants_json:
        printer.json({"lines": counts.lines, "sent": counts.sent, "refused": counts.refused})
    else:
        printer.say(words("follow.counts", lines=counts.lines, sent=counts.sent, refused=counts.refused))
    return ExitCode.INCOMPLETE if counts.refused else ExitCode.DONE


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


COMMAND = Command("follow", _arguments, _run)
