"""What of a request and of its answer passes through the gateway, header by header.

Hop-by-hop headers end here (RFC 9110, section 7.6.1). What only the gateway may say (`X-Tocsin-Identity`, who called)
is taken out of what the client sent. A request id that can't be logged safely is replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

RawHeaders = list[tuple[bytes, bytes]]

MAX_TARGET_BYTES = 16 * 1024

_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",  # codespell:ignore te
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_NOT_FORWARDED = _HOP_BY_HOP | {
    b"authorization",
    b"content-length",
    b"cookie",
    b"expect",
    b"forwarded",
    b"traceparent",
    b"x-forwarded-for",
    b"x-request-id",
    b"x-tocsin-key",
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_OURS = b"x-tocsin-"
_CLIENT_MAY_SAY = frozenset({b"x-tocsin-csrf"})
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,100}")
"""What the services accept too (`shared.web.shell`), so that one request has one id everywhere."""
_DROPPED_FROM_ANSWERS = _HOP_BY_HOP | {b"date", b"server", b"x-request-id"}


def upstream_headers(headers: Iterable[tuple[bytes, bytes]], additions: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    """The headers that go to a service: the client's end-to-end ones, then `additions`. Names are lower-case."""
    kept: RawHeaders = []
    nominated: frozenset[bytes] = frozenset()
    for name, value in headers:
        if name == b"connection":
            nominated |= {token.strip() for token in value.lower().split(b",")}
        elif name not in _NOT_FORWARDED and (not name.startswith(_OURS) or name in _CLIENT_MAY_SAY):
            kept.append((name, value))
    if nominated - {b"keep-alive", b"close"}:
        kept = [(name, value) for name, value in kept if name not in nominated]
    kept.extend(additions)
    return kept


def answer_headers(headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    """The headers of a service's answer that go to the client; the request's id is added by `entry`."""
    return [(name, value) for name, value in headers if name not in _DROPPED_FROM_ANSWERS]


def head_bytes(method: str, target: bytes, headers: RawHeaders, *, length: int | None) -> bytes:
    """An HTTP/1.1 request head. `length` is that of the body in bytes; None announces chunks, -1 that there is none."""
    parts = [method.encode("ascii"), b" ", target, b" HTTP/1.1\r\n"]
    for name, value in headers:
        parts += (name, b": ", value, b"\r\n")
    if length is None:
        parts.append(b"transfer-encoding: chunked\r\n")
    elif length >= 0:
        parts.append(b"content-length: %d\r\n" % length)
    parts.append(b"\r\n")
    return b"".join(parts)


def acceptable_request_id(value: bytes | None) -> bytes | None:
    """The client's own request id when it is short and plain, else None."""
    return value if value is not None and _REQUEST_ID.fullmatch(value) else None


def is_alertmanager(path: str, query: bytes, user_agent: bytes) -> bool:
    """True for deliveries in Alertmanager's manner.

    Prometheus and Alertmanager repeat after a 5xx only; a 429 loses the alert. So overload answers them 503.
    """
    if path.startswith("/api/v2/"):
        return True
    named = b"source=alertmanager" in query.split(b"&")
    return named or user_agent.startswith((b"Alertmanager/", b"Prometheus/"))


def without_slash(path: str, raw_path: bytes) -> tuple[str, bytes]:
    """A path, decoded and as it was sent, without the slash at its end; a percent-encoded one is no such slash."""
    if len(path) > 1 and path.endswith("/") and raw_path.endswith(b"/"):
        return path[:-1], raw_path[:-1]
    return path, raw_path


def is_unframed(method: str, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """True for a POST that says of what type its body is, but neither how long nor that it comes in chunks.

    By HTTP it has none then, and what follows would be taken for the next request.
    """
    if method != "POST":
        return False
    names = {name for name, _ in headers}
    return b"content-type" in names and not names & {b"content-length", b"transfer-encoding"}


def fault_of_target(raw_path: bytes, path: str, query: bytes) -> str | None:
    """What is wrong with a request's address, in words; None when nothing is.

    `path` is `raw_path` with its percent-encodings decoded. A NUL or another control character would reach logs and
    the database, and a replacement character stands for bytes that are no UTF-8.
    """
    if len(raw_path) + len(query) > MAX_TARGET_BYTES:
        return f"The address is longer than {MAX_TARGET_BYTES} bytes."
    if not path.startswith("/"):
        return "The address is no path."
    if "%" in path and re.search(rb"%(?![0-9A-Fa-f]{2})", raw_path):
        return "The path holds a malformed percent-encoding."
    if "\ufffd" in path and b"%EF%BF%BD" not in raw_path.upper():
        return "The path is not UTF-8."
    if _CONTROL.search(path):
        return "The path holds a control character."
    return None
