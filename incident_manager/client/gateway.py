"""The connection to the gateway: every call has a time limit and a size limit, and fails as a `TocsinError`.

A call that may be made twice is made again when the gateway is overloaded or the connection broke: reads, and POSTs,
which carry an `Idempotency-Key`. An address where nobody listens is said at once.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx2

from incident_manager.client.answers import AGAIN, error_of, read_value
from incident_manager.client.errors import BadAnswer, BadInput, NotFound, RouteMissing, TocsinError, Unreachable
from incident_manager.profiles.settings import Settings

MOST_BYTES = 64 * 1024 * 1024
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0
"""Between two pieces of an answer."""
TRIES = 4
LONGEST_PAUSE = 3.0
PAGE_SIZE = 200
STILL_UNDER_WAY = "still_under_way"
"""The code of an error: the first request under an idempotency key has no answer yet."""

Query = Mapping[str, Any]


class Gateway:
    """A connection that is kept alive; threads may share it."""

    def __init__(self, settings: Settings, *, seconds: float = ANSWER_SECONDS, tries: int = TRIES) -> None:
        self.url = settings.url
        self._tries = tries
        self._http = httpx2.Client(
            base_url=settings.url,
            headers={"authorization": f"Bearer {settings.api_key}", "accept": "application/json"},
            timeout=httpx2.Timeout(seconds, connect=CONNECT_SECONDS),
            follow_redirects=False,
        )

    def get(self, path: str, **query: Any) -> Any:
        """The value at a path. Raises `TocsinError`."""
        return self._call("GET", path, query=query)

    def post(self, path: str, body: Any = None, *, key: str | None = None, query: Query | None = None) -> Any:
        """What a POST answers. `key` is its idempotency key, a fresh one without. Raises `TocsinError`."""
        headers = {"idempotency-key": key or secrets.token_hex(16)}
        return self._call("POST", path, body={} if body is None else body, headers=headers, query=query)

    def write(self, method: str, path: str, body: Any = None, *, version: int | None = None) -> Any:
        """What PUT, PATCH or DELETE answers, which are made once, and only on that version. Raises `TocsinError`."""
        return self._call(method, path, body=body, headers=None if version is None else {"if-match": f'"{version}"'})

    def pages(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """The items of a list, page by page. Raises `TocsinError`."""
        cursor: str | None = None
        while True:
            page = self._call("GET", path, query={"limit": PAGE_SIZE} | query | {"cursor": cursor})
            if not isinstance(page, dict) or not isinstance(page.get("items"), list):
                raise BadAnswer(f"{path} answered no list.")
            yield from page["items"]
            cursor = page.get("next_cursor")
            if not cursor:
                return

    def pieces(self, path: str, kind: str) -> Iterator[bytes]:
        """An answer of any length as it comes, of the media type `kind`. Raises `TocsinError`."""
        with self._streamed("GET", path, headers={"accept": kind}) as answer:
            yield from _pieces(answer)

    def events(self, last_event_id: str | None = None) -> Iterator[httpx2.ServerSentEvent]:
        """What `/stream` tells until the connection ends. Raises `TocsinError`."""
        headers = {"accept": "text/event-stream"} | ({"last-event-id": last_event_id} if last_event_id else {})
        with self._streamed("GET", "/stream", headers=headers) as answer:
            try:
                yield from httpx2.EventSource(answer)
            except httpx2.HTTPError as error:
                raise _unreachable(error, self.url) from error

    def must_know(self, path: str, **query: Any) -> Any:
        """As `get`, for a path that names no thing: where it is 404 the gateway does not know the call."""
        try:
            return self.get(path, **query)
        except NotFound as error:
            raise RouteMissing(f"This gateway does not know {path} yet.", status=error.status) from error

    def close(self) -> None:
        """End the connection."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        may_repeat = method == "GET" or bool(headers and "idempotency-key" in headers)
        for tried in range(1, self._tries + 1):
            try:
                return self._once(method, path, body=body, query=query, headers=headers)
            except _Again as again:
                if not may_repeat or tried == self._tries:
                    raise again.error from again.error.__cause__
                time.sleep(min(0.25 * 2**tried, LONGEST_PAUSE))
        raise AssertionError("unreachable")

    def _once(
        self, method: str, path: str, *, body: Any, query: Query | None, headers: Mapping[str, str] | None
    ) -> Any:
        try:
            with self._streamed(method, path, body=body, query=query, headers=headers) as answer:
                return read_value(_whole(answer))
        except TocsinError as error:
            if _is_worth_another_try(error):
                raise _Again(error) from error
            raise

    def _streamed(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> _Answer:
        given = {name: value for name, value in (query or {}).items() if value not in (None, "")}
        try:
            request = self._http.build_request(method, path, json=body, params=given or None, headers=headers)
        except (UnicodeEncodeError, httpx2.InvalidURL) as error:
            raise BadInput("There is a character in it that is no Unicode text.") from error
        return _Answer(self._http, request, self.url)


class _Again(Exception):
    """Nothing was done, as far as is known."""

    def __init__(self, error: TocsinError) -> None:
        super().__init__(error.detail)
        self.error = error


def _is_worth_another_try(error: TocsinError) -> bool:
    if error.code == STILL_UNDER_WAY or (isinstance(error, Unreachable) and error.status in AGAIN):
        return True
    broke = isinstance(error.__cause__, httpx2.NetworkError | httpx2.RemoteProtocolError)
    return broke and not isinstance(error.__cause__, httpx2.ConnectError)


class _Answer:
    """An answer that is being read: 2xx, else its error is raised."""

    def __init__(self, http: httpx2.Client, request: httpx2.Request, url: str) -> None:
        self._http = http
        self._request = request
        self._url = url
        self._answer: httpx2.Response | None = None

    def __enter__(self) -> httpx2.Response:
        try:
            self._answer = self._http.send(self._request, stream=True)
            if not self._answer.is_success:
                status, body = self._answer.status_code, _whole(self._answer)
                self._answer.close()
                raise error_of(status, body)
        except httpx2.HTTPError as error:
            raise _unreachable(error, self._url) from error
        return self._answer

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._answer is not None:
            self._answer.close()


def _whole(answer: httpx2.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    for piece in _pieces(answer):
        size += len(piece)
        if size > MOST_BYTES:
            raise BadAnswer(f"The answer is larger than {MOST_BYTES} bytes.")
        parts.append(piece)
    return b"".join(parts)


def _pieces(answer: httpx2.Response) -> Iterator[bytes]:
    try:
        yield from answer.iter_bytes()
    except httpx2.HTTPError as error:
        raise _unreachable(error, str(answer.request.url)) from error


def _unreachable(error: httpx2.HTTPError, url: str) -> TocsinError:
    if isinstance(error, httpx2.UnsupportedProtocol | httpx2.DecodingError):
        return BadAnswer(f"{url} is no gateway of Tocsin: {error}")
    why = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, httpx2.TimeoutException):
        why = "no answer in time"
    return Unreachable(f"The gateway at {url} can't be reached: {why}")


def segment(text: str) -> str:
    """A text as one segment of a path. Raises `BadInput` for one that can't be."""
    try:
        quoted = quote(text, safe="")
    except UnicodeEncodeError as error:
        raise BadInput("There is a character in it that is no Unicode text.") from error
    if not quoted or set(text) == {"."}:
        raise BadInput(f"{text!r} is no id.")
    return quoted
