"""The closed sets of words that services share, as on-call engineers say them."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """Technical impact, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the worst; smaller is worse."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Priority(StrEnum):
    """Order of work, most pressing first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Category(StrEnum):
    """What kind of incident it is."""

    ERROR = "error"
    FAILURE = "failure"
    REQUEST = "request"
    CHANGE = "change"
    SECURITY = "security"
    PERFORMANCE = "performance"


class Urgency(StrEnum):
    """How loudly people are told."""

    HIGH = "high"
    LOW = "low"


class LimitKind(StrEnum):
    """From which side a metric may not reach its limit."""

    UPPER = "upper"
    """It must stay below: used memory."""
    LOWER = "lower"
    """It must stay above: free space, days of a certificate."""


class AlertStatus(StrEnum):
    """Where an alert stands."""

    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    SUPPRESSED = "suppressed"
    STALE = "stale"
    RESOLVED = "resolved"

    @property
    def is_open(self) -> bool:
        """True until it is resolved."""
        return self is not AlertStatus.RESOLVED


class IncidentStatus(StrEnum):
    """Where an incident stands."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def is_open(self) -> bool:
        """True for the five statuses in which somebody still has work."""
        return self not in (IncidentStatus.RESOLVED, IncidentStatus.CLOSED)


class Channel(StrEnum):
    """The ways a person can be reached."""

    EMAIL = "email"
    SLACK = "slack"
    SMS = "sms"
    VOICE = "voice"
    WEBHOOK = "webhook"
    TEAMS = "teams"
    TELEGRAM = "telegram"
    APPRISE = "apprise"


class PageReason(StrEnum):
    """Why a round of pages was started."""

    ESCALATION = "escalation"
    NEW_ALERT = "new_alert"
    REESCALATED = "reescalated"
    ACK_TIMEOUT = "ack_timeout"


class Role(StrEnum):
    """What the holder of a key may do; each includes what those after it may, integration stands apart."""

    ADMIN = "admin"
    MANAGER = "manager"
    RESPONDER = "responder"
    VIEWER = "viewer"
    INTEGRATION = "integration"


UNROUTED = "unrouted"
"""The built-in service of alerts whose service nobody knows."""

BURN_SOURCE = "slo"
"""The source of alerts about error budgets that burn."""

TOCSIN = "tocsin"
"""The built-in service of what is wrong with Tocsin itself."""
