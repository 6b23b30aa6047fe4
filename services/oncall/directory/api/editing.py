"""How every entry of the directory is made, shown, edited and deleted over HTTP.

An edit is a JSON merge patch (RFC 7396) of the top-level fields: null takes a field back to its default, and the
outcome is checked as a new object would be. `If-Match` refuses an edit of what has changed since it was read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Body, Header, Response
from pydantic import AfterValidator, BaseModel, Field

from services.oncall.directory.entry import Entry, Kind, create_entry
from services.oncall.directory.store import DirectoryStore
from services.oncall.names import name_faults
from services.oncall.schedules.plan import Schedule
from shared import problem
from shared.clocks.clock import Now
from shared.ids import fresh
from shared.problem import Problem, not_found
from shared.stored import Stored
from shared.web import check_version, decode_cursor, encode_cursor, etag, expected_version
from shared.web.merge_patch import Fault, refuse

Content = TypeVar("Content", bound=Stored)

Beside = Callable[[str], Awaitable[Sequence[Entry]]]
"""What is written together with the entry of this id: all of it or nothing."""

RESERVED = frozenset({"graph", "import", "export"})


def _not_reserved(value: str) -> str:
    if value in RESERVED:
        raise ValueError(f"{value!r} is reserved")
    return value


ObjectId = Annotated[
    str,
    Field(max_length=128, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.~:@+-]*$", description="Chosen by the caller, else made"),
    AfterValidator(_not_reserved),
]
IfMatch = Annotated[str | None, Header(description="The `ETag` of the version to change")]
Patch = Annotated[
    dict[str, Any], Body(description="The fields to change, as in the object; null takes one back to its default")
]


class Stamped(BaseModel):
    """What every object says of itself."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime


class Editor(Generic[Content]):
    """Writes entries of one kind.

    `check` finds what can't be accepted about their content; with what it was before an edit, what it named already is
    not looked for again: who names somebody deleted can still be edited.
    """

    def __init__(
        self,
        directory: DirectoryStore,
        kind: Kind,
        model: type[Content],
        check: Callable[[Content, Content | None], Awaitable[Sequence[Fault]]],
        clock: Now,
    ) -> None:
        self._directory = directory
        self._kind = kind
        self._model = model
        self._check = check
        self._clock = clock

    async def create(self, chosen: str | None, content: Content, beside: Beside | None = None) -> Entry:
        """Store a new entry, with what goes `beside` it.

        Raises a 409 `Problem` when the id is taken, a 422 one when `check` finds faults, and what `beside` raises.
        """
        key = chosen or fresh()
        refuse(name_faults(None, content))
        refuse(await self._check(content, None))
        while True:
            before = await self._directory.get(self._kind, key) if chosen else None
            if before is not None and before.content is not None:
                taken = f"There is a {self._kind.value} with the id {key!r} already."
                raise Problem(409, "already_exists", taken, errors=[problem.Fault("/id", taken)])
            entry = create_entry(self._kind, key, content, before, self._clock.now())
            if await self._directory.commit(entry, *(await beside(key) if beside else ())):
                return entry

    async def find(self, key: str) -> Entry:
        """The entry with this id. Raises a 404 `Problem` when there is none."""
        entry = await self._directory.get(self._kind, key)
        if entry is None or entry.content is None:
            raise not_found(self._kind.value, key)
        return entry

    async def edit(
        self, key: str, if_match: str | None, decide: Callable[[Content], Content], beside: Beside | None = None
    ) -> Entry:
        """Store what `decide` makes of the content; decided again when somebody else was faster. Raises as above."""
        expected = expected_version(if_match)
        while True:
            entry = await self.find(key)
            check_version(expected, entry.version)
            entry = await self._directory.tidy(entry)
            content = decide(self.content(entry))
            refuse(name_faults(self.content(entry), content))
            refuse(await self._check(content, self.content(entry)))
            edited = entry.with_content(content, self._clock.now())
            if await self._directory.commit(edited, *(await beside(key) if beside else ())):
                return edited

    async def delete(self, key: str, if_match: str | None) -> None:
        """Delete an entry. Raises a 404 `Problem` when there is none."""
        expected = expected_version(if_match)
        while True:
            entry = await self.find(key)
            check_version(expected, entry.version)
            if await self._directory.commit(entry.with_content(None, self._clock.now())):
                if isinstance(entry.content, Schedule) and entry.content.series is not None:
                    await self._directory.volumes.forget(entry.content.series)
                return

    async def page(self, cursor: str | None, limit: int) -> tuple[Sequence[Entry], str | None]:
        """One page of the entries, by id, and the cursor of the next."""
        after = decode_cursor(cursor, str) or ""
        found = await self._directory.page(self._kind, after, limit + 1)
        return found[:limit], encode_cursor(found[limit - 1].key) if len(found) > limit else None

    def content(self, entry: Entry) -> Content:
        """What the entry holds."""
        if not isinstance(entry.content, self._model):
            raise TypeError(f"{entry.document_id} holds no {self._model.__name__}")
        return entry.content


def stamp(entry: Entry) -> dict[str, Any]:
    """The fields of `Stamped`."""
    return {
        "id": entry.key,
        "version": entry.version,
        "created_at": entry.created_at,
        "updated_at": entry.updated_at,
    }


def set_version_headers(response: Response, entry: Entry, *, at: str | None = None) -> Entry:
    """Tell the entry's version in the `ETag`, and with `at` its `Location`."""
    response.headers["ETag"] = etag(entry.version)
    if at is not None:
        response.headers["Location"] = f"{at}/{entry.key}"
    return entry


async def nothing_to_check(_: Stored, __: Stored | None) -> Sequence[Fault]:
    """The plan was checked when it was made; people who have left since do not stand in the way of an exception."""
    return ()


def unknown(what: str, wanted: Sequence[tuple[str, str]], missing: Collection[str]) -> list[Fault]:
    """A fault for each (pointer, id) whose id is missing."""
    return [(pointer, f"there is no {what} with the id {key!r}") for pointer, key in wanted if key in missing]
