"""`predictions`: what is expected to reach its limit, and how often that was right; also rules and next week."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.run import Run
from incident_manager.terminal.cells import local_time
from incident_manager.terminal.printer import Column
from incident_manager.texts.words import Words

ORDER = 36
PATH = "/predictions"
WHAT = ("incidents", "grades", "rules", "components")


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("what", nargs="?", choices=WHAT, default=WHAT[0], help=words("help.predictions_what"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    printer, words = run.printer, run.words
    answer = run.gateway.must_know(f"{PATH}/{asked.what}")
    if printer.wants_json:
        printer.json(answer)
        return ExitCode.DONE
    items: list[dict[str, Any]] = answer["items"]
    if printer.is_quiet:
        for one in items:
            printer.line(str(one.get("id") or one["service_id"]))
        return ExitCode.DONE
    headings, cells = TABLES[asked.what]
    if items:
        printer.table([Column(words(heading)) for heading in headings], [cells(one) for one in items])
    else:
        printer.say(words("predictions.none"))
    if asked.what == WHAT[0]:
        printer.say(words("predictions.accuracy", **accuracy_of(answer["accuracy"], words)))
        for rule in answer["rules"]:
            if rule["muted"]:
                printer.complain(words("predictions.muted", rule=rule["rule"]))
        for refused in answer["refused"]:
            printer.complain(words("predictions.refused", most=refused["most"], scope=refused["scope"] or "-"))
    return ExitCode.DONE


def accuracy_of(accuracy: Mapping[str, Any], words: Words) -> dict[str, str]:
    """Precision and recall as percentages, the lead time in minutes; a word where there is none yet."""

    def share(value: float | None) -> str:
        return words("predictions.unknown") if value is None else f"{100 * value:.0f} %"

    lead = accuracy["lead_seconds"]
    return {
        "precision": share(accuracy["precision"]),
        "recall": share(accuracy["recall"]),
        "lead": words("predictions.unknown") if lead is None else f"{lead / 60:.0f}",
    }


def _expected(one: dict[str, Any]) -> tuple[str, ...]:
    lo, hi = one["interval"]
    return (
        local_time(one["expected_at"]),
        f"{local_time(lo)} – {local_time(hi)}",
        one["host"],
        one["metric"],
        f"{one['limit']:g}",
        f"{100 * one['confidence']:.0f} %",
        one["state"],
    )


def _graded(one: dict[str, Any]) -> tuple[str, ...]:
    at = one["graded_at"] or one["opened_at"]
    return local_time(at), one["host"], one["metric"], f"{one['limit']:g}", one["state"]


def _rule(one: dict[str, Any]) -> tuple[str, ...]:
    precision = "-" if one["precision"] is None else f"{100 * one['precision']:.0f} %"
    return one["id"], one["name"], one["query"], f"{one['limit']:g}", precision, one["problem"]


def _component(one: dict[str, Any]) -> tuple[str, ...]:
    lo, hi = one["interval"]
    return one["service_id"], f"{one['expected']:.1f}", f"{lo} – {hi}"


Cells = Callable[[dict[str, Any]], tuple[str, ...]]
TABLES: Mapping[str, tuple[tuple[str, ...], Cells]] = {
    "incidents": (
        (
            "column.expected",
            "column.interval",
            "column.host",
            "column.metric",
            "column.limit",
            "column.confidence",
            "column.state",
        ),
        _expected,
    ),
    "grades": (("column.time", "column.host", "column.metric", "column.limit", "column.state"), _graded),
    "rules": (
        ("column.id", "column.name", "column.query", "column.limit", "column.precision", "column.problem"),
        _rule,
    ),
    "components": (("column.service", "column.expected_count", "column.interval"), _component),
}

COMMAND = Command("predictions", _arguments, _run)
