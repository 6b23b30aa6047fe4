"""Puts together what answers a repeated request as it was answered before."""

from __future__ import annotations

from services.gateway.idempotency.replayer import Replayer
from services.gateway.idempotency.store import AnswerStore
from shared.runtime import Runtime
from shared.secrecy.sealing import Seal


def open_replayer(runtime: Runtime) -> Replayer:
    """The answers that are kept, sealed."""
    seal = Seal(runtime.settings.secret_key, "tocsin kept answers")
    return Replayer(AnswerStore(runtime, seal), runtime.clock)
