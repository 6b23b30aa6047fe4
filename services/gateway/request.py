"""One request: what of its head decides about it, read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.gateway.keys.key import Key
from services.gateway.requests.addresses import Network, client_address
from services.gateway.requests.headers import RawHeaders, acceptable_request_id
from services.gateway.requests.routes import Route


@dataclass(slots=True)
class Call:
    """A request on its way through the gateway.

    `query` loses the key once that was read, and the path its last slash where tools deliver.
    """

    method: str
    path: str
    raw_path: bytes
    query: bytes
    headers: RawHeaders
    address: str
    request_id: bytes
    traceparent: bytes | None
    user_agent: bytes
    encoding: str = ""
    """How the body is packed, as the client says it."""
    content_type: str = ""
    route: Route | None = None
    digest: str | None = None
    """Of the secret that was shown, or that the session stands for."""
    shown: str | None = None
    """The key that a delivery showed, where its sender may have signed with it."""
    by_cookie: bool = False
    key: Key | None = None
    refused: str | None = None
    """Why the caller was sent away, where who it is was the reason."""

    @property
    def target(self) -> bytes:
        """Path and query as they are sent on."""
        return self.raw_path + (b"?" + self.query if self.query else b"")


def read_call(scope: Mapping[str, Any], fresh_id: str, trusted: Sequence[Network] = ()) -> Call:
    """The request of an ASGI scope; `fresh_id` names it when its own id can't be used.

    `trusted`: the networks of proxies that may say for whom they call.
    """
    request_id = traceparent = None
    forwarded: list[bytes] = []
    user_agent = content_type = b""
    encodings: list[bytes] = []
    headers: RawHeaders = scope["headers"]
    for name, value in headers:
        if name == b"x-request-id":
            request_id = acceptable_request_id(value)
        elif name == b"traceparent":
            traceparent = value
        elif name == b"user-agent":
            user_agent = value
        elif name == b"content-encoding":
            encodings.append(value)
        elif name == b"content-type":
            content_type = value
        elif name == b"x-forwarded-for" and trusted:
            forwarded.append(value)
    peer = scope["client"][0] if scope.get("client") else ""
    return Call(
        method=scope["method"],
        path=scope["path"],
        raw_path=scope["raw_path"],
        query=scope["query_string"],
        headers=headers,
        address=client_address(peer, forwarded, trusted),
        request_id=request_id or fresh_id.encode(),
        traceparent=traceparent,
        user_agent=user_agent,
        encoding=b",".join(encodings).decode("latin-1"),
        content_type=content_type.decode("latin-1"),
    )
