"""Arguments that several commands have, and how their values are read."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from incident_manager.texts.words import Words

CATEGORIES = ("error", "failure", "request", "change", "security", "performance")
RATINGS = ("critical", "high", "medium", "low")
STATUSES = (
    "triggered",
    "acknowledged",
    "investigating",
    "in_progress",
    "identified",
    "monitoring",
    "resolved",
    "closed",
)


def add_id(parser: argparse.ArgumentParser, words: Words) -> None:
    """The incident, as the first word or as `--id`."""
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("id", nargs="?", metavar="ID", help=words("help.id"))
    group.add_argument("--id", dest="id_option", metavar="ID", help=words("help.id"))


def id_of(asked: argparse.Namespace) -> str:
    """What `add_id` was given."""
    return str(asked.id if asked.id is not None else asked.id_option)


def add_span(parser: argparse.ArgumentParser, words: Words) -> None:
    """`--from` and `--to`."""
    parser.add_argument("--from", dest="begin", metavar="TIME", type=time_of(words, "--from"), help=words("help.from"))
    parser.add_argument("--to", dest="end", metavar="TIME", type=time_of(words, "--to"), help=words("help.to"))


def add_period(parser: argparse.ArgumentParser, words: Words) -> None:
    """A period of a report: `--month`, `--quarter`, or `--from` and `--to`; the last 30 days where none is said."""
    parser.add_argument("--month", metavar="YYYY-MM", help=words("help.month"))
    parser.add_argument("--quarter", metavar="YYYYQN", help=words("help.quarter"))
    add_span(parser, words)
    parser.add_argument("--calendar", choices=("gregorian", "persian"), help=words("help.calendar"))


def period_of(asked: argparse.Namespace) -> dict[str, str | None]:
    """What `add_period` was given, as parameters of a report."""
    calendar = asked.calendar if asked.calendar != "gregorian" else None
    span = {"from": rfc3339(asked.begin), "to": rfc3339(asked.end)}
    return {"month": asked.month, "quarter": asked.quarter, "calendar": calendar, **span}


class time_of:  # noqa: N801 - it is used as a function
    """Reads a time: RFC 3339, or a date, which is its midnight; without a zone it is the clock of this machine."""

    def __init__(self, words: Words, argument: str) -> None:
        self._words = words
        self._argument = argument

    def __call__(self, text: str) -> datetime:
        try:
            return datetime.fromisoformat(text.strip()).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise argparse.ArgumentTypeError(
                self._words("usage.time", argument=self._argument, value=text).partition(": ")[2]
            ) from error


class number_from:  # noqa: N801 - it is used as a function
    """Reads a whole number, `least` or more."""

    def __init__(self, words: Words, argument: str, least: int) -> None:
        self._words = words
        self._argument = argument
        self._least = least

    def __call__(self, text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = self._least - 1
        if not self._least <= number <= 10_000_000:
            said = self._words("usage.number", argument=self._argument, value=text, least=self._least)
            raise argparse.ArgumentTypeError(said.partition(": ")[2])
        return number


def rfc3339(moment: datetime | None) -> str | None:
    """A time as the contract writes it."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
