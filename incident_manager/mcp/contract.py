"""What a tool is: one module of `tools/` with a `TOOL`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from incident_manager.mcp.callers import Callers

Make = Callable[[Callers], Callable[..., Any]]


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: its name for agents, its title for people, and how it is made. Its docstring tells what it does.

    `is_write`: only with `--enable-writes`. `is_destructive`: it changes what was there, rather than adding to it.
    """

    name: str
    title: str
    make: Make
    is_write: bool = False
    is_destructive: bool = False
    is_idempotent: bool = True


__all__ = ["Callers", "Tool"]
