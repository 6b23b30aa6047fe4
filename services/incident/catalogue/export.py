"""The catalogue as a file to keep and to edit: YAML, every member stated, so that it says all there is to say.

It is written by hand, since the library's writer takes seconds for thousands of services: words as they are, any other
text as JSON writes it, which YAML reads the same, but for the few characters that YAML would not take or would fold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.incident.catalogue.service_definition import EdgeKind, Service

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*(?: [A-Za-z0-9_.-]+)*")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_ODD = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")

MEMBERS = (
    "id", "name", "description", "tier", "team", "escalation_policy_id", "tags", "links", "slo", "match", "urgency",
    "auto_resolve_after_seconds", "change_window_seconds", "resolved_grace_seconds", "support_hours",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileEntry:
    """What the file says of one service: `members` is their text, each line ended; `needs` has a line for each edge."""

    members: str
    needs: Sequence[tuple[str, str]]
    """(id of the service that is needed, line)"""

    @classmethod
    def of(cls, service: Service) -> FileEntry:
        """The entry of a service."""
        whole = export_row(service)
        needs = whole.pop("depends_on")
        return cls(write_row(whole), tuple((need["service_id"], f"  - {_value(need)}\n") for need in needs))


def export_row(service: Service) -> dict[str, Any]:
    """A service as a file has it: every member that people write, and what it needs."""
    whole = service.model_dump(mode="json", by_alias=True, include=set(MEMBERS))
    needs = [{"service_id": one.service_id, "kind": EdgeKind.of(hard=one.hard).value} for one in service.depends_on]
    return {name: whole[name] for name in MEMBERS} | {"depends_on": needs}


def write_row(members: Mapping[str, Any]) -> str:
    """One service of the file, each line ended."""
    return "".join(f"{line}\n" for line in _lines(members))


def write_yaml(entries: Iterable[FileEntry], there: Container[str]) -> str:
    """The file; of what a service needs, those that are `there`."""
    parts = []
    for entry in entries:
        parts.append(entry.members)
        needs = [line for needed, line in entry.needs if needed in there]
        parts += ["  depends_on:\n", *needs] if needs else ["  depends_on: []\n"]
    return "services:\n" + "".join(parts) if parts else "services: []\n"


def _lines(service: Mapping[str, Any]) -> Iterator[str]:
    lead = "- "
    for name, value in service.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield f"{lead}{name}:"
            yield from (f"  - {_value(item)}" for item in value)
        else:
            yield f"{lead}{name}: {_value(value)}"
        lead = "  "


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(key)}: {_value(item)}" for key, item in value.items()) + "}"
    return json.dumps(value)


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.casefold() not in _WORDS:
        return text
    return _ODD.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
