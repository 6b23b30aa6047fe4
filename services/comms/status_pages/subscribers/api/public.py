"""How the public subscribes to a status page, confirms and leaves: forms and links, without a key.

Whoever asks gets the same answer, whether the address is known or not. What a link in a mail leads to changes nothing
until its button is pressed, or a mail client posts to it (RFC 8058).
"""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Path, Request, Response

from services.comms.status_pages.api.pages import SlugPath
from services.comms.status_pages.public.api import PATH, PublicPages
from services.comms.status_pages.subscribers.api.managed import Reception
from services.comms.status_pages.subscribers.links import Wish
from services.comms.status_pages.subscribers.rate_limit import SubscribeRateLimit
from services.comms.status_pages.subscribers.subscriber import LONGEST_ADDRESS, address_of
from shared.clocks.clock import Now
from shared.problem import Problem, malformed, not_found
from shared.web.shell import header

MOST_BYTES = 4096
Token = Annotated[str, Path(min_length=1, max_length=1024)]
_FORM: dict[str, Any] = {
    "required": True,
    "content": {
        kind: {
            "schema": {
                "type": "object",
                "required": ["email"],
                "properties": {"email": {"type": "string", "maxLength": LONGEST_ADDRESS}},
            }
        }
        for kind in ("application/x-www-form-urlencoded", "application/json")
    },
}
_PAGE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {"schema": {"type": "string"}}}}}


def routes(desk: PublicPages, reception: Reception, clock: Now) -> APIRouter:
    """`/status/{slug}/subscribers` and the links in its mails."""
    api = APIRouter(tags=["status page"], default_response_class=Response)
    attempts = SubscribeRateLimit()

    @api.post(
        PATH + "/{slug}/subscribers",
        summary="Subscribe to a page's updates by e-mail",
        responses=_PAGE,
        openapi_extra={"requestBody": _FORM},
    )
    async def subscribe(slug: SlugPath, request: Request) -> Response:
        page = await desk.page(slug)
        if page is None:
            return desk.answer_no_page("not_found", 404)
        address = address_of(_email(await _body(request), request.headers.get("content-type", "")))
        if address is None:
            return desk.answer_sentence(page, "bad_email", 422)
        if not attempts.may(_caller(request), clock.now().timestamp()):
            return desk.answer_sentence(page, "slow_down", 429)
        await reception.ask(page, address)
        return desk.answer_sentence(page, "asked")

    for wish in Wish:
        _add_link(api, desk, reception, wish)

    @api.get(PATH + "/{slug}/{rest:path}", include_in_schema=False)
    async def astray(slug: SlugPath, rest: str) -> Response:
        """Below a page there is nothing else: people are led back to it. It stands last."""
        page = None if rest.startswith("api/") else await desk.page(slug)
        if page is None:
            raise not_found("page", rest[:100])
        return desk.answer_sentence(page, "not_found", 404)

    return api


def _add_link(api: APIRouter, desk: PublicPages, reception: Reception, wish: Wish) -> None:
    path = f"{PATH}/{{slug}}/{wish.value}/{{token}}"

    async def follow(slug: str, token: str, *, pressed: bool) -> Response:
        page = await desk.page(slug)
        if page is None:
            return desk.answer_no_page("not_found", 404)
        if not await reception.fulfil(page, token, wish, pressed=pressed):
            return desk.answer_sentence(page, "bad_link", 404)
        if pressed:
            return desk.answer_sentence(page, _DONE[wish])
        return desk.answer_sentence(page, wish.value, action=f"{PATH}/{slug}/{wish.value}/{token}")

    async def show(slug: SlugPath, token: Token) -> Response:
        return await follow(slug, token, pressed=False)

    async def press(slug: SlugPath, token: Token) -> Response:
        return await follow(slug, token, pressed=True)

    api.add_api_route(path, show, operation_id=f"ask_{wish.value}", summary="A button", responses=_PAGE)
    api.add_api_route(
        path, press, methods=["POST"], operation_id=wish.value, summary="What the button does", responses=_PAGE
    )


_DONE = {Wish.CONFIRM: "confirmed", Wish.UNSUBSCRIBE: "unsubscribed"}


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Problem(413, "too_large", f"The body is larger than {MOST_BYTES} bytes.")
    return bytes(body)


def _email(body: bytes, kind: str) -> str:
    """What stands in `email`, by form or as JSON. Raises a 400 `Problem` for a body that can't be read."""
    try:
        if "json" in kind:
            found = json.loads(body)
            value = found.get("email") if isinstance(found, dict) else None
            return value if isinstance(value, str) else ""
        return parse_qs(body.decode()).get("email", [""])[0]
    except (ValueError, RecursionError) as error:
        raise malformed("The body can't be read.") from error


def _caller(request: Request) -> str:
    """The address that the gateway saw."""
    return header(request.scope, "x-forwarded-for") or (request.client.host if request.client else "")
