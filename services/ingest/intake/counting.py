"""How many alerts a body lists, found without building it: its elements are looked at one by one and forgotten."""

from __future__ import annotations

import json
import re
from contextlib import suppress

from shared.process.garbage import no_collector

MEMBER = "alerts"
"""Where an object has its list, as Alertmanager and those that speak like it do."""
MOST_MEMBERS = 1000
"""Of an object are looked at for it: those that have a list of alerts have ten."""
_SPACE = re.compile(r"[ \t\n\r]*")
_element = json.JSONDecoder(strict=False).raw_decode
"""(the value that begins here, where it ends)"""


def count_listed(text: str, most: int) -> int:
    """The elements of the list that this JSON is, or of its member `alerts`: counted up to one more than `most`.

    Of what is no JSON so many as can be read.
    """
    found = [0]
    with no_collector(), suppress(ValueError, IndexError, RecursionError):
        start = _after_space(text, 0)
        if text[start] == "[":
            _count(text, start, most, found)
        elif text[start] == "{":
            _look_for_list(text, start, most, found)
    return max(found)


def _look_for_list(text: str, start: int, most: int, found: list[int]) -> None:
    at = _after_space(text, start + 1)
    for _ in range(MOST_MEMBERS):
        if text[at] == "}" or found[-1] > most:
            return
        name, at = _element(text, at)
        at = _after_space(text, at)
        at = _after_space(text, at + 1)  # behind the colon
        if name == MEMBER and text[at] == "[":
            found.append(0)
            at = _count(text, at, most, found)
        else:
            at = _element(text, at)[1]
        at = _after_space(text, at)
        if text[at] == ",":
            at = _after_space(text, at + 1)


def _count(text: str, start: int, most: int, found: list[int]) -> int:
    """Where the list that begins at `start` ends; its elements are counted in the last of `found`."""
    at = _after_space(text, start + 1)
    while text[at] != "]" and found[-1] <= most:
        at = _after_space(text, _element(text, at)[1])
        found[-1] += 1
        if text[at] == ",":
            at = _after_space(text, at + 1)
    return at + 1


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
