"""What people read of a body of any shape: its title, its description, its labels."""

from __future__ import annotations

from typing import Any

import pytest

from services.ingest.members.words import UNTITLED
from services.ingest.normalisation.content import Content
from services.ingest.normalisation.normalise import DESCRIPTION, TITLE
from services.ingest.sources import choose
from tests.unit.ingest.builders import T0

pytestmark = pytest.mark.unit


def read(body: dict[str, Any]) -> Content:
    (alert,) = choose(body, None, None).read(body, T0)
    return alert.content


@pytest.mark.parametrize(
    "body, title",
    [
        ({"AlarmName": "db-cpu-high", "message": "m", "name": "n"}, "db-cpu-high"),
        ({"alarm_name": "db-cpu-high"}, "db-cpu-high"),
        ({"message": "m", "subject": "s"}, "s"),
        ({"check": "disk", "message": "m"}, "disk"),
        ({"message": "m", "labels": {"alertname": "Down"}}, "m"),
        ({"x": "y", "labels": {"alertname": "Down"}}, "Down"),
        ({"incident": {"summary": "errors", "id": "1"}, "version": "1.2"}, "errors"),
        ({"a": [{"b": {"monitor": "api"}}], "x": "y"}, "api"),
        ({"description": "first\nsecond", "policyTitle": "p"}, "first"),
        ({"userName": "sara", "zz": "y"}, "sara"),
        ({"id": "i-1", "at": "now", "url": "https://x/y", "foo": "bar"}, "bar"),
        ({"region": "eu", "foo": "bar"}, "bar"),
        ({"region": "eu", "n": 3}, "eu"),
        ({"n": {"foo": "bar"}}, "bar"),
        ({"status": "disk full"}, "disk full"),
        ({"alert": "firing", "event": "down", "password": "x", "uuid": "a"}, UNTITLED),
        ({"problem": "2f1b8c1e-8a0e-4c59-9d0f-0c2f6f1f7a11", "name": "97", "text": "https://x"}, UNTITLED),
        ({"n": 3}, UNTITLED),
        ({}, UNTITLED),
    ],
)
def test_the_title_is_the_likeliest_text(body: dict[str, Any], title: str) -> None:
    assert read(body).title == title


def test_unknown_members_are_kept_a_line_each_behind_the_description() -> None:
    body = {
        "title": "t",
        "description": "what happened",
        "message": "m",
        "value": 97.3,
        "ok": False,
        "nothing": None,
        "empty": "",
        "Trigger": {"Metric": "CPU", "over": [1, "ü"]},
    }
    content = read(body)
    assert content.description == (
        'what happened\nmessage: m\nvalue: 97.3\nok: false\nTrigger: {"Metric":"CPU","over":[1,"ü"]}'
    )
    assert "description: holds members that are not known" in content.mended


def test_a_message_is_the_description_where_there_is_none_and_nothing_is_shown_twice() -> None:
    content = read({"title": "monit", "host": "h1", "message": "it is\ndown", "details": "d"})
    assert (content.description, dict(content.labels)) == ("it is\ndown\ndetails: d", {"host": "h1"})
    assert read({"message": "it is down"}).description == ""
    long = "word " * TITLE
    assert read({"message": long}).description == long, "what the title cuts is kept"


def test_words_for_where_it_happens_become_labels_unless_there_is_one() -> None:
    content = read(
        {
            "title": "t",
            "Host-Name": "h1",
            "pod": 7,
            "zone": "",
            "check": "ok",
            "Region": "eu",
            "labels": {"region": "us"},
        }
    )
    assert dict(content.labels) == {"region": "us", "hostname": "h1"}
    assert content.description == "pod: 7\ncheck: ok\nRegion: eu"
    twice = read({"title": "t", "host": "a", "Host": "b"})
    assert (dict(twice.labels), twice.description) == ({"host": "a"}, "Host: b")


def test_labels_that_are_none_are_kept_as_text() -> None:
    content = read({"title": "t", "labels": ["a", "b"]})
    assert (dict(content.labels), content.description) == ({}, 'labels: ["a","b"]')


@pytest.mark.parametrize(
    "secret",
    [
        {"password": "hunter2"},
        {"x": {"db_password": "hunter2"}},
        {"x": {"auth": {"token": ["hunter2"]}}},
        {"env": [{"name": "DB_PASSWORD", "value": "hunter2"}]},
        {"headers": [["Authorization", "hunter2"], ["Accept", "x"]]},
        {"url": "https://sara:hunter2@example.org/x"},
        {"curl": "curl -H 'Authorization: Bearer hunter2-hunter2'"},
        {"apiKeys": {"a": "hunter2"}},
        {"secrets": ["hunter2"]},
        {"token": {"a": {"b": "hunter2"}}},
        {"Message": '{"password": "hunter2", "a": 1}'},
        {"x": {"Message": '{"password":"hunter2"}'}},
        {"url": "https://example.org/x?token=hunter2&a=b"},
    ],
)
def test_no_secret_is_shown(secret: dict[str, Any]) -> None:
    content = read({"foo": "bar", **secret})
    assert "hunter2" not in f"{content}"
    assert "***" in content.description


def test_what_does_not_fit_is_left_out_and_noted() -> None:
    body = {"title": "t", "description": "d" * (DESCRIPTION - 50), "a": "first", "b": {"c": "x" * 100}, "e": "last"}
    content = read(body)
    assert len(content.description) <= DESCRIPTION
    assert '\na: first\nb: {"c":"x' in content.description
    assert any(note.startswith("description: unknown members do not fit") for note in content.mended)
    full = read({"title": "t", "description": "d" * DESCRIPTION, "a": "first"})
    assert full.description == "d" * DESCRIPTION


def test_nothing_that_is_known_is_noted_as_unknown() -> None:
    assert read({"title": "t", "severity": "high", "host": "h1", "message": "m"}).mended == ()
