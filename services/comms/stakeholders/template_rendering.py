"""What a template makes of an incident: evaluated here, part by part, with its work counted. Pure.

Jinja only parses. Its own way, Python code that is run, can't be stopped once it computes, so each part is evaluated
by this module instead: a part costs one step, and handling text or a list costs by its length, before it is done.
Whoever has used up `WORK_LIMIT` is refused, after some tens of milliseconds, whatever the template says. Values are
texts, numbers, lists and mappings; nothing of Python's own can be reached from them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import nodes

from services.comms.stakeholders.template_filters import FILTERS, TESTS, Missing, NotUsable, give
from services.comms.stakeholders.template_sandbox import BadTemplate, parse_template

OUTPUT_LIMIT = 64 * 1024
WORK_LIMIT = 50_000
"""How many steps one rendering may take. A mail with every member and a list of 50 takes some hundreds."""
CHARACTERS_A_STEP = 100
"""Text of this length costs as much as one part of the template."""

Finalize = Callable[[Any], Any]
Names = Mapping[str, Any]
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "gteq": operator.ge, "lt": operator.lt,
    "lteq": operator.le, "in": lambda one, many: one in many, "notin": lambda one, many: one not in many,
}  # fmt: skip


class Work:
    """How much of what one rendering may do was done already."""

    def __init__(self, limit: int = WORK_LIMIT) -> None:
        self._limit = limit
        self.spent = 0

    def charge(self, *values: Any) -> None:
        """Count one step over these values, before it is made. Raises `BadTemplate` above the limit of steps."""
        self.spent += 1
        for value in values:
            self.spent += _size(value) // CHARACTERS_A_STEP
            if self.spent > self._limit:
                break
        if self.spent > self._limit:
            raise BadTemplate(f"it takes more than {self._limit} steps")


def render_template(source: str, members: Names, finalize: Finalize | None = None, work: Work | None = None) -> str:
    """What a template makes of these members, at most `OUTPUT_LIMIT` characters. Raises `BadTemplate`.

    `finalize` is applied to each value that is put in; `work` counts on from what it has counted already.
    """
    tree = parse_template(source, frozenset(members))
    made, size = [], 0
    try:
        for part in _Rendering(finalize, work or Work()).all_of(tree.body, members):
            size += len(part)
            if size > OUTPUT_LIMIT:
                raise BadTemplate(f"it makes more than {OUTPUT_LIMIT} characters")
            made.append(part)
    except (NotUsable, TypeError, ValueError, ArithmeticError, LookupError, RecursionError, MemoryError) as error:
        raise BadTemplate(str(error)[:300] or type(error).__name__) from error
    return "".join(made)


@dataclass(frozen=True)
class _Rendering:
    finalize: Finalize | None
    work: Work

    def all_of(self, parts: Sequence[nodes.Node], names: Names) -> Iterator[str]:
        """The texts that statements make, in order."""
        for part in parts:
            self.work.charge()
            match part:
                case nodes.Output():
                    for one in part.nodes:
                        yield one.data if isinstance(one, nodes.TemplateData) else self._insert(one, names)
                case nodes.If():
                    yield from self._branch(part, names)
                case nodes.For():
                    yield from self._loop(part, names)

    def _insert(self, part: nodes.Expr, names: Names) -> str:
        value = give(self.value(part, names))
        self.work.charge(value)
        return str(self.finalize(value) if self.finalize else value)

    def _branch(self, part: nodes.If, names: Names) -> Iterator[str]:
        for branch in (part, *part.elif_):
            if self._is_true(branch.test, names):
                yield from self.all_of(branch.body, names)
                return
        yield from self.all_of(part.else_, names)

    def _loop(self, part: nodes.For, names: Names) -> Iterator[str]:
        given = give(self.value(part.iter, names))
        if not isinstance(given, list | tuple | Mapping):
            raise NotUsable("a loop goes over a list")
        target = part.target.name if isinstance(part.target, nodes.Name) else ""
        items = [one for one in given if part.test is None or self._is_true(part.test, {**names, target: one})]
        for place, item in enumerate(items):
            yield from self.all_of(part.body, {**names, target: item, "loop": _loop_of(items, place)})
        if not items:
            yield from self.all_of(part.else_, names)

    def _is_true(self, part: nodes.Node, names: Names) -> bool:
        return bool(give(self.value(part, names)))

    def value(self, part: nodes.Node, names: Names) -> Any:
        """What an expression is; `Missing` where something is asked for that is not there."""
        self.work.charge()
        match part:
            case nodes.Const():
                return part.value
            case nodes.Name():
                return names.get(part.name, Missing(part.name))
            case nodes.Getattr():
                return _member(self.value(part.node, names), part.attr)
            case nodes.Getitem():
                return _member(self.value(part.node, names), give(self.value(part.arg, names)))
            case nodes.Filter() | nodes.Test():
                return self._apply(part, names)
            case nodes.List() | nodes.Tuple():
                return [give(self.value(one, names)) for one in part.items]
            case nodes.CondExpr():
                chosen = part.expr1 if self._is_true(part.test, names) else part.expr2
                return self.value(chosen, names) if chosen is not None else ""
            case _:
                return self._combine(part, names)

    def _apply(self, part: nodes.Filter | nodes.Test, names: Names) -> Any:
        value = self.value(part.node or nodes.Const(None), names)
        arguments = [give(self.value(one, names)) for one in part.args]
        keywords = {str(one.key): give(self.value(one.value, names)) for one in part.kwargs}
        self.work.charge(value, *arguments, *keywords.values())
        made = (FILTERS if isinstance(part, nodes.Filter) else TESTS)[part.name](value, *arguments, **keywords)
        self.work.charge(made)
        return made

    def _combine(self, part: nodes.Node, names: Names) -> Any:
        match part:
            case nodes.And():
                left = self.value(part.left, names)
                return self.value(part.right, names) if give(left) else left
            case nodes.Or():
                left = self.value(part.left, names)
                return left if give(left) else self.value(part.right, names)
            case nodes.Not():
                return not self._is_true(part.node, names)
            case nodes.Neg() | nodes.Pos():
                value = _summand(give(self.value(part.node, names)), numbers_only=True)
                return -value if isinstance(part, nodes.Neg) else value
            case nodes.Compare():
                return self._compare(part, names)
            case nodes.Concat():
                values = [give(self.value(one, names)) for one in part.nodes]
                self.work.charge(*values)
                return "".join(str(one) for one in values)
            case nodes.Add() | nodes.Sub():
                left, right = (give(self.value(one, names)) for one in (part.left, part.right))
                numbers_only = isinstance(part, nodes.Sub)
                self.work.charge(left, right)
                left, right = _summand(left, numbers_only=numbers_only), _summand(right, numbers_only=numbers_only)
                return left - right if numbers_only else left + right
        raise NotUsable(f"{type(part).__name__} is not allowed")

    def _compare(self, part: nodes.Compare, names: Names) -> bool:
        left = give(self.value(part.expr, names))
        for operand in part.ops:
            right = give(self.value(operand.expr, names))
            self.work.charge(left, right)
            if not _COMPARED[operand.op](left, right):
                return False
            left = right
        return True


def _member(of: Any, name: Any) -> Any:
    """A mapping's member, or a list's or a text's by its place. Nothing else has members."""
    of = give(of)
    if isinstance(of, Mapping) and isinstance(name, str) and name in of:
        return of[name]
    if isinstance(of, str | list | tuple) and type(name) is int and -len(of) <= name < len(of):
        return of[name]
    return Missing(str(name)[:100])


def _summand(value: Any, *, numbers_only: bool) -> Any:
    if not isinstance(value, int | float) and (numbers_only or not isinstance(value, str | list)):
        raise NotUsable(f"{type(value).__name__} can't be added or subtracted")
    return value


def _loop_of(items: Sequence[Any], place: int) -> dict[str, Any]:
    """What `loop` says of where a loop is."""
    return {
        "index": place + 1,
        "index0": place,
        "revindex": len(items) - place,
        "revindex0": len(items) - place - 1,
        "first": place == 0,
        "last": place == len(items) - 1,
        "length": len(items),
        "depth": 1,
        "depth0": 0,
        "previtem": items[place - 1] if place else Missing("what was before the first"),
        "nextitem": items[place + 1] if place + 1 < len(items) else Missing("what comes after the last"),
    }


def _size(value: Any) -> int:
    """About how many characters a value has when it is written out."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(_size(one) + len(key) + 6 for key, one in value.items())
    return sum(_size(one) + 4 for one in value) if isinstance(value, list | tuple) else 8
