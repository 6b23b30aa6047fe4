"""Labelled titles: problems as several people and rules write them in three languages, with what differs each time.

The clusters' thresholds were chosen with them in sight: other titles may do less well.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SERVICES = (
    "payments",
    "checkout-api",
    "users",
    "search",
    "orders",
    "inventory",
    "auth",
    "billing-worker",
    "mailer",
    "reports",
)
_FILE = Path(__file__).with_name("trend_titles.txt")


def read_problems(text: str) -> dict[str, list[str]]:
    """The titles of each problem of a file: `[problem]`, then a title a line; # begins a comment."""
    found: dict[str, list[str]] = {}
    titles: list[str] = []
    for line in text.splitlines():
        if line.startswith("["):
            titles = found.setdefault(line.strip("[]"), [])
        elif line.strip() and not line.startswith("#"):
            titles.append(line.strip())
    return found


PROBLEMS: Mapping[str, Sequence[str]] = read_problems(_FILE.read_text(encoding="utf-8"))
ALONE = PROBLEMS["alone"]
"""Titles of which each is a problem of its own."""
_HOSTS = ("web", "db", "app", "cache", "node", "mq")
_SHARE_ALONE, _SHARE_FAULTS = 0.08, 0.05
_FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A title, the problem it is of, and the name of its incident's service."""

    title: str
    problem: str
    service: str | None


def labelled_titles(count: int, seed: int, problems: Mapping[str, Sequence[str]] = PROBLEMS) -> list[Labelled]:
    """So many titles, frequent problems and rare ones; one in twenty has a typing fault."""
    dice = random.Random(seed)
    names = [one for one in problems if one != "alone"]
    weights = [1 / (place + 1) ** 0.7 for place in range(len(names))]
    made = []
    for _ in range(count):
        if dice.random() < _SHARE_ALONE:
            title = dice.choice(ALONE)
            made.append(Labelled(title, title, None))
            continue
        problem = dice.choices(names, weights)[0]
        title = _filled(dice.choice(problems[problem]), dice)
        service = next((one for one in SERVICES if one in title), None)
        made.append(Labelled(_mistyped(title, dice) if dice.random() < _SHARE_FAULTS else title, problem, service))
    return made


def _filled(form: str, dice: random.Random) -> str:
    values: Mapping[str, Callable[[], str]] = {
        "host": lambda: (
            dice.choice(_HOSTS)
            + dice.choice(("-", "", ""))
            + f"{dice.randint(1, 40):02d}"
            + dice.choice(("", ".prod", ".eu-west-1.example.com"))
        ),
        "service": lambda: dice.choice(SERVICES),
        "n": lambda: str(dice.randint(60, 99)),
        "hex": lambda: f"{dice.getrandbits(40):010x}",
        "mod": lambda: dice.choice(("requests", "numpy", "yaml", "libtask")),
        "ip": lambda: f"10.{dice.randint(0, 9)}.{dice.randint(0, 255)}.{dice.randint(1, 254)}",
        "user": lambda: dice.choice(("admin", "root", "sara")),
        "ver": lambda: f"{dice.randint(1, 4)}.{dice.randint(0, 20)}.{dice.randint(0, 9)}",
    }
    return _FIELD.sub(lambda match: values[match[1]](), form)


def _mistyped(text: str, dice: random.Random) -> str:
    """A letter left out, doubled, or changed with its neighbour."""
    at = dice.choice([place for place, letter in enumerate(text) if letter.isalpha()])
    rest = text[at + 1 :]
    return text[:at] + dice.choice((rest, text[at] * 2 + rest, rest[:1] + text[at] + rest[1:]))
