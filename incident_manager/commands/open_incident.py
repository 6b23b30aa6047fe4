"""`open`: prints the address of an incident for people; it starts no browser, so it works where there is none."""

from __future__ import annotations

import argparse

from incident_manager.client.gateway import segment
from incident_manager.commandline.arguments import add_id, id_of
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.run import Run
from incident_manager.texts.words import Words

ORDER = 31


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    add_id(parser, words)


def _run(run: Run, asked: argparse.Namespace) -> int:
    incident = run.manager.get_incident(id_of(asked))
    address = f"{run.settings.url}/incidents/{segment(incident['id'])}"
    if run.printer.wants_json:
        run.printer.json({"id": incident["id"], "url": address})
    else:
        run.printer.line(address)
    return ExitCode.DONE


COMMAND = Command("open", _arguments, _run)
