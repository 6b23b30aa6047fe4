"""An embedded server that takes connections and answers nobody is ended and started again."""

import signal
import time
from pathlib import Path

import pytest

from deploy.local.broker import Broker
from deploy.local.database import Database
from deploy.local.hanging import watch_part
from deploy.local.part import Part
from deploy.local.processes import Running, wait_until
from deploy.local.supervisor import adopt

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]


@pytest.mark.parametrize("kind", [Database, Broker])
def test_a_stopped_server_is_started_again_and_works(kind: type[Database | Broker], tmp_path: Path) -> None:
    with kind(tmp_path) as part:
        old = running(part)
        watch_part(part, limit=3, every=0.3)
        time.sleep(1)
        watched = adopt(part.programs(), part.run_dir, time.monotonic())

        old.send(signal.SIGSTOP)
        assert part.ask(0.5) == "silence"

        def started_again() -> bool:
            for one in watched:
                one.look(time.monotonic(), part.run_dir)
            return part.running() not in (None, old) and part.ready()

        assert wait_until(started_again, 90)
        assert not old.alive()


def running(part: Part) -> Running:
    found = part.running()
    assert found is not None
    return found
