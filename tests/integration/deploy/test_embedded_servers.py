"""The embedded broker and database: private, kept over a kill -9, and gone without a trace."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import aio_pika
import psutil
import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from deploy.local.broker import Broker
from deploy.local.database import Database
from deploy.local.part import Part
from deploy.local.ports import is_free
from deploy.local.processes import all_marked, find

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker")) as started:
        yield started


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with Database(tmp_path_factory.mktemp("database")) as started:
        yield started


def listening_addresses(part: Part) -> set[str]:
    connections = (psutil.Process(process.pid).net_connections("inet") for process in all_marked(part.run_dir))
    return {one.laddr.ip for found in connections for one in found if one.status == psutil.CONN_LISTEN}


def command_lines(part: Part) -> str:
    return " ".join(word for process in all_marked(part.run_dir) for word in psutil.Process(process.pid).cmdline())


async def publish(url: str, body: bytes) -> None:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        await channel.declare_queue("kept", durable=True, arguments={"x-queue-type": "quorum"})
        message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(message, routing_key="kept")


async def take(url: str) -> bytes:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await channel.get_queue("kept")
        async with asyncio.timeout(30), queue.iterator() as messages:
            message = await anext(messages)
            await message.ack()
            return message.body


def test_the_brokers_process_is_the_erlang_vm(broker: Broker) -> None:
    assert psutil.Process(broker.pid).name() == "beam.smp"


def test_the_databases_process_is_the_server(database: Database) -> None:
    assert database.server in " ".join(psutil.Process(database.pid).cmdline())


def test_the_broker_and_its_name_directory_listen_on_loopback_only(broker: Broker) -> None:
    assert listening_addresses(broker) <= {"127.0.0.1", "::1"}


def test_the_database_listens_on_loopback_only(database: Database) -> None:
    assert listening_addresses(database) == {"127.0.0.1"}


def test_what_guards_the_brokers_inner_port_is_a_secret_of_our_own(broker: Broker) -> None:
    cookie = broker.folder / "home" / ".erlang.cookie"
    assert len(cookie.read_text()) == 43  # 32 bytes in base64
    assert cookie.stat().st_mode & 0o777 == 0o600
    assert cookie.read_text() == (broker.folder / "cookie").read_text().strip().rstrip("=")


def test_passwords_are_on_no_command_line(broker: Broker, database: Database) -> None:
    for part in (broker, database):
        assert (part.run_dir / part.name / "password").read_text().strip().rstrip("=") not in command_lines(part)


def test_the_database_asks_for_the_password(database: Database) -> None:
    port = database.ports[0]
    for user in ("", "tocsin:wrong@"):
        url = f"mongodb://{user}127.0.0.1:{port}/?directConnection=true"
        with MongoClient[dict[str, object]](url) as stranger, pytest.raises(OperationFailure, match=r"(?i)auth"):
            stranger.shop.orders.find_one()


async def test_the_broker_asks_for_the_password(broker: Broker) -> None:
    with pytest.raises(aio_pika.exceptions.AMQPConnectionError):
        await aio_pika.connect(f"amqp://guest:guest@127.0.0.1:{broker.ports[0]}/")


async def test_an_accepted_message_outlives_a_killed_broker(broker: Broker) -> None:
    await publish(broker.url, b"page somebody")
    await asyncio.sleep(0.2)  # a queue is written down a moment after it was made; a message at once
    old, url = broker.pid, broker.url

    broker.kill()
    broker.start()

    assert broker.pid != old
    assert broker.url == url
    assert await take(url) == b"page somebody"


async def test_the_broker_and_its_name_directory_may_die_together(broker: Broker) -> None:
    await publish(broker.url, b"still here")
    await asyncio.sleep(0.5)
    directory = find(broker.run_dir, "epmd", ("epmd",))
    assert directory is not None

    psutil.Process(directory.pid).kill()
    broker.kill()
    broker.start()

    assert await take(broker.url) == b"still here"


def test_the_node_lives_on_without_its_name_directory(broker: Broker) -> None:
    directory = find(broker.run_dir, "epmd", ("epmd",))
    assert directory is not None
    old = broker.pid

    psutil.Process(directory.pid).kill()
    broker.start()

    assert broker.pid == old
    assert find(broker.run_dir, "epmd", ("epmd",)) != directory


@pytest.mark.parametrize("attempt", range(2))
def test_an_acknowledged_write_outlives_a_killed_database(database: Database, attempt: int) -> None:
    # it says goodbye to a server that is no more, for as long as it looks for one
    with MongoClient[dict[str, object]](database.url, serverSelectionTimeoutMS=2000) as client:
        for number in range(5):
            client.shop.orders.insert_one({"_id": f"{attempt}-{number}"})
        database.kill()
    database.start()

    with MongoClient[dict[str, object]](database.url) as client:
        assert client.shop.orders.count_documents({"_id": {"$regex": f"^{attempt}-"}}) == 5


def test_a_database_killed_while_it_makes_its_user_makes_it_the_next_time(tmp_path: Path) -> None:
    database = Database(tmp_path)
    (tmp_path / "database").mkdir(exist_ok=True)
    with database:
        (tmp_path / "database" / "user-made").unlink()  # as if the mark had not been set yet
        database.kill()
        database.start()
        assert database.ready()


def test_stop_leaves_no_process_and_no_port(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker, Database(tmp_path) as database:
        ports = [*broker.ports, *database.ports]

    assert not all_marked(tmp_path)
    assert all(is_free(port) for port in ports)


def test_two_brokers_run_side_by_side(broker: Broker, tmp_path: Path) -> None:
    with Broker(tmp_path) as other:
        assert other.ready()
        assert broker.ready()
        assert other.url != broker.url
