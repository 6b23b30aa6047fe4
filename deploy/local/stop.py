"""Stops a stack without a trace: supervisor, gateways, services, then broker and database; every port is free after it.

Everybody drains: SIGTERM first, SIGKILL after ten seconds. The gateways get a head start, so that no request is on its
way to a service that has stopped listening.
"""

import signal
from collections.abc import Iterable
from pathlib import Path

from deploy.local import record
from deploy.local.broker import NAME_DIRECTORY, Broker
from deploy.local.database import Database
from deploy.local.ports import is_free
from deploy.local.processes import Running, all_marked, end, find, gone, wait_until
from deploy.local.run_dir import held
from deploy.local.settings import GATEWAY
from deploy.local.supervisor import KNOWN_BY, SUPERVISOR
from deploy.local.terminal import CannotStart

DRAIN_SECONDS = 10.0
GATEWAY_HEAD_START_SECONDS = 2.0


def stop_stack(run_dir: Path) -> bool:
    """Whether anything ran. Raises CannotStart when a port of ours stays taken."""
    if not run_dir.exists():
        return False
    with held(run_dir / "command.lock"):
        end(_leaders(run_dir, [SUPERVISOR]), seconds=2)
        names = set(all_marked(run_dir).values())
        servers = names & {Broker.name, Database.name}
        gateways = {name for name in names if _service(name) == GATEWAY}
        _drain(_leaders(run_dir, gateways), _leaders(run_dir, names - servers - gateways - {NAME_DIRECTORY}))
        end(_leaders(run_dir, servers), seconds=DRAIN_SECONDS)
        end(_leaders(run_dir, [NAME_DIRECTORY]), seconds=1)
        end(list(all_marked(run_dir)), seconds=1)
        for path in run_dir.glob("*.pid"):
            path.unlink(missing_ok=True)
        if names:
            _wait_for_ports(run_dir)
        return bool(names)


def _drain(gateways: list[Running], services: list[Running]) -> None:
    for gateway in gateways:
        gateway.send(signal.SIGTERM)
    gone(gateways, GATEWAY_HEAD_START_SECONDS)
    for service in services:
        service.send(signal.SIGTERM)
    if not gone(gateways + services, DRAIN_SECONDS):
        end(gateways + services, seconds=0)


def _leaders(run_dir: Path, names: Iterable[str]) -> list[Running]:
    """The processes themselves, without what they have started: that ends with them or is swept up last."""
    found = (find(run_dir, name, _known_by(name)) for name in names)
    return [process for process in found if process is not None]


def _known_by(name: str) -> tuple[str, ...]:
    known = {
        SUPERVISOR: KNOWN_BY,
        Broker.name: Broker.known_by,
        Database.name: Database.known_by,
        NAME_DIRECTORY: (NAME_DIRECTORY,),
    }
    return known.get(name, (f"services.{_service(name)}.app",))


def _service(name: str) -> str:
    return name.partition(".")[0]


def _wait_for_ports(run_dir: Path) -> None:
    known = record.read(run_dir)
    ports = set(known.ports.values()) if known else set()
    if not wait_until(lambda: all(is_free(port) for port in ports), 5):
        taken = ", ".join(str(port) for port in sorted(ports) if not is_free(port))
        raise CannotStart(f"Everything was stopped, but somebody still listens on {taken}.")
