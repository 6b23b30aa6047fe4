"""What a template may name, and what it is when a runbook runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from pydantic import Field

from shared.stored import Stored

LABELS = "labels."


class Root(StrEnum):
    """The first word of what a template names."""

    INCIDENT = "incident"
    ALERT = "alert"
    PARAMETERS = "parameters"
    EXECUTION = "execution"
    RUNBOOK = "runbook"


NAMES: Mapping[Root, frozenset[str]] = {
    Root.INCIDENT: frozenset(
        {
            "id",
            "title",
            "status",
            "severity",
            "priority",
            "category",
            "service_id",
            "service_name",
            "team",
            "url",
        }
    ),
    Root.ALERT: frozenset({"id", "title", "severity", "category", "service_id", "source", "dedup_key"}),
    Root.EXECUTION: frozenset({"id", "started_by"}),
    Root.RUNBOOK: frozenset({"id", "name"}),
}
"""What there is besides labels and parameters."""


class Values(Stored):
    """What templates are filled in with, by whole names: `incident.title`, `alert.labels.host`, `parameters.path`."""

    texts: dict[str, str] = {}
    secrets: list[str] = Field(default=[], repr=False)
    """The names of those that are never shown."""

    def find(self, name: str) -> str | None:
        """The value of this name; None where there is none this time."""
        return self.texts.get(name)

    def with_all(self, root: Root, texts: Mapping[str, str], secrets: Collection[str] = ()) -> Values:
        """These and more, below a root."""
        added = {f"{root.value}.{name}": text for name, text in texts.items()}
        hidden = [f"{root.value}.{name}" for name in secrets]
        return self.changed(texts={**self.texts, **added}, secrets=[*self.secrets, *hidden])

    def masked(self) -> Values:
        """The same with what is secret left out, for people to see."""
        return self.changed(texts={**self.texts, **{name: MASK for name in self.secrets if name in self.texts}})


MASK = "•••"
"""What stands where a secret would."""


def is_known(name: str, parameters: Collection[str]) -> bool:
    """True when a template may name this; `parameters` are those that the runbook has."""
    root, _, rest = name.partition(".")
    if root == Root.PARAMETERS:
        return rest in parameters
    if root == Root.ALERT and rest.startswith(LABELS):
        return len(rest) > len(LABELS)
    return root in NAMES and rest in NAMES[Root(root)]
