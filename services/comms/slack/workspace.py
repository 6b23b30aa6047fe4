"""The Slack workspace that Tocsin works in, as an admin sets it at run time. Pure.

What is set here goes before the environment's settings, each for itself: a workspace without a signing secret of its
own leaves `TOCSIN_SLACK_SIGNING_SECRET` in force. The environment's token never goes to an address that was set here:
an address comes with its token. Both secrets are sealed before they are stored and shown to nobody again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.comms.delivery.outcome import Outcome, OutcomeKind
from shared.problem import Problem, invalid
from shared.stored import Stored

WORKSPACE = "workspace"
"""The id of the one that there is."""
MOST_SHOWN = 200

Token = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000, pattern=r"^[!-~]+$")]
SigningSecret = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=8, max_length=200, pattern=r"^[!-~]+$")
]
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class SlackIn(BaseModel):
    """The body that sets the workspace, whole: what is left out is the environment's."""

    model_config = ConfigDict(extra="ignore")

    token: Token = Field(description="The bot's token, `xoxb-…`")
    signing_secret: SigningSecret | None = Field(None, description="The app's; Slack's calls are checked by it")
    api_url: Address | None = Field(
        None, description="Where Slack's Web API is; an address in your network must be in `TOCSIN_OUTBOUND_ALLOW`"
    )


class Workspace(Stored):
    """The workspace as it is stored; a deleted one stays as a mark without secrets."""

    version: int = 0
    sealed_token: str = ""
    sealed_secret: str = ""
    """Empty: none of its own."""
    api_url: str | None = None
    team: str = ""
    team_id: str = ""
    bot_user_id: str = ""
    url: str = ""
    set_by: str = ""
    created_at: datetime
    updated_at: datetime
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """What an admin set, opened; a `token` or `signing_secret` of None was set and can't be read any more."""

    token: str | None
    signing_secret: str | None
    api_url: str | None


class Source(StrEnum):
    """Where a secret comes from."""

    STORED = "stored"
    ENVIRONMENT = "environment"
    UNREADABLE = "unreadable"
    """It was sealed under another `TOCSIN_SECRET_KEY`: set it anew. Until then the environment's is in force."""


def source_of(*, is_set: bool, chosen: str | None, given: str) -> Source | None:
    """Where a secret that is in force comes from; None when there is none. `given` is the environment's."""
    if is_set:
        return Source.STORED if chosen is not None else Source.UNREADABLE
    return Source.ENVIRONMENT if given else None


def create_workspace(
    body: SlackIn,
    answer: Mapping[str, Any],
    *,
    token: str,
    secret: str,
    by: str,
    known: Workspace | None,
    now: datetime,
) -> Workspace:
    """The workspace to store. `token` and `secret` are sealed; `answer` is what Slack's `auth.test` says of the token.

    Source: https://docs.slack.dev/reference/methods/auth.test
    """

    def said(name: str) -> str:
        return str(answer.get(name) or "")[:MOST_SHOWN]

    return Workspace(
        version=known.version if known else 0,
        sealed_token=token,
        sealed_secret=secret,
        api_url=body.api_url,
        team=said("team"),
        team_id=said("team_id"),
        bot_user_id=said("user_id"),
        url=said("url"),
        set_by=by,
        created_at=known.created_at if known and not known.deleted else now,
        updated_at=now,
    )


def mark_deleted(workspace: Workspace, now: datetime) -> Workspace:
    """The document that stays when a workspace is deleted: its version, and no secret."""
    return Workspace(version=workspace.version, created_at=workspace.created_at, updated_at=now, deleted=True)


def refusal(outcome: Outcome, error: str) -> Problem:
    """What is answered when `auth.test` failed: it names the field that is to be mended, if one is.

    That Slack can't be reached from here is nothing that the same request would meet otherwise a moment later.

    `error` is Slack's word for what is wrong with the token, empty when it was not Slack that refused.
    """
    if outcome.kind is OutcomeKind.REFUSED and error:
        return invalid("/token", f"Slack does not take this token: {error[:100]}", "slack_refused")
    if outcome.kind is OutcomeKind.BUSY:
        wait = str(max(1, round(outcome.retry_after_seconds or 1)))
        return Problem(503, "slack_busy", f"{outcome.detail}. Try again.", headers={"Retry-After": wait})
    return invalid("/api_url", outcome.detail[:500], "slack_unreachable")
