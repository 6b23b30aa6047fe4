"""A folder per capability, and what holds that shape: see the decision record on words and rooms."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import pytest

from tests.architecture.source import SERVICES, Source, files

pytestmark = pytest.mark.architecture

MOST_MODULES = 15
MOST_PARAMETERS = 7
"""Of a function, but for endpoints, whose parameters are those of the request."""
LONGEST_APP = 60
PLUG_INS = {"channels", "commands", "systems", "sources", "change_sources", "actions"}
"""Folders in which each file is one of many of a kind."""
FREE = ("api.py", "wiring.py", "handlers.py", "app.py", "__init__.py")
"""What may import any capability of its service; files below `api/` may, too."""
REFUSED_WORDS = ("Desk", "Keeper", "Clerk", "Door", "Manager", "Helper", "Util", "Utils")


def crowded(folders: tuple[str, ...]) -> dict[str, int]:
    """Folders with more modules than a reader can overlook."""
    count = Counter(
        source.path.parent for folder in folders for source in files(folder) if source.path.name != "__init__.py"
    )
    return {str(f): n for f, n in count.items() if n > MOST_MODULES and f.name not in PLUG_INS}


def capability(module: str, service: str) -> str | None:
    """The capability that a module of the service belongs to: the first folder below the service's."""
    parts = module.split(".")
    inside = parts[2:] if parts[:2] == ["services", service] else []
    return inside[0] if inside else None


def arrows(service: str, sources: Mapping[str, Source]) -> dict[str, dict[str, str]]:
    """Who imports whom, by capability, with one import that does so."""
    rooms = {parts[2] for source in sources.values() if len(parts := source.path.parts) > 3}
    found: dict[str, dict[str, str]] = {}
    for source in sources.values():
        parts = source.path.parts
        if len(parts) < 4 or source.path.name in FREE or "api" in parts:
            continue
        for line, module, name in source.imports:
            for whole in (f"{module}.{name}", module):
                other = capability(whole, service)
                if other in rooms and other != parts[2]:
                    found.setdefault(parts[2], {}).setdefault(other, f"{source.path}:{line} imports {whole}")
                    break
    return found


def circle(graph: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The imports of one circle, none when there is none."""
    state: dict[str, int] = {}
    way: list[str] = []

    def visit(node: str) -> list[str]:
        state[node] = 1
        way.append(node)
        for other in sorted(graph.get(node, {})):
            if state.get(other) == 1:
                ring = [*way[way.index(other) :], other]
                return [graph[a][b] for a, b in pairwise(ring)]
            if other not in state and (found := visit(other)):
                return found
        way.pop()
        state[node] = 2
        return []

    return next((found for node in sorted(graph) if node not in state and (found := visit(node))), [])


def classes(source: Source) -> Iterator[str]:
    """The classes at the top of a file."""
    yield from (node.name for node in source.tree.body if isinstance(node, ast.ClassDef))


def parameters(source: Source) -> Iterator[tuple[int, str, int]]:
    """(line, name, how many) of each function's parameters but `self` and `cls`."""
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            yield node.lineno, node.name, len([one for one in names if one not in ("self", "cls")])


@pytest.mark.parametrize("folder", ["shared", "incident_manager", *(f"services/{service}" for service in SERVICES)])
def test_no_folder_is_crowded(folder: str) -> None:
    assert crowded((folder,)) == {}


@pytest.mark.parametrize("service", SERVICES)
def test_arrows_between_capabilities_make_no_circle(service: str) -> None:
    assert circle(arrows(service, {str(one.path): one for one in files(f"services/{service}")})) == []


@pytest.mark.parametrize("folder", ["incident_manager", *(f"services/{service}" for service in SERVICES)])
def test_a_class_name_means_one_thing_in_a_service(folder: str) -> None:
    count = Counter(name for source in files(folder) for name in classes(source))
    assert {name for name, times in count.items() if times > 1 and not name.startswith("_")} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_no_class_is_called_by_a_word_that_says_nothing(service: str) -> None:
    found = [
        f"{source.path}: {name}"
        for source in files(f"services/{service}")
        for name in classes(source)
        if name.endswith(REFUSED_WORDS)
    ]
    assert found == []


@pytest.mark.parametrize("service", SERVICES)
def test_an_app_only_calls_the_wirings(service: str) -> None:
    text = (Path("services") / service / "app.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_APP


@pytest.mark.parametrize("folder", ["incident_manager", *(f"services/{service}" for service in SERVICES)])
def test_nothing_wants_more_than_seven_parameters(folder: str) -> None:
    found = [
        f"{source.path}:{line} {name} has {many}"
        for source in files(folder)
        for line, name, many in parameters(source)
        if many > MOST_PARAMETERS and source.path.name != "api.py" and "api" not in source.path.parts
    ]
    assert found == []


@pytest.mark.parametrize(
    "graph, found",
    [
        pytest.param({"a": {"b": "1"}, "b": {"c": "2"}, "c": {"a": "3"}}, ["1", "2", "3"], id="a circle of three"),
        pytest.param({"x": {"a": "0"}, "a": {"b": "1"}, "b": {"a": "2"}}, ["1", "2"], id="reached from outside"),
        pytest.param({"a": {"b": "1", "c": "2"}, "b": {"c": "3"}}, [], id="two ways down"),
    ],
)
def test_a_circle_is_found(graph: dict[str, dict[str, str]], found: list[str]) -> None:
    assert circle(graph) == found
