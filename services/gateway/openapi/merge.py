"""One OpenAPI document made of those of all services: each contributes the paths that the routing table sends to it.

Two schemas of one name are one when they are equal; otherwise the later service's gets its name in front. Every
operation says who may call it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.gateway.refusals.formats import ERROR_SCHEMAS, dialect_of, has_key_in_body
from services.gateway.requests.routes import Need, Service, find_route
from shared.problem import PROBLEM_SCHEMA

Document = dict[str, Any]

_REFERENCE = "#/components/schemas/"
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_INTERNAL = frozenset({"/healthz", "/readyz", "/metrics", "/openapi.json"})

DESCRIPTION = """Incident management and on-call.

Errors are RFC 9457 problems (`application/problem+json`) with a stable `code` and JSON pointers in `errors`. Lists
answer `{"items": [...], "next_cursor": null}`. Times are RFC 3339 in UTC, durations are seconds."""

_SECURITY: dict[str, Document] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, or an integration key on webhooks."},
    "keyHeader": {"type": "apiKey", "in": "header", "name": "X-Tocsin-Key"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "tocsin_session",
        "description": "A browser's, from POST /session (by https its name begins with `__Host-`); writes also show"
        " X-Tocsin-CSRF.",
    },
    "keyQuery": {"type": "apiKey", "in": "query", "name": "key", "description": "On webhooks only."},
}

_IDEMPOTENCY_KEY: Document = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same request under the same key is carried out once within 24 hours; its answer is given again,"
    " marked by `Idempotency-Replayed: true`. Another request under it is 409.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}

_REFUSALS = {
    "400": "The request can't be read.",
    "401": "No key, or not a good one.",
    "403": "The key's role does not reach this far.",
    "404": "There is no such thing.",
    "413": "The body is larger than 10 MB.",
    "429": "More requests than the limit allows; see Retry-After.",
    "503": "A part is down or overloaded; see Retry-After.",
}


def merge(documents: Mapping[Service, Document], *, version: str, base_url: str) -> Document:
    """The merged OpenAPI 3.1 document. `documents` are the services' own; those that are missing leave a gap.

    What of them is malformed is left out; this never raises for what a service wrote.
    """
    paths: dict[str, Document] = {}
    schemas: dict[str, Any] = {"Problem": dict(PROBLEM_SCHEMA)}
    operation_ids: set[str] = set()
    for service in Service:
        document = documents.get(service, {})
        renamed = _adopt(document.get("components", {}).get("schemas", {}), schemas, service)
        for path, item in sorted(document.get("paths", {}).items()):
            if path in _INTERNAL or not isinstance(item, dict) or not _is_routed(path, service):
                continue
            adopted = _rename(item, renamed)
            for method in _METHODS:
                if method in adopted:
                    _finish(adopted[method], path, method, service, operation_ids)
            paths.setdefault(path, {}).update(adopted)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tocsin", "version": version, "description": DESCRIPTION},
        "servers": [{"url": base_url}],
        "tags": [{"name": service.value} for service in Service],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": _SECURITY,
            "responses": {code: _response(text) for code, text in _REFUSALS.items()},
        },
    }


def _response(text: str) -> Document:
    return {
        "description": text,
        "content": {"application/problem+json": {"schema": {"$ref": _REFERENCE + "Problem"}}},
    }


def _is_routed(path: str, service: Service) -> bool:
    route = find_route(path)
    return route is not None and route.service is service


def _adopt(theirs: Mapping[str, Any], schemas: dict[str, Any], service: Service) -> dict[str, str]:
    """Take a service's schemas in; tell the new names of those that had to be renamed.

    A schema whose name is taken by another one brings new names to all that refer to it, so the whole set is renamed
    until nothing collides any more.
    """
    renamed: dict[str, str] = {}
    while True:
        adopted = {renamed.get(name, name): _rename(schema, renamed) for name, schema in theirs.items()}
        clashes = [
            name for name in theirs if name not in renamed and name in schemas and schemas[name] != adopted[name]
        ]
        if not clashes:
            schemas.update(adopted)
            return renamed
        renamed |= {name: f"{service.value.capitalize()}{name}" for name in clashes}


def _rename(part: Any, renamed: Mapping[str, str]) -> Any:
    """A deep copy in which references follow the new names."""
    if isinstance(part, dict):
        copy = {key: _rename(value, renamed) for key, value in part.items()}
        reference = copy.get("$ref")
        if isinstance(reference, str) and reference.startswith(_REFERENCE):
            name = reference.removeprefix(_REFERENCE)
            copy["$ref"] = _REFERENCE + renamed.get(name, name)
        mapping = copy.get("mapping")
        if isinstance(mapping, dict):
            copy["mapping"] = {key: _follow(value, renamed) for key, value in mapping.items()}
        return copy
    if isinstance(part, list):
        return [_rename(value, renamed) for value in part]
    return part


def _follow(reference: Any, renamed: Mapping[str, str]) -> Any:
    if not isinstance(reference, str) or not reference.startswith(_REFERENCE):
        return reference
    name = reference.removeprefix(_REFERENCE)
    return _REFERENCE + renamed.get(name, name)


def _finish(operation: Document, path: str, method: str, service: Service, taken: set[str]) -> None:
    route = find_route(path)
    need = route.need(method.upper()) if route else Need.ADMIN
    operation["tags"] = [service.value]
    operation["x-tocsin-needs"] = need.value
    # no scheme of OpenAPI says that the key is in the body: there a request without any other one is fine
    operation["security"] = [*_security(need), *([{}] if has_key_in_body(method.upper(), path) else [])]
    name = operation.get("operationId", f"{method} {path}")
    operation["operationId"] = name if name not in taken else f"{service.value}_{name}"
    taken.add(operation["operationId"])
    responses: Document = operation.setdefault("responses", {})
    if method == "post" and need is not Need.ANYONE:
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
        responses.setdefault("409", _response("Not in this state, or the Idempotency-Key came with another request."))
    if "422" in responses:  # FastAPI's own account of it is not what we answer
        responses["422"] = _response("Well-formed, but it can't be accepted; `errors` says where.")
    vendors = ERROR_SCHEMAS.get(dialect_of(path))
    for code, text in _REFUSALS.items():
        if need is Need.ANYONE and code in ("401", "403"):
            continue
        if vendors is not None:
            responses.setdefault(code, {"description": text, "content": {"application/json": {"schema": vendors}}})
        responses.setdefault(code, {"$ref": f"#/components/responses/{code}"})
    responses["default"] = _response("Any other problem.")


def _security(need: Need) -> list[Document]:
    if need is Need.ANYONE:
        return []
    every: list[Document] = [{"bearer": []}, {"keyHeader": []}]
    return [*every, {"keyQuery": []}] if need is Need.WEBHOOK else [*every, {"session": []}]
