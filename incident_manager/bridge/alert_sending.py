"""Sends alerts to the gateway's webhook; an alert that is refused for what it says never keeps others back."""

from __future__ import annotations

from collections.abc import Sequence

from incident_manager.bridge.alert import ErrorAlert, alert_body
from incident_manager.client.errors import BadInput
from incident_manager.client.gateway import Gateway

PATH = "/incidents/webhook"


def send_alerts(gateway: Gateway, alerts: Sequence[ErrorAlert], service: str | None, *, key: str | None = None) -> int:
    """Send them in one call, made once for each `key`; returns how many were refused. Raises `TocsinError`."""
    if not alerts:
        return 0
    try:
        gateway.post(PATH, [alert_body(one, service) for one in alerts], key=key)
    except BadInput:
        if len(alerts) == 1:
            return 1
        middle = len(alerts) // 2
        halves = ((alerts[:middle], "a"), (alerts[middle:], "b"))
        return sum(send_alerts(gateway, half, service, key=f"{key}{end}" if key else None) for half, end in halves)
    return 0
