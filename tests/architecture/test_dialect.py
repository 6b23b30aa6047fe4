"""The shell of every capability is written one way: stores are given the runtime, routes are made by `routes`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import SERVICES, Source, files

pytestmark = pytest.mark.architecture

PARTS = ("Aggregates", "Collection", "Database", "Relay")
"""What a store takes of the runtime by itself, with the indexes that it wants."""
ROUTES = "routes"
"""The one, or the first, maker of routes in a file."""


def is_store(path: Path) -> bool:
    return path.name == "store.py" or "store" in path.parts


def parts_taken(source: Source) -> Iterator[str]:
    """The constructors of stores that are given parts of the runtime, and indexes that are declared elsewhere."""
    for node in source.tree.body:
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and method.name == "__init__":
                    for one in (*method.args.args, *method.args.kwonlyargs):
                        if one.annotation is not None and ast.unparse(one.annotation) in PARTS:
                            yield f"{source.path}:{method.lineno} {node.name} takes a {ast.unparse(one.annotation)}"
        elif isinstance(node, ast.FunctionDef) and node.name.endswith("indexes"):
            yield f"{source.path}:{node.lineno} {node.name} tells indexes"
        elif isinstance(node, ast.Assign) and any(
            isinstance(one, ast.Name) and "INDEXES" in one.id for one in node.targets
        ):
            yield f"{source.path}:{node.lineno} keeps indexes in a constant"


def makers_of_routes(source: Source) -> list[str]:
    """The functions of a file that make routes."""
    found = [node for node in source.tree.body if isinstance(node, ast.FunctionDef) and node.returns is not None]
    return [node.name for node in found if ast.unparse(node.returns or node) == "APIRouter"]


@pytest.mark.parametrize("service", SERVICES)
def test_stores_are_given_the_runtime(service: str) -> None:
    found = [one for source in files(f"services/{service}") if is_store(source.path) for one in parts_taken(source)]
    assert found == []


@pytest.mark.parametrize("service", SERVICES)
def test_routes_are_made_by_functions_of_one_name(service: str) -> None:
    made = {source.path: makers_of_routes(source) for source in files(f"services/{service}")}
    assert [f"{path}: {', '.join(names)}" for path, names in made.items() if names and ROUTES not in names] == []


@pytest.mark.parametrize(
    "text, wrong",
    [
        pytest.param("class Keys:\n    def __init__(self, runtime: Runtime) -> None: ...", 0, id="the runtime"),
        pytest.param("class Keys:\n    def __init__(self, database: Database) -> None: ...", 1, id="the database"),
        pytest.param("class Keys:\n    def __init__(self, *, a: Aggregates) -> None: ...", 1, id="by its name"),
        pytest.param("def key_indexes(): ...", 1, id="indexes by a function"),
        pytest.param("KEY_INDEXES = {}", 1, id="indexes as a constant"),
    ],
)
def test_the_rule_finds_other_dialects(text: str, wrong: int, tmp_path: Path) -> None:
    source = Source(tmp_path / "store.py")
    source.path.write_text(text)
    assert len(list(parts_taken(source))) == wrong


@pytest.mark.parametrize("service", SERVICES)
def test_routes_are_added_as_they_stand(service: str) -> None:
    """By `Runtime.routes`: `include_router` makes each a second time, while the first request waits."""
    calls = ((source, line, name) for source in files(f"services/{service}") for line, name in source.calls())
    assert [f"{one.path}:{line} {name}" for one, line, name in calls if name.endswith("include_router")] == []
