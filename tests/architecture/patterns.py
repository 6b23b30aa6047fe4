"""The product's patterns, found in its source, and texts that are bad for them, made from their own parsed repeats."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

FUNCTIONS = ("compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer")
FAILING = ("\x00", "\n", "!", "é", "a", "0", "-", " ", "")
"""What may stand behind the repeats so that a match fails at the very end."""


@dataclass(frozen=True)
class Found:
    """A pattern of the product, and how it is used."""

    path: Path
    line: int
    pattern: str
    flags: int
    use: str
    """The function of `re`, or `pattern` for pydantic's."""
    methods: tuple[str, ...] = ()
    """What its own module calls of a compiled one, as far as that can be read there."""

    @property
    def id(self) -> str:
        return f"{self.path.as_posix()}:{self.line}"


def patterns_in(path: Path, root: Path) -> Iterator[Found]:
    """Every literal pattern in a source file, `re.X("...")` and `pattern="..."`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    called: dict[str, set[str]] = {}
    names: dict[ast.expr, str] = {value: name for name, value in constants.items()}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in FUNCTIONS:
            called.setdefault(node.value.id, set()).add(node.attr)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if (
            isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in FUNCTIONS
            and node.args
        ):
            flags = next((word.value for word in node.keywords if word.arg == "flags"), None)
            if flags is None and node.func.attr == "compile" and len(node.args) > 1:
                flags = node.args[1]
            text = _text(node.args[0], constants)
            if text is not None:
                methods = tuple(sorted(called.get(names.get(node, ""), ())))
                yield Found(path.relative_to(root), node.lineno, text, _flags(flags), node.func.attr, methods)
        for word in node.keywords:
            if word.arg == "pattern" and (text := _text(word.value, constants)) is not None:
                yield Found(path.relative_to(root), node.lineno, text, 0, "pattern")


def _text(node: ast.expr | None, constants: dict[str, ast.expr]) -> str | None:
    """A string or bytes constant, also one put together; what is only known when running becomes a plain letter."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bytes):
            return node.value.decode("latin-1")
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        inner = constants.get(node.id)
        return _text(inner, {name: value for name, value in constants.items() if name != node.id}) if inner else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return (_text(node.left, constants) or "") + (_text(node.right, constants) or "")
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value)
            if isinstance(part, ast.Constant)
            else (_text(part.value, constants) or "a")
            if isinstance(part, ast.FormattedValue)
            else ""
            for part in node.values
        )
    return None


def _flags(node: ast.expr | None) -> int:
    if node is None:
        return 0
    return sum({getattr(re, part.attr) for part in ast.walk(node) if isinstance(part, ast.Attribute)})


def letter_of(items: Any) -> str:
    """A letter of a set; for a negated one a letter that it does not exclude."""
    ranges, negated, classes = [], False, []
    for code, value in items:
        if code is codes.NEGATE:
            negated = True
        elif code is codes.LITERAL:
            ranges.append((value, value))
        elif code is codes.RANGE:
            ranges.append(value)
        elif code is codes.CATEGORY:
            classes.append(value)
    if not negated:
        if ranges:
            return chr(ranges[0][0])
        return _of_category(classes[0])
    shunned = {category: _of_category(category) for category in classes}
    for letter in "a0 -.:/\n\tx\x01":
        taken = any(low <= ord(letter) <= high for low, high in ranges)
        if not taken and letter not in shunned.values():
            return letter
    return "é"


def _of_category(category: Any) -> str:
    return {
        codes.CATEGORY_DIGIT: "0",
        codes.CATEGORY_NOT_DIGIT: "a",
        codes.CATEGORY_SPACE: " ",
        codes.CATEGORY_NOT_SPACE: "a",
        codes.CATEGORY_WORD: "a",
        codes.CATEGORY_NOT_WORD: "-",
    }.get(category, "a")


@dataclass(frozen=True)
class Attack:
    """A text `prefix + pump * n + end`."""

    prefix: str
    pump: str
    end: str

    def text(self, length: int) -> str:
        return self.prefix + self.pump * max(1, length // len(self.pump)) + self.end


def attacks(found: Found) -> list[Attack]:
    """Texts for every unbounded (or long) repeat of a pattern, and for each two that follow one another."""
    try:
        tree = parser.parse(found.pattern, found.flags)
    except re.error:
        return []
    pumps: list[tuple[str, str]] = []
    _walk(list(tree), "", pumps)
    made: dict[Attack, None] = {}
    for prefix, pump in pumps:
        for pumped in {pump, pump[:1]}:
            if pumped:
                for end in FAILING:
                    made[Attack(prefix, pumped, end)] = None
                    made[Attack("", pumped, end)] = None
        if prefix:
            # every place may begin a match of its own
            made[Attack("", prefix + pump, "\x00")] = None
            made[Attack("", prefix, "\x00")] = None
    return list(made)


def _walk(items: list[Any], prefix: str, pumps: list[tuple[str, str]]) -> str:
    """One text that the items match; notes what stands before each long repeat, and what repeats."""
    text = prefix
    for code, value in items:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            least, most, inner = value
            one = _walk(list(inner), text, pumps)[len(text) :]
            if (most is codes.MAXREPEAT or most > 20) and one:
                pumps.append((text, one))
            text += one * min(max(int(least), 1), 64)
        elif code is codes.SUBPATTERN:
            text = _walk(list(value[-1]), text, pumps)
        elif code is codes.ATOMIC_GROUP:
            text = _walk(list(value), text, pumps)
        elif code is codes.BRANCH:
            ends = [_walk(list(branch), text, pumps) for branch in value[1]]
            text = ends[0]
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            _walk(list(value[1]), text, pumps)
        else:
            text += _one_letter(code, value)
    return text


def _one_letter(code: Any, value: Any) -> str:
    """A letter that a simple part of a pattern takes; none for one that takes no text."""
    if code is codes.LITERAL:
        return chr(value)
    if code is codes.NOT_LITERAL:
        return "b" if value == ord("a") else "a"
    if code is codes.IN:
        return letter_of(value)
    return "a" if code is codes.ANY else ""
