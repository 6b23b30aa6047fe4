"""What an alert says, apart from whether it fires: the part that a later message of the sender may change.

Everything here is clean: text without NUL or lone surrogates, within its limits, labels as text (see `mending`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.vocabulary import Category, Severity


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
