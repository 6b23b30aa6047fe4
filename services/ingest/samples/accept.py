"""Puts accepted samples into their queue; returns when the broker has confirmed them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.ingest.catalogue_copy.cache import CatalogueCache
from shared.bus.publisher import Publisher
from shared.callers.identity import Identity
from shared.problem import unavailable
from shared.samples.message import CONTENT_TYPE, QUEUE, Samples, Sender, encode_messages

PATIENCE_SECONDS = 1.0
RETRY_AFTER_SECONDS = 5


class SampleIntake:
    """The way of samples from a request to their queue. One per process."""

    def __init__(self, publisher: Publisher, directory: CatalogueCache) -> None:
        self._publisher = publisher
        self._directory = directory

    async def accept(self, many: Sequence[Samples], identity: Identity) -> None:
        """Publish these samples, each with the service that it is about.

        Raises a 503 `Problem` when the broker does not confirm, or the queue is full: nothing or a part was taken, and
        sending all of it again does no harm.
        """
        find = self._directory.directory.find
        named = [
            replace(
                one, service_id=find(one.service, identity.integration_service_id, {"host": one.host}, identity.teams)
            )
            for one in many
            if one.points
        ]
        try:
            await self._publisher.ready(PATIENCE_SECONDS)
            for message in encode_messages(Sender(identity.key_id, identity.teams), named):
                await self._publisher.to_queue(QUEUE, message, content_type=CONTENT_TYPE)
        except (ConnectionError, TimeoutError) as error:
            detail = "The broker did not confirm the samples; send them again."
            raise unavailable(detail, RETRY_AFTER_SECONDS) from error
