"""What Jira tells us over HTTP: whether it is Jira, and where an issue stands. Pure.

Jira Cloud signs with the webhook's secret: `X-Hub-Signature: sha256=<HMAC-SHA256 of the body as it came>`. Data Center
before 10 can't sign; there the secret is in the address (`?secret=`). Either is judged before anything is read.
Source: https://developer.atlassian.com/cloud/jira/platform/webhooks/#secure-admin-webhooks.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.comms.tickets.jira_format import OURS, millis
from shared.problem import Problem, malformed
from shared.secrecy.signing import is_same, sign

MOST_BYTES = 2 * 1024 * 1024
MOST_SIGNED_BYTES = 16 * 1024 * 1024
"""Of one call whose project is looked for: its body, once for each project. 20 ms of a processor."""
_SIGNATURE = re.compile(r"sha256=[0-9a-fA-F]{64}")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}-[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Told:
    """What a webhook tells of an issue. `issue` is Jira's own form of it."""

    key: str
    issue: dict[str, Any]
    is_gone: bool
    is_ours: bool
    """The change that it tells of is one that we made."""
    at: datetime | None


def is_proven(secret: str, signature: str | None, given: str | None, body: bytes) -> bool:
    """Whether a request knows the secret: by its signature, or by the secret itself."""
    if signature is not None:
        expected = f"sha256={sign(secret.encode(), body).hex()}"
        return is_same(signature.strip().encode("utf-8", "replace"), expected.encode())
    return given is not None and is_same(given.encode("utf-8", "replace"), secret.encode())


def require_proof(signature: str | None, given: str | None) -> None:
    """Raise the 401 for a request that can't be proven, whatever its body is: then nothing of that is read."""
    if (signature is None and given is None) or (signature is not None and not _SIGNATURE.fullmatch(signature.strip())):
        raise unverified()


def most_bytes_for(projects: int) -> int:
    """How large a body may be whose project is looked for among so many."""
    return min(MOST_BYTES, MOST_SIGNED_BYTES // max(1, projects))


def unverified() -> Problem:
    """The 401 for what is not Jira's."""
    return Problem(401, "unverified", "Neither the signature nor the secret is that of a Jira project set up here.")


def read_webhook(body: bytes) -> Told | None:
    """What a webhook tells; None when it is not about an issue. Raises a 400 `Problem` for what can't be read."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise malformed("It is not JSON.", "") from error
    if not isinstance(parsed, dict):
        raise malformed("It is not a JSON object.", "")
    event = parsed.get("webhookEvent")
    issue = parsed.get("issue")
    if issue is None and not (isinstance(event, str) and event.startswith("jira:issue_")):
        return None
    if not isinstance(issue, dict) or not isinstance(issue.get("key"), str):
        raise malformed("There is no issue with a key.", "/issue/key")
    if not _KEY.fullmatch(issue["key"]):
        raise malformed("This is no key of an issue.", "/issue/key")
    return Told(
        key=issue["key"],
        issue=issue,
        is_gone=event == "jira:issue_deleted",
        is_ours=_author_of(parsed.get("changelog")) == OURS,
        at=millis(parsed.get("timestamp")),
    )


def _author_of(changelog: Any) -> str | None:
    history = changelog.get("historyMetadata") if isinstance(changelog, dict) else None
    made_by = history.get("type") if isinstance(history, dict) else None
    return made_by if isinstance(made_by, str) else None
