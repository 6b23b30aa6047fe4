"""Events in: what our own people get a letter of."""

from __future__ import annotations

from collections.abc import Sequence

from services.comms.notices.notifier import Notifier
from shared.bus.consumer import Delivery
from shared.events import Event


class NoticeHandler:
    """Has the letters posted that follow from what happened."""

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Post the letters of a batch; a repeat posts nothing new."""
        await self._notifier.tell([message.payload for message in batch])
