"""Bodies as senders send them: packed, of other charsets, broken; at every address that monitoring delivers to."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from typing import Any

import httpx2
import pytest

from services.ingest.app import build
from shared.testing.harness import Harness, eventually
from tests.integration.ingest_stage import WEBHOOK, alert, listed

pytestmark = pytest.mark.integration

EVENT = {
    "event_action": "trigger",
    "dedup_key": "k",
    "payload": {"summary": "HTTP is down", "source": "srv01", "severity": "critical"},
}
RECEIVING: dict[str, Any] = {
    WEBHOOK: alert(title="HTTP is down"),
    "/v2/enqueue": EVENT,
    "/v2/alerts": {"message": "HTTP is down", "alias": "k"},
    "/v2/alerts/k/close?identifierType=alias": {"note": "HTTP is down"},
    "/api/v2/alerts": [{"labels": {"alertname": "HTTP is down"}}],
    "/events/change": {"summary": "HTTP is down"},
    "/v2/change/enqueue": {"payload": {"summary": "HTTP is down"}},
}
"""Every address that bodies are delivered to, and one for each."""


@pytest.fixture
async def client(harness: Harness) -> httpx2.AsyncClient:
    return harness.client(await harness.start("ingest", build))


async def sent(client: httpx2.AsyncClient, body: bytes, encoding: str, path: str = WEBHOOK) -> httpx2.Response:
    return await client.post(path, content=body, headers={"content-encoding": encoding})


async def malformed(client: httpx2.AsyncClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get("/alerts/malformed")).json()["items"]
    return items


async def test_a_packed_body_is_read_wherever_bodies_are_delivered(client: httpx2.AsyncClient) -> None:
    for path, body in RECEIVING.items():
        plain = json.dumps(body).encode()
        for encoding, packed in (
            ("gzip", gzip.compress(plain)),
            ("deflate", zlib.compress(plain)),
            ("identity", plain),
        ):
            answer = await sent(client, packed, encoding, path)
            assert answer.status_code in (200, 202), answer.text
    items = await eventually(lambda: listed(client), until=lambda items: len(items) == 3)
    assert {one["title"] for one in items} == {"HTTP is down"}
    assert len((await client.get("/changes")).json()["items"]) == 6


async def test_a_bomb_a_broken_body_and_an_unknown_coding_are_refused_everywhere(client: httpx2.AsyncClient) -> None:
    bomb = gzip.compress(bytes(100 * 1024 * 1024))
    for path, plain in RECEIVING.items():
        assert (await sent(client, bomb, "gzip", path)).status_code == 413
        whole = gzip.compress(json.dumps(plain).encode())
        broken = await sent(client, whole[:-9], "gzip", path)
        assert broken.status_code == 400
        assert "can't be unpacked as gzip" in broken.text
        for encoding in ("br", "gzip, gzip"):
            unknown = await sent(client, whole, encoding, path)
            assert unknown.status_code == 415
            assert "gzip or deflate" in unknown.text


async def test_a_broken_packed_body_is_kept_as_far_as_it_can_be_read_and_without_its_key(
    client: httpx2.AsyncClient,
) -> None:
    key = "0123456789abcdef0123456789abcdef"
    packed = gzip.compress(json.dumps({"routing_key": key, **EVENT}).encode())
    await sent(client, packed[:-4], "gzip", "/v2/enqueue")
    await sent(client, b"never packed", "gzip")
    await sent(client, b"\xff\xfe\xfd", "deflate")

    kept = await eventually(lambda: malformed(client), until=lambda items: len(items) == 3)
    assert [one["detail"].startswith("The body can't be unpacked as ") for one in kept] == [True] * 3
    bodies = {one["body"] for one in kept}
    assert bodies == {json.dumps({"routing_key": "***", **EVENT}), "never packed", ""}


async def test_what_is_too_long_for_pagerduty_is_so_unpacked(client: httpx2.AsyncClient) -> None:
    event = {**EVENT, "payload": {**EVENT["payload"], "custom_details": "x" * 600_000}}  # type: ignore[dict-item]
    answer = await sent(client, gzip.compress(json.dumps(event).encode()), "gzip", "/v2/enqueue")
    assert (answer.status_code, answer.json()["status"]) == (413, "invalid event")


def latin(word: str) -> bytes:
    return json.dumps({"title": word, "service": "payments"}, ensure_ascii=False).encode("latin-1")


async def test_letters_of_a_declared_charset_make_two_alerts_with_the_right_letters(client: httpx2.AsyncClient) -> None:
    for word in ("Süd", "Söd"):
        headers = {"content-type": "application/json; charset=iso-8859-1"}
        assert (await client.post(WEBHOOK, content=latin(word), headers=headers)).status_code == 202
    items = await eventually(lambda: listed(client), until=lambda items: len(items) == 2)
    assert {one["title"] for one in items} == {"Süd", "Söd"}
    assert [note for one in items for note in one["mended"] if "byte" in note or "charset" in note] == []


@pytest.mark.parametrize("charset", ["", "; charset=utf-8", "; charset=klingon"])
async def test_letters_of_no_charset_stay_two_alerts_and_what_was_guessed_is_noted(
    client: httpx2.AsyncClient, charset: str
) -> None:
    for word in ("Süd", "Söd"):
        headers = {"content-type": f"application/json{charset}"}
        assert (await client.post(WEBHOOK, content=latin(word), headers=headers)).status_code == 202
    items = await eventually(lambda: listed(client), until=lambda items: len(items) == 2)
    assert {one["title"] for one in items} == {"Süd", "Söd"}
    for one in items:
        assert "bytes: those that are no utf-8 were read as Windows-1252" in one["mended"]
        assert ("charset: 'klingon' is unknown, ignored" in one["mended"]) == ("klingon" in charset)


async def test_what_was_guessed_about_letters_is_noted_whoevers_client_sends(client: httpx2.AsyncClient) -> None:
    for path, body in RECEIVING.items():
        odd = json.dumps(body).replace("HTTP is down", "S\xfcd").encode("latin-1")
        assert (await client.post(path, content=odd)).status_code in (200, 202), path
    items = await eventually(lambda: listed(client), until=lambda items: len(items) == 3)
    changes = (await client.get("/changes")).json()["items"]
    assert {one["title"] for one in items} | {one["summary"] for one in changes} == {"Süd"}
    for one in [*items, *changes]:
        assert "bytes: those that are no utf-8 were read as Windows-1252" in one["mended"], one


async def test_odd_bytes_of_a_form_and_of_a_text_are_read_alike(client: httpx2.AsyncClient) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    event = b'payload={"service":"payments","summary":"S%FCd"}'
    assert (await client.post("/events/change", content=event, headers=form)).status_code == 202
    (change,) = (await client.get("/changes")).json()["items"]
    assert change["summary"] == "Süd"

    about = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/probes", "ce-type": "disk.fired"}
    text = {"content-type": "text/plain; charset=iso-8859-1", **about}
    assert (await client.post(WEBHOOK, content=b"S\xfcd", headers=text)).status_code == 202
    (one,) = await eventually(lambda: listed(client))
    assert "Süd" in (one["title"], one["description"])


async def test_very_many_alerts_at_once_are_refused_at_once(client: httpx2.AsyncClient) -> None:
    body = b"[" + b"{}," * 3_000_000 + b"{}]"
    answers = await asyncio.gather(*(client.post(WEBHOOK, content=body) for _ in range(6)))
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(413, "too_many_alerts")}
    packed = await sent(client, gzip.compress(b"[" + b"{}," * 100_000 + b"{}]"), "gzip")
    assert (packed.status_code, packed.json()["code"]) == (413, "too_many_alerts")
    assert await listed(client) == []


async def test_a_body_whose_letters_take_more_bytes_here_is_more_than_one_message(client: httpx2.AsyncClient) -> None:
    """A broker may take no message of more than 16 MiB, and a letter of one byte may be three in UTF-8."""
    labels = {f"label-{number}": "ｱ" * 2_000 for number in range(240)}
    body = json.dumps([alert(title=f"HTTP {n}", labels=labels) for n in range(20)], ensure_ascii=False)
    assert len(body.encode()) > 16 * 1024 * 1024
    headers = {"content-type": "application/json; charset=shift_jis"}
    answer = await client.post(WEBHOOK, content=body.encode("shift_jis"), headers=headers)
    assert answer.status_code == 202, answer.text
    items = await eventually(lambda: listed(client), until=lambda items: len(items) == 20, seconds=30)
    assert {one["title"] for one in items} == {f"HTTP {number}" for number in range(20)}
