"""YAML as it is read here: documents of plain values, in the JSON part of the language.

Anchors, aliases and merge keys (`<<`) are followed as far as what they repeat stays small, so a small file stays small;
no tag is obeyed; a key that stands twice is refused. Words are what they look like: `no` is a text, and so is
`2026-01-01`. All of this is read event by event, so a deep or wide file is refused at its bound and not when memory
ends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from shared.problem import Problem, malformed

MAX_DEPTH = 20
MAX_VALUES = 1_000_000
MAX_ALIASED = 200_000
"""Values that aliases may repeat in all; a long text counts as several."""
_CHARACTERS = 64
"""Characters of a text that count as one value more."""

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{0,18}(?:[eE][-+][0-9]{1,3})?")
_NUMERIC = frozenset("-+0123456789")
_WORDS: dict[str, Any] = {"": None, "~": None}
_WORDS |= dict.fromkeys(("null", "Null", "NULL"))
_WORDS |= dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)


def read_yaml(text: bytes) -> Any:
    """The value of a document. Raises a 400 `Problem` that says in which line the fault is."""
    found = _read(text, 1)
    return found[0] if found else None


def read_yaml_documents(text: bytes, most: int) -> list[Any]:
    """The values of up to `most` documents, the bounds holding for each. Raises a 400 `Problem` as `read_yaml`."""
    return _read(text, most)


def _read(text: bytes, most: int) -> list[Any]:
    try:
        return _values_of(text.decode("utf-8-sig"), most)
    except UnicodeDecodeError as error:
        raise malformed("The body is not UTF-8.") from error
    except yaml.MarkedYAMLError as error:
        raise _fault(error.problem or "unreadable", error.problem_mark) from error
    except yaml.YAMLError as error:
        raise malformed("The body is not YAML: it has a character that no text may have.") from error


def _values_of(text: str, most: int) -> list[Any]:
    found: list[Any] = []
    reading = _Reading()
    parser = yaml.CSafeLoader(text)
    while (event := parser.get_event()) is not None:
        if isinstance(event, yaml.DocumentStartEvent):
            if len(found) == most:
                raise _fault(
                    "there is a second document" if most == 1 else "there are too many documents", event.start_mark
                )
            reading = _Reading()
        reading.take(event)
        if isinstance(event, yaml.DocumentEndEvent):
            found.append(reading.whole)
    return found


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A value that has a name, and what it costs to have it stand in another place too."""

    value: Any
    weight: int
    depth: int
    """Levels of lists and mappings in it; 0 for a text."""


@dataclass(slots=True)
class _Level:
    """A list or mapping that is begun."""

    value: list[Any] | dict[str, Any]
    anchor: str | None
    weight_before: int
    depth: int = 1
    key: str | None = None
    """Of a mapping: the key whose value comes next."""
    merges: bool = False
    """Of a mapping: what comes next stands under `<<`; where that is quoted it is a key like any other."""
    merged: list[Any] = field(default_factory=list)
    """What stood there; the mapping's own keys win, then the earlier of these."""


class _Reading:
    """What was read so far: the values that are begun, the innermost last."""

    def __init__(self) -> None:
        self.whole: Any = None
        self._open: list[_Level] = []
        self._anchors: dict[str, _Anchored] = {}
        self._count = 0
        self._weight = 0
        self._aliased = 0

    def take(self, event: Any) -> None:
        """Take one event in. Raises a 400 `Problem`."""
        if isinstance(event, yaml.ScalarEvent):  # two of three: asked for first
            value = _scalar(event)
            weight = self._put(value, event)
            if event.anchor is not None:
                self._anchors[event.anchor] = _Anchored(value, weight, 0)
        elif isinstance(event, yaml.AliasEvent):
            self._repeat(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            inner: list[Any] | dict[str, Any] = [] if isinstance(event, yaml.SequenceStartEvent) else {}
            if event.tag is not None and event.tag not in _PLAIN:
                raise _fault("tags are not followed", event.start_mark)
            before = self._weight
            self._put(inner, event)
            self._require_depth(1, event)
            if event.anchor is not None:
                self._anchors.pop(event.anchor, None)
            self._open.append(_Level(inner, event.anchor, before))

    def _repeat(self, event: Any) -> None:
        known = self._anchors.get(event.anchor)
        if known is None:
            raise _fault(f"the alias *{event.anchor[:100]} names nothing that ended before it", event.start_mark)
        self._aliased += known.weight
        if self._aliased > MAX_ALIASED:
            raise _fault("aliases make more of it than is taken", event.start_mark)
        self._require_depth(known.depth, event)
        self._put(known.value, event, known.weight)

    def _end(self, event: Any) -> None:
        level = self._open.pop()
        if isinstance(level.value, dict):
            for merged in level.merged:
                for one in merged if isinstance(merged, list) else [merged]:
                    if not isinstance(one, dict):
                        raise _fault("only mappings can be merged by <<", event.start_mark)
                    for key, value in one.items():
                        level.value.setdefault(key, value)
        if self._open:
            self._open[-1].depth = max(self._open[-1].depth, level.depth + 1)
        if level.anchor is not None:
            self._anchors[level.anchor] = _Anchored(level.value, self._weight - level.weight_before, level.depth)

    def _require_depth(self, depth: int, event: Any) -> None:
        if len(self._open) + depth > MAX_DEPTH:
            raise _fault(f"it is deeper than {MAX_DEPTH} levels", event.start_mark)
        if self._open:
            self._open[-1].depth = max(self._open[-1].depth, depth + 1)

    def _put(self, value: Any, event: Any, weight: int | None = None) -> int:
        """Put a value where it stands; tell its weight."""
        self._count += 1
        if self._count > MAX_VALUES:
            raise _fault(f"there are more than {MAX_VALUES} values", event.start_mark)
        if weight is None:
            weight = 1 + (len(event.value) // _CHARACTERS if isinstance(event, yaml.ScalarEvent) else 0)
        self._weight += weight
        if not self._open:
            self.whole = value
            return weight
        level = self._open[-1]
        within = level.value
        if isinstance(within, list):
            within.append(value)
        elif level.key is not None:
            within[level.key] = value
            level.key = None
        elif level.merges:
            level.merged.append(value)
            level.merges = False
        elif isinstance(event, yaml.ScalarEvent) and event.value == "<<" and event.implicit[0]:
            level.merges = True
        else:
            level.key = _key(value, event, within)
            within[level.key] = None
        return weight


def _key(value: Any, event: Any, within: dict[str, Any]) -> str:
    key = value if isinstance(event, yaml.AliasEvent) else getattr(event, "value", None)
    if not isinstance(key, str):
        raise _fault("a key must be a text", event.start_mark)
    if key in within:
        raise _fault(f"the key {key[:100]!r} stands twice", event.start_mark)
    return key


_PLAIN = ("tag:yaml.org,2002:seq", "tag:yaml.org,2002:map", "tag:yaml.org,2002:str")


def _scalar(event: Any) -> Any:
    if event.tag is not None and event.tag not in _PLAIN:
        raise _fault("tags are not followed", event.start_mark)
    text: str = event.value
    if not event.implicit[0] or event.tag is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _fault(detail: str, mark: Any) -> Problem:
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
    return malformed(f"The body is not YAML as it is read here: {where}{detail}.")
