"""What a template may say, and what it makes: Jinja in a sandbox, with a list of what is allowed. Pure.

A sandbox alone bounds neither time nor memory (`'x' * 10**9` is one small expression), so a template is read before it
is stored and only what can't grow is let in: no loop in a loop, no assignment, no multiplication, no calls, no filter
that multiplies text. What is left ends soon by its shape; its output is capped besides.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

SOURCE_LIMIT = 20_000
OUTPUT_LIMIT = 64 * 1024
LOOPS_LIMIT = 20
LITERAL_LIMIT = 50

FILTERS = frozenset(
    {"abs", "capitalize", "d", "default", "e", "escape", "first", "int", "last", "length", "lower", "round", "title",
     "trim", "truncate", "upper"}
)  # fmt: skip
TESTS = frozenset(
    {"defined", "undefined", "none", "true", "false", "string", "number", "odd", "even", "in", "eq", "ne"}
)
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
    nodes.Call: "a call",
    nodes.Assign: "an assignment",
    nodes.Macro: "a macro",
    nodes.Include: "an include",
    nodes.Extends: "an extends",
    nodes.Import: "an import",
}


class BadTemplate(Exception):
    """This template can't be used; the message says why, with its line."""


Finalize = Callable[[Any], Any]


@lru_cache(maxsize=8)
def _environment(finalize: Finalize | None) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        finalize=finalize,
        autoescape=False,
    )
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in FILTERS}
    environment.tests = {name: environment.tests[name] for name in TESTS}
    return environment


def check_template(source: str, names: frozenset[str]) -> None:
    """Let only templates pass that are allowed and use no other names than these. Raises `BadTemplate`."""
    if len(source) > SOURCE_LIMIT:
        raise BadTemplate(f"longer than {SOURCE_LIMIT} characters")
    try:
        tree = _environment(None).parse(source)
    except TemplateSyntaxError as error:
        raise BadTemplate(f"line {error.lineno}: {error.message}") from error
    except RecursionError as error:
        raise BadTemplate("nested too deeply") from error
    for fault in _faults(tree, names):
        raise BadTemplate(fault)


def render_template(source: str, members: Mapping[str, Any], finalize: Finalize | None = None) -> str:
    """What a checked template makes of these members. Raises `BadTemplate` for what can only be seen then.

    `finalize` is applied to each value that is put in.
    """
    made, size = [], 0
    try:
        for part in _environment(finalize).from_string(source).generate(members):
            size += len(part)
            if size > OUTPUT_LIMIT:
                raise BadTemplate(f"it makes more than {OUTPUT_LIMIT} characters")
            made.append(part)
    except (
        TemplateError,
        AssertionError,
        TypeError,
        ValueError,
        ArithmeticError,
        LookupError,
        RecursionError,
    ) as error:
        raise BadTemplate(str(error)[:300] or type(error).__name__) from error
    return "".join(made)


def _faults(tree: nodes.Template, names: frozenset[str]) -> Iterator[str]:
    loops = list(tree.find_all(nodes.For))
    if len(loops) > LOOPS_LIMIT:
        yield f"more than {LOOPS_LIMIT} loops"
    own = {"loop"} | {target.name for loop in loops for target in loop.target.find_all(nodes.Name)}
    own |= {loop.target.name for loop in loops if isinstance(loop.target, nodes.Name)}
    for loop in loops:
        if any(True for _ in loop.find_all(nodes.For)):
            yield f"line {loop.lineno}: a loop inside a loop is not allowed"
        if loop.recursive:
            yield f"line {loop.lineno}: a recursive loop is not allowed"
        if not isinstance(loop.iter, nodes.Name | nodes.Getattr | nodes.Getitem):
            yield f"line {loop.lineno}: a loop goes over something that is given, not over an expression"
    for node in tree.find_all(nodes.Node):
        if why := _fault(node, names | own):
            yield f"line {node.lineno}: {why}"


def _fault(node: nodes.Node, names: Collection[str]) -> str | None:
    """What is wrong with one part of a template, by itself."""
    match node:
        case _ if not isinstance(node, _ALLOWED):
            return f"{_CALLED.get(type(node), type(node).__name__)} is not allowed"
        case nodes.Filter() if node.name not in FILTERS:
            return f"there is no filter {node.name!r} here"
        case nodes.Test() if node.name not in TESTS:
            return f"there is no test {node.name!r} here"
        case nodes.List() | nodes.Tuple() if len(node.items) > LITERAL_LIMIT:
            return f"a list of more than {LITERAL_LIMIT} things"
        case nodes.Name() if node.ctx == "load" and node.name not in names:
            return f"nothing is called {node.name!r} here; there are {', '.join(sorted(names))}"
    return None
