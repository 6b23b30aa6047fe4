"""How the gateway answers a request that it refuses, or that fails here."""

from __future__ import annotations

from starlette.types import Send

from services.gateway.refusals.formats import dialect_of, format_refusal
from services.gateway.request import Call
from services.gateway.requests.routes import Need
from shared.failures import is_dependency_failure
from shared.problem import Problem, unavailable
from shared.process.logs import get_logger

log = get_logger(__name__)


async def send_refusal(send: Send, call: Call, problem: Problem) -> None:
    """Answer with this problem, in the manner of the clients that the path is for."""
    answer = format_refusal(problem, dialect_of(call.path), call.request_id.decode())
    body = answer.body
    headers = [(b"content-type", answer.content_type.encode()), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def problem_of(call: Call, error: Exception) -> Problem:
    """What a client is told of an error, which goes to the logs: 503 while a part is down, else 500."""
    if is_dependency_failure(error):
        log.warning("a part is down", path=_path_for_logs(call), error=repr(error)[:300])
        return unavailable("A part that this needs does not answer; nothing was done.")
    log.error("a request failed", path=_path_for_logs(call), exc_info=error)
    return Problem(500, "internal", "Something is wrong on our side; it has been logged.")


def _path_for_logs(call: Call) -> str:
    """The address; where no key is asked for, only its pattern, as the path may hold a secret of its own."""
    if call.route is None or call.route.need(call.method) is not Need.ANYONE:
        return call.path
    return call.route.pattern
