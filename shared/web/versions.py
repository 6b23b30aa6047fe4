"""Optimistic concurrency over HTTP: `ETag` is the version, `If-Match` names the one that the caller saw."""

from __future__ import annotations

from shared.problem import Problem


def etag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


def expected_version(if_match: str | None) -> int | None:
    """The version in an `If-Match` header; None when there is none or it is `*`.

    Raises a 400 `Problem` for anything that is no entity tag of ours.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Problem(400, "malformed", f"If-Match: {if_match[:100]!r} is no version of this object.")
    return int(text)


def check_version(expected: int | None, actual: int) -> None:
    """Raise a 412 `Problem` when the caller saw another version."""
    if expected is not None and expected != actual:
        raise Problem(412, "version_conflict", f"The object is at version {actual}, not {expected}.", version=actual)


def is_known(if_none_match: str | None, current: str) -> bool:
    """True when the reader says that it has the current answer. Source: RFC 9110, section 13.1.2."""
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or current in tags
