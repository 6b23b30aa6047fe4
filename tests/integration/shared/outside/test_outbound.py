"""The outgoing HTTP client against real servers on loopback."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from shared.outside.outbound import Outbound, Refused, TimedOut, Unreachable
from shared.testing.webhook_sink import Answer, WebhookSink
from tests.contract.channel_receivers import RawServer, unused_port
from tests.integration.certificates import self_signed

pytestmark = pytest.mark.integration

LOOPBACK = ["127.0.0.0/8"]


@pytest.fixture
def sink() -> Iterator[WebhookSink]:
    with WebhookSink() as one:
        yield one


@pytest.fixture
async def client() -> AsyncIterator[Outbound]:
    one = Outbound(LOOPBACK)
    yield one
    await one.close()


async def test_loopback_is_refused_unless_it_is_listed(sink: WebhookSink) -> None:
    closed = Outbound()
    for host in ("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]", "0.0.0.0"):
        with pytest.raises(Refused):
            await closed.post(f"http://{host}:{sink.port}/x", b"", {})
    await closed.close()
    assert not sink.posts


async def test_the_connection_goes_to_the_address_that_was_judged(sink: WebhookSink) -> None:
    asked = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    client = Outbound(LOOPBACK, resolve=rebinding)
    answer = await client.post(f"http://hooks.example:{sink.port}/x", b"{}", {})
    await client.close()
    assert answer.status == 200
    assert asked == ["hooks.example"]
    assert sink.posts[0].headers["host"] == f"hooks.example:{sink.port}"


async def test_only_the_allowed_ones_of_several_addresses_are_tried(sink: WebhookSink) -> None:
    async def mixed(_host: str, _port: int) -> list[str]:
        return ["169.254.169.254", "10.0.0.1", "127.0.0.1"]

    client = Outbound(LOOPBACK, resolve=mixed)
    answer = await client.post(f"http://hooks.example:{sink.port}/x", b"", {}, timeout_seconds=2)
    await client.close()
    assert answer.status == 200


async def test_a_redirect_is_an_answer_and_is_not_followed(client: Outbound, sink: WebhookSink) -> None:
    sink.answer("a", Answer(302, headers={"location": sink.url("b")}))
    assert (await client.post(sink.url("a"), b"", {})).status == 302
    assert not sink.attempts("b")


async def test_connections_are_kept_and_cookies_are_not(client: Outbound, sink: WebhookSink) -> None:
    sink.answer("a", Answer(200, headers={"set-cookie": "session=1; Path=/"}))
    for _ in range(3):
        await client.post(sink.url("a"), b"", {})
    assert all("cookie" not in post.headers for post in sink.posts)


async def test_a_user_and_password_become_basic_authentication(client: Outbound, sink: WebhookSink) -> None:
    await client.post(f"http://sara:p%40ss@127.0.0.1:{sink.port}/x", b"", {})
    assert sink.posts[0].headers["authorization"] == "Basic c2FyYTpwQHNz"


async def test_an_endless_answer_is_cut(client: Outbound) -> None:
    server = RawServer(greeting=b"HTTP/1.1 200 OK\r\n\r\n", endless=True)
    answer = await client.post(f"http://127.0.0.1:{server.port}/", b"", {}, answer_limit_bytes=1000)
    server.close()
    assert (len(answer.body), answer.cut) == (1000, True)
    assert answer.text() == "x" * 200


async def test_the_time_limit_is_for_all_of_it(client: Outbound) -> None:
    server = RawServer()
    began = time.monotonic()
    with pytest.raises(TimedOut):
        await client.post(f"http://127.0.0.1:{server.port}/", b"", {}, timeout_seconds=0.3)
    server.close()
    assert time.monotonic() - began < 1


async def test_nobody_listening_is_unreachable(client: Outbound) -> None:
    with pytest.raises(Unreachable):
        await client.post(f"http://127.0.0.1:{unused_port()}/", b"", {})


async def test_a_name_that_nobody_knows_is_unreachable() -> None:
    async def unknown(_host: str, _port: int) -> list[str]:
        raise OSError("Name or service not known")

    client = Outbound(resolve=unknown)
    with pytest.raises(Unreachable, match="nowhere"):
        await client.post("http://nowhere.example/", b"", {})
    await client.close()


async def test_what_is_no_http_is_unreachable(client: Outbound) -> None:
    server = RawServer(greeting=b"SSH-2.0-OpenSSH\r\n\r\n")
    with pytest.raises(Unreachable):
        await client.post(f"http://127.0.0.1:{server.port}/", b"", {}, timeout_seconds=2)
    server.close()


@pytest.mark.parametrize("trusted", [True, False], ids=["a certificate we trust", "a certificate nobody vouches for"])
async def test_a_certificate_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=self_signed(tmp_path))
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    client = Outbound(LOOPBACK)
    try:
        if trusted:
            assert [(await client.post(url, b"", {})).status for _ in range(3)] == [204, 204, 204]
        else:
            with pytest.raises(Unreachable, match="certificate"):
                await client.post(url, b"", {})
    finally:
        await client.close()
        server.close()
