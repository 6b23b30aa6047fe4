"""Title and description of a body whose members may have any name.

Nothing is shown twice: what became the title, the description or a label is no line of the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from services.ingest.members.names import MESSAGES, plain_name
from services.ingest.members.titles import MOST_MEMBERS, Found, find_named_title, likely_title, title_within
from services.ingest.members.values import is_status_word
from services.ingest.members.wording import lines_of
from services.ingest.normalisation.normalise import DESCRIPTION, TITLE, Normaliser

UNTITLED = "untitled alert"
_RANK = {name: rank for rank, name in enumerate(MESSAGES)}


@dataclass(frozen=True, slots=True)
class Words:
    """What an alert says to people."""

    title: str
    description: str
    has_own_title: bool
    """It was called `title`."""


def words_of(
    body: Mapping[str, Any],
    unknown: Mapping[str, Any],
    *,
    alertname: str,
    around: str | None,
    placed: frozenset[str],
    normaliser: Normaliser,
) -> Words:
    """The words of a body, of which the members `unknown` are none of ours and `placed` are labels already.

    `alertname` is the label of that name, `around` a title that what the body came in suggests.
    """
    description = normaliser.text(body.get("description"), DESCRIPTION, "description")
    own = normaliser.line(body.get("title"), TITLE, "title")
    found = None
    title = own
    if not own:
        title, found = _title(
            body, unknown, alertname=alertname, around=around, description=description, normaliser=normaliser
        )
    if not unknown:
        return Words(title, description, bool(own))
    shown = set(placed)
    if found is not None and _is_whole(found.text, title):
        shown.add(found.path)
    if not description:
        message = _message(unknown, shown)
        if message is not None:
            description = normaliser.text(unknown[message], DESCRIPTION, "description")
            shown.add(message)
    return Words(title, _with_rest(description, unknown, frozenset(shown), normaliser), bool(own))


def _title(
    body: Mapping[str, Any],
    unknown: Mapping[str, Any],
    *,
    alertname: str,
    around: str | None,
    description: str,
    normaliser: Normaliser,
) -> tuple[str, Found | None]:
    found = find_named_title(unknown)
    if found is None and alertname:
        normaliser.note("title: missing, taken from the label alertname")
        return normaliser.line(alertname, TITLE, "title"), None
    if found is None and around:
        return normaliser.line(around, TITLE, "title"), None
    found = found or title_within(unknown)
    if found is None:
        title = normaliser.line(description.strip().partition("\n")[0][:TITLE], TITLE, "title")
        if title:
            normaliser.note("title: missing, taken from the description")
            return title, None
    found = found or likely_title(unknown) or _status_text(body)
    title = normaliser.line(found.text, TITLE, "title") if found is not None else ""
    if found is None or not title:
        normaliser.note("title: missing")
        return UNTITLED, None
    normaliser.note(f"title: missing, taken from {Normaliser().line(found.path[:100], TITLE, 'path')}")
    return title, found


def _status_text(body: Mapping[str, Any]) -> Found | None:
    """What stands where a word of status should."""
    texts = ((name, body.get(name)) for name in ("status", "state"))
    return next((Found(text, name) for name, text in texts if isinstance(text, str) and not is_status_word(text)), None)


def _is_whole(text: str, title: str) -> bool:
    """True where the title shows all of a text."""
    return text.strip() == title


def _message(unknown: Mapping[str, Any], shown: set[str]) -> str | None:
    """The member that is the likeliest description."""
    texts = [
        name
        for name, value in islice(unknown.items(), MOST_MEMBERS)
        if name not in shown and isinstance(value, str) and _is_prose(value) and plain_name(name) in _RANK
    ]
    return min(texts, key=lambda name: _RANK[plain_name(name)], default=None)


def _is_prose(text: str) -> bool:
    """True for a text that is not empty, and not an object that somebody wrapped in a text."""
    start = text[:200].lstrip()
    return bool(start) and not start.startswith("{")


def _with_rest(description: str, unknown: Mapping[str, Any], shown: frozenset[str], normaliser: Normaliser) -> str:
    lines, is_all = lines_of(unknown, shown, DESCRIPTION - len(description) - 1)
    if not is_all:
        normaliser.note(f"description: unknown members do not fit into {DESCRIPTION} characters, the rest was left out")
    elif lines:
        normaliser.note("description: holds members that are not known")
    text = "\n".join(part for part in (description, lines) if part)
    return normaliser.text(text, DESCRIPTION, "description") if lines else text
