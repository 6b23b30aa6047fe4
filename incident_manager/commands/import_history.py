"""`import`: a history of incidents out of a file, as `export` writes it. The same file again changes nothing."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from incident_manager.commandline.contract import Command
from incident_manager.commandline.run import Run
from incident_manager.commandline.transfer import bring_in
from incident_manager.texts.words import Words

ORDER = 51


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("file", metavar="FILE", help=words("help.history_file"))
    parser.add_argument("--encoding", metavar="NAME", help=words("help.encoding"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    path = Path(asked.file).expanduser()
    return bring_in(run, path, _as_it_is, encoding=asked.encoding, may_be_csv=False)


def _as_it_is(row: dict[str, Any]) -> dict[str, Any]:
    return row


COMMAND = Command("import", _arguments, _run)
