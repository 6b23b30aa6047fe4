"""What `check` finds: ids twice, ends before starts, references that lead nowhere, months that miss errors. Pure.

Nothing is repaired. A finding is wrong; a note is worth knowing: a service or person that an incident names and that is
not there any more, or never was, is a word that stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from incident_manager.bridge.error_row import ErrorRow
from incident_manager.terminal.cells import moment_of

ORDERED = ("created_at", "acknowledged_at", "resolved_at")


@dataclass(slots=True)
class Findings:
    """What was looked at and what was found, each with the incident's id or the source's line."""

    incidents: int = 0
    errors: int = 0
    wrong: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    months: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """As programs read it."""
        return {
            "incidents": self.incidents,
            "errors": self.errors,
            "findings": [{"subject": subject, "detail": detail} for subject, detail in self.wrong],
            "notes": [{"subject": subject, "detail": detail} for subject, detail in self.notes],
            "months": self.months,
            "holds": not self.wrong,
        }


Key = tuple[str, str]


def key_of_error(error: ErrorRow) -> Key:
    """What makes an imported incident the error's: when it happened, and its title."""
    return error.at.isoformat(), error.title


def check_incidents(
    incidents: Iterable[Mapping[str, Any]], services: Collection[str], users: Collection[str], findings: Findings
) -> Counter[Key]:
    """Look at each incident; returns how many imported errors there are of each key."""
    seen: set[str] = set()
    merged: list[tuple[str, str]] = []
    found: Counter[Key] = Counter()
    for one in incidents:
        id_ = str(one["id"])
        findings.incidents += 1
        if id_ in seen:
            findings.wrong.append((id_, "the id is there twice"))
        seen.add(id_)
        findings.wrong += [(id_, fault) for fault in _faults_of_times(one)]
        merged += [(id_, str(other)) for other in [one.get("merged_into"), *one.get("merged_from", [])] if other]
        findings.notes += [(id_, note) for note in _unknown(one, services, users)]
        if one.get("imported") and one.get("category") == "error":
            at = moment_of(one.get("created_at"))
            found[at.isoformat() if at else "", str(one.get("title"))] += 1
    lost = [(id_, other) for id_, other in merged if other not in seen]
    findings.wrong += [(id_, f"it names the incident {other}, which is not there") for id_, other in lost]
    return found


def _faults_of_times(one: Mapping[str, Any]) -> Iterable[str]:
    told = [(name, moment_of(one.get(name))) for name in ORDERED]
    known = [(name, at) for name, at in told if at is not None]
    for (before, start), (after, end) in pairwise(known):
        if end < start:
            yield f"{after} is before {before}"


def _unknown(one: Mapping[str, Any], services: Collection[str], users: Collection[str]) -> Iterable[str]:
    service = one.get("service_id")
    if service and service not in services:
        yield f"there is no service {service!r}"
    people = {*one.get("assignees", []), *(role.get("user_id") for role in one.get("roles", []))}
    for person in sorted(str(person) for person in people if person and person not in users):
        yield f"there is no person {person!r}"


def compare_months(errors: Iterable[ErrorRow | tuple[int, str]], found: Counter[Key], findings: Findings) -> None:
    """Hold the source's errors against the imported ones, month by month."""
    left = Counter(found)
    source: Counter[str] = Counter()
    there: Counter[str] = Counter()
    for error in errors:
        if not isinstance(error, ErrorRow):
            line, reason = error
            findings.wrong.append((f"line {line}", reason))
            continue
        findings.errors += 1
        month, key = f"{error.at:%Y-%m}", key_of_error(error)
        source[month] += 1
        if left[key] > 0:
            left[key] -= 1
            there[month] += 1
    for month in sorted(source):
        findings.months.append({"month": month, "source": source[month], "there": there[month]})
        if there[month] != source[month]:
            missing = source[month] - there[month]
            findings.wrong.append((month, f"{missing} of {source[month]} errors of the source are not there"))
