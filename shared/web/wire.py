"""One client's connection, held to limits that uvicorn does not know: how large a head is, and how slow a client.

A head that is too large is answered 431, one that is not whole in time 408; what else can't be read is 400. Whoever
goes on sending a body that was answered already, or does not take its answer, is cut off. A request that comes whole,
as nearly all do, costs nothing: clocks run only for what is still missing after a read.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from shared.ids import fresh
from shared.problem import Problem, malformed
from shared.process.logs import get_logger

LINGER_SECONDS = 1.0
"""A refused client may read its answer so long: a connection that is closed on unread bytes loses what was written."""


STRAY_BODY = "tocsin.stray_body"
"""In the scope of a request whose body came without a length: it can't be read, so the answer is 411."""
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})

log = get_logger(__name__)


# Where in a request the next byte belongs. Plain numbers, for they are compared at every request.
_REST, _HEAD, _BODY = range(3)
_NOWHERE = 3
"""The client was refused: what it still sends is not read."""


class Wire(HttpToolsProtocol):
    """The limits of a process that anybody may call."""

    most_head_bytes = 64 * 1024
    """Request line and headers together."""
    most_headers = 100
    head_seconds = 10.0
    """For a whole head from its first byte, of the first one from when the connection was made."""
    take_seconds = 60.0
    """For a client to take the next 64 KiB of an answer."""

    cycle: RequestResponseCycle | None  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._place = _HEAD
        self._seen = 0
        """Bytes that came since the head began: what may be its size, at most."""
        self._missing: asyncio.TimerHandle | None = None
        self._untaken: asyncio.TimerHandle | None = None
        self._wrong: Problem | None = None
        self._is_unframed = False
        """The head of a write said nothing of a body: neither a length nor chunks."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there; its first head is due."""
        super().connection_made(transport)
        self._await_rest()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client left."""
        self._stop_clock()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """What came goes through the parser; a clock runs when more must come."""
        if self._place == _REST:
            self._place, self._seen = _HEAD, len(data)
        elif self._place == _NOWHERE:
            return
        else:
            self._seen += len(data)
        HttpToolsProtocol.data_received(self, data)
        if self._place == _HEAD:
            if self._seen > self.most_head_bytes:
                self._refuse(self._too_large())
            else:
                self._await_rest()
        elif self._place == _BODY and not self._is_answering:
            self._await_rest()

    def on_headers_complete(self) -> None:
        """The head is whole. Raises `ValueError` when it is too large: the parser stops there."""
        if self._missing is not None:
            self._stop_clock()
        if len(self.headers) > self.most_headers or (
            self._seen > self.most_head_bytes and self._size() > self.most_head_bytes
        ):
            self._wrong = self._too_large()
            raise ValueError(self._wrong.detail)
        self._place = _BODY
        HttpToolsProtocol.on_headers_complete(self)
        self._is_unframed = self.scope["method"] in _WRITES and not any(
            name in (b"content-length", b"transfer-encoding") for name, _ in self.headers
        )

    def on_message_complete(self) -> None:
        """The last byte of a request. What came with it of the next one is looked at when more of that comes."""
        if self._missing is not None:
            self._stop_clock()
        self._place = _REST
        HttpToolsProtocol.on_message_complete(self)

    def pause_writing(self) -> None:
        """The client does not take its answer as fast as it comes."""
        super().pause_writing()
        self._untaken = self.loop.call_later(self.take_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """It took some."""
        super().resume_writing()
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None

    def send_400_response(self, msg: str) -> None:
        """What the parser made of it can't be read, or is too large."""
        if self._is_unframed and self._is_answering and self.cycle is not None:
            # it is the body that the head did not tell of: its request is answered, and nothing more is read
            cast("dict[str, Any]", self.cycle.scope)[STRAY_BODY] = True
            self.cycle.keep_alive = False
            self._place = _NOWHERE
            self._stop_clock()
            return
        self._refuse(self._wrong or malformed(msg))

    def _size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _too_large(self) -> Problem:
        words = f"A head has at most {self.most_headers} headers and {self.most_head_bytes} bytes."
        return Problem(431, "head_too_large", words)

    def _await_rest(self) -> None:
        if self._missing is None:
            self._missing = self.loop.call_later(self.head_seconds, self._too_slow)

    def _stop_clock(self) -> None:
        if self._missing is not None:
            self._missing.cancel()
            self._missing = None

    def _too_slow(self) -> None:
        self._missing = None
        if self._is_answering:
            self._await_rest()  # an answer is on its way, and the next request began too early
        elif self._place == _HEAD and self._seen:
            self._refuse(Problem(408, "head_timeout", f"The head was not whole within {self.head_seconds:g} seconds."))
        else:
            self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        """Answer and hang up. Where the answer to another request is due there is no room for one."""
        is_first = not self._is_answering or (
            self._place == _BODY and not self.pipeline and self.cycle is not None and not self.cycle.response_started
        )
        self._place = _NOWHERE
        self._stop_clock()
        self._unset_keepalive_if_required()
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if not is_first:
            self.transport.close()
            return
        request_id = fresh()
        log.info("a request is refused unread", code=problem.code, request_id=request_id)
        body = json.dumps(problem.body()).encode()
        self.transport.write(
            STATUS_LINE[problem.status]
            + b"content-type: application/problem+json\r\nconnection: close\r\n"
            + b"x-request-id: %s\r\ncontent-length: %d\r\n\r\n" % (request_id.encode(), len(body))
            + body
        )
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)


class InnerWire(Wire):
    """The limits of a process behind the gateway, which puts some headers of its own to what it passes on."""

    most_head_bytes = 2 * Wire.most_head_bytes
    most_headers = 2 * Wire.most_headers
