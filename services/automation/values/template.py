"""Texts with places to be filled in: `{{ incident.title }}`, `{{ alert.labels.host }}`, `{{ parameters.path }}`.

A place holds one value and nothing else: no expression, no filter, no loop. What is filled in is encoded for where it
stands, and is never read as a template again. Scripts are no templates: they find parameters in their environment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator

from services.automation.values.values import Values, is_known

_PLACE = re.compile(r"\{\{([^{}]{0,1100})\}\}")
_NAME = re.compile(r"[a-z]+(?:\.[^\s{}]{1,1000})")

Encode = Callable[[str], str]


class NoValue(Exception):
    """A template names what has no value this time; the message is the name."""


def names_in(template: str) -> Iterator[str]:
    """What a template names, in order."""
    for found in _PLACE.finditer(template):
        yield found[1].strip()


def faults_of(template: str, parameters: Collection[str]) -> list[str]:
    """What is wrong with a template, in words; `parameters` are those that the runbook has."""
    faults = []
    _, opened, rest = _PLACE.sub("", template).partition("{{")
    if opened and "}}" in rest:
        faults.append("between {{ and }} stands the name of one value, of at most 1100 letters and without braces")
    for name in names_in(template):
        if _NAME.fullmatch(name) is None:
            faults.append(f"{{{{ {name[:100]} }}}} is no name of a value, such as {{{{ incident.service_id }}}}")
        elif not is_known(name, parameters):
            faults.append(f"there is no value called {name[:200]!r}")
    return faults


def render(template: str, values: Values, encode: Encode = str) -> str:
    """The text with every place filled in. Raises `NoValue`."""

    def fill(found: re.Match[str]) -> str:
        name = found[1].strip()
        value = values.find(name)
        if value is None:
            raise NoValue(name)
        return encode(value)

    return _PLACE.sub(fill, template)
