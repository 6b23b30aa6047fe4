"""The envelope: an event is a past-tense fact in a CloudEvents 1.0 structured JSON document.

Attributes beside the required ones are extensions: `sequence` (the version of the subject that this fact describes),
`traceparent` (W3C trace context), `correlationid` (of the request that began it all) and `causationid` (of the event
that caused this one). Producers are strict, consumers tolerant: unknown members are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, SerializeAsAny, ValidationError
from pydantic_core import from_json

from shared.ids import fresh
from shared.stored import Stored


class Fact(Stored):
    """The state of a subject as an event tells it: frozen, complete, tolerant of members it does not know."""

    model_config = ConfigDict(ser_json_timedelta="float", use_attribute_docstrings=True)


class Event(Stored):
    """One event, in memory."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    CONTENT_TYPE: ClassVar[str] = "application/cloudevents+json"

    specversion: str = "1.0"
    id: Annotated[str, Field(min_length=1, max_length=128)] = Field(default_factory=fresh)
    """The same at every repetition."""
    source: str
    """`tocsin/` and the service that tells it."""
    type: str
    subject: Annotated[str, Field(min_length=1, max_length=256)]
    """The id of what the fact is about."""
    time: datetime
    sequence: Annotated[int, Field(ge=0)]
    """The subject's version after the change: of two facts about one subject the higher one is the newer."""
    traceparent: str | None = None
    """W3C trace context."""
    correlationid: str | None = None
    """The request that began it all."""
    causationid: str | None = None
    """The id of the event that caused this one."""
    datacontenttype: str = "application/json"
    data: SerializeAsAny[Fact]

    def encode(self) -> bytes:
        """The JSON document, as it travels and is stored."""
        return self.model_dump_json(exclude_none=False).encode()


class Undecodable(ValueError):
    """These bytes are no event that we know; the message says what is wrong with them."""


class UnknownType(Undecodable):
    """A well-formed event of a type that the catalogue does not have."""


def decode(body: bytes, types: Mapping[str, type[Fact]]) -> Event:
    """Read one event; `types` maps an event type to the class of its data.

    Raises `Undecodable` for bytes that are no event and `UnknownType` for a type that `types` does not have.
    """
    try:
        document: Any = from_json(body)
    except ValueError as error:
        raise Undecodable(f"not JSON: {error}") from error
    if not isinstance(document, dict):
        raise Undecodable("not a JSON object")
    name = document.get("type")
    if not isinstance(name, str):
        raise Undecodable("no event type")
    if name not in types:
        raise UnknownType(f"unknown event type {name[:100]!r}")
    try:
        data = types[name].model_validate(document.pop("data", None))
        return Event.model_validate({**document, "data": data})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Undecodable(f"{name}: {where}: {first['msg']}") from error
