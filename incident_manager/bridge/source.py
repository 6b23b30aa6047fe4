"""Which file an error history is in: the one that is said, else the one that `TOCSIN_ERROR_HISTORY` names. Pure."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from incident_manager.texts.words import Words

VARIABLE = "TOCSIN_ERROR_HISTORY"


def add_source(parser: argparse.ArgumentParser, words: Words) -> None:
    """`FILE` and `--encoding`."""
    parser.add_argument("file", nargs="?", metavar="FILE", help=words("help.error_file"))
    parser.add_argument("--encoding", metavar="NAME", help=words("help.encoding"))


def source_of(asked: argparse.Namespace, environ: Mapping[str, str]) -> Path | None:
    """The file; None where none is named anywhere."""
    named = asked.file or environ.get(VARIABLE, "").strip()
    return Path(named).expanduser() if named else None
