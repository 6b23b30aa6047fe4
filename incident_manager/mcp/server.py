"""The server: which tools there are, how they are marked, and who may reach it over HTTP.

HTTP is stateless, so each call stands for itself with its own key. Only loopback host names are answered unless others
are said, and no browser's page (an `Origin`) unless it is. Source: the protocol's "Transports", Security Warning.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import ToolAnnotations
from starlette.types import ASGIApp, Receive, Scope, Send

from incident_manager.client.errors import TocsinError
from incident_manager.commandline.registry import module_names
from incident_manager.mcp import tools
from incident_manager.mcp.answers import INSTRUCTIONS
from incident_manager.mcp.callers import Callers, key_in
from incident_manager.mcp.contract import Tool

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
PATH = "/mcp"


def find_tools() -> list[Tool]:
    """Every tool that there is, by name."""
    names = module_names(tools)
    return sorted(
        (importlib.import_module(f"{tools.__name__}.{name}").TOOL for name in names), key=lambda one: one.name
    )


def make_server(callers: Callers, *, enable_writes: bool) -> MCPServer:
    """A server with the tools that read, and with those that write where that is wanted."""
    server: MCPServer = MCPServer("tocsin", title="Tocsin", instructions=INSTRUCTIONS, log_level="WARNING")
    for tool in find_tools():
        if tool.is_write and not enable_writes:
            continue
        marks = ToolAnnotations(
            title=tool.title,
            read_only_hint=not tool.is_write,
            destructive_hint=tool.is_destructive,
            idempotent_hint=tool.is_idempotent,
            open_world_hint=False,
        )
        server.tool(name=tool.name, title=tool.title, annotations=marks)(_told(tool.make(callers)))
    return server


def _told(function: Callable[..., Any]) -> Callable[..., Any]:
    """The tool, with what the gateway refuses as an answer that the agent can read."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except TocsinError as error:
            raise ToolError(f"{type(error).__name__}: {error.detail}") from error

    call.__signature__ = inspect.signature(function, eval_str=True)  # type: ignore[attr-defined] # what the SDK reads
    return call


def make_app(server: MCPServer, hosts: Sequence[str], origins: Sequence[str], port: int) -> ASGIApp:
    """The server over streamable HTTP; `hosts` are names besides loopback under which it is called."""
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=[*(f"{name}:{port}" for name in LOOPBACK), *hosts],
        allowed_origins=list(origins),
    )
    app = server.streamable_http_app(
        streamable_http_path=PATH, stateless_http=True, json_response=True, transport_security=security
    )
    return KeyRequired(app)


class KeyRequired:
    """Answers 401 to whoever brings no key, before anything is read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope.get("headers", [])}
        if scope["type"] != "http" or key_in(headers) is not None:
            await self._app(scope, receive, send)
            return
        start = [(b"www-authenticate", b"Bearer"), (b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 401, "headers": start})
        await send({"type": "http.response.body", "body": b"Authorization: Bearer <API key> is required.\n"})
