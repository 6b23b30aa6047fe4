"""`export`: every incident with all that is known of it into a file, or to standard output for `-`.

The file is there once all of it is: it is written under another name first. Names that end in `.jsonl` or `.ndjson` get
JSON lines, others one JSON document; both are what the gateway sent, byte by byte.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from incident_manager.client.errors import NotFound, RouteMissing
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.run import Run
from incident_manager.terminal.progress import ProgressBar
from incident_manager.texts.words import Words

ORDER = 50
PATH = "/history/export"
LINES = (".jsonl", ".ndjson")


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("file", metavar="FILE", help=words("help.export_file"))
    parser.add_argument("--lines", action="store_true", help=words("help.lines"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    path = Path(asked.file).expanduser()
    wants_lines = asked.lines or path.suffix.lower() in LINES
    if asked.file == "-":
        _write(run, sys.stdout.buffer, lines=wants_lines)
        return ExitCode.DONE
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            size = _write(run, file, lines=wants_lines)
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    if run.printer.wants_json:
        run.printer.json({"file": str(path), "bytes": size})
    else:
        run.printer.say(run.words("export.done", size=size, file=path))
    return ExitCode.DONE


def _write(run: Run, file: BinaryIO, *, lines: bool) -> int:
    """Write what the gateway sends; returns how many bytes it is."""
    size = 0
    kind = "application/x-ndjson" if lines else "application/json"
    with ProgressBar(None, is_wanted=not run.printer.is_quiet) as bar:
        for piece in _pieces(run, kind):
            file.write(piece)
            size += len(piece)
            bar.advance(0, size)
    return size


def _pieces(run: Run, kind: str) -> Iterable[bytes]:
    try:
        yield from run.gateway.pieces(PATH, kind)
    except NotFound as error:
        raise RouteMissing(f"This gateway does not know {PATH} yet.") from error


COMMAND = Command("export", _arguments, _run)
