"""What the caller's environment asks of one stack, read once; a wrong value is refused before anything starts."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.terminal import CannotStart
from shared.secrecy.secret_files import with_secret_files

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("ingest", "incident", "oncall", "automation", "comms", "analytics")
GATEWAY = "gateway"
REPLICABLE = (GATEWAY, *SERVICES)
MOST_REPLICAS = 16


@dataclass(frozen=True)
class Settings:
    run_dir: Path
    """Absolute. Everything of this stack lives under it."""
    http_port: int = 8080
    replicas: Mapping[str, int] = field(default_factory=dict)
    amqp_url: str | None = None
    """Somebody else's broker; None starts the embedded one."""
    mongo_url: str | None = None
    secret_key: str | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    """What the caller's environment was; every service gets it, changed only where the contract says so."""
    root: Path = ROOT
    """The folder that `services` is imported from."""

    def instances(self, service: str) -> list[str]:
        """`oncall`, `oncall.2`, … as many as were asked for."""
        count = self.replicas.get(service, 1)
        return [service] + [f"{service}.{number}" for number in range(2, count + 1)]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"


def read_settings(environ: Mapping[str, str] = os.environ, *, root: Path = ROOT) -> Settings:
    """Raises CannotStart, naming the variable. An empty variable counts as unset."""
    try:
        whole = with_secret_files(environ)
    except ValueError as error:
        raise CannotStart(f"{error}.") from error
    given = {name: value for name, value in whole.items() if value or not name.startswith("TOCSIN_")}
    return Settings(
        run_dir=Path(os.path.abspath(root / given.get("TOCSIN_RUN_DIR", ".run"))),  # noqa: PTH100 - keeps symlinks
        http_port=_port(given.get("TOCSIN_HTTP_PORT", "8080")),
        replicas=read_replicas(given.get("TOCSIN_REPLICAS", "")),
        amqp_url=given.get("TOCSIN_AMQP_URL"),
        mongo_url=given.get("TOCSIN_MONGO_URL"),
        secret_key=given.get("TOCSIN_SECRET_KEY"),
        environ=given,
        root=root,
    )


def read_replicas(text: str) -> dict[str, int]:
    """`oncall=2,ingest=2` → how many of each; what is not named runs once."""
    replicas: dict[str, int] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        found = re.fullmatch(r"([a-z]+)\s*=\s*(\d{1,3})", part)
        if found is None or found[1] not in REPLICABLE or not 1 <= int(found[2]) <= MOST_REPLICAS:
            raise CannotStart(
                f"TOCSIN_REPLICAS: {part!r} is not <service>=<1 to {MOST_REPLICAS}>. Services: {', '.join(REPLICABLE)}."
            )
        replicas[found[1]] = int(found[2])
    return replicas


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise CannotStart(f"TOCSIN_HTTP_PORT: {text!r} is not a port.")
    return int(text)
