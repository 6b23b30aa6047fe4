"""What a source makes of one alert in a request, before anything is known about its past.

Three actions carry every sender: Alertmanager says firing and resolved; PagerDuty and Opsgenie also acknowledge.
Opsgenie also edits the text of an open alert.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.ingest.normalisation.content import Content
from shared.vocabulary import AlertStatus


class Action(StrEnum):
    """What the sender wants of the alert."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    LAPSE = "lapse"
    """No sender's word: the time up to which an alert was said to fire has passed, and it was not said again; or what
    was held has waited long enough."""
    REOPEN = "reopen"
    """No sender's word: a person reopened the incident that the alert had been in."""
    EDIT = "edit"
    """Give an open alert another title or description; what is empty in the content stays as it is."""


STATUS_OF_ACTION = {
    Action.TRIGGER: AlertStatus.FIRING,
    Action.ACKNOWLEDGE: AlertStatus.ACKNOWLEDGED,
    Action.RESOLVE: AlertStatus.RESOLVED,
    Action.LAPSE: AlertStatus.STALE,
    Action.REOPEN: AlertStatus.RESOLVED,
    Action.EDIT: AlertStatus.FIRING,
}
"""How an answer names an action, in the words of alerts."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """By what an alert without a key is recognised, where its body may be of any shape."""

    body: str | None
    """What its body says at every delivery; None: its service, title and labels are enough."""
    also: str | None
    """Under what an end is looked for too."""
    former_title: str
    """The title and the labels that the releases before made its identity of."""
    former_labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReceivedAlert:
    """One alert of one request."""

    action: Action
    source: str
    """Who says it: the source's id, or what the body calls itself."""
    content: Content
    key: str | None = None
    """The sender's own key. None: `identity` makes one of what the alert says."""
    each_is_new: bool = False
    """Without a key every trigger is another alert (PagerDuty), whatever it says."""
    recognition: Recognition | None = None
    """None: without a key its service, title and labels say which alert it is, as they always did."""
    service: str | None = None
    """The words by which the sender names the service."""
    starts_at: datetime | None = None
    """UTC; None: when it was accepted."""
    ends_at: datetime | None = None
    token: int | None = None
    """Names the occurrence, where the sender does: microseconds since 1970 of the start it tells. Later is newer."""
    until: datetime | None = None
    """UTC; of a trigger: it fires so long, unless it is said again."""
    drill_id: str | None = None
    prediction_id: str | None = None
    """Nothing has failed yet: a metric is expected to reach its limit."""

    def with_notes(self, notes: Sequence[str]) -> ReceivedAlert:
        """With what was mended about all of its body, in words."""
        return replace(self, content=self.content.with_notes(notes)) if notes else self
