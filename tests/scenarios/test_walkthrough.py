"""`docs/walkthrough.md` is true: each call on the page is made, and answers what the page says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.testing.harness import eventually
from tests.scenarios.world import World

PAGE = Path(__file__).resolve().parents[2] / "docs" / "walkthrough.md"
_CALL = re.compile(r"```http\n(\w+) (\S+)\n(.*?)```(?:\s*```json\n(.*?)```)?", re.DOTALL)
_NAME = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class Call:
    """One call of the page, with the names in it still open."""

    method: str
    path: str
    body: str
    expected: Any


def calls(text: str) -> Iterator[Call]:
    for method, path, body, expected in _CALL.findall(text):
        yield Call(method, path, body.strip(), json.loads(expected) if expected else {})


def agrees(expected: Any, answer: Any, names: dict[str, str]) -> bool:
    """All that is expected is in the answer; a name that is new is kept, one that is known must be the same."""
    if isinstance(expected, dict):
        return isinstance(answer, dict) and all(
            name in answer and agrees(value, answer[name], names) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return isinstance(answer, list) and all(any(agrees(one, it, names) for it in answer) for one in expected)
    if isinstance(expected, str) and (name := _NAME.fullmatch(expected)):
        return bool(names.setdefault(name[1], answer) == answer)
    return bool(expected == answer)


async def test_every_call_of_the_walkthrough_answers_what_the_page_says(world: World) -> None:
    names: dict[str, str] = {}

    def filled(text: str) -> str:
        return _NAME.sub(lambda found: names[found[1]], text)

    made = list(calls(PAGE.read_text(encoding="utf-8")))
    assert len(made) > 20
    for call in made:
        path = filled(call.path)
        if call.method == "GET":

            async def ask(path: str = path) -> Any:
                return await world.get(path)

            await eventually(ask, until=lambda answer, call=call: agrees(call.expected, answer, names))  # type: ignore[misc]
            continue
        body = json.loads(filled(call.body)) if call.body else {}
        answer = await world.api.request(call.method, path, json=body)
        assert answer.is_success, f"{call.method} {path}: {answer.status_code} {answer.text[:500]}"
        assert agrees(call.expected, answer.json(), names), f"{call.method} {path}: {answer.text[:1000]}"
