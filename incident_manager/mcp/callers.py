"""Whose key a call is made with. Over HTTP each call brings its own; the server's own key is for standard input alone.

Role and teams of the key are the gateway's to enforce; what it refuses is told to the agent in its words.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError

from incident_manager.client.errors import NotSetUp
from incident_manager.client.gateway import Gateway
from incident_manager.profiles.settings import Settings, check_key

MOST_KEYS = 50
ANSWER_SECONDS = 20.0


class Callers:
    """Connections to the gateway, one for each key; `own` is that of standard input, None over HTTP."""

    def __init__(self, url: str, own: Settings | None) -> None:
        self.url = url
        self._own = Gateway(own, seconds=ANSWER_SECONDS, tries=2) if own is not None else None
        self._others: OrderedDict[str, Gateway] = OrderedDict()
        self._lock = Lock()

    def gateway_of(self, context: Context) -> Gateway:
        """The connection with the key of this call. Raises `ToolError` where it brings none."""
        if self._own is not None:
            return self._own
        key = key_in(context.headers or {})
        if key is None:
            raise ToolError("This call brings no key: Authorization: Bearer <API key>.")
        name = hashlib.sha256(key.encode()).hexdigest()
        with self._lock:
            found = self._others.get(name)
            if found is None:
                found = self._others[name] = Gateway(Settings(self.url, key), seconds=ANSWER_SECONDS, tries=2)
            self._others.move_to_end(name)
            while len(self._others) > MOST_KEYS:
                self._others.popitem(last=False)  # it may be in use: its connections end when nobody holds it
        return found


def key_in(headers: Mapping[str, str]) -> str | None:
    """The key that a call brings; None for none, or for what can be no key."""
    words = headers.get("authorization", "").split()
    if len(words) != 2 or words[0].lower() != "bearer":
        return None
    try:
        return check_key(words[1])
    except NotSetUp:
        return None
