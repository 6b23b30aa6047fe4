"""Wiring of the sandbox: looked for and tried at the start, told of by `/readyz`."""

from __future__ import annotations

from services.automation.sandbox.sandbox import Sandbox
from shared.runtime import Runtime
from shared.web.application import OptionalPart


def add_sandbox(runtime: Runtime) -> Sandbox:
    """Put the place beside automation into the service."""
    sandbox = Sandbox(tuple(runtime.settings.script_paths))
    runtime.optional["sandbox"] = OptionalPart(lambda: sandbox.is_on, lambda: sandbox.words)
    runtime.on_start(sandbox.look)
    return sandbox
