"""By which channel, to which destination and with which links a page goes, and whether it can go at all."""

from __future__ import annotations

from datetime import datetime

from services.comms.channels.contract import BadAddress, Channel, ChannelsByName, PageLinks
from services.comms.delivery.delivery_state import Move, Reason
from services.comms.paging.ack_links import links_of
from services.comms.paging.delivery import Delivery, before_send, give_up
from shared.events.incidents import SimilarFact
from shared.events.oncall import PageFact

NOWHERE = "nowhere"
"""The line of what no channel can take; it is never sent, only refused in its turn."""


class Router:
    """The channels that there are."""

    def __init__(self, channels: ChannelsByName, *, base_url: str, secret_key: str) -> None:
        self._channels = channels
        self._base_url = base_url
        self._secret_key = secret_key

    def channel(self, delivery: Delivery) -> Channel:
        """The channel of a delivery that `check` lets through. Raises `KeyError` for one without."""
        return self._channels[delivery.page.method.channel]

    def resolve(self, delivery: Delivery) -> tuple[Channel | None, str]:
        """The channel and the destination of a delivery; (None, `NOWHERE`) when there is no way."""
        channel = self._channels.get(delivery.page.method.channel)
        try:
            return channel, channel.destination(delivery.page.method.address) if channel else NOWHERE
        except BadAddress:
            return None, NOWHERE

    def links(self, page: PageFact, similar: SimilarFact | None = None) -> PageLinks:
        """Where the message of a page leads."""
        return links_of(page, self._base_url, self._secret_key, similar)

    def check(self, delivery: Delivery, no_longer_wanted: Reason | None, destination: str, now: datetime) -> Move:
        """As `before_send`; what has no way is given up, with the words that say why."""
        move = before_send(delivery, no_longer_wanted, now)
        if move.reason is not Reason.SEND or destination != NOWHERE:
            return move
        channel = self._channels.get(delivery.page.method.channel)
        if channel is None:
            return give_up(
                Reason.NO_CHANNEL, f"Tocsin has no channel called {delivery.page.method.channel.value} at present"
            )
        try:
            channel.destination(delivery.page.method.address)
        except BadAddress as error:
            return give_up(Reason.BAD_ADDRESS, str(error))
        return move
