"""Which alert is it? The sender's key where there is one, else a hash of what does not change between deliveries.

That is service, title and stable labels, and of a body that has neither title nor labels all that it says at every
delivery (`members.steadiness`).
Never the title alone: that merges different alerts (goalert#4461). Keys are scoped by integration, without one by API
key, never by what a sender calls itself; a drill's alerts are never those of the real world.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.ingest.normalisation.alert import Action, ReceivedAlert
from shared.ids import derive_id

UNSTABLE = frozenset(
    {
        "value", "values", "current_value", "currentvalue", "measure", "threshold_value", "count", "duration",
        "timestamp", "time", "date", "at", "now", "starts_at", "startsat", "ends_at", "endsat", "updated_at",
        "last_seen", "event_id", "eventid", "ce_type", "request_id", "requestid", "trace_id", "traceid", "span_id",
        "spanid", "message_id", "uuid", "severity", "status", "state",
    }
)  # fmt: skip
"""Names of labels that say something else at every delivery of the same alert, in lower case."""


HEAD = "k"
"""Begins the ids of heads. Those of before are hexadecimal, so they sort below it; an alert that is open under one is
found by it until it ends.
"""


def stable(labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """The labels that are the same at every delivery, sorted."""
    return sorted(pair for pair in labels.items() if pair[0].lower() not in UNSTABLE)


def dedup_key(alert: ReceivedAlert, stamp: str) -> str:
    """The key of an alert: the sender's, else a hash of service, title and stable labels, or of the whole body.

    `stamp` is the order stamp, of which the key is made where each trigger without a key is another alert.
    """
    if alert.key is not None:
        return alert.key
    if alert.each_is_new:
        return derive_id("each", stamp)
    recognition = alert.recognition
    if recognition is None:
        return derive_id("content", *_identifying_words(alert))
    if recognition.body is None:
        return derive_id("title", *_identifying_words(alert))
    return _body_key(alert, recognition.body)


def other_keys(alert: ReceivedAlert, key: str) -> tuple[str, ...]:
    """The keys under which the alert with this one may be open too, those that count more first.

    The one that the release before gave it, which had neither members of any name nor the whole body in it: an alert
    that is open under it is found by it until it ends. And of an end, the one of a beginning that said less (see
    `members.steadiness`), unless one is open under the end's own.
    """
    recognition = alert.recognition
    if alert.key is not None or alert.each_is_new or recognition is None:
        return ()
    former = derive_id("content", *_identifying_words(alert, recognition.former_title, recognition.former_labels))
    also = recognition.also if alert.action is not Action.TRIGGER else None
    return (former,) if also is None else (former, key, _body_key(alert, also))


def former_key(alert: ReceivedAlert, key: str) -> str:
    """The key that an alert with this one had while what a sender calls itself was part of it (see `HEAD`)."""
    if alert.key is not None or alert.each_is_new:
        return key
    recognition = alert.recognition
    said = (
        _identifying_words(alert, recognition.former_title, recognition.former_labels)
        if recognition
        else _identifying_words(alert)
    )
    return derive_id("content", alert.source, *said)


def _identifying_words(
    alert: ReceivedAlert, title: str | None = None, labels: Mapping[str, str] | None = None
) -> list[str]:
    content = alert.content
    words = [f"{name}={value}" for name, value in stable(content.labels if labels is None else labels)]
    return [(alert.service or "").casefold(), content.title if title is None else title, *words]


def _body_key(alert: ReceivedAlert, body: str) -> str:
    return derive_id("body", (alert.service or "").casefold(), body)


def key_space(integration_id: str | None, key_id: str | None) -> str:
    """Whose keys they are: an integration's, whatever its key is now, else an API key's."""
    return f"integration {integration_id}" if integration_id else f"key {key_id or ''}"


def head_id(space: str, key: str, drill_id: str | None) -> str:
    """The id of the document that knows the present occurrence of this key."""
    return HEAD + derive_id("alert", space, key, drill_id or "")


def former_head_id(integration_id: str | None, source: str, key: str, drill_id: str | None) -> str:
    """The id that this document had while keys were scoped by what a sender calls itself; see `HEAD`."""
    return derive_id("alert", integration_id or "", source, key, drill_id or "")


def alert_id(head: str, stamp: str) -> str:
    """The id of the occurrence that the message with this stamp began; its head can be told from it."""
    return f"{head}-{derive_id(stamp)[:10]}"


def head_of(alert: str) -> str:
    """The head's id that an alert's id names."""
    return alert.partition("-")[0]
