"""No text that somebody sends makes a pattern of the product compute for long: its time grows as the text does.

Every pattern in the source is attacked with texts made from its own repeats, up to the length that its caller lets
through (100 KB unless it is said below). When the length doubles, the time may grow 2.5 times.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic_core import SchemaValidator, core_schema

from tests.architecture.patterns import Attack, Found, attacks, patterns_in

pytestmark = [pytest.mark.architecture, pytest.mark.timeout(300)]

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("services", "shared", "deploy")
LONGEST = 100_000
GROWTH = 2.5
NOISE_SECONDS = 0.03
"""Seconds of the processor. What takes less can't be told from noise, and what grows too fast soon takes more."""

BOUNDS = {
    ("services/ingest/change_sources/contract.py", r"v?\d+\.\d+(?:[.+_-][\w.+-]*)?"): 256,
}
"""For a pattern whose caller says a smaller bound: its file, itself, and that bound in characters."""


def all_patterns() -> list[Found]:
    found: dict[tuple[str, str, int, str], Found] = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for one in patterns_in(path, ROOT):
                found.setdefault((one.path.as_posix(), one.pattern, one.flags, one.use), one)
    return list(found.values())


PATTERNS = all_patterns()


def user_of(found: Found) -> list[Callable[[str], object]]:
    """How the product uses a pattern: a compiled one in each way that it may be."""
    if found.use == "pattern":
        validator = SchemaValidator(core_schema.str_schema(pattern=found.pattern))
        return [validator.isinstance_python]
    compiled = re.compile(found.pattern, found.flags)
    ways: dict[str, Callable[[str], object]] = {
        "match": compiled.match,
        "search": compiled.search,
        "fullmatch": compiled.fullmatch,
        "sub": lambda text: compiled.sub("", text),
        "subn": lambda text: compiled.sub("", text),
        "split": compiled.split,
        "findall": compiled.findall,
        "finditer": lambda text: list(compiled.finditer(text)),
    }
    return [ways[name] for name in (found.use, *found.methods) if name in ways] or [compiled.fullmatch, compiled.search]


def seconds(use: Callable[[str], object], text: str, times: int = 1) -> float:
    best = float("inf")
    for _ in range(times):
        began = time.thread_time()
        use(text)
        best = min(best, time.thread_time() - began)
    return best


def fault(use: Callable[[str], object], attack: Attack, longest: int) -> str | None:
    """How the time grows too fast, beginning with short texts, so that nothing is waited for that never ends."""
    for length in range(8, 40, 2):
        if (now := seconds(use, attack.text(length))) > NOISE_SECONDS:
            return f"{attack!r:.300}: {length} letters {now * 1000:.0f} ms"
    length = min(97, longest)
    before = seconds(use, attack.text(length))
    while length * 2 <= longest:
        length *= 2
        now = seconds(use, attack.text(length))
        if now > NOISE_SECONDS and now > GROWTH * before:
            before = seconds(use, attack.text(length // 2), 5)
            now = seconds(use, attack.text(length), 5)
            if now > NOISE_SECONDS and now > GROWTH * before:
                return f"{attack!r:.300}: {length // 2} letters {before * 1000:.1f} ms, {length} {now * 1000:.1f} ms"
        before = now
    return None


def worst(found: Found) -> str | None:
    longest = BOUNDS.get((found.path.as_posix(), found.pattern), LONGEST)
    for use in user_of(found):
        for attack in attacks(found):
            if why := fault(use, attack, longest):
                return why
    return None


@pytest.mark.parametrize("found", [one for one in PATTERNS if attacks(one)], ids=lambda found: found.id)
def test_the_time_of_a_pattern_grows_as_its_text(found: Found) -> None:
    assert worst(found) is None, found.pattern


def test_every_bound_belongs_to_a_pattern() -> None:
    assert set(BOUNDS) <= {(one.path.as_posix(), one.pattern) for one in PATTERNS}


def test_the_patterns_of_the_product_are_found() -> None:
    assert len(PATTERNS) > 30
    assert {"pattern", "compile"} <= {found.use for found in PATTERNS}


@pytest.mark.parametrize(
    "pattern", [r"^(a+)+$", r"(\w*)*:", r"^\s*(.*?)\s*$x", r"\d+-\d+$", r"<[^>]*>", r"(a|a)*b", r"x*y"]
)
def test_a_pattern_that_is_known_to_be_bad_is_found_out(pattern: str) -> None:
    bad = Found(Path("bad.py"), 1, pattern, 0, "search")
    assert worst(bad) is not None


@pytest.mark.parametrize("pattern", [r"^[a-z]+$", r"\A\d{1,9}\Z", r"^(?:[^\s:]+):"])
def test_a_good_pattern_passes(pattern: str) -> None:
    assert worst(Found(Path("good.py"), 1, pattern, 0, "match")) is None
