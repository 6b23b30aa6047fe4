"""A machine that scripts may run on, as it is registered and kept, and which one a step means. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.automation.scripts.request import MATCH, SANDBOX, PlaceRequest
from services.automation.targets.key_text import read_host_key, read_private_key
from shared.kept.editing import KeptId
from shared.kept.entries import Entry
from shared.stored import Stored

RESERVED = frozenset({MATCH, SANDBOX})
"""What a step says instead of an id."""
MAX_TARGETS_OF_TEAM = 500
MAX_KEY = 20_000
_ONE_LINE = r"^[^\x00-\x1f\x7f]+$"

Host = Annotated[str, StringConstraints(strip_whitespace=True, max_length=253, pattern=r"^[A-Za-z0-9._:%-]+$")]
User = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.@\\-]*$")]
TeamId = Annotated[str, Field(min_length=1, max_length=128)]
Label = Annotated[str, Field(min_length=1, max_length=256)]


class TargetMatch(Stored):
    """Which alerts mean this machine."""

    model_config = ConfigDict(extra="forbid")

    labels: Annotated[dict[Label, Annotated[str, Field(max_length=1024)]], Field(max_length=20)] = {}
    """All of them must be the alert's; without any no alert means it."""


class TargetFields(Stored):
    """What is said of a machine and may be shown."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_ONE_LINE)]
    host: Host
    """A name or an IP address; what it leads to must be public or in `TOCSIN_OUTBOUND_ALLOW`."""
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    user: User
    host_key: Annotated[str, Field(max_length=MAX_KEY)]
    """The machine's public key, as in `/etc/ssh/ssh_host_ed25519_key.pub`: no other is believed."""
    agent_socket: Annotated[str | None, Field(max_length=100, pattern=r"^/[^\x00]*$")] = None
    """Where an SSH agent listens on automation's machine, in place of `private_key`."""
    match: TargetMatch = TargetMatch()
    team: TeamId
    """Whose it is: runbooks of other teams don't reach it."""
    runbooks: Annotated[list[Annotated[str, Field(max_length=128)]] | None, Field(max_length=200)] = None
    """Only these run there, by id; null: all."""


class Target(TargetFields):
    """A machine as it is kept."""

    sealed_key: str | None = None
    key_fingerprint: str | None = None
    """Of the public half of the key that is used there."""


class TargetRequest(TargetFields):
    """A machine as it comes in."""

    model_config = ConfigDict(extra="forbid")

    id: KeptId | None = None
    private_key: Annotated[str | None, Field(max_length=MAX_KEY)] = None
    """In OpenSSH's form or PEM, without a passphrase; sealed, and never given back."""

    @model_validator(mode="after")
    def _is_whole(self) -> TargetRequest:
        if self.id in RESERVED:
            raise ValueError(f"{self.id!r} is reserved")
        return self


class FoundKeys(BaseModel):
    """What the keys of a request are, and what is wrong with them, by pointer."""

    host_key: str = ""
    fingerprint: str | None = None
    faults: list[tuple[str, str]] = []


def check_keys(request: TargetRequest, *, has_key: bool) -> FoundKeys:
    """Read the keys of a request; `has_key`: one is kept that an edit leaves as it is."""
    faults: list[tuple[str, str]] = []
    host_key = read_host_key(request.host_key)
    if host_key is None:
        faults.append(("/host_key", "no public key in OpenSSH's form, such as `ssh-ed25519 AAAA…`"))
    fingerprint = None
    if request.private_key is not None:
        found = read_private_key(request.private_key)
        if isinstance(found, str):
            faults.append(("/private_key", found))
        else:
            fingerprint = found.get_fingerprint()
    if request.agent_socket is not None and (request.private_key is not None or has_key):
        faults.append(("/agent_socket", "a private key or an agent, not both"))
    if request.agent_socket is None and request.private_key is None and not has_key:
        faults.append(("/private_key", "a private key, or `agent_socket`"))
    return FoundKeys(host_key=host_key or "", fingerprint=fingerprint, faults=faults)


def why_not_for(target: Target, request: PlaceRequest) -> str | None:
    """Why this machine is not one to run this on, though it was named; None when it is.

    It is reached by runbooks of its own team, and by those that are everybody's for a service of its team.
    """
    team = request.runbook_team if request.runbook_team is not None else request.service_team
    if target.team != team:
        return f"the target {target.name!r} belongs to another team"
    if target.runbooks is not None and request.runbook_id not in target.runbooks:
        return f"the target {target.name!r} runs only some runbooks, and not this one"
    return None


def find_match(targets: Iterable[Entry[Target]], labels: Mapping[str, str]) -> Entry[Target] | str:
    """The one machine that an alert with these labels means; a sentence where it is none or more than one."""
    found = [one for one in targets if _is_meant(one.content, labels)]
    if len(found) == 1:
        return found[0]
    if not found:
        return "no target of the service's team matches the alert's labels"
    names = ", ".join(sorted(one.id for one in found)[:5])
    return f"the alert's labels match {len(found)} targets ({names}), and it must be one"


def _is_meant(target: Target, labels: Mapping[str, str]) -> bool:
    wanted = target.match.labels
    return bool(wanted) and all(labels.get(name) == value for name, value in wanted.items())
