"""Who calls, as a FastAPI dependency: `caller: Caller` in an endpoint's parameters."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from shared.callers.identity import Identity


def caller(request: Request) -> Identity:
    """The identity that the middleware read from the gateway's token."""
    identity: Identity = request.scope["tocsin.identity"]
    return identity


Caller = Annotated[Identity, Depends(caller)]
