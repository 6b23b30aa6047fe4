"""Starts a stack: one supervisor for each run directory, alive when this returns. What runs already is left alone."""

from deploy.local.broker import BROKER, check_broker_data
from deploy.local.ports import is_free
from deploy.local.processes import Program, all_marked, find, start
from deploy.local.run_dir import held, make_private
from deploy.local.settings import GATEWAY, Settings
from deploy.local.supervisor import KNOWN_BY, SUPERVISOR
from deploy.local.terminal import CannotStart
from deploy.local.virtualenv import python_of


def start_stack(settings: Settings) -> bool:
    """Whether a supervisor had to be started. Two callers at once wait for each other."""
    make_private(settings.run_dir)
    with held(settings.run_dir / "command.lock"):
        if find(settings.run_dir, SUPERVISOR, KNOWN_BY) is not None:
            return False
        _check_the_one_fixed_port(settings)
        if settings.amqp_url is None and BROKER not in all_marked(settings.run_dir).values():
            check_broker_data(settings.run_dir)
        command = (str(python_of(settings.root)), "-m", "deploy.local.supervisor", str(settings.root))
        _, child = start(
            Program(SUPERVISOR, command, supervisor_environ(settings), settings.root, KNOWN_BY), settings.run_dir
        )
        child.returncode = 0  # it outlives us; Popen must not complain that nobody waited
        return True


def supervisor_environ(settings: Settings) -> dict[str, str]:
    """`read_settings` in the supervisor reads the same settings from it again."""
    replicas = ",".join(f"{service}={count}" for service, count in sorted(settings.replicas.items()))
    environ = {
        **settings.environ,
        "PYTHONUNBUFFERED": "1",
        "TOCSIN_RUN_DIR": str(settings.run_dir),
        "TOCSIN_HTTP_PORT": str(settings.http_port),
        "TOCSIN_REPLICAS": replicas,
    }
    return {name: value for name, value in environ.items() if value or name != "TOCSIN_REPLICAS"}


def _check_the_one_fixed_port(settings: Settings) -> None:
    ours = any(name.split(".")[0] == GATEWAY for name in all_marked(settings.run_dir).values())
    if not ours and not is_free(settings.http_port):
        raise CannotStart(
            f"Port {settings.http_port} is taken by another program; choose one with TOCSIN_HTTP_PORT, for example:\n"
            f"  TOCSIN_HTTP_PORT={settings.http_port + 1} make run"
        )
