"""Headers that every answer of the gateway carries, and those that keep secrets out of caches."""

from __future__ import annotations

from services.gateway.requests.headers import RawHeaders
from services.gateway.requests.routes import Need, Route

SECRET_PATHS = ("/a/{}", "/approvals/{}/**", "/calendars/{}")
"""The patterns of addresses that are keys themselves."""
_HSTS = (b"strict-transport-security", b"max-age=31536000")


def guard_headers(headers: RawHeaders, route: Route | None, *, https: bool) -> RawHeaders:
    """The headers of an answer with what guards it; `headers` have lower-case names.

    `route` is the line of the routing table that it answers for, None for a path that leads nowhere. What needs a key,
    and what a signed link opens, is for its reader alone: it is not to be stored unless the service itself said how.
    `https` when browsers come by https.
    """
    said = {name for name, _ in headers}
    added: RawHeaders = []
    if b"x-content-type-options" not in said:
        added.append((b"x-content-type-options", b"nosniff"))
    if b"cache-control" not in said and _is_private(route):
        added.append((b"cache-control", b"no-store"))
    if https and b"strict-transport-security" not in said:
        added.append(_HSTS)
    return [*headers, *added]


def _is_private(route: Route | None) -> bool:
    return route is not None and (route.read is not Need.ANYONE or route.pattern in SECRET_PATHS)
