"""Where tickets go: one project of one ticket system, and how its words and people are those of ours.

An action's ticket is made where its team's tickets go, else where those of all teams do; of several the place that was
made last. The token and the webhook's secret are sealed before they are stored and shown to nobody again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from shared.events.actions import ActionFact, ActionState
from shared.ids import derive_id
from shared.problem import Fault, Problem
from shared.stored import Stored

JIRA = "jira"
"""The provider's id."""
MOST_PLACES = 100
_STATES = frozenset(state.value for state in ActionState)

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
Secret = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
WebhookSecret = Annotated[str, StringConstraints(min_length=8, max_length=200)]
ProjectKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,79}$")]
Team = Annotated[str, StringConstraints(min_length=1, max_length=128)]
StatusMap = Annotated[
    dict[Word, Word | Annotated[list[Word], Field(max_length=20)]],
    Field(max_length=100, description="A state of ours to the project's statuses, or a status of the project to ours"),
]
UserMap = Annotated[dict[Word, Annotated[str, StringConstraints(min_length=1, max_length=200)]], Field(max_length=2000)]


def _without_slash(value: Any) -> Any:
    return value.strip().rstrip("/") if isinstance(value, str) else value


class JiraIn(BaseModel):
    """The body that says where tickets go in Jira."""

    model_config = ConfigDict(extra="ignore")

    base_url: Annotated[Address, BeforeValidator(_without_slash)]
    email: Annotated[str, StringConstraints(max_length=320)] = Field(
        "", description="Whose API token it is; empty for a personal access token of Jira Data Center"
    )
    api_token: Secret
    project_key: ProjectKey
    issue_type: Word = "Task"
    status_map: StatusMap = {}
    user_map: UserMap = Field({}, description="Our people's ids to Jira's account ids; others are found by e-mail")
    team: Team | None = Field(None, description="Tickets of this team's actions only")
    api_version: Annotated[int, Field(ge=2, le=3)] = Field(3, description="3 for Jira Cloud, 2 for Jira Data Center")
    webhook_secret: WebhookSecret | None = Field(None, description="Made here when there is none")


class JiraPatch(BaseModel):
    """The body that edits such a place: what is left out stays."""

    model_config = ConfigDict(extra="ignore")

    email: Annotated[str, StringConstraints(max_length=320)] | None = None
    api_token: Secret | None = None
    issue_type: Word | None = None
    status_map: StatusMap | None = None
    user_map: UserMap | None = None
    api_version: Annotated[int, Field(ge=2, le=3)] | None = None
    webhook_secret: WebhookSecret | None = None


class Place(Stored):
    """A place as it is stored."""

    id: str
    version: int = 0
    provider: str
    base_url: str
    email: str = ""
    sealed_token: str
    sealed_secret: str
    project_key: str
    issue_type: str
    statuses: dict[ActionState, list[str]] = {}
    """Which of the project's statuses stand for a state of ours, the one to go to first."""
    user_map: dict[str, str] = {}
    team: str | None = None
    api_version: int = 3
    created_at: datetime
    updated_at: datetime
    deleted: bool = False

    def state_of(self, status: str) -> ActionState | None:
        """The state that a status of the project stands for; None when nobody said so."""
        wanted = status.casefold()
        for state, names in self.statuses.items():
            if wanted in (name.casefold() for name in names):
                return state
        return None


def statuses_of(status_map: Mapping[str, str | list[str]]) -> dict[ActionState, list[str]]:
    """A status map in one form, whichever way round its lines are. Raises a 422 `Problem` naming the line."""
    found: dict[ActionState, list[str]] = {}
    for key, value in status_map.items():
        names = [value] if isinstance(value, str) else value
        if key in _STATES:
            found.setdefault(ActionState(key), []).extend(names)
        elif len(names) == 1 and names[0] in _STATES:
            found.setdefault(ActionState(names[0]), []).append(key)
        else:
            pointer = "/status_map/" + key.replace("~", "~0").replace("/", "~1")
            detail = f"one side must be one of {', '.join(sorted(_STATES))}"
            raise Problem(422, "invalid", f"{pointer}: {detail}", errors=[Fault(pointer, detail)])
    return {state: list(dict.fromkeys(names)) for state, names in found.items()}


def create_place(body: JiraIn, sealed_token: str, sealed_secret: str, now: datetime) -> Place:
    """The place that a body describes. The same project again has the same id. Raises a 422 `Problem`."""
    return Place(
        id=derive_id(JIRA, body.base_url, body.project_key, body.team or "", prefix="jira_"),
        provider=JIRA,
        base_url=body.base_url,
        email=body.email.strip(),
        sealed_token=sealed_token,
        sealed_secret=sealed_secret,
        project_key=body.project_key,
        issue_type=body.issue_type,
        statuses=statuses_of(body.status_map),
        user_map=body.user_map,
        team=body.team,
        api_version=body.api_version,
        created_at=now,
        updated_at=now,
    )


def apply_patch(place: Place, patch: JiraPatch, now: datetime) -> Place:
    """The place after an edit; its secrets are sealed by whoever can. Raises a 422 `Problem`."""
    stated = {name: getattr(patch, name) for name in ("email", "issue_type", "user_map", "api_version")}
    update: dict[str, Any] = {name: value for name, value in stated.items() if value is not None}
    if patch.status_map is not None:
        update["statuses"] = statuses_of(patch.status_map)
    return place.changed(**update, updated_at=now)


def place_for(action: ActionFact, places: Iterable[Place]) -> Place | None:
    """Where a ticket of this action goes; None: nowhere."""
    fitting = [place for place in places if not place.deleted and place.team in (None, action.team)]
    return max(fitting, key=lambda place: (place.team is not None, place.created_at, place.id), default=None)
