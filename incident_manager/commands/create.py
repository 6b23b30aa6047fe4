"""`create`: begin an incident. Standard output is its id alone, so `ID=$(… create …)` works."""

from __future__ import annotations

import argparse

from incident_manager.commandline.arguments import CATEGORIES, RATINGS
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.run import Run
from incident_manager.texts.words import Words

ORDER = 10


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--title", required=True, help=words("help.title"))
    parser.add_argument("--description", default="", metavar="TEXT", help=words("help.text"))
    parser.add_argument("--category", choices=CATEGORIES, help=words("help.category"))
    parser.add_argument("--priority", choices=RATINGS, help=words("help.priority"))
    parser.add_argument("--severity", choices=RATINGS, help=words("help.severity"))
    parser.add_argument("--components", nargs="+", default=[], metavar="NAME", help=words("help.components"))
    parser.add_argument("--impact", default="", metavar="TEXT", help=words("help.impact"))
    parser.add_argument("--service", metavar="ID", help=words("help.service"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    incident = run.manager.create(
        {
            "title": asked.title,
            "description": asked.description,
            "category": asked.category,
            "priority": asked.priority,
            "severity": asked.severity,
            "affected_components": asked.components,
            "impact": asked.impact,
            "service_id": asked.service,
        }
    )
    if run.printer.wants_json:
        run.printer.json(incident)
    else:
        run.printer.line(incident["id"])
    return ExitCode.DONE


COMMAND = Command("create", _arguments, _run)
