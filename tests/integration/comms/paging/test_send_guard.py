"""A page that is on its way to a slow receiver when its incident is answered is not handed over any more."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import pytest

from services.comms.app import build
from services.comms.delivery.delivery_state import DeliveryState, Reason
from services.comms.incident_copies.store import IncidentCopies
from services.comms.paging.store.deliveries import Deliveries
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from shared.vocabulary import Channel, IncidentStatus
from tests.unit.comms.builders import incident_told, make_incident, make_page, page_requested

pytestmark = pytest.mark.integration

ANSWERED = incident_told(
    make_incident(status=IncidentStatus.ACKNOWLEDGED, answered=1), sequence=2, name="incident.acknowledged.v1"
)


class LateServer:
    """A receiver that is slow to take a connection: its queue is full until `open`; then it keeps what it reads.

    `greeting` makes it a mail server that is slow to greet instead.
    """

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._fillers: list[socket.socket] = []
        for _ in range(3):  # Linux takes one more than asked for; further ones wait for their SYN to be answered
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self._fillers.append(filler)
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []

    def open(self, greeting: bytes = b"") -> None:
        """Take connections from now on."""
        thread = threading.Thread(target=self._accept, args=(greeting,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, greeting: bytes) -> None:
        self._listener.settimeout(0.2)
        while not self._ended.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                continue
            connection.settimeout(0.5)
            try:
                connection.sendall(greeting)
                data = connection.recv(65536)
                if data:
                    self.taken.append(data)
                    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            except OSError:
                pass
            finally:
                connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(5)
        for filler in self._fillers:
            filler.close()
        self._listener.close()


@pytest.fixture
def late() -> Iterator[LateServer]:
    with LateServer() as server:
        yield server


@pytest.fixture
async def stage(harness: Harness, late: LateServer) -> Harness:
    harness.settings = harness.settings.model_copy(
        update={"outbound_allow": ["127.0.0.0/8"], "smtp_url": f"smtp://127.0.0.1:{late.port}?starttls=never"}
    )
    return harness


async def state_of(runtime: Runtime) -> tuple[DeliveryState, Reason, int] | None:
    found = await Deliveries(runtime).by_ids(["p1"])
    return (found["p1"].state, found["p1"].reason, found["p1"].attempts) if found else None


def hook(late: LateServer) -> dict[str, object]:
    return {"address": f"http://127.0.0.1:{late.port}/sara"}


def mail(_late: LateServer) -> dict[str, object]:
    return {"channel": Channel.EMAIL, "address": "sara@example.org"}


@pytest.mark.parametrize("way", [hook, mail], ids=["webhook", "mail"])
async def test_an_answer_breaks_off_a_send_that_still_connects(stage: Harness, late: LateServer, way: object) -> None:
    runtime = await stage.start("comms", build)
    page = make_page("p1", requested_at=datetime.now(UTC), **way(late))  # type: ignore[operator]
    await stage.publish(page_requested(page))
    await eventually(lambda: state_of(runtime), until=lambda state: state is not None)
    await asyncio.sleep(0.3)
    answered = time.monotonic()
    await stage.publish(ANSWERED)
    await eventually(
        lambda: state_of(runtime), until=lambda state: state == (DeliveryState.CANCELLED, Reason.ANSWERED, 0)
    )
    assert time.monotonic() - answered < 2
    late.open(b"220 late\r\n" if way is mail else b"")
    await asyncio.sleep(4)
    assert not [data for data in late.taken if b"p1" in data or b"MAIL" in data]
    assert await state_of(runtime) == (DeliveryState.CANCELLED, Reason.ANSWERED, 0)


async def test_a_page_asks_again_before_it_leaves_whoever_heard_of_the_answer(stage: Harness, late: LateServer) -> None:
    """Another replica hears of the answer: this one finds it in the store when its receiver takes the connection."""
    runtime = await stage.start("comms", build)
    page = make_page("p1", requested_at=datetime.now(UTC), **hook(late))
    await stage.publish(page_requested(page))
    await eventually(lambda: state_of(runtime), until=lambda state: state is not None)
    await asyncio.sleep(0.3)
    await IncidentCopies(runtime).fold([ANSWERED])
    await asyncio.sleep(0.5)
    late.open()
    await eventually(
        lambda: state_of(runtime),
        until=lambda state: state == (DeliveryState.CANCELLED, Reason.ANSWERED, 0),
        seconds=9,
    )
    assert not late.taken


async def test_a_page_that_is_wanted_arrives_however_late_the_receiver_is(stage: Harness, late: LateServer) -> None:
    await stage.start("comms", build)
    await stage.publish(page_requested(make_page("p1", requested_at=datetime.now(UTC), **hook(late))))
    await asyncio.sleep(1.2)
    late.open()
    await stage.event("page.delivered.v1", seconds=15)
    assert len([data for data in late.taken if b"p1" in data]) == 1
