"""What an alert says, apart from whether it fires: the part that a later message of the sender may change.

Everything here is clean: text without NUL or lone surrogates, within its limits, labels as text (see `mending`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from shared.vocabulary import Category, Severity

LABELS = 64
"""Labels that are kept of an alert; what is decided about it is decided on all of them before."""
TELLING = frozenset(
    {"service", "alertname", "severity", "category", "team", "environment", "env", "cluster", "namespace", "job"}
    | {"instance", "host", "hostname", "pod", "container", "node", "region"}
)
"""Names of labels that people look for first, in lower case."""
OPENS_NO_INCIDENT = "severity: none, so it is kept and opens no incident"
"""What is mended about an alert whose sender says that it is none, such as one that fires always to be missed."""


def select_labels(labels: Mapping[str, str]) -> Mapping[str, str]:
    """At most `LABELS` of these, in their order: those that say most before others."""
    if len(labels) <= LABELS:
        return labels
    telling = [name for name in labels if name.lower() in TELLING]
    others = (name for name in labels if name.lower() not in TELLING)
    names = {*telling[:LABELS], *islice(others, max(0, LABELS - len(telling)))}
    return {name: value for name, value in labels.items() if name in names}


@dataclass(frozen=True, slots=True)
class Content:
    """Title, text, severity, labels and links, and what was mended about them, in words."""

    title: str
    description: str
    severity: Severity
    category: Category
    labels: Mapping[str, str]
    links: tuple[tuple[str, str], ...] = ()
    """Pairs of address and text."""
    mended: tuple[str, ...] = ()

    @property
    def opens_incident(self) -> bool:
        """False for an alert that is kept and shown, and is nothing that anybody must do something about."""
        return OPENS_NO_INCIDENT not in self.mended

    def with_notes(self, notes: Iterable[str]) -> Content:
        """With more that was mended, in words."""
        return replace(self, mended=(*self.mended, *notes))

    def for_storage(self) -> Content:
        """As it is kept: with at most `LABELS` labels, those that say most of an alert before others."""
        kept = select_labels(self.labels)
        if len(kept) == len(self.labels):
            return self
        left_out = f"labels: {len(self.labels) - LABELS} of {len(self.labels)} were left out"
        return replace(self, labels=kept, mended=(*self.mended, left_out))

    def to_document(self) -> dict[str, Any]:
        """As it is stored and sent: plain JSON types."""
        return {
            "title": self.title,
            "description": self.description,
            "severity": self.severity.value,
            "category": self.category.value,
            "labels": dict(self.labels),
            "links": [list(link) for link in self.links],
            "mended": list(self.mended),
        }


def from_document(document: Mapping[str, Any]) -> Content:
    """Read what `to_document` made. Raises `KeyError` or `ValueError` for anything else."""
    return Content(
        title=document["title"],
        description=document["description"],
        severity=Severity(document["severity"]),
        category=Category(document["category"]),
        labels=document["labels"],
        links=tuple([(link[0], link[1]) for link in document["links"]]),
        mended=tuple(document["mended"]),
    )
