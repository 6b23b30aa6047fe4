from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import orjson
import pytest

from services.ingest.normalisation.alert import Action
from services.ingest.normalisation.content import LABELS, OPENS_NO_INCIDENT, Content
from services.ingest.normalisation.normalise import KEY, Normaliser
from services.ingest.sources import SOURCES
from shared.vocabulary import Category, Severity
from tests.unit.ingest.builders import T0

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "word, severity",
    [
        *[(word, Severity.CRITICAL) for word in ("critical", "fatal", "page", "P1", "disaster", " Critical ")],
        *[(word, Severity.HIGH) for word in ("error", "high", "P2", "HIGH")],
        *[(word, Severity.MEDIUM) for word in ("warning", "medium", "average", "P3")],
        *[(word, Severity.LOW) for word in ("info", "low", "debug", "P4", "p5")],
    ],
)
def test_a_known_severity_word_needs_no_note(word: str, severity: Severity) -> None:
    normaliser = Normaliser()

    assert (normaliser.severity(word), normaliser.notes) == (severity, [])


@pytest.mark.parametrize("odd", [None, "", "weird", 3, [], {}, True, 1e400, "\ud800"])
def test_a_missing_or_unknown_severity_is_high_and_noted(odd: Any) -> None:
    normaliser = Normaliser()

    assert normaliser.severity(odd) is Severity.HIGH
    assert len(normaliser.notes) == 1
    orjson.dumps(normaliser.notes)


def test_a_missing_category_is_failure_and_an_unknown_one_is_noted() -> None:
    normaliser = Normaliser()

    assert normaliser.category(None) is Category.FAILURE
    assert normaliser.notes == []
    assert normaliser.category("Security") is Category.SECURITY
    assert normaliser.category("weather") is Category.FAILURE
    assert normaliser.notes == ["category: 'weather' is unknown, taken as failure"]


def test_of_ten_thousand_labels_the_first_64_are_kept() -> None:
    normaliser = Normaliser()

    labels = normaliser.labels({f"l{number}": number for number in range(10_000)} | {"one": "more"})

    assert len(labels) == 10_000, "all of them are decided on"
    kept = Content("t", "", Severity.LOW, Category.FAILURE, labels, (), tuple(normaliser.notes)).for_storage()
    assert list(kept.labels) == [f"l{number}" for number in range(LABELS)]
    assert kept.mended == (
        "labels: 1 of 10001 were not read",
        "labels: 9936 of 10000 were left out",
    )
    assert kept.for_storage() == kept


def test_of_many_labels_those_that_people_look_for_are_kept() -> None:
    labels = {f"label_{number}": "x" for number in range(66)} | {"service": "payments", "severity": "info"}
    kept = Content("t", "", Severity.LOW, Category.FAILURE, labels).for_storage().labels
    assert (len(kept), kept["service"], kept["severity"]) == (LABELS, "payments", "info")


@pytest.mark.parametrize(
    "word, action",
    [
        *(
            (word, Action.RESOLVE)
            for word in ("ok", "OKAY", "resolve", " Resolved ", "closed", "recovered", "recovery")
        ),
        *((word, Action.RESOLVE) for word in ("up", "normal", "inactive", "clear", "cleared", "green", "healthy")),
        *((word, Action.ACKNOWLEDGE) for word in ("acknowledged", "acked")),
        *((word, Action.TRIGGER) for word in ("firing", "down", "alerting", None, "", "whatever", 7, "x" * 100_000)),
    ],
)
def test_words_of_a_status(word: object, action: Action) -> None:
    normaliser = Normaliser()
    assert normaliser.action(word) is action
    assert bool(normaliser.notes) is (word in ("whatever", 7, "x" * 100_000))


@pytest.mark.parametrize(
    "words, severity",
    [
        ("critical fatal page P0 P1 sev0 sev1 emergency alert crit disaster", Severity.CRITICAL),
        ("error err high major P2 sev2", Severity.HIGH),
        ("warning warn medium moderate average P3 sev3", Severity.MEDIUM),
        ("info information informational notice minor low debug none ok P4 P5", Severity.LOW),
        ("5 1 urgent", Severity.HIGH),
    ],
)
def test_words_of_a_severity(words: str, severity: Severity) -> None:
    for word in words.split():
        assert Normaliser().severity(word) is severity, word


def test_a_severity_of_none_says_that_nothing_is_opened() -> None:
    normaliser = Normaliser()
    assert normaliser.severity("None") is Severity.LOW
    assert normaliser.notes == [OPENS_NO_INCIDENT]
    assert not Content("Watchdog", "", Severity.LOW, Category.FAILURE, {}, (), tuple(normaliser.notes)).opens_incident


@pytest.mark.parametrize(
    "value, text",
    [(3, "3"), (2.5, "2.5"), (True, "true"), (None, "null"), ([1], "[1]"), ({"a": "ü"}, '{"a":"ü"}'), ("x", "x")],
)
def test_a_label_value_of_any_type_becomes_text(value: Any, text: str) -> None:
    assert Normaliser().labels({"l": value}) == {"l": text}


def test_nul_and_lone_surrogates_are_replaced_everywhere() -> None:
    normaliser = Normaliser()

    labels = normaliser.labels({"a\x00b": "c\x00d", "\udc00": "\ud800é"})

    assert labels == {"a\ufffdb": "c\ufffdd", "\ufffd": "\ufffdé"}
    assert normaliser.line("disk\x00 \ud800\nfull", 100, "title") == "disk\ufffd \ufffd full"
    assert len(normaliser.notes) == 6


def test_over_long_text_is_cut_and_noted() -> None:
    normaliser = Normaliser()

    assert normaliser.text("x" * 20, 10, "description") == "x" * 10
    assert normaliser.notes == ["description: cut from 20 to 10 characters"]


def test_two_over_long_keys_that_begin_alike_stay_different() -> None:
    one, other = Normaliser().key("k" * 1000 + "1"), Normaliser().key("k" * 1000 + "2")

    assert one != other
    assert one is not None
    assert len(one) == KEY


@pytest.mark.parametrize(
    "value, seconds, has_token, noted",
    [
        ("2026-11-21T21:59:00Z", -60, True, False),
        ("2026-11-22T01:29:00+03:30", -60, True, False),
        ("2026-11-21T21:59:00.123456789Z", -59.877, True, False),
        (1795298340, -60, True, False),
        (1795298340000, -60, True, False),
        # a clock that is a little ahead is believed
        ("2026-11-21T22:00:59Z", 59, True, False),
        ("2026-11-22T22:00:00Z", None, False, True),
        ("9999-12-31T23:59:59-12:00", None, False, True),
        # the text is too old to be shown, but still tells one occurrence from the next
        ("2016-11-22T22:00:00Z", None, True, True),
        ("0001-01-01T00:00:00Z", None, False, False),
        ("0001-01-01T00:00:00+05:00", None, False, True),
        ("yesterday", None, False, True),
        (float("inf"), None, False, True),
        (10**30, None, False, True),
        (True, None, False, True),
        ({"a": 1}, None, False, True),
        (None, None, False, False),
        ("", None, False, False),
    ],
)
def test_a_beginning_is_believed_or_mended(value: Any, seconds: float | None, has_token: bool, noted: bool) -> None:
    normaliser = Normaliser()

    beginning, token = normaliser.beginning(value, T0)

    assert beginning == (None if seconds is None else T0 + timedelta(seconds=seconds))
    assert (token is not None, bool(normaliser.notes)) == (has_token, noted)


def test_links_may_be_addresses_or_objects_and_the_first_twenty_are_kept() -> None:
    normaliser = Normaliser()

    links = normaliser.links(["https://a", {"url": "https://b", "text": "b"}, {"text": "no address"}, 7])

    assert links == (("https://a", ""), ("https://b", "b"))
    assert len(normaliser.notes) == 2
    assert len(normaliser.links([f"https://{n}" for n in range(50)])) == 20


GENERIC = SOURCES["generic"]


@pytest.mark.parametrize(
    "body, title",
    [
        ({"title": "a\n  b"}, "a b"),
        ({"title": 7}, "7"),
        ({"title": ["a"]}, '["a"]'),
        ({"title": "", "summary": "from summary"}, "from summary"),
        ({"labels": {"alertname": "DiskFull"}}, "DiskFull"),
        ({"description": "first line\nsecond"}, "first line"),
        ({"title": "   "}, "untitled alert"),
        ({}, "untitled alert"),
    ],
)
def test_an_alert_always_has_a_title(body: dict[str, Any], title: str) -> None:
    (alert,) = GENERIC.read(body, T0)

    assert alert.content.title == title


def test_the_label_says_service_and_category_when_the_body_does_not() -> None:
    (alert,) = GENERIC.read({"title": "x", "labels": {"service": "payments", "category": "security"}}, T0)

    assert (alert.service, alert.content.category) == ("payments", Category.SECURITY)


def test_a_hundred_odd_labels_do_not_flood_the_notes() -> None:
    (alert,) = GENERIC.read({"title": "x", "labels": {str(n): "\x00" for n in range(64)}}, T0)

    assert len(alert.content.mended) <= 20


def test_an_alertmanager_alert_without_status_is_judged_by_its_end() -> None:
    ended = {"alerts": [{"labels": {"alertname": "a"}, "endsAt": "2026-11-21T21:00:00Z"}]}
    fires = {"alerts": [{"labels": {"alertname": "a"}, "endsAt": "0001-01-01T00:00:00Z"}]}

    (over,) = SOURCES["alertmanager"].read(json.loads(json.dumps(ended)), T0)
    (open_,) = SOURCES["alertmanager"].read(fires, T0)

    assert (over.action, open_.action) == ("resolve", "trigger")
