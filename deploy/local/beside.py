"""Runs a command or a service by hand beside the running stack, with the environment that its own services get."""

import os
import random

from deploy.local import record
from deploy.local.plan import IDENTITY_KEY, identity_key
from deploy.local.ports import RANGE, is_free
from deploy.local.settings import GATEWAY, SERVICES, Settings
from deploy.local.terminal import CannotStart, say
from deploy.local.virtualenv import python_of


def stack_environ(settings: Settings) -> dict[str, str]:
    """The caller's own environment, and over it what the stack was started with."""
    known = record.read(settings.run_dir)
    if known is None:
        raise CannotStart(f"Nothing was started in {settings.run_dir} yet; `make run` starts it.")
    return {**os.environ, **known.environ}


def become_command(settings: Settings, command: list[str]) -> None:
    environ = stack_environ(settings)
    os.execvpe(command[0], command, environ)  # noqa: S606 - there is no shell to want


def become_service(settings: Settings, service: str) -> None:
    """In the foreground, on the service's own port when it is free, so that the gateway finds it."""
    if service not in (*SERVICES, GATEWAY):
        raise CannotStart(f"{service} is no service. Services: gateway, {', '.join(SERVICES)}.")
    environ = stack_environ(settings)
    known = record.read(settings.run_dir)
    own = known.ports.get(service, 0) if known else 0
    port = own if own and is_free(own) else next(p for p in random.sample(RANGE, len(RANGE)) if is_free(p))
    environ |= {"TOCSIN_INSTANCE": f"{service}.by-hand", "TOCSIN_SERVICE_PORT": str(port), "PYTHONUNBUFFERED": "1"}
    if service == GATEWAY:
        environ[IDENTITY_KEY] = identity_key(settings)
    say(f"{service} on http://127.0.0.1:{port}")
    os.chdir(settings.root)
    python = str(python_of(settings.root))
    os.execve(python, [python, "-m", f"services.{service}.app"], environ)  # noqa: S606 - there is no shell to want
