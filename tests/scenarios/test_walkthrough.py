"""`docs/walkthrough.md` is true: each call on the page is made, and answers what the page says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shared.testing.harness import eventually
from tests.scenarios.world import World

PAGE = Path(__file__).resolve().parents[2] / "docs" / "walkthrough.md"
_CALL = re.compile(r"```http\n(\w+) (\S+)\n(.*?)```(?:\s*```(json|text)\n(.*?)```)?", re.DOTALL)
_NAME = re.compile(r"<(\w+)>")
_AGO = re.compile(r"<(\d+)_minutes_ago>")


@dataclass(frozen=True)
class Call:
    """One call of the page, with the names in it still open; `lines` are expected of an answer that is a text."""

    method: str
    path: str
    body: str
    expected: Any
    lines: tuple[str, ...]


def calls(text: str) -> Iterator[Call]:
    for method, path, body, kind, expected in _CALL.findall(text):
        is_text = kind == "text"
        yield Call(
            method,
            path,
            body.strip(),
            json.loads(expected) if expected and not is_text else {},
            tuple(expected.strip().splitlines()) if is_text else (),
        )


def agrees(expected: Any, answer: Any, names: dict[str, str]) -> bool:
    """All that is expected is in the answer; a name that is new is kept, one that is known must be the same."""
    tried = dict(names)
    if isinstance(expected, dict):
        found = isinstance(answer, dict) and all(
            name in answer and agrees(value, answer[name], tried) for name, value in expected.items()
        )
    elif isinstance(expected, list):
        found = isinstance(answer, list) and all(any(agrees(one, it, tried) for it in answer) for one in expected)
    elif isinstance(expected, str) and (name := _NAME.fullmatch(expected)):
        found = isinstance(answer, str) and tried.setdefault(name[1], answer) == answer
    elif isinstance(expected, str):
        found = filled(expected, tried) == answer
    else:
        found = bool(expected == answer)
    if found:
        names.update(tried)
    return found


def filled(text: str, names: dict[str, str]) -> str:
    """The text with what is known of its names."""
    return _NAME.sub(lambda found: names.get(found[1], found[0]), text)


def past(text: str, now: datetime) -> str:
    """The page with its times: milliseconds are what is kept of one."""
    whole = now.replace(microsecond=0)
    return _AGO.sub(lambda found: f"{whole - timedelta(minutes=int(found[1])):%Y-%m-%dT%H:%M:%SZ}", text)


async def test_every_call_of_the_walkthrough_answers_what_the_page_says(world: World) -> None:
    names: dict[str, str] = {}
    made = list(calls(past(PAGE.read_text(encoding="utf-8"), datetime.now(UTC))))
    assert len(made) > 30
    for call in made:
        path = filled(call.path, names)
        if call.lines:
            text = (await world.api.get(path)).text
            assert [line for line in call.lines if filled(line, names) not in text] == [], text
            continue
        if call.method == "GET":

            async def ask(path: str = path) -> Any:
                return await world.get(path)

            await eventually(ask, until=lambda answer, call=call: agrees(call.expected, answer, names))  # type: ignore[misc]
            continue
        body = json.loads(filled(call.body, names)) if call.body else {}
        answer = await world.api.request(call.method, path, json=body)
        assert answer.is_success, f"{call.method} {path}: {answer.status_code} {answer.text[:500]}"
        assert agrees(call.expected, answer.json(), names), f"{call.method} {path}: {answer.text[:3000]}"
