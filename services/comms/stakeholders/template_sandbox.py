"""What a template may say: Jinja's language, as far as it is let in here. Pure.

A template is read before it is stored, and only what stays small by its shape passes: no loop in a loop, no
assignment, no multiplication, no calls, numbers of few digits, expressions of few levels, and filters that make
nothing longer than what they are given times a small constant. What passes is evaluated by `template_rendering`, which
counts its work.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError, nodes

from services.comms.stakeholders.template_filters import FILTERS, NUMBER_LIMIT, PRECISION_LIMIT, TESTS

SOURCE_LIMIT = 20_000
LOOPS_LIMIT = 20
LITERAL_LIMIT = 50
DEPTH_LIMIT = 40
"""How deep parts may stand in one another; each filter, attribute, sign and branch is a level."""

_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Name, nodes.Const, nodes.Getattr,
    nodes.Getitem, nodes.Filter, nodes.Test, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or,
    nodes.Not, nodes.Concat, nodes.Add, nodes.Sub, nodes.Neg, nodes.Pos, nodes.Keyword, nodes.List, nodes.Tuple,
)  # fmt: skip
_CALLED = {
    nodes.Mul: "a multiplication",
    nodes.Pow: "a power",
    nodes.Mod: "a remainder",
    nodes.Div: "a division",
    nodes.FloorDiv: "a division",
    nodes.Call: "a call",
    nodes.Assign: "an assignment",
    nodes.Macro: "a macro",
    nodes.Include: "an include",
    nodes.Extends: "an extends",
    nodes.Import: "an import",
}
_METHODS = ("common", "ceil", "floor")


class BadTemplate(Exception):
    """This template can't be used; the message says why, with its line."""


@lru_cache(maxsize=1)
def _environment() -> Environment:
    """For parsing only: nothing is ever compiled or run by Jinja."""
    return Environment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=False, autoescape=False)  # noqa: S701 - templates make plain text and Markdown, not HTML


def parse_template(source: str, names: frozenset[str]) -> nodes.Template:
    """The tree of a template that is allowed and uses no other names than these. Raises `BadTemplate`."""
    if len(source) > SOURCE_LIMIT:
        raise BadTemplate(f"longer than {SOURCE_LIMIT} characters")
    try:
        tree = _environment().parse(source)
    except TemplateSyntaxError as error:
        raise BadTemplate(f"line {error.lineno}: {error.message}"[:300]) from error
    except RecursionError as error:
        raise BadTemplate("nested too deeply") from error
    except (ValueError, ArithmeticError, MemoryError, SyntaxError) as error:
        raise BadTemplate("there is a number in it that can't be read") from error
    for fault in _faults(tree, names):
        raise BadTemplate(fault)
    return tree


def _faults(tree: nodes.Template, names: frozenset[str]) -> Iterator[str]:
    parts: list[nodes.Node] = []
    for node, depth in _walk(tree):
        if depth > DEPTH_LIMIT:
            yield f"line {node.lineno}: nested more than {DEPTH_LIMIT} levels deep"
        parts.append(node)
    loops = [node for node in parts if isinstance(node, nodes.For)]
    if len(loops) > LOOPS_LIMIT:
        yield f"more than {LOOPS_LIMIT} loops"
    own = {"loop"} | {loop.target.name for loop in loops if isinstance(loop.target, nodes.Name)}
    for loop in loops:
        yield from _loop_faults(loop)
    for node in parts:
        if why := _fault(node, names | own):
            yield f"line {node.lineno}: {why}"


def _walk(tree: nodes.Node) -> Iterator[tuple[nodes.Node, int]]:
    """Every part with its depth, without recursion: a chain of three thousand filters is as deep as it is long."""
    left = [(tree, 0)]
    while left:
        node, depth = left.pop()
        yield node, depth
        left.extend((child, depth + 1) for child in node.iter_child_nodes())


def _loop_faults(loop: nodes.For) -> Iterator[str]:
    if any(True for _ in loop.find_all(nodes.For)):
        yield f"line {loop.lineno}: a loop inside a loop is not allowed"
    if loop.recursive:
        yield f"line {loop.lineno}: a recursive loop is not allowed"
    if not isinstance(loop.target, nodes.Name):
        yield f"line {loop.lineno}: a loop gives one name to what it goes over"
    if not isinstance(loop.iter, nodes.Name | nodes.Getattr | nodes.Getitem):
        yield f"line {loop.lineno}: a loop goes over something that is given, not over an expression"


def _fault(node: nodes.Node, names: Collection[str]) -> str | None:
    """What is wrong with one part of a template, by itself."""
    match node:
        case _ if not isinstance(node, _ALLOWED):
            return f"{_CALLED.get(type(node), type(node).__name__)} is not allowed"
        case nodes.Filter() | nodes.Test():
            return _applied_fault(node)
        case nodes.List() | nodes.Tuple() if len(node.items) > LITERAL_LIMIT:
            return f"a list of more than {LITERAL_LIMIT} things"
        case nodes.Const():
            return _constant_fault(node.value)
        case nodes.Name() if node.ctx == "load" and node.name not in names:
            return f"nothing is called {node.name!r} here; there are {', '.join(sorted(names))}"
    return None


def _constant_fault(value: object) -> str | None:
    match value:
        case int() | float() if not -NUMBER_LIMIT <= value <= NUMBER_LIMIT:
            return f"a number of more than {len(str(NUMBER_LIMIT)) - 1} digits"
        case str() if not value.isprintable() and any("\ud800" <= char <= "\udfff" for char in value):
            return "half a character (a lone surrogate)"
    return None


def _applied_fault(node: nodes.Filter | nodes.Test) -> str | None:
    """What is wrong with a filter or a test."""
    is_filter = isinstance(node, nodes.Filter)
    if node.name not in (FILTERS if is_filter else TESTS):
        return f"there is no {'filter' if is_filter else 'test'} {node.name!r} here"
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        return "a call with a list of arguments (`*`) is not allowed"
    if is_filter and node.name == "round":
        return _round_fault(node)
    return None


def _round_fault(node: nodes.Filter | nodes.Test) -> str | None:
    """Rounding computes 10 to the power of its precision, so that one must be there to be read, and small."""
    given: dict[str, nodes.Node] = dict(zip(("precision", "method"), node.args, strict=False))
    given |= {str(one.key): one.value for one in node.kwargs}
    if len(node.args) > 2 or not given.keys() <= {"precision", "method"}:
        return "`round` takes a precision and a method"
    precision = _constant(given.get("precision", nodes.Const(0)))
    if type(precision) is not int or abs(precision) > PRECISION_LIMIT:
        return f"`round` takes a precision that is written out, from -{PRECISION_LIMIT} to {PRECISION_LIMIT}"
    if _constant(given.get("method", nodes.Const("common"))) not in _METHODS:
        return f"`round` takes one of the methods {', '.join(_METHODS)}"
    return None


def _constant(node: nodes.Node) -> object:
    """What is written there: a constant, also one with a sign; else nothing."""
    match node:
        case nodes.Const():
            return node.value
        case nodes.Neg(node=nodes.Const(value=int() as value)):
            return -value
        case nodes.Pos(node=nodes.Const(value=value)):
            return value
    return None
