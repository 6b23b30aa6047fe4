"""A Jira Cloud on loopback: the part of its REST API (version 3) that tickets need, and its webhooks.

It keeps issues, walks a simple workflow (To Do, In Progress, Done, Won't Do), refuses fields that its project's screens
do not have, checks the token, and can be made to answer badly. A server of its own, so nothing of ours is patched.
Source: https://developer.atlassian.com/cloud/jira/platform/rest/v3/.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from shared.testing.plain_http import Reply, Request, converse
from shared.testing.server_thread import ServerThread

EMAIL, PROJECT = "bot@example.org", "OPS"
TOKEN = "jira-token-of-the-tests"  # noqa: S105 - a fake's
STATUSES: Mapping[str, str] = {
    "To Do": "new",
    "In Progress": "indeterminate",
    "Done": "done",
    "Won't Do": "done",
}
ACCOUNTS: Mapping[str, str] = {"sara@example.org": "acc-sara", "kenji@example.org": "acc-kenji"}
_KEYS = re.compile(r'"([A-Z]+-\d+)"')
_LABEL = re.compile(r'labels = "([^"]+)"')


@dataclass
class Issue:
    """An issue as Jira has it."""

    key: str
    fields: dict[str, Any]
    properties: dict[str, Any] = field(default_factory=dict)
    status: str = "To Do"


class JiraServer:
    """A context manager; usable from any thread. `calls` are what was asked, as (method, path) without queries."""

    def __init__(self, *, lacks: frozenset[str] = frozenset()) -> None:
        self.issues: dict[str, Issue] = {}
        self.calls: list[tuple[str, str]] = []
        self.bodies: list[dict[str, Any]] = []
        self.trouble: list[Reply | float] = []
        """What the next calls are answered with instead; a number is a silence of so many seconds."""
        self.lacks = lacks
        """Fields that the project's screens do not have."""
        self.accounts = dict(ACCOUNTS)
        """Who is found by which e-mail address."""
        self._thread = ServerThread("jira")
        self._server = self._thread.do(self._listen())
        self.port: int = self._server.sockets[0].getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the server."""
        self._thread.shut(self._server)
        self._thread.close()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._on_connection, "127.0.0.1", 0, family=socket.AF_INET)

    async def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await converse(reader, writer, self._answer)

    @property
    def url(self) -> str:
        """The site's address."""
        return f"http://127.0.0.1:{self.port}"

    def count_calls(self, method: str, ending: str) -> int:
        """How often such a call was made."""
        return sum(1 for one, path in self.calls if one == method and path.endswith(ending))

    def webhook(
        self,
        key: str,
        status: str | None = None,
        *,
        secret: str,
        event: str = "jira:issue_updated",
        at: float | None = None,
    ) -> tuple[dict[str, str], bytes]:
        """Somebody changes an issue in Jira: the headers and body of the webhook that tells of it."""
        if status is not None:
            self.issues[key].status = status
        body = json.dumps(
            {
                "timestamp": int((at or time.time()) * 1000),
                "webhookEvent": event,
                "issue_event_type_name": "issue_generic",
                "user": {"accountId": "acc-kenji", "displayName": "Kenji 健二"},
                "issue": self._view(self.issues[key]) if key in self.issues else {"id": "1", "key": key},
                "changelog": {"id": "10124", "items": [{"field": "status", "toString": status}]},
            },
            ensure_ascii=False,
        ).encode()
        signature = "sha256=" + hmac.digest(secret.encode(), body, hashlib.sha256).hex()
        return {"X-Hub-Signature": signature, "Content-Type": "application/json"}, body

    async def _answer(self, request: Request) -> Reply:
        parts = urlsplit(request.path)
        self.calls.append((request.method, parts.path))
        body = json.loads(request.body) if request.body else {}
        self.bodies.append(body)
        if self.trouble:
            trouble = self.trouble.pop(0)
            if isinstance(trouble, Reply):
                return trouble
            await asyncio.sleep(trouble)
        expected = "Basic " + base64.b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != expected:
            return _json(401, {"errorMessages": ["Client must be authenticated to access this resource."]})
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return self._route(request.method, parts.path.removeprefix("/rest/api/3"), query, body)

    def _route(self, method: str, path: str, query: Mapping[str, str], body: dict[str, Any]) -> Reply:
        segments = path.strip("/").split("/")
        match (method, *segments):
            case ("POST", "issue"):
                return self._create(body)
            case ("GET", "search", "jql"):
                return self._search(query.get("jql", ""))
            case ("GET", "user", "search"):
                account = self.accounts.get(query.get("query", ""))
                return _json(200, [{"accountId": account, "displayName": "?"}] if account else [])
            case (_, "issue", key, *_) if key not in self.issues:
                return _json(404, {"errorMessages": ["Issue does not exist or you do not have permission to see it."]})
            case ("GET", "issue", key):
                return _json(200, self._view(self.issues[key]))
            case ("PUT", "issue", key):
                return self._edit(self.issues[key], body)
            case ("GET", "issue", _, "transitions"):
                return _json(200, {"transitions": [_transition(n, name) for n, name in enumerate(STATUSES, 11)]})
            case ("POST", "issue", key, "transitions"):
                names = dict(enumerate(STATUSES, 11))
                number = str(body.get("transition", {}).get("id", ""))
                if not number.isdigit() or int(number) not in names:
                    return _json(400, {"errorMessages": ["It seems that you have tried to perform an illegal move."]})
                self.issues[key].status = names[int(number)]
                return Reply(204, {})
            case _:
                return _json(404, {"errorMessages": [f"null for uri: {path}"]})

    def _create(self, body: dict[str, Any]) -> Reply:
        fields = body.get("fields", {})
        if refused := self._refusal(fields):
            return refused
        if fields.get("project", {}).get("key") != PROJECT:
            return _json(400, {"errorMessages": [], "errors": {"project": "valid project is required"}})
        if not fields.get("summary") or "\n" in fields["summary"] or len(fields["summary"]) > 255:
            return _json(400, {"errorMessages": [], "errors": {"summary": "The summary is invalid."}})
        if fields.get("description", {"type": "doc"}).get("type") != "doc":
            return _json(400, {"errorMessages": [], "errors": {"description": "Operation value must be an ADF"}})
        key = f"{PROJECT}-{len(self.issues) + 1}"
        properties = {one["key"]: one["value"] for one in body.get("properties", [])}
        self.issues[key] = Issue(key, fields, properties)
        return _json(
            201, {"id": str(10000 + len(self.issues)), "key": key, "self": f"{self.url}/rest/api/3/issue/{key}"}
        )

    def _edit(self, issue: Issue, body: dict[str, Any]) -> Reply:
        if refused := self._refusal(body.get("fields", {})):
            return refused
        issue.fields |= body.get("fields", {})
        return Reply(204, {})

    def _refusal(self, fields: Mapping[str, Any]) -> Reply | None:
        faulty = {
            name: f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
            for name in sorted(self.lacks & fields.keys())
        }
        return _json(400, {"errorMessages": [], "errors": faulty}) if faulty else None

    def _search(self, jql: str) -> Reply:
        keys = _KEYS.findall(jql)
        if any(key not in self.issues for key in keys):
            return _json(400, {"errorMessages": [f"An issue with key '{keys[0]}' does not exist for field 'key'."]})
        label = _LABEL.search(jql)
        found = [self.issues[key] for key in keys]
        if label:
            found += [issue for issue in self.issues.values() if label[1] in issue.fields.get("labels", [])]
        return _json(200, {"issues": [self._view(issue) for issue in found], "isLast": True})

    def _view(self, issue: Issue) -> dict[str, Any]:
        status = {"name": issue.status, "statusCategory": {"key": STATUSES[issue.status]}}
        return {"id": "1", "key": issue.key, "fields": {**issue.fields, "status": status}}


def _transition(number: int, name: str) -> dict[str, Any]:
    return {"id": str(number), "name": name, "to": {"name": name, "statusCategory": {"key": STATUSES[name]}}}


def _json(status: int, body: Any) -> Reply:
    return Reply(status, {"content-type": "application/json"}, json.dumps(body, ensure_ascii=False).encode())
