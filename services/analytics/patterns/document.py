"""`INCIDENT_PATTERNS_KB.md`: the patterns as a document, with places in which people keep their own notes. Pure.

The document is made anew each time; what stands between the markers of a pattern is people's, and stays. It can be
edited elsewhere and given back: only the notes are read from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.analytics.clusters.trends import Told
from services.analytics.patterns.pattern import Pattern
from shared.problem import Fault, Problem, invalid

LONGEST_DOCUMENT = 4_000_000
"""Bytes of a document that is given back."""
LONGEST_NOTES = 20_000
"""Characters of one pattern's notes."""
TOP = "top"
"""Under which notes before the first pattern are kept."""
_BEGIN = re.compile(r"^[ \t]*<!-- notes:([\w.:-]{1,120}) -->[ \t]*$")
_END = re.compile(r"^[ \t]*<!-- /notes -->[ \t]*$")
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>~])")


def render_document(patterns: Sequence[Pattern], notes: Mapping[str, str]) -> str:
    """The document. The same patterns and notes give the same bytes.

    Notes on a pattern that is no more stand at the end, so that nobody's words are lost.
    """
    lines = [
        "# Incident patterns",
        "",
        "Made from resolved incidents. Write between the `notes` markers: everything else is made anew.",
        "",
        *_notes(TOP, notes),
    ]
    for number, pattern in enumerate(patterns, 1):
        lines += ["", *_section(number, pattern), "", *_notes(pattern.id, notes)]
    known = {TOP, *(pattern.id for pattern in patterns)}
    left = sorted(key for key, text in notes.items() if key not in known and text)
    if left:
        lines += ["", "## Notes on patterns that are no more"]
        for key in left:
            lines += ["", *_notes(key, notes)]
    return "\n".join(lines) + "\n"


def read_notes(document: str) -> dict[str, str]:
    """The notes in a document that was given back, by pattern, empty ones too. Line ends and a BOM do not matter.

    Raises a 422 `Problem` that names the line of each marker that is wrong or doubled, and of notes that are too long.
    """
    reader = _Reader()
    for number, line in enumerate(document.removeprefix("\ufeff").splitlines(), 1):
        begin = _BEGIN.match(line)
        if begin is not None:
            reader.begin(begin[1], number)
        elif _END.match(line):
            reader.end(number)
        else:
            reader.kept.append(line.rstrip())
    reader.finish()
    if reader.faults:
        raise Problem(422, "notes_unreadable", "The markers of the notes are not as they were.", errors=reader.faults)
    if not reader.found:
        raise invalid("", "no notes are in it: is it the document of the patterns?", "no_notes")
    return reader.found


class _Reader:
    """Takes notes out of lines, one pair of markers after the other."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self.faults: list[Fault] = []
        self.kept: list[str] = []
        self._key: str | None = None
        self._line = 0

    def begin(self, key: str, line: int) -> None:
        self.finish()
        self._key, self._line, self.kept = key, line, []

    def end(self, line: int) -> None:
        if self._key is None:
            self._refuse(line, "an end of notes without a beginning")
            return
        text = "\n".join(self.kept).strip("\n")
        if self._key in self.found:
            self._refuse(self._line, f"the notes of {self._key} are there twice")
        elif len(text) > LONGEST_NOTES:
            self._refuse(self._line, f"longer than {LONGEST_NOTES} characters")
        self.found.setdefault(self._key, text)
        self._key = None

    def finish(self) -> None:
        """What is open has no end."""
        if self._key is not None:
            self._refuse(self._line, f"the notes of {self._key} have no end")

    def _refuse(self, line: int, detail: str) -> None:
        self.faults.append(Fault(f"/line/{line}", detail))


@dataclass(frozen=True, slots=True)
class _Row:
    label: str
    texts: Sequence[Told]


def _section(number: int, pattern: Pattern) -> list[str]:
    lines = [
        f"## {number}. {_plain(pattern.name)}",
        "",
        f"<!-- pattern:{pattern.id} -->",
        f"- Frequency: {len(pattern.incidents)} incidents, at most {pattern.most_in_window} within 30 days",
        f"- First seen: {pattern.first_seen:%Y-%m-%d}, last seen: {pattern.last_seen:%Y-%m-%d}",
    ]
    rows = (
        _Row("Components", pattern.components),
        _Row("Causes", pattern.causes),
        _Row("What fixed it", pattern.fixes),
        _Row("Prevention", pattern.preventions),
    )
    for row in rows:
        lines.append(f"- {row.label}:" + ("" if row.texts else " nothing written down"))
        lines += [f"  - {_plain(one.text)} ({one.count})" for one in row.texts]
    if pattern.runbooks:
        lines.append("- Runbooks:")
        lines += [f"  - {_plain(one.name)}: {one.words} ({_plain(one.id)})" for one in pattern.runbooks]
    if pattern.actions:
        lines.append("- Actions:")
        lines += [f"  - {_plain(one.title)}: {one.state.value} ({one.id})" for one in pattern.actions]
    lines.append("- Incidents: " + ", ".join(one.id for one in pattern.incidents[:10]))
    return lines


def _notes(key: str, notes: Mapping[str, str]) -> list[str]:
    text = notes.get(key, "")
    return [f"<!-- notes:{key} -->", *(text.split("\n") if text else []), "<!-- /notes -->"]


def _plain(text: str) -> str:
    """A text from outside on one line, with nothing in it that Markdown or HTML would take for more."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split())).replace("\\<", "&lt;").replace("\\>", "&gt;")
