"""Where a caller's key may stand: the Authorization header, `X-Tocsin-Key`, and for webhooks also `?key=`.

A key in the address would end up in logs, so it is taken out of the query before anything else sees it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote_plus

from shared.problem import malformed

Headers = Iterable[tuple[bytes, bytes]]

MAX_KEY_LENGTH = 512
_ONCE = frozenset({b"authorization", b"x-tocsin-key", b"x-gitlab-token"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """The key that a caller showed, if any, and the query string without it."""

    key: str | None
    query: bytes


def find_credentials(headers: Headers, query: bytes, *, webhook: bool) -> Credentials:
    """The key of a request.

    `headers` have lower-case names; `query` is the raw query string. On webhooks Opsgenie's `Authorization: GenieKey`,
    GitLab's `X-Gitlab-Token` and `?key=` count too. A key that is too long to be one is treated as a wrong one.
    Raises a 400 `Problem` for a header that stands twice: whoever looked at the other one has let in somebody else.
    """
    key: str | None = None
    token: str | None = None
    seen: set[bytes] = set()
    for name, value in headers:
        if name in _ONCE:
            if name in seen:
                raise malformed(f"The header {name.decode()} stands twice.")
            seen.add(name)
        if name == b"authorization":
            key = _authorization(value, webhook=webhook) or key
        elif name == b"x-tocsin-key" and key is None:
            key = value.decode("latin-1").strip()
        elif webhook and name == b"x-gitlab-token":
            token = value.decode("latin-1").strip() or None
    if webhook and b"key=" in query:
        asked, query = _split(query)
        key = key or asked
    key = key or token
    return Credentials(key[:MAX_KEY_LENGTH] if key else None, query)


def _authorization(value: bytes, *, webhook: bool) -> str | None:
    scheme, _, rest = value.decode("latin-1").partition(" ")
    known = scheme.lower() == "bearer" or (webhook and scheme.lower() == "geniekey")
    return (rest.strip() or None) if known else None


def _split(query: bytes) -> tuple[str | None, bytes]:
    parts = query.split(b"&")
    keys = [part[4:] for part in parts if part.startswith(b"key=")]
    rest = b"&".join(part for part in parts if not part.startswith(b"key="))
    return (unquote_plus(keys[0].decode("latin-1")) or None if keys else None), rest
