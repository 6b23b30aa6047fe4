"""How Opsgenie's bodies and answers look in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from services.ingest.sources import opsgenie

Schema = dict[str, Any]
Responses = dict[int | str, dict[str, Any]]

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number"}


def _object(required: list[str], **properties: Schema) -> Schema:
    return {"type": "object", "required": required, "properties": properties}


CREATE: Schema = _object(
    ["message"],
    message={"type": "string", "minLength": 1, "maxLength": opsgenie.MAX_MESSAGE},
    alias={"type": "string", "maxLength": opsgenie.MAX_ALIAS},
    description={"type": "string", "maxLength": opsgenie.MAX_DESCRIPTION},
    priority={"type": "string", "enum": list(opsgenie.PRIORITIES)},
    details={"type": "object", "description": "Become labels; `service` names the service."},
    tags={"type": "array", "items": _TEXT},
    entity=_TEXT,
    source=_TEXT,
    responders={"type": "array", "items": {"type": "object"}},
)
NOTE: Schema = _object([], user=_TEXT, source=_TEXT, note=_TEXT)
EDIT: dict[str, Schema] = {name: _object([name], **{name: _TEXT}) for name in ("message", "description")}
ACCEPTED: Schema = _object(["result", "took", "requestId"], result=_TEXT, took=_NUMBER, requestId=_TEXT)
OUTCOME: Schema = _object(
    ["data", "took", "requestId"],
    data=_object(
        ["isSuccess", "status", "action"],
        success={"type": "boolean"},
        isSuccess={"type": "boolean"},
        status=_TEXT,
        action=_TEXT,
        processedAt={"type": "string", "format": "date-time"},
        integrationId={"type": ["string", "null"]},
        alertId={"type": ["string", "null"]},
        alias={"type": ["string", "null"]},
    ),
    took=_NUMBER,
    requestId=_TEXT,
)
ALERT: Schema = _object(
    ["data", "took", "requestId"],
    data=_object(
        ["id", "alias", "message", "status"],
        **dict.fromkeys(("id", "tinyId", "alias", "message", "description", "status", "source", "createdAt"), _TEXT),
        acknowledged={"type": "boolean"},
        count={"type": "integer"},
        details={"type": "object"},
        tags={"type": "array", "items": _TEXT},
    ),
    took=_NUMBER,
    requestId=_TEXT,
)
_REFUSED: Schema = _object(
    ["message", "took", "requestId"], message=_TEXT, took=_NUMBER, requestId=_TEXT, errors={"type": "object"}
)


def body_of(schema: Schema, *, required: bool = True) -> Schema:
    """An operation's request body."""
    example = {"example": opsgenie.SOURCE.example.body} if schema is CREATE else {}
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema, **example}}}}


def answers(status: int, schema: Schema) -> Responses:
    """An operation's answers: `schema` with this status, and Opsgenie's refusals."""
    words = {400: "The body can't be read.", 404: "There is no such thing, yet.", 422: "`errors` says what is wrong."}
    refusals: Responses = {
        code: {"description": text, "content": {"application/json": {"schema": _REFUSED}}}
        for code, text in words.items()
    }
    good = {"description": "As Opsgenie answers", "content": {"application/json": {"schema": schema}}}
    return {status: good, **refusals}
