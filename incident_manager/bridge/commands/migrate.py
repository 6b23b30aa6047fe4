"""`migrate`: an error history becomes incidents of the category error. The same file again changes nothing."""

from __future__ import annotations

import argparse

from incident_manager.bridge.error_row import translate
from incident_manager.bridge.source import VARIABLE, add_source, source_of
from incident_manager.commandline.contract import Command
from incident_manager.commandline.parser import UsageError
from incident_manager.commandline.run import Run
from incident_manager.commandline.transfer import bring_in

ORDER = 10


def _run(run: Run, asked: argparse.Namespace) -> int:
    source = source_of(asked, run.environ)
    if source is None:
        raise UsageError(run.words("bridge.no_source", variable=VARIABLE))
    return bring_in(run, source, translate, encoding=asked.encoding, may_be_csv=True)


COMMAND = Command("migrate", add_source, _run)
