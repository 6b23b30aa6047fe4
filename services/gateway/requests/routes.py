"""Which service answers a path, and who may ask: one table, read from the top, the first match wins.

Services are reached only through the gateway, so this table is also the list of what is public. A path that is not in
it is 404 here; a method that its service does not know is 405 there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.vocabulary import Role


class Service(StrEnum):
    """The services behind the gateway, and the gateway itself."""

    GATEWAY = "gateway"
    INGEST = "ingest"
    INCIDENT = "incident"
    ONCALL = "oncall"
    AUTOMATION = "automation"
    COMMS = "comms"
    ANALYTICS = "analytics"


UPSTREAMS: tuple[Service, ...] = tuple(service for service in Service if service is not Service.GATEWAY)


class Need(StrEnum):
    """The least that a caller must be."""

    ANYONE = "anyone"
    """No key is asked for: public pages, signed links, vendors' callbacks that carry their own signature."""
    WEBHOOK = "webhook"
    """An integration key, or an admin's or manager's."""
    VIEWER = "viewer"
    RESPONDER = "responder"
    MANAGER = "manager"
    ADMIN = "admin"


READING = frozenset({"GET", "HEAD", "OPTIONS"})

_LADDER = (Role.VIEWER, Role.RESPONDER, Role.MANAGER, Role.ADMIN)
_ENOUGH: dict[Need, frozenset[Role]] = {
    Need.ANYONE: frozenset(Role),
    Need.WEBHOOK: frozenset({Role.INTEGRATION, Role.MANAGER, Role.ADMIN}),
    **{need: frozenset(_LADDER[_LADDER.index(Role(need)) :]) for need in list(Need)[2:]},
}


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table.

    `pattern` is a path whose segments are literal or `{}` (any one segment); a last segment `**` stands for any rest,
    also none.
    """

    pattern: str
    service: Service
    read: Need = Need.VIEWER
    write: Need = Need.MANAGER

    def need(self, method: str) -> Need:
        """What a caller must be to use this HTTP method here."""
        return self.read if method in READING else self.write

    def takes_cookies(self, method: str) -> bool:
        """True where a browser's session is as good as a key."""
        return self.need(method) not in (Need.ANYONE, Need.WEBHOOK)

    @property
    def is_signed(self) -> bool:
        """True where a sender may sign what it delivers with the key that it shows."""
        return self.pattern == "/events/change"

    @property
    def is_webhook(self) -> bool:
        """True where monitoring tools deliver: other places for the key, other answers to overload."""
        return self.write is Need.WEBHOOK

    def is_delivered_to(self, method: str) -> bool:
        """True where tools deliver, with a key or a signature of their own. They know addresses with a slash at the
        end too; elsewhere, and where an address is read, a slash may be part of a name.
        """
        is_callback = self.write is Need.ANYONE and self.pattern.startswith("/integrations/")
        return method not in READING and (self.is_webhook or is_callback)


_GATEWAY, _INGEST, _INCIDENT, _ONCALL, _AUTOMATION, _COMMS, _ANALYTICS = Service
_ANYONE, _WEBHOOK, _VIEWER, _RESPONDER, _MANAGER, _ADMIN = Need

ROUTES: tuple[Route, ...] = (
    # the gateway's own
    Route("/", _GATEWAY, _ANYONE, _ANYONE),
    Route("/healthz", _GATEWAY, _ANYONE, _ANYONE),
    Route("/readyz", _GATEWAY, _ANYONE, _ANYONE),
    Route("/metrics", _GATEWAY, _ANYONE, _ANYONE),
    Route("/openapi.json", _GATEWAY, _ANYONE, _ANYONE),
    Route("/docs", _GATEWAY, _ANYONE, _ANYONE),
    Route("/api-keys/**", _GATEWAY, _ADMIN, _ADMIN),
    Route("/audit-log/**", _GATEWAY, _ADMIN, _ADMIN),
    Route("/stream", _GATEWAY, _VIEWER, _VIEWER),
    Route("/session", _GATEWAY, _VIEWER, _ANYONE),
    # what monitoring delivers
    Route("/incidents/webhook", _INGEST, _WEBHOOK, _WEBHOOK),
    Route("/v2/**", _INGEST, _WEBHOOK, _WEBHOOK),
    Route("/api/v2/**", _INGEST, _WEBHOOK, _WEBHOOK),
    Route("/events/change", _INGEST, _WEBHOOK, _WEBHOOK),
    Route("/metrics/samples", _INGEST, _WEBHOOK, _WEBHOOK),
    Route("/api/v1/write", _INGEST, _WEBHOOK, _WEBHOOK),
    Route("/heartbeats/{}/beat", _INGEST, _WEBHOOK, _WEBHOOK),
    # alerts and what shapes them
    Route("/alerts/**", _INGEST, write=_RESPONDER),
    Route("/changes/**", _INGEST),
    Route("/silences/**", _INGEST, write=_RESPONDER),
    Route("/maintenance-windows/**", _INGEST, write=_RESPONDER),
    Route("/heartbeats/**", _INGEST),
    Route("/routes/**", _INGEST),
    # incidents: others' views of them first, then the incidents themselves
    Route("/incidents/stale", _GATEWAY),
    Route("/incidents/{}/pages", _ONCALL),
    Route("/incidents/{}/explain", _ONCALL),
    Route("/incidents/{}/war-room", _COMMS, write=_RESPONDER),
    Route("/incidents/{}/stakeholders/**", _COMMS, write=_RESPONDER),
    Route("/incidents/{}/run-action", _AUTOMATION, write=_RESPONDER),
    Route("/incidents/{}/similar", _ANALYTICS),
    Route("/incidents/**", _INCIDENT, write=_RESPONDER),
    Route("/incident-roles/**", _INCIDENT),
    Route("/incident-priorities", _INCIDENT),
    Route("/incident-checklists/**", _INCIDENT),
    Route("/a/{}", _INCIDENT, _ANYONE, _ANYONE),
    Route("/postmortems/**", _INCIDENT, write=_RESPONDER),
    Route("/actions/**", _INCIDENT, write=_RESPONDER),
    Route("/services/**", _INCIDENT),
    # people and plans; a calendar's link is its own key
    Route("/calendars/{}", _ONCALL, _ANYONE, _ANYONE),
    Route("/users/{}/calendar-link", _ONCALL, write=_RESPONDER),
    Route("/schedules/{}/calendar-link", _ONCALL, write=_RESPONDER),
    Route("/users/**", _ONCALL),
    Route("/teams/**", _ONCALL),
    Route("/schedules/{}/overrides/**", _ONCALL, write=_RESPONDER),
    Route("/schedules/{}/swaps/**", _ONCALL, write=_RESPONDER),
    Route("/schedules/{}/preview", _ONCALL, write=_RESPONDER),
    Route("/schedules/**", _ONCALL),
    Route("/on-call/**", _ONCALL),
    Route("/escalation-policies/**", _ONCALL),
    Route("/rehearsals/**", _ONCALL, write=_RESPONDER),
    Route("/drills/**", _ONCALL, write=_RESPONDER),
    # automation
    Route("/runbooks/**", _AUTOMATION),
    Route("/runbook-targets/**", _AUTOMATION, read=_RESPONDER, write=_ADMIN),
    Route("/approvals/{}/**", _AUTOMATION, _ANYONE, _ANYONE),
    Route("/executions/**", _AUTOMATION, write=_RESPONDER),
    # communication
    Route("/integrations/jira/webhook/**", _COMMS, _ANYONE, _ANYONE),
    Route("/integrations/slack/actions", _COMMS, _ANYONE, _ANYONE),
    Route("/integrations/slack/events", _COMMS, _ANYONE, _ANYONE),
    Route("/integrations/jira/**", _COMMS),
    Route("/integrations/slack", _COMMS),
    Route("/integrations/**", _GATEWAY),
    Route("/deliveries/**", _COMMS),
    Route("/status/**", _COMMS, _ANYONE, _ANYONE),
    Route("/status-pages/updates", _COMMS, write=_RESPONDER),
    Route("/status-pages/{}/subscribers", _COMMS, read=_MANAGER, write=_RESPONDER),
    Route("/status-pages/**", _COMMS),
    Route("/templates/**", _COMMS),
    Route("/stakeholder-groups/**", _COMMS),
    Route("/channels/**", _COMMS),
    Route("/contact-methods/webhook-secret", _COMMS, _ADMIN, _ADMIN),
    Route("/contact-methods/**", _COMMS),
    # what the organisation learns
    Route("/predictions/**", _ANALYTICS),
    Route("/reports/slos.yaml", _INCIDENT),
    Route("/reports/**", _ANALYTICS),
    Route("/knowledge-base/**", _ANALYTICS),
    Route("/analytics/**", _ANALYTICS),
    Route("/reviews/subscribers/**", _ANALYTICS, write=Need.VIEWER),  # a person's own
    Route("/reviews/**", _ANALYTICS),
    Route("/history/**", _INCIDENT),
)


def incident_of(route: Route, path: str) -> str | None:
    """The id of the incident of which another service than its owner is asked here; None where there is none.

    Those services do not know whose an incident is, so for a key that is limited to teams its owner is asked first.
    """
    if route.service is Service.INCIDENT or not route.pattern.startswith("/incidents/{}/"):
        return None
    return _segments(path)[1]


def person_of(path: str) -> str | None:
    """The id of the person whom a path is; None for every other path."""
    parts = _segments(path.rstrip("/"))
    return parts[1] if len(parts) == 2 and parts[0] == "users" else None


def _segments(path: str) -> list[str]:
    return path.split("/")[1:]


_BY_HEAD: dict[str, list[tuple[list[str], Route]]] = {}
for _route in ROUTES:
    _BY_HEAD.setdefault(_segments(_route.pattern)[0], []).append((_segments(_route.pattern), _route))


def find_route(path: str) -> Route | None:
    """The line of the table for a decoded path that begins with a slash; None when there is none.

    A trailing slash is as good as none, so that a service may redirect it.
    """
    segments = _segments(path)
    if len(segments) > 1 and segments[-1] == "":
        segments.pop()
    for pattern, route in _BY_HEAD.get(segments[0] if segments else "", ()):
        if _matches(pattern, segments):
            return route
    return None


def _matches(pattern: list[str], segments: list[str]) -> bool:
    if pattern[-1] == "**":
        pattern = pattern[:-1]
        segments = segments[: len(pattern)]
    if len(pattern) != len(segments):
        return False
    return all(want == have or (want == "{}" and have != "") for want, have in zip(pattern, segments, strict=True))


def rank(role: Role) -> int:
    """How much a role may do, next to the others; a tool's is the least."""
    return _LADDER.index(role) if role in _LADDER else -1


def is_enough(role: Role, need: Need) -> bool:
    """True when a caller of this role may do what asks for `need`."""
    return role in _ENOUGH[need]
