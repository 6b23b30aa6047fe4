"""The source as the rules see it: files, what they import, what they do. Pure reading, nothing is executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("analytics", "automation", "comms", "gateway", "incident", "ingest", "oncall")
FOLDERS = ("services", "shared", "deploy", "tests", "bench", "incident_manager")


@dataclass(frozen=True)
class Source:
    """One Python file."""

    path: Path
    """Relative to the root."""

    @cached_property
    def text(self) -> str:
        return (ROOT / self.path).read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def inside(self) -> str:
        """The path below the service's or package's folder: `store.py`, `channels/email.py`."""
        return "/".join(self.path.parts[2:])

    @cached_property
    def nodes(self) -> Sequence[ast.AST]:
        return list(ast.walk(self.tree))

    @cached_property
    def imports(self) -> Sequence[tuple[int, str, str | None]]:
        """(line, module, name) of all that is imported; the name is None for a plain `import module`."""
        found: list[tuple[int, str, str | None]] = []
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found += [(node.lineno, alias.name, None) for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                found += [(node.lineno, node.module, alias.name) for alias in node.names]
        return found

    def calls(self) -> Iterator[tuple[int, str]]:
        """(line, dotted name) of all that is called by a plain name."""
        for node in self.nodes:
            if isinstance(node, ast.Call):
                name = dotted(node.func)
                if name:
                    yield node.lineno, name

    def asynchronous(self) -> Iterator[tuple[int, str]]:
        """(line, what) of everything that waits."""
        for node in self.nodes:
            if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith | ast.AsyncFunctionDef):
                yield node.lineno, type(node).__name__

    def strings(self) -> set[str]:
        """Every text literal."""
        return {n.value for n in self.nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def dotted(node: ast.expr) -> str:
    """`a.b.c` of an expression of names, else nothing."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def files(*folders: str) -> Sequence[Source]:
    """All Python files below these folders, each read once a run."""
    return [source for folder in folders for source in _below(folder)]


@cache
def _below(folder: str) -> Sequence[Source]:
    return [_source(path.relative_to(ROOT)) for path in sorted((ROOT / folder).rglob("*.py"))]


_source = cache(Source)


def within(module: str, packages: Sequence[str]) -> bool:
    """True when the module is one of the packages or inside one."""
    return any(module == package or module.startswith(package + ".") for package in packages)
