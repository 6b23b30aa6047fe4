"""`python -m shared.events.docs` writes `docs/events.md` and `docs/asyncapi.json` from the catalogue.

With `--check` nothing is written, and the exit code is 1 when a document is not what the code says.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shared.events.asyncapi import SCHEMAS, asyncapi, schemas
from shared.events.catalogue import CATALOGUE, EventType
from shared.events.flow import in_stream, listeners, queues, routing_keys

FOLDER = Path("docs")

_OPENING = """\
# Events

What the services tell each other. Written by `python -m shared.events.docs` from the code; do not edit.

An event is a past-tense fact about one subject, in a [CloudEvents 1.0](https://cloudevents.io) envelope as structured
JSON, on the topic exchange `tocsin.events` with its type as the routing key. It carries the whole state of its subject,
so a reader needs the newest one only: `sequence` is the subject's version, and what is older than a reader knows is
left out. Events come at least once and in any order.

Inside a version (`.v1`) members are only added, and only optional ones; a reader ignores what it does not know. The
examples are the golden files of the contract tests. Events that name people stay out of the stream `tocsin.log`.
The same in machine-readable form: [asyncapi.json](asyncapi.json).
"""


def events_page() -> str:
    """`docs/events.md`."""
    parts = [_OPENING, _overview(), *(_event(kind) for kind in CATALOGUE), "## What they carry\n"]
    parts += [_schema(name, schema) for name, schema in schemas().items() if name != "Event"]
    envelope = _schema("Event", schemas()["Event"]).replace("### Event", "## The envelope", 1)
    return "\n".join([*parts, envelope]).rstrip("\n") + "\n"


def _overview() -> str:
    rows = [
        f"| [`{kind.name}`](#{_anchor(kind.name)}) | {_teller(kind)} | {', '.join(listeners(kind.name)) or 'nobody'} "
        f"| {_yes(kind.personal)} | {_yes(in_stream(kind))} |"
        for kind in CATALOGUE
    ]
    return "\n".join(["| event | told by | heard by | names people | in the stream |", "| --- " * 5 + "|", *rows, ""])


def _event(kind: EventType) -> str:
    heard = ", ".join(f"`{name}`" for name in queues(kind.name)) or "none"
    data = kind.data.__name__
    told = f"Told by {_teller(kind)}. Carries [{data}](#{_anchor(data)})"
    stream = "Kept in the stream." if in_stream(kind) else "Not kept in the stream."
    lines = [
        f"## `{kind.name}`",
        "",
        kind.doc,
        "",
        f"- {told}, [for example](../tests/golden/{kind.name}.json).",
        f"- Queues: {heard}.",
        f"- {'Names people. ' if kind.personal else ''}{stream}",
    ]
    if len(routing_keys(kind.name)) > 1:
        lines.append(f"- Routing keys: {', '.join(f'`{key}`' for key in routing_keys(kind.name))} (the fast lane).")
    return "\n".join([*lines, ""])


def _schema(name: str, schema: Mapping[str, Any]) -> str:
    described = " ".join(str(schema.get("description", "")).split("\n\n")[0].split())
    lines = [f"### {name}", "", described, ""]
    if "enum" in schema:
        return "\n".join([*lines[:2], f"{described} One of {', '.join(f'`{word}`' for word in schema['enum'])}.", ""])
    if not schema.get("properties"):
        return "\n".join(lines)
    lines += ["| member | type | default | meaning |", "| --- | --- | --- | --- |"]
    required = schema.get("required", ())
    for member, inner in schema.get("properties", {}).items():
        default = (
            "required" if member in required else f"`{json.dumps(inner['default'])}`" if "default" in inner else ""
        )
        meaning = " ".join(str(inner.get("description", "")).split()).replace("|", "\\|")
        lines.append(f"| `{member}` | {_spell(inner)} | {default} | {meaning} |")
    return "\n".join([*lines, ""])


def _spell(schema: Mapping[str, Any]) -> str:
    """A JSON schema's type in words."""
    match schema:
        case {"$ref": str(ref)}:
            name = ref.removeprefix(SCHEMAS)
            return f"[{name}](#{_anchor(name)})"
        case {"anyOf": list(choices)}:
            return " or ".join(_spell(choice) for choice in choices)
        case {"type": "array", "items": dict(items)}:
            return f"list of {_spell(items)}"
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"map to {_spell(values)}"
        case {"format": "date-time"}:
            return "time"
        case {"type": "integer"}:
            return "whole number"
        case {"type": str(kind)}:
            return {"string": "text", "boolean": "true or false"}.get(kind, kind)
        case _:
            return "anything"


def _teller(kind: EventType) -> str:
    return "any service" if kind.emitter == "any" else kind.emitter


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _anchor(heading: str) -> str:
    """The anchor that Markdown viewers give a heading."""
    return "".join(char for char in heading.lower() if char.isalnum() or char in "-_")


def documents() -> Iterator[tuple[str, str]]:
    """Every generated document: (file name in `docs/`, text)."""
    yield "events.md", events_page()
    yield "asyncapi.json", json.dumps(asyncapi(), ensure_ascii=False, indent=2) + "\n"


def stale(folder: Path = FOLDER) -> list[str]:
    """The documents in `folder` that are not what the code says."""
    return [
        name
        for name, text in documents()
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != text
    ]


def main(arguments: list[str] | None = None) -> int:
    """The command line. Exit code 1 when a document was stale and `--check` was given."""
    parser = argparse.ArgumentParser(prog="python -m shared.events.docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a document is stale")
    chosen = parser.parse_args(arguments)
    old = stale()
    for name in old:
        sys.stdout.write(f"{'stale' if chosen.check else 'written'}\t{FOLDER / name}\n")
    if chosen.check:
        return 1 if old else 0
    for name, text in documents():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
