"""Takes out of a title what differs each time the same thing happens: hosts, addresses, ids, paths, versions. Pure."""

from __future__ import annotations

import re

MAX_TITLE = 1000
"""Characters of a title that are looked at."""

_MASKED = re.compile(
    r"""
    https?://\S{1,300}
    | \b[0-9a-f]{8}-[0-9a-f-]{27}\b                                         # a UUID
    | \b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b                              # an IPv4 address
    | (?<!\S)/[\w./-]{1,200}                                                # a path
    | \b[\w-]{1,60}(?:\.[\w-]{1,60}){2,8}\b                                 # a host with its domain
    | \b(?:[a-z]{1,20}[-_]){0,4}[a-z]{2,20}[-_]?\d{1,6}(?:\.[a-z][\w.-]{0,80})?\b   # web01, db-12, app-3.prod
    | (?<=[a-z])-[0-9a-f]{6,40}\b                                           # what Kubernetes adds to a name
    | \bv?\d{1,9}(?:\.\d{1,9}){1,5}\b                                       # a version, a decimal
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
"""Every repetition is bounded, so the time is a fixed multiple of the title's length."""


def mask(title: str) -> str:
    """The title with a space for each part that tells one occurrence from the next."""
    return _MASKED.sub(" ", title[:MAX_TITLE])
