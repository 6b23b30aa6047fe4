"""`load`: who carries the load of being on call, and how evenly it is shared."""

from __future__ import annotations

import argparse

from incident_manager.commandline.arguments import add_period, period_of
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.run import Run
from incident_manager.terminal.cells import duration
from incident_manager.terminal.printer import Column
from incident_manager.texts.words import Words

ORDER = 43
PATH = "/reports/on-call"
_NUMBERS = (
    "column.on_call", "column.nights", "column.weekends", "column.pages", "column.pages_at_night", "column.load",
    "column.share",
)  # fmt: skip


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    add_period(parser, words)
    parser.add_argument("--team", metavar="ID", help=words("help.figure_team"))
    parser.add_argument("--holidays", metavar="DAYS", help=words("help.holidays"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    found = run.gateway.must_know(PATH, team=asked.team, holidays=asked.holidays, **period_of(asked))
    printer, words = run.printer, run.words
    if printer.wants_json:
        printer.json(found)
    elif printer.is_quiet:
        for one in found["people"]:
            printer.line(one["person"])
    elif not found["people"]:
        printer.say(words("load.none"))
    else:
        columns = [Column(words("column.person"), may_shrink=True)]
        columns += [Column(words(one), right=True) for one in _NUMBERS]
        rows = [
            (
                one["person"],
                *(duration(one[f"{name}_seconds"]) for name in ("on_call", "night", "weekend")),
                one["pages"],
                one["pages_at_night"],
                f"{one['load_hours']:.1f}",
                f"{one['share']:.0%}",
            )
            for one in found["people"]
        ]
        printer.table(columns, rows)
        balances = (found["balance"], found["previous_balance"])
        balance, before = ("–" if one is None else f"{one:.2f}" for one in balances)
        printer.line(words("load.balance", balance=balance, before=before))
    return ExitCode.DONE


COMMAND = Command("load", _arguments, _run)
