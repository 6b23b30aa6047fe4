"""What a running stack was started with, kept for whoever comes later: `stop`, `dead-letters`, a second run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.plan import Plan, upstreams
from deploy.local.run_dir import read_json, write_whole
from deploy.local.settings import Settings

NAME = "stack.json"


@dataclass(frozen=True)
class Record:
    asked: Mapping[str, str]
    """The TOCSIN_* variables of who started it."""
    environ: Mapping[str, str]
    """The TOCSIN_* variables that every service got; secrets among them."""
    ports: Mapping[str, int]


def write(settings: Settings, plan: Plan) -> None:
    environ = only_tocsin(plan.common) | {"TOCSIN_UPSTREAMS": json.dumps(upstreams(settings, plan.ports))}
    kept = {"asked": only_tocsin(settings.environ), "environ": environ, "ports": dict(plan.ports)}
    write_whole(settings.run_dir / NAME, json.dumps(kept, indent=1))


def read(run_dir: Path) -> Record | None:
    kept = read_json(run_dir / NAME)
    asked, environ, ports = kept.get("asked"), kept.get("environ"), kept.get("ports")
    if not (isinstance(asked, dict) and isinstance(environ, dict) and isinstance(ports, dict)):
        return None
    return Record(asked, environ, ports)


def only_tocsin(environ: Mapping[str, str]) -> dict[str, str]:
    """Without the mark, which names the supervisor and nobody else."""
    return {
        name: value for name, value in environ.items() if name.startswith("TOCSIN_") and name != "TOCSIN_SUPERVISED"
    }
