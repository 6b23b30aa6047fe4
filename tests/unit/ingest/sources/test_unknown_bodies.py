"""Bodies of a shape that nobody knows: two that say different things are two alerts, repeats of one are one."""

from __future__ import annotations

import copy
import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.normalisation.alert import Action, ReceivedAlert
from services.ingest.normalisation.dedup_key import dedup_key, other_keys
from services.ingest.normalisation.normalise import DESCRIPTION, TITLE
from services.ingest.sources import choose
from tests.unit.ingest.builders import T0

pytestmark = pytest.mark.unit

UUIDS = st.uuids().map(str)
TIMES = st.datetimes(min_value=datetime(2000, 1, 1)).map(lambda at: f"{at.isoformat()}Z")  # noqa: DTZ001
WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12).map(lambda word: f"x{word}")
OTHER_NAMES = ("x", "component2", "AlarmName", "alert_name", "host", "msg", "detail-type", "where", "日本")
MOVING: dict[str, st.SearchStrategy[Any]] = {
    "timestamp": TIMES,
    "eventTime": TIMES,
    "whenever": TIMES,
    "requestId": WORDS,
    "id": UUIDS,
    "eventId": st.integers().map(str),
    "n": st.integers(),
    "load": st.floats(allow_nan=False),
    "value": st.integers(0, 10**6).map(str),
    "flag": st.booleans(),
    "percent": st.integers(0, 100).map("{} %".format),
    "nothing": st.none(),
    "token": WORDS,
    "log": TIMES.map("{} the disk is full".format),
}


def one(body: dict[str, Any]) -> ReceivedAlert:
    (alert,) = choose(body, None, None).read(body, T0)
    return alert


def key_of(body: dict[str, Any]) -> str:
    return dedup_key(one(body), "s")


def finds(end: dict[str, Any], began: dict[str, Any]) -> bool:
    """True when an end finds the alert of a beginning."""
    alert = one(end)
    assert alert.action is Action.RESOLVE
    key = dedup_key(alert, "s2")
    return key_of(began) in (key, *other_keys(alert, key))


STABLE = st.dictionaries(st.sampled_from(OTHER_NAMES), WORDS, min_size=1)


@given(body=STABLE, data=st.data())
def test_bodies_that_differ_in_a_text_are_two_alerts(body: dict[str, str], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(body)))
    other = {**body, name: data.draw(WORDS.filter(lambda word: word != body[name]))}
    wrapped = data.draw(st.sampled_from([lambda inner: inner, lambda inner: {"event": {"items": [inner, 1]}}]))

    assert key_of(wrapped(body)) != key_of(wrapped(other))
    without = {other_name: text for other_name, text in body.items() if other_name != name}
    assert key_of(body) != key_of(without)


@given(body=STABLE, data=st.data())
def test_a_body_that_comes_again_with_other_times_numbers_and_ids_is_one(
    body: dict[str, str], data: st.DataObject
) -> None:
    names = data.draw(st.sets(st.sampled_from(sorted(MOVING))))
    first, again = ({**body, **{name: data.draw(MOVING[name]) for name in sorted(names)}} for _ in range(2))
    shuffled = dict(data.draw(st.permutations(list(again.items()))))

    assert key_of(first) == key_of(shuffled)
    assert key_of({"event": [first]}) == key_of({"event": [again]})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters()) | st.sampled_from([*OTHER_NAMES, *MOVING]), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.text(st.characters()) | st.sampled_from([*OTHER_NAMES, "title", "labels"]), JSON))
def test_whatever_a_body_holds_it_is_read(body: dict[str, Any]) -> None:
    before = copy.deepcopy(body)
    alert = one(body)
    assert alert.content.title
    assert len(alert.content.title) <= TITLE
    assert len(alert.content.description) <= DESCRIPTION
    json.dumps([alert.content.description, alert.content.title]).encode()
    alert.content.description.encode()
    assert key_of(body) == key_of(body)
    assert repr(body) == repr(before), "reading changes nothing"


@pytest.mark.parametrize(
    "began, end",
    [
        ({"AlarmName": "x", "state": "ALARM", "since": "12:00"}, {"AlarmName": "x", "state": "OK", "since": "12:09"}),
        ({"AlarmName": "x", "state": "ALARM", "message": "a"}, {"AlarmName": "x", "state": "OK", "message": "b"}),
        ({"AlarmName": "x", "NewStateValue": "ALARM"}, {"AlarmName": "x", "NewStateValue": "OK"}),
        ({"AlarmName": "x", "message": "a"}, {"AlarmName": "x", "message": "a", "status": "resolved"}),
        ({"AlarmName": "x"}, {"AlarmName": "x", "status": "resolved", "severity": "info", "resolved_at": "now"}),
        ({"msg": "h1 is down", "status": "down"}, {"msg": "h1 is down", "status": "up"}),
        ({"check": "disk", "status": "CRITICAL", "output": "95"}, {"check": "disk", "status": "OK", "output": "5"}),
        ({"value": 3}, {"value": 2, "status": "ok"}),
        ({"specversion": "1.0", "type": "a.b.fired", "data": {"AlarmName": "x", "id": "1"}},
         {"specversion": "1.0", "type": "a.b.resolved", "data": {"AlarmName": "x", "id": "1"}}),
    ],
)  # fmt: skip
def test_an_end_finds_its_beginning(began: dict[str, Any], end: dict[str, Any]) -> None:
    assert one(began).action is Action.TRIGGER
    assert finds(end, began)


@pytest.mark.parametrize(
    "end",
    [
        {"AlarmName": "y", "status": "ok"},
        {"AlarmName": "x", "host": "h2", "status": "ok"},
        {"AlarmName": "x", "service": "orders", "status": "ok"},
        {"status": "ok"},
    ],
)
def test_an_end_of_something_else_does_not(end: dict[str, Any]) -> None:
    assert not finds(end, {"AlarmName": "x"})
    assert not finds(end, {"AlarmName": "x", "host": "h1", "status": "down"})


@pytest.mark.parametrize(
    "body, action",
    [
        ({"AlarmName": "x", "alert_status": "firing", "current_state": "ok"}, Action.TRIGGER),
        ({"AlarmName": "x", "alert_status": "closed", "current_state": "ok"}, Action.RESOLVE),
        ({"AlarmName": "x", "AlertState": "acknowledged"}, Action.ACKNOWLEDGE),
        ({"AlarmName": "x", "NewStateValue": "INSUFFICIENT_DATA", "OldStateValue": "OK"}, Action.TRIGGER),
        ({"AlarmName": "x", "host_state": "up", "status": "down"}, Action.TRIGGER),
        ({"AlarmName": "x", "pod": {"status": "healthy"}}, Action.TRIGGER),
    ],
    ids=["they disagree", "they agree", "acknowledged", "unknown", "of a host", "of something inside"],
)
def test_only_what_is_about_the_alert_itself_says_that_it_is_over(body: dict[str, Any], action: Action) -> None:
    assert one(body).action is action


def test_lists_of_alerts_and_cloudevents_of_nobody_knows_what_are_told_apart_too() -> None:
    bodies: list[Any] = [
        [{"AlarmName": "a"}, {"AlarmName": "b"}],
        {"alerts": [{"name": "a"}, {"name": "b"}], "status": "firing"},
        [{"specversion": "1.0", "type": "t", "source": "s", "data": {"AlarmName": name}} for name in "ab"],
        [{"specversion": "1.0", "type": "t", "source": "s", "data": text} for text in ("h one", "h two")],
    ]
    for body in bodies:
        keys = {dedup_key(alert, "s") for alert in choose(body, None, None).read(body, T0)}
        assert len(keys) == 2, body


def test_a_list_of_alerts_that_is_none_of_alertmanagers_has_one_status() -> None:
    body = {"alerts": [{"name": "a"}, {"name": "b", "state": "firing"}], "status": "resolved"}
    assert [alert.action for alert in choose(body, None, None).read(body, T0)] == [Action.RESOLVE, Action.TRIGGER]


def test_an_alert_is_recognised_by_title_and_places_and_found_by_what_it_had_before() -> None:
    body = {"title": "monit", "host": "h1", "message": "a"}
    assert key_of(body) == key_of({**body, "message": "b", "value": 7})
    assert key_of(body) != key_of({**body, "host": "h2"})
    former = {other_keys(one(case), "k") for case in (body, {**body, "host": "h2"}, {"title": "monit"})}
    assert len(former) == 1
    assert key_of(body) not in former.pop()


@pytest.mark.parametrize("size", [10_000_000])
def test_a_body_of_ten_megabytes_is_read_at_once(size: int) -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = {"n" * 1000: deep}
    texts = {f"log{number}": "1 " * (size // 40) for number in range(20)}
    for body in (texts, {f"k{number}": "v" for number in range(100_000)}, {"x": ["v"] * 100_000}, {"deep": deep}):
        assert key_of({"AlarmName": "a", **body}) != key_of({"AlarmName": "b", **body})
        assert len(one(body).content.description) <= DESCRIPTION
    assert key_of(texts | {"AlarmName": "a"}) != key_of(texts | {"AlarmName": "b"}), "also when its name comes last"


@pytest.mark.parametrize("named, source", [("slo", "generic"), ("zabbix", "zabbix"), (None, "generic")])
def test_nobody_else_is_the_source_of_our_own_alerts_about_budgets(named: str | None, source: str) -> None:
    alert = one({"title": "Disk full", "source": named})
    assert alert.source == source
    assert any("of slo" in one for one in alert.content.mended) is (named == "slo")
