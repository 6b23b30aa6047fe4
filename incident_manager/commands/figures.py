"""`figures`: how incidents went: times, noise, promises kept; each figure beside the period before."""

from __future__ import annotations

import argparse
from typing import Any

from incident_manager.commandline.arguments import add_period, period_of
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.parser import UsageError
from incident_manager.commandline.run import Run
from incident_manager.terminal.cells import duration
from incident_manager.terminal.printer import Column
from incident_manager.texts.words import Words

ORDER = 42
PATH = "/reports/dashboard"
GROUPS = (
    "day", "week", "month", "quarter", "service", "team", "severity", "priority", "category", "person", "source",
    "component",
)  # fmt: skip
USUAL = "incidents"
_NUMBERS = ("column.n", "column.pending", "column.value", "column.median", "column.p90", "column.before")


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    add_period(parser, words)
    parser.add_argument("--group-by", choices=GROUPS, help=words("help.group_by"))
    parser.add_argument("--figure", metavar="NAME", help=words("help.figure"))
    parser.add_argument("--service", metavar="ID", help=words("help.service"))
    parser.add_argument("--team", metavar="ID", help=words("help.figure_team"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    found = run.gateway.must_know(
        PATH, group_by=asked.group_by, service_id=asked.service, team=asked.team, **period_of(asked)
    )
    printer, words = run.printer, run.words
    figures: dict[str, Any] = found["figures"]
    if asked.figure is not None and asked.figure not in figures:
        raise UsageError(words("figures.unknown", name=asked.figure))
    if printer.wants_json:
        printer.json(found if asked.figure is None else figures[asked.figure])
    elif printer.is_quiet:
        for name, one in figures.items():
            if asked.figure in (None, name):
                printer.line(_shown(one, one["value"]))
    elif asked.group_by is not None:
        figure = figures[asked.figure or USUAL]
        rows = [(one["key"] or "–", *_row(figure, one)) for one in figure["groups"]]
        printer.table(_columns(words, "column.group"), rows)
    else:
        chosen = {name: one for name, one in figures.items() if asked.figure in (None, name)}
        rows = [(_title(one, words), *_row(one, one)) for one in chosen.values()]
        printer.table(_columns(words, "column.figure"), rows)
    return ExitCode.DONE


def _columns(words: Words, first: str) -> list[Column]:
    return [Column(words(first), may_shrink=True), *(Column(words(one), right=True) for one in _NUMBERS)]


def _row(figure: dict[str, Any], one: dict[str, Any]) -> tuple[Any, ...]:
    shown = [_shown(figure, one[name]) for name in ("value", "median", "p90")]
    return one["n"], one["pending"] or "", *shown, _shown(figure, one["previous"]["value"])


def _title(figure: dict[str, Any], words: Words) -> str:
    titles: dict[str, str] = figure["titles"]
    return titles.get(words.language, titles["en"])


def _shown(figure: dict[str, Any], value: float | None) -> str:
    if value is None:
        return "–"
    if figure["kind"] == "duration":
        return duration(value)
    if figure["kind"] == "share":
        return f"{value:.1%}"
    return f"{value:g}" if figure["kind"] == "total" else f"{value:.2f}"


COMMAND = Command("figures", _arguments, _run)
