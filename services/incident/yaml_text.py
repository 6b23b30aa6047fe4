"""YAML as it is read here: one document of plain values, in the JSON part of the language.

No anchor is followed, so a small file stays small; no tag is obeyed; a key that stands twice is refused. Words are what
they look like: `no` is a text, and so is `2026-01-01`. All of this is read event by event, so a deep or wide file is
refused at its bound and not when memory ends.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from shared.problem import Problem, malformed

MAX_DEPTH = 20
MAX_VALUES = 1_000_000

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{0,18}(?:[eE][-+][0-9]{1,3})?")
_NUMERIC = frozenset("-+0123456789")
_WORDS: dict[str, Any] = {"": None, "~": None}
_WORDS |= dict.fromkeys(("null", "Null", "NULL"))
_WORDS |= dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)


def read_yaml(text: bytes) -> Any:
    """The value of a document. Raises a 400 `Problem` that says in which line the fault is."""
    try:
        return _value_of(text.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise malformed("The body is not UTF-8.") from error
    except yaml.MarkedYAMLError as error:
        raise _fault(error.problem or "unreadable", error.problem_mark) from error
    except yaml.YAMLError as error:
        raise malformed("The body is not YAML: it has a character that no text may have.") from error


def _value_of(text: str) -> Any:
    reading = _Reading()
    documents = 0
    parser = yaml.CSafeLoader(text)
    while (event := parser.get_event()) is not None:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _fault("there is a second document", event.start_mark)
        reading.take(event)
    return reading.whole


class _Reading:
    """What was read so far: the values that are begun, the innermost last."""

    def __init__(self) -> None:
        self.whole: Any = None
        self._open: list[list[Any] | dict[str, Any]] = []
        self._keys: list[str | None] = []
        self._count = 0

    def take(self, event: Any) -> None:
        """Take one event in. Raises a 400 `Problem`."""
        if isinstance(event, yaml.ScalarEvent):  # two of three: asked for first
            self._put(_scalar(event), event)
        elif isinstance(event, yaml.AliasEvent):
            raise _fault("aliases are not followed", event.start_mark)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._keys.pop()
        elif isinstance(event, yaml.CollectionStartEvent):
            inner: list[Any] | dict[str, Any] = [] if isinstance(event, yaml.SequenceStartEvent) else {}
            if event.tag is not None and event.tag not in _PLAIN:
                raise _fault("tags are not followed", event.start_mark)
            self._put(inner, event)
            if len(self._open) == MAX_DEPTH:
                raise _fault(f"it is deeper than {MAX_DEPTH} levels", event.start_mark)
            self._open.append(inner)
            self._keys.append(None)

    def _put(self, value: Any, event: Any) -> None:
        self._count += 1
        if self._count > MAX_VALUES:
            raise _fault(f"there are more than {MAX_VALUES} values", event.start_mark)
        if not self._open:
            self.whole = value
            return
        within = self._open[-1]
        if isinstance(within, list):
            within.append(value)
            return
        key = self._keys[-1]
        if key is not None:
            within[key] = value
            self._keys[-1] = None
        elif not isinstance(event, yaml.ScalarEvent):
            raise _fault("a key must be a text", event.start_mark)
        elif event.value in within:
            raise _fault(f"the key {event.value[:100]!r} stands twice", event.start_mark)
        else:
            within[event.value] = None
            self._keys[-1] = event.value


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
