"""Which processes make one stack, and what each is given: decided once, before anything starts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from deploy.local.broker import PORT_NAMES, Broker
from deploy.local.database import DATABASE, Database
from deploy.local.part import Part
from deploy.local.ports import Ports
from deploy.local.processes import Program
from deploy.local.run_dir import kept_secret, make_private
from deploy.local.settings import GATEWAY, SERVICES, Settings
from deploy.local.virtualenv import python_of

IDENTITY_KEY = "TOCSIN_IDENTITY_KEY"


@dataclass(frozen=True)
class Plan:
    parts: list[Part]
    """The embedded servers; empty where somebody else's are used."""
    services: list[Program]
    ports: Mapping[str, int]
    """Each instance's HTTP port, and those of the embedded servers."""
    common: Mapping[str, str]
    """The environment that every service shares; it holds secrets."""

    @property
    def programs(self) -> list[Program]:
        return [program for part in self.parts for program in part.programs()] + self.services


def make_plan(settings: Settings, ports: Ports, *, running: bool) -> Plan:
    """`running` says that something of this stack still runs: then no port is chosen anew."""
    make_private(settings.run_dir)
    instances = [name for service in SERVICES for name in settings.instances(service)]
    names = [*(() if settings.amqp_url else PORT_NAMES), *(() if settings.mongo_url else (DATABASE,)), *instances]
    chosen = ports.of(names, running=names if running else ())
    chosen |= dict.fromkeys(settings.instances(GATEWAY), settings.http_port)
    parts = _parts(settings, chosen)
    common = _common_environ(settings, parts)
    services = [
        _service(settings, service, instance, chosen, common)
        for service in (GATEWAY, *SERVICES)
        for instance in settings.instances(service)
    ]
    return Plan(parts, services, chosen, common)


def _parts(settings: Settings, ports: Mapping[str, int]) -> list[Part]:
    python = str(python_of(settings.root))
    parts: list[Part] = []
    if settings.amqp_url is None:
        parts.append(Broker(settings.run_dir, ports, environ=settings.environ, python=python))
    if settings.mongo_url is None:
        parts.append(Database(settings.run_dir, ports, environ=settings.environ, python=python))
    return parts


def identity_key(settings: Settings) -> str:
    """The private key under which the gateway, and nobody else, tells services who calls."""
    return settings.environ.get(IDENTITY_KEY) or kept_secret(settings.run_dir / "identity.key").rstrip("=")


def _common_environ(settings: Settings, parts: list[Part]) -> dict[str, str]:
    from shared.callers.identity_tokens import public_key

    urls = {part.name: part.url for part in parts}
    return {
        "TOCSIN_IDENTITY_PUBLIC_KEYS": public_key(identity_key(settings)),
        **{name: value for name, value in settings.environ.items() if name != IDENTITY_KEY},
        "PYTHONUNBUFFERED": "1",
        "TOCSIN_AMQP_URL": settings.amqp_url or urls["broker"],
        "TOCSIN_MONGO_URL": settings.mongo_url or urls["database"],
        "TOCSIN_HTTP_PORT": str(settings.http_port),
        "TOCSIN_RUN_DIR": str(settings.run_dir),
        "TOCSIN_SECRET_KEY": settings.secret_key or kept_secret(settings.run_dir / "secret.key"),
    }


def _service(
    settings: Settings, service: str, instance: str, ports: Mapping[str, int], common: Mapping[str, str]
) -> Program:
    module = f"services.{service}.app"
    environ = {**common, "TOCSIN_INSTANCE": instance, "TOCSIN_SERVICE_PORT": str(ports[instance])}
    if service == GATEWAY:
        environ[IDENTITY_KEY] = identity_key(settings)
        environ["TOCSIN_UPSTREAMS"] = json.dumps(upstreams(settings, ports))
    return Program(instance, (str(python_of(settings.root)), "-m", module), environ, settings.root, (module,))


def upstreams(settings: Settings, ports: Mapping[str, int]) -> dict[str, list[str]]:
    """Where the gateway finds each replica of each service."""
    return {
        service: [f"http://127.0.0.1:{ports[instance]}" for instance in settings.instances(service)]
        for service in SERVICES
    }
