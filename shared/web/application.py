"""A service's FastAPI application: errors become problems in one place; health, readiness and metrics are built in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException

from shared.failures import is_dependency_failure
from shared.problem import PROBLEM_SCHEMA, Fault, Problem, unavailable
from shared.process.logs import get_logger
from shared.telemetry.metrics import READY

log = get_logger(__name__)

Checks = Mapping[str, Callable[[], bool]]
"""What must hold for the process to be ready, by the name of the part."""


@dataclass(frozen=True, slots=True)
class OptionalPart:
    """What a process can do without: `/readyz` tells of it, and is ready or not by it only when asked of it by name."""

    is_on: Callable[[], bool]
    words: Callable[[], str]
    """How it works here, or why it does not: for people."""


def create_app(title: str, checks: Checks, optional: Mapping[str, OptionalPart] = MappingProxyType({})) -> FastAPI:
    """An application with the house's errors, `/healthz`, `/readyz` and `/metrics`; routers are added by the caller."""
    app = FastAPI(
        title=title,
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses={
            "default": {
                "description": "A problem (RFC 9457)",
                "content": {"application/problem+json": {"schema": dict(PROBLEM_SCHEMA)}},
            }
        },
    )
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_failure)

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    async def readyz(request: Request) -> JSONResponse:
        """`parts`: ask of these only, with commas; one that is not known here is not ready."""
        parts = request.query_params.get("parts", "")
        needed = {name: check() for name, check in checks.items()}
        known = needed | {name: part.is_on() for name, part in optional.items()}
        asked = {name: known.get(name, False) for name in parts.split(",")} if parts else needed
        ready = all(asked.values())
        words = {"optional": {name: part.words() for name, part in optional.items()}} if optional else {}
        return JSONResponse({"ready": ready, "parts": asked, **words}, status_code=200 if ready else 503)

    app.router.add_route("/readyz", readyz, methods=["GET"])  # asked every second of every process: no more than needed

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        for name, check in checks.items():
            READY.labels(name).set(check())
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app


def add_routes(app: FastAPI, router: APIRouter) -> None:
    """Add these routes as they stand: they have no prefix, so none needs to be made a second time.

    `FastAPI.include_router` makes each anew when the first request comes, and a service with two hundred of them
    stands still for half a second then.
    """
    for route in router.routes:
        if isinstance(route, APIRoute):
            route.responses = {**app.router.responses, **route.responses}
        app.router.routes.append(route)


def problem_response(problem: Problem) -> JSONResponse:
    """The answer that tells of a problem."""
    return JSONResponse(problem.body(), problem.status, headers=problem.headers, media_type="application/problem+json")


async def _on_problem(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101 - registered for nothing else
    return problem_response(error)


async def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    # "Value error, " is pydantic's, before the words of our own validators
    faults = [Fault(pointer(one["loc"]), str(one["msg"]).removeprefix("Value error, ")) for one in error.errors()]
    first: dict[str, Any] = error.errors()[0]
    if first["type"] == "json_invalid":
        reason = str(first.get("ctx", {}).get("error", "not JSON"))
        return problem_response(
            Problem(400, "malformed", f"The body is not JSON: {reason}.", errors=[Fault("", reason)])
        )
    if len(first["loc"]) == 1 and first["loc"][0] == "body" and first["type"] != "missing":
        said = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if said and said != "application/json" and not said.endswith("+json"):
            return problem_response(Problem(415, "unsupported_media_type", f"This takes JSON, not {said[:100]}."))
        return problem_response(Problem(400, "malformed", f"The body is unreadable: {first['msg']}.", errors=faults))
    detail = "; ".join(f"{fault.pointer or 'body'}: {fault.detail}" for fault in faults[:5])
    return problem_response(Problem(422, "invalid", detail, errors=faults))


def pointer(location: Sequence[str | int]) -> str:
    """A JSON pointer (RFC 6901) for where pydantic found a fault; the part of the request before it is left out."""
    parts = list(location)
    if parts and parts[0] in ("body", "query", "path", "header"):
        parts = parts[1:]
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


async def _on_http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    if isinstance(error.__cause__, Problem):  # the body limit speaks while the framework reads the body
        return problem_response(error.__cause__)
    codes = {404: "not_found", 405: "method_not_allowed", 400: "malformed", 415: "unsupported_media_type"}
    return problem_response(
        Problem(
            error.status_code,
            codes.get(error.status_code, "http_error"),
            str(error.detail),
            headers=dict(error.headers or {}),
        )
    )


async def _on_failure(request: Request, error: Exception) -> JSONResponse:
    if is_dependency_failure(error):
        log.warning("a part is down", path=request.url.path, error=repr(error)[:300])
        return problem_response(unavailable("A part that this needs does not answer; nothing was done."))
    log.error("a request failed", path=request.url.path, exc_info=error)
    return problem_response(Problem(500, "internal", "Something is wrong on our side; it has been logged."))
