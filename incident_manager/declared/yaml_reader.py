"""YAML as people write it here: text stays text, nothing is run, nothing stands twice, nothing grows. Pure.

Only true, false, null and decimal numbers are anything but text: `09:00` is no number of seconds and `no` no false.
Aliases may be used, but all that they stand for together is bounded. Faults have their line.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml

from incident_manager.client.errors import BadInput

MOST_VALUES = 200_000
DEEPEST = 40
_SCALARS: tuple[tuple[str, str, str], ...] = (
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("tag:yaml.org,2002:null", r"~|null|Null|NULL|", "~nN"),
    ("tag:yaml.org,2002:int", r"[-+]?(?:0|[1-9][0-9]{0,17})", "-+0123456789"),
    ("tag:yaml.org,2002:float", r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]+)?", "-+0123456789"),
)


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:merge" and isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.MarkedYAMLError(problem=f"{key.value[:60]!r} stands twice", problem_mark=key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep)


for _tag, _pattern, _first in _SCALARS:
    _Loader.add_implicit_resolver(
        _tag, re.compile(rf"^(?:{_pattern})$"), [*_first, ""] if "null" in _tag else list(_first)
    )
_Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^<<$"), ["<"])


def read_yaml(text: str, *, most_values: int = MOST_VALUES) -> Any:
    """The document. Raises `BadInput` with the line of the fault."""
    try:
        value = yaml.load(text, _Loader)  # noqa: S506 - a safe loader of our own
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}: " if mark is not None else ""
        raise BadInput(f"{where}{' '.join(str(error.problem or error.context or 'no YAML').split())}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadInput(f"This is no YAML that can be read: {' '.join(str(error).split())[:200]}") from error
    _bound(value, most_values)
    return value


def _bound(whole: Any, most: int) -> None:
    left = [(whole, 0)]
    count = 0
    while left:
        value, depth = left.pop()
        count += 1
        if count > most:
            raise BadInput(f"There are more than {most} values in it, aliases counted as often as they stand.")
        if depth > DEEPEST:
            raise BadInput(f"It is nested deeper than {DEEPEST}.")
        if isinstance(value, dict):
            left += [(one, depth + 1) for one in value.values()]
        elif isinstance(value, list):
            left += [(one, depth + 1) for one in value]
