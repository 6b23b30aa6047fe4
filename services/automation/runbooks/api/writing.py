"""How what people send becomes a runbook: checked, its secrets sealed, what it names asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError

from services.automation.actions.script import ScriptStep
from services.automation.runbooks.api.views import RunbookBody
from services.automation.runbooks.parameter import Parameter
from services.automation.runbooks.runbook import Runbook, runbook_faults
from services.automation.runbooks.store import Runbooks
from services.automation.scripts.choice import ScriptPlaces
from shared.callers.identity import Identity
from shared.kept.entries import Entry
from shared.problem import conflict
from shared.secrecy.sealing import Seal
from shared.team_scope import require_team
from shared.web.merge_patch import Fault, refuse

_TAG = re.compile(r"[A-Z]\w*|.*\[.*|function-.*")
"""What pydantic puts between the fields of a pointer where a field may be one of several."""


class PlainPointers(APIRoute):
    """Routes whose faults point at fields as they stand in the body: a step's kind is no field of its own."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own, with the pointers of what it finds mended."""
        handle = super().get_route_handler()

        async def with_plain_pointers(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                raise RequestValidationError(plain_errors(error.errors()), body=error.body) from error

        return with_plain_pointers


def plain_errors(errors: Sequence[Any]) -> list[Any]:
    """These errors of pydantic's, each at the field as it stands in the body."""
    found = []
    for one in errors:
        where = list(one["loc"])
        if "steps" in where and len(where) > (place := where.index("steps") + 2):
            del where[place]
        # an index is a number; a name of ours never looks like a tag
        found.append({**one, "loc": tuple(part for part in where if not _is_tag(part))})
    # of a field that may be one of several, what is wrong with the first of them says enough
    return list({one["loc"]: one for one in reversed(found)}.values())[::-1]


def _is_tag(part: object) -> bool:
    return isinstance(part, str) and _TAG.fullmatch(part) is not None


def read_body(value: object) -> RunbookBody:
    """A runbook that came in as a file. Raises FastAPI's error for one that does not fit (`PlainPointers`)."""
    try:
        return RunbookBody.model_validate(value)
    except ValidationError as error:
        faults = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False)]
        raise RequestValidationError(faults) from error


class RunbookWriting:
    """Writes runbooks for callers."""

    def __init__(self, runbooks: Runbooks, places: ScriptPlaces, seal: Seal) -> None:
        self._entries = runbooks.entries
        self._places = places
        self._seal = seal

    async def create(self, caller: Identity, chosen: str | None, body: RunbookBody) -> Entry[Runbook]:
        """Store a new one. Raises a `Problem`: 403, 409 where the id is taken, 422."""

        async def decide(before: Entry[Runbook] | None) -> Runbook:
            if before is not None:
                raise conflict("already_exists", f"There is a runbook with the id {before.id!r} already.")
            return await self._content(caller, body, None)

        if chosen is None:
            return await self._entries.create(None, await self._content(caller, body, None))
        entry, _ = await self._entries.put(chosen, None, decide)
        return entry

    async def put(
        self, caller: Identity, id: str, expected: int | None, body: RunbookBody
    ) -> tuple[Entry[Runbook], bool]:
        """Store it under this id, and say whether it is new. Raises a `Problem`: 403, 412, 422."""

        async def decide(before: Entry[Runbook] | None) -> Runbook:
            if before is not None:
                require_team(caller, before.content.team)
            return await self._content(caller, body, before.content if before is not None else None)

        return await self._entries.put(id, expected, decide)

    async def _content(self, caller: Identity, body: RunbookBody, before: Runbook | None) -> Runbook:
        require_team(caller, body.team)
        runbook = Runbook.model_validate(body.model_dump())
        refuse([*runbook_faults(runbook), *await self._place_faults(runbook)])
        return runbook.changed(parameters=[self._sealed(one, before) for one in runbook.parameters])

    async def _place_faults(self, runbook: Runbook) -> list[Fault]:
        """The places that scripts name and that there are not."""
        found: list[Fault] = []
        for number, step in enumerate(runbook.steps):
            if isinstance(step, ScriptStep) and (why := await self._places.why_unknown(step.on, runbook.team)):
                found.append((f"/steps/{number}/on", why))
        return found

    def _sealed(self, one: Parameter, before: Runbook | None) -> Parameter:
        """A secret with its default sealed; where none was said, the one that it had."""
        if not one.is_secret:
            return one
        if one.default is not None:
            text = str(one.default)
            return one.changed(default=None, sealed=self._seal.close(text.encode()) if text else None)
        known = [other for other in before.parameters if other.name == one.name] if before is not None else []
        return one.changed(sealed=known[0].sealed if known and known[0].is_secret else None)
