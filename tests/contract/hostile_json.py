"""JSON of somebody who wishes us ill, or whose library is broken: as text, since some of it is no Python value."""

from __future__ import annotations

import copy
import json
from typing import Any

from shared.text.lenient_json import read_json


def _deepest() -> int:
    """How deep lists may stand in each other and still be read, where little is on the stack."""
    readable, refused = 1, 200_000
    while refused - readable > 1:
        depth = (readable + refused) // 2
        try:
            read_json(b"[" * depth + b"]" * depth)
            readable = depth
        except ValueError:
            refused = depth
    return readable


_DEEPEST = _deepest()
_DEPTHS = (150, 199, 201, 500, 800, *range(_DEEPEST - 90, _DEEPEST + 1, 10), 5000)
"""What can just be read may be too deep for whoever walks it with more on the stack."""
HOSTILE = (
    *('""', '" "', "null", "true", "0", "-1", "0.5", "[]", "{}", "[[]]", "[null]", '[{"href": 7}]'),
    *('"cut \\ud83d"', '"\\udc00\\ud800"', '"a\\u0000b"', '"a\\u2028b\\u0085c"', '"\ufffe\u202e"', '"a\nb"'),
    *(str(2**63 - 1), str(2**63), str(-(2**63) - 1), "1" + "0" * 400, "9" * 4300, "9" * 5000, "-" + "9" * 400),
    *("NaN", "Infinity", "-Infinity", "1e999", "1e-999", "-0.0", "1e308", "253402300800", "-62135596801"),
    *('"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', '"0002-01-01T00:00:00Z"', '"2026-W01-1"'),
    *('{"\\ud83d": "\\ud83d"}', '{"a\\u0000b": {"\\u0000": "\\u0000"}}', '{"$gt": "", "a.b": 1, "": {"": []}}'),
    *(f'"{"x" * 20_000}"', f"[{','.join(['1e400'] * 300)}]", f'{{"{"k" * 3000}": [NaN, {"8" * 4000}]}}'),
    *(f"{'[' * depth}{']' * depth}" for depth in _DEPTHS),
    *(f'{{"a": {"[" * depth}"\\ud83d"{"]" * depth}}}' for depth in _DEPTHS),
)
"""Values as JSON text. Some of them no reader takes."""

_MARK = "put the text here"


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, part in inner for place in places(part, (*path, key)))]


def put(body: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """The body with another value at this place."""
    if not path:
        return value
    changed = copy.deepcopy(body)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return changed


def written(body: Any, *texts: tuple[tuple[str | int, ...], str]) -> bytes:
    """The body as JSON, with these texts at these places. A later place counts where it holds an earlier one."""
    for number, (path, _) in enumerate(texts):
        if _holds(body, path):
            body = put(body, path, f"{_MARK} {number}")
    whole = json.dumps(body)
    for number, (_, text) in enumerate(texts):
        whole = whole.replace(f'"{_MARK} {number}"', text)
    return whole.encode("utf-8", "surrogatepass")


def _holds(body: Any, path: tuple[str | int, ...]) -> bool:
    for key in path:
        if isinstance(body, str):  # a text of before is no holder, though it has places, too
            return False
        body = body[key]
    return True
