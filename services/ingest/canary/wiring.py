"""The parts of the canary in ingest, put together."""

from __future__ import annotations

from services.ingest.canary.handlers import CanaryHandler
from services.ingest.canary.heartbeat import Heartbeat
from services.ingest.canary.sending import CanarySender
from services.ingest.canary.store import TimerStore
from shared.canary import CanaryDocument
from shared.outside.outbound import Outbound
from shared.runtime import Runtime


def add_canary(runtime: Runtime) -> CanaryHandler:
    """Have this process send canaries; answers who takes them in."""
    settings = runtime.settings
    heartbeat = Heartbeat(Outbound(settings.outbound_allow), settings.heartbeat_url)
    sender = CanarySender(TimerStore(runtime), runtime.publisher, runtime.clock, settings.canary_seconds)
    runtime.worker(sender.run)
    runtime.worker(heartbeat.run)
    runtime.on_drain(heartbeat.close)
    return CanaryHandler(CanaryDocument.of(runtime), sender, heartbeat, runtime.clock)
