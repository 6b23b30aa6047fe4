"""Keys that senders put into their bodies: what is kept of a body for inspection shows none.

PagerDuty's events carry `routing_key` (v1: `service_key`), Opsgenie's old ones `apiKey`. The body may be no JSON, so
this looks at text; a key whose text does not end counts to the end of the body.
"""

from __future__ import annotations

import re

_KEY = re.compile(
    rb'("(?:routing_key|service_key|integration_key|api_?key)"\s*:\s*")(?:[^"\\]|\\.)*', re.IGNORECASE | re.DOTALL
)


def redacted(body: bytes) -> bytes:
    """The body with the values of known key members replaced by stars."""
    return _KEY.sub(rb"\1***", body)
