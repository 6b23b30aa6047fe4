"""Keeps the merged OpenAPI document up to date with what each service says of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping

from services.gateway.openapi.merge import Document, merge
from services.gateway.proxy.upstream import Replica, Upstream
from services.gateway.requests.routes import Service
from shared.process.logs import get_logger
from shared.process.outliving import log_and_continue, pause_loop

MISSING_SECONDS = 0.3
REFRESH_SECONDS = 30.0
FETCH_SECONDS = 5.0
VERSION = "1"

log = get_logger(__name__)


class Specs:
    """The document of each service as it was told last; a service that is down keeps its last one."""

    def __init__(self, upstreams: Mapping[Service, Upstream], own: Document, base_url: str) -> None:
        self._upstreams = upstreams
        self._base_url = base_url
        self._documents: dict[Service, Document] = {Service.GATEWAY: own}
        self._told: dict[Service, bytes] = {}
        """What each was read from: the same bytes are not read again."""
        self._merged = merge(self._documents, version=VERSION, base_url=base_url)

    @property
    def document(self) -> Document:
        """The merged document."""
        return self._merged

    @property
    def is_whole(self) -> bool:
        """True once every service has told its part. The gateway is not ready before."""
        return all(service in self._documents for service in self._upstreams)

    async def run(self) -> None:
        """Fetch for ever: soon again while a service is missing, now and then later."""
        while True:
            with log_and_continue("the services are asked for their documents again"):
                await self.refresh()
            await pause_loop(REFRESH_SECONDS if self.is_whole else MISSING_SECONDS)

    async def refresh(self) -> None:
        """Ask every service once; merge anew when something changed."""
        changed = False
        for service, upstream in self._upstreams.items():
            for replica in upstream.replicas:
                told = await _fetch(service, replica)
                if told is not None and told == self._told.get(service):
                    break
                document = _read(service, told) if told is not None else None
                if told is not None and document is not None:
                    self._told[service], self._documents[service], changed = told, document, True
                    break
        if changed:
            self._merged = merge(self._documents, version=VERSION, base_url=self._base_url)


async def _fetch(service: Service, replica: Replica) -> bytes | None:
    try:
        status, body = await replica.get("/openapi.json", FETCH_SECONDS)
    except (OSError, TimeoutError) as error:
        log.info("no OpenAPI document", upstream=service.value, error=repr(error)[:200])
        return None
    return body if status == 200 else None


def _read(service: Service, told: bytes) -> Document | None:
    try:
        document = json.loads(told)
    except ValueError as error:
        log.info("no OpenAPI document", upstream=service.value, error=repr(error)[:200])
        return None
    return document if isinstance(document, dict) else None
