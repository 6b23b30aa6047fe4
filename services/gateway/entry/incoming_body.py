"""A request's body, which is read once: by the first step that must know it."""

from __future__ import annotations

from starlette.types import Receive

from services.gateway.proxy.forwarder import Body, read_body
from services.gateway.requests.headers import RawHeaders
from shared.web.shell import MAX_BODY_BYTES


class IncomingBody:
    """The body of one request."""

    def __init__(self, headers: RawHeaders, receive: Receive) -> None:
        self.receive = receive
        self._headers = headers
        self._body: Body | None = None

    async def read(self, whole: int, limit: int = MAX_BODY_BYTES) -> Body:
        """The body, all of it when it has no more than `whole` bytes; as it was read first.

        Raises as `read_body` does, for more than `limit` bytes too.
        """
        if self._body is None:
            self._body = await read_body(self._headers, self.receive, whole=whole, limit=limit)
        return self._body
