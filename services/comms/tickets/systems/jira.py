"""Jira, in the cloud (REST v3) and Data Center (REST v2): seven calls, all guarded by `shared.outside.outbound`.

An API token is sent as basic authentication with its owner's e-mail address, a personal access token as bearer.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from services.comms.delivery.outcome import OutcomeKind, busy, down, http_outcome, refused
from services.comms.tickets.jira_format import (
    browse_url,
    creation,
    fields_of,
    keys_query,
    label_query,
    seen_of,
    transition_to,
    with_origin,
    without_refused,
)
from services.comms.tickets.project import JIRA
from services.comms.tickets.systems.contract import CALL_SECONDS, Access, Draft, NotDone, Owner
from services.comms.tickets.ticket import STATE_OF, Seen
from shared.events.actions import ActionState
from shared.events.communication import TicketState
from shared.outside import outbound

PROVIDER = JIRA
ANSWER_LIMIT_BYTES = 2 * 1024 * 1024
AT_ONCE = 50
"""How many issues are asked for by one query."""


class Jira:
    """Finds, makes, edits and moves issues of one Jira at a time, each call within its time limit."""

    def __init__(self, http: outbound.Outbound) -> None:
        self._http = http

    async def find(self, access: Access, action_id: str, now: datetime) -> Seen | None:
        """The issue that carries the action's label; None when there is none."""
        found = await self._search(access, label_query(access.place, action_id), 1, now)
        return next(iter(found.values()), None)

    async def create(self, access: Access, draft: Draft, now: datetime) -> Seen:
        """Make an issue of the draft and say where it stands."""
        place = access.place
        account = await self._account(access, draft.owner, now)
        answer = await self._write(access, "POST", "/issue", creation(draft, place, account), now)
        key = answer.get("key")
        if not isinstance(key, str):
            raise NotDone(down("Jira answered without the issue's key"))
        try:
            seen = (await self._read(access, key, now)) or None
        except NotDone:
            seen = None  # it is there: where it stands is told by the next look
        return seen or Seen(key, browse_url(place, key), "", TicketState.OPEN)

    async def edit(self, access: Access, key: str, draft: Draft, now: datetime) -> None:
        """Have the issue say what the draft says; for an owner unknown to Jira the assignee stays."""
        account = await self._account(access, draft.owner, now)
        fields = fields_of(draft, access.place, account)
        if draft.owner is not None and account is None:
            fields.pop("assignee")  # whom Jira does not know takes nothing from who has it there
        body = with_origin({"fields": fields}, access.place, draft.origin)
        await self._write(access, "PUT", f"/issue/{quote(key)}", body, now)

    async def move(self, access: Access, key: str, state: ActionState, origin: str, now: datetime) -> Seen:
        """Take the transition to a status that stands for `state`; none is needed where it stands there already."""
        path = f"/issue/{quote(key)}/transitions"
        offered = (await self._call(access, "GET", path, None, now)).get("transitions")
        found = transition_to(offered, access.place, state)
        if found is None:
            there = await self._read(access, key, now)
            if there is not None and there.state is STATE_OF[state]:
                return there
            raise NotDone(refused(f"Jira offers no transition of {key} to what stands for {state.value}"))
        number, to = found
        body = with_origin({"transition": {"id": number}}, access.place, origin)
        await self._call(access, "POST", path, body, now)
        seen = seen_of({"key": key, "fields": {"status": to}}, access.place)
        return seen or Seen(key, browse_url(access.place, key), "", TicketState.OPEN)

    async def look(self, access: Access, keys: Sequence[str], now: datetime) -> dict[str, Seen]:
        """Where these issues stand, by key. By query; one by one where a query is refused, as for a deleted key."""
        seen: dict[str, Seen] = {}
        for start in range(0, len(keys), AT_ONCE):
            chunk = keys[start : start + AT_ONCE]
            try:
                found = await self._search(access, keys_query(chunk), len(chunk), now)
            except NotDone as failure:
                if failure.outcome.kind is not OutcomeKind.REFUSED:
                    raise
                found = {}
            for key in chunk:
                one = found.get(key) or await self._read(access, key, now)
                if one is not None:
                    seen[key] = one
        return seen

    async def _read(self, access: Access, key: str, now: datetime) -> Seen | None:
        try:
            issue = await self._call(access, "GET", f"/issue/{quote(key)}?fields=status,resolution", None, now)
        except NotDone as failure:
            if failure.missing:
                return None
            raise
        return seen_of(issue, access.place)

    async def _search(self, access: Access, jql: str, limit: int, now: datetime) -> dict[str, Seen]:
        """Issues by key. Cloud has a path of its own for it since 2025, and indexes late: what is missing is read."""
        path = "/search/jql" if access.place.api_version >= 3 else "/search"
        query = urlencode({"jql": jql, "maxResults": limit, "fields": "status,resolution"})
        issues = (await self._call(access, "GET", f"{path}?{query}", None, now)).get("issues")
        found = [seen_of(issue, access.place) for issue in issues] if isinstance(issues, list) else []
        return {seen.key: seen for seen in found if seen is not None}

    async def _account(self, access: Access, owner: Owner | None, now: datetime) -> str | None:
        """The account of a person: as the place's map says, else the one that has their e-mail address."""
        if owner is None:
            return None
        if owner.user_id in access.place.user_map:
            return access.place.user_map[owner.user_id]
        if not owner.email:
            return None
        is_cloud = access.place.api_version >= 3
        query = urlencode({"query" if is_cloud else "username": owner.email, "maxResults": 2})
        try:
            found = await self._call(access, "GET", f"/user/search?{query}", None, now)
        except NotDone as failure:
            if failure.outcome.kind is not OutcomeKind.REFUSED:
                raise
            return None  # the token may not look for people
        people = found.get("values")
        known = [one for one in people if isinstance(one, dict)] if isinstance(people, list) else []
        same = [one for one in known if str(one.get("emailAddress", "")).casefold() == owner.email.casefold()]
        chosen = same or known
        account = chosen[0].get("accountId" if is_cloud else "name") if len(chosen) == 1 else None
        return account if isinstance(account, str) else None

    async def _write(
        self, access: Access, method: str, path: str, body: dict[str, Any], now: datetime
    ) -> dict[str, Any]:
        """Write fields; those that the project does not have are left out the second time."""
        try:
            return await self._call(access, method, path, body, now)
        except _FieldsRefused as failure:
            lesser = without_refused(body, failure.errors)
            if lesser is None:
                raise
            return await self._call(access, method, path, lesser, now)

    async def _call(
        self, access: Access, method: str, path: str, body: Mapping[str, Any] | None, now: datetime
    ) -> dict[str, Any]:
        """One call; a list is answered as `{"values": [...]}`. Raises `NotDone`."""
        place = access.place
        try:
            answer = await self._http.call(
                method,
                f"{place.base_url}/rest/api/{place.api_version}{path}",
                json.dumps(body, ensure_ascii=False).encode("utf-8", "replace") if body is not None else b"",
                _headers(access, has_body=body is not None),
                timeout_seconds=CALL_SECONDS,
                answer_limit_bytes=ANSWER_LIMIT_BYTES,
            )
        except outbound.Refused as error:
            raise NotDone(replace(refused(str(error)), reached=False)) from error
        except outbound.OutboundError as error:
            raise NotDone(down(f"Jira can't be reached: {error}")) from error
        parsed = _parse(answer.body)
        if 200 <= answer.status < 300:
            if answer.cut:
                raise NotDone(refused("Jira's answer is too long"))
            return parsed
        outcome = http_outcome(answer.status, answer.headers, _words(parsed) or answer.text(), now)
        if answer.status == 400 and isinstance(parsed.get("errors"), dict):
            raise _FieldsRefused(parsed["errors"], outcome.detail)
        if answer.status in (401, 403):
            # people mend that; the ticket is still wanted
            raise NotDone(busy(outcome.detail, 300.0))
        raise NotDone(outcome, missing=answer.status in (404, 410))


class _FieldsRefused(NotDone):
    def __init__(self, errors: dict[str, Any], detail: str) -> None:
        super().__init__(refused(detail))
        self.errors = errors


def connect(http: outbound.Outbound) -> Jira:
    """The provider."""
    return Jira(http)


def _headers(access: Access, *, has_body: bool) -> dict[str, str]:
    headers = {"accept": "application/json", "authorization": f"Bearer {access.token}"}
    if access.place.email:
        credentials = base64.b64encode(f"{access.place.email}:{access.token}".encode()).decode()
        headers["authorization"] = f"Basic {credentials}"
    if has_body:
        headers["content-type"] = "application/json"
    return headers


def _parse(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError):
        return {}
    if isinstance(parsed, list):
        return {"values": parsed}
    return parsed if isinstance(parsed, dict) else {}


def _words(parsed: Mapping[str, Any]) -> str:
    """What Jira says is wrong."""
    messages = parsed.get("errorMessages")
    said = [str(one) for one in messages] if isinstance(messages, list) else []
    errors = parsed.get("errors")
    if isinstance(errors, dict):
        said += [f"{name}: {what}" for name, what in errors.items()]
    return "; ".join(said)[:200]
