"""What `make run` says when the stack answers: where it is, where the key is, and how to fire a first alert."""

import os
from pathlib import Path

from deploy.local.database import Server
from deploy.local.settings import Settings

_SECANTUS = """\
The embedded database is {server} (SecantusDB, GPL-2.0, a process of its own), for trying and testing.
In production point TOCSIN_MONGO_URL at a MongoDB."""


def greeting(settings: Settings, seconds: float) -> str:
    key = _short(settings.run_dir / "admin.key")
    lines = [
        f"Tocsin is ready ({seconds:.1f} s): {settings.url}",
        f"Admin key: {key}",
        *_about_the_database(settings),
        "",
        "Fire a first alert:",
        f"  curl -sS {settings.url}/incidents/webhook \\",
        f'    -H "Authorization: Bearer $(cat {key})" -H "Content-Type: application/json" \\',
        """    -d '{"title": "Checkout answers 500", "severity": "critical", "service": "checkout"}'""",
        "",
        f"Logs: {_short(settings.run_dir)}/*.log    Stop: make stop",
    ]
    return "\n".join(lines)


def _about_the_database(settings: Settings) -> list[str]:
    if settings.mongo_url:
        return []
    server = (settings.run_dir / "database" / "server").read_text().strip()
    return [] if server == Server.MONGOD else [_SECANTUS.format(server=server)]


def _short(path: Path) -> str:
    """Relative when it lies below where the person stands."""
    try:
        return str(path.relative_to(Path(os.getcwd())))  # noqa: PTH109
    except ValueError:
        return str(path)
