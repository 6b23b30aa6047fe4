"""What a member's name says of its value, before anybody looks at it.

Case, `_` and `-` are ignored: `AlarmName`, `alarm_name` and `alarm-name` are one name. The words of a name are told
apart by these and by capitals (`StateChangeTime`: state, change, time).
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from services.ingest.redaction import is_secret

LONGEST = 200
"""As much of a name as is looked at."""


class Kind(StrEnum):
    """What a name says of its value."""

    SECRET = "secret"  # noqa: S105 - a kind of member
    NAME = "name"
    """What a tool calls the alert: it tells one from the other."""
    PLACE = "place"
    """Where it happens: it becomes a label."""
    LASTING = "lasting"
    """A thing that is there before and after the alert; its id is none of a delivery."""
    DELIVERY = "delivery"
    """An id that is another one at each delivery."""
    STATE = "state"
    """How it stands: status, severity, and why."""
    TIME = "time"
    MEASURE = "measure"
    """A count or what was measured."""
    TEXT = "text"
    """Free words about the moment."""
    OTHER = "other"


NAMES = (
    "alarmname", "alertname", "alerttitle", "alarmtitle", "monitorname", "checkname", "rulename", "alertrulename",
    "alertrule", "problemname", "problemtitle", "incidentname", "incidenttitle", "eventname", "eventtitle", "title",
    "problem", "subject", "headline", "summary", "triggername", "conditionname", "policyname", "testname", "name",
    "alert", "alarm", "monitor", "check", "rule",
)  # fmt: skip
"""What the tools of the field call an alert by, the likeliest title first."""
MESSAGES = (
    "message", "msg", "text", "alertmessage", "alarmmessage", "errormessage", "description", "alarmdescription",
    "alertdescription", "details", "detail", "body", "content", "output",
)  # fmt: skip
"""What they call the words about it, the likeliest first."""
TITLES = (*NAMES, "event", "trigger", "issue", "error", *MESSAGES[:6])
"""Where a title is looked for, in this order."""
PLACES = frozenset(
    {
        "host", "hostname", "instance", "instanceid", "instancename", "node", "nodename", "device", "devicename",
        "region", "zone", "availabilityzone", "site", "datacenter", "datacentre", "cluster", "clustername",
        "namespace", "pod", "podname", "container", "containername", "server", "servername", "machine",
        "environment", "env", "check", "monitor", "target", "resource", "resourceid", "resourcename", "component",
        "entity", "application", "app", "database", "queue", "topic", "job", "probe", "sensor", "interface", "mount",
        "mountpoint", "disk", "volume", "tenant", "account", "accountid", "awsaccountid", "project", "projectid",
    }
)  # fmt: skip
"""Words for where it happens; so they are called as labels too."""
STATUSES = frozenset(
    {"status", "state", "newstatevalue"}
    | {f"{what}{how}" for what in ("alert", "alarm", "new", "current") for how in ("state", "status")}
)
"""Names by which a body says at its top whether its alert fires or is over."""

_LASTING = frozenset(
    {
        "fingerprint", "alias", "version", "rule", "policy", "monitor", "check", "probe", "sensor", "device", "host",
        "node", "instance", "service", "resource", "cluster", "container", "pod", "project", "tenant", "account",
        "customer", "subscription", "organization", "organisation", "org", "team", "site", "shard", "partition",
        "port", "code",
    }
)  # fmt: skip
_DELIVERY = frozenset(
    {
        "eventid", "requestid", "xrequestid", "messageid", "deliveryid", "traceid", "spanid", "correlationid",
        "transactionid", "notificationid", "executionid", "runid", "batchid", "sessionid", "receipthandle", "ackid",
        "uuid", "guid", "nonce", "signature", "checksum", "traceparent", "etag", "cursor", "invocationid", "activityid",
    }
)  # fmt: skip
_STATE = frozenset(
    {
        "state", "status", "severity", "level", "priority", "urgency", "criticality", "transition", "health", "reason",
        "states", "statuses", "newstatevalue", "oldstatevalue", "newstatereason", "newstatereasondata",
    }
)  # fmt: skip
_TIME = frozenset({"time", "timestamp", "datetime", "date", "ts", "at", "since", "until", "when", "now", "epoch"})
_TIME_ENDS = (
    "time", "timestamp", "datetime", "timems", "timestampms", "timeutc", "lastseen", "firstseen", "startdate",
    "enddate", "eventdate", "createddate", "updateddate", "startsat", "endsat", "startedat", "endedat", "createdat",
    "updatedat", "changedat", "resolvedat", "closedat", "openedat", "triggeredat", "firedat", "occurredat",
    "receivedat", "sentat", "generatedat", "publishedat",
)  # fmt: skip
_NO_TIMES = ("runtime", "maritime")
_MEASURE = frozenset(
    {
        "value", "values", "count", "counter", "counts", "total", "sum", "avg", "average", "min", "max", "mean",
        "current", "actual", "observed", "measure", "measured", "measurement", "reading", "usage", "utilization",
        "utilisation", "percent", "percentage", "ratio", "rate", "score", "load", "latency", "sequence", "seq",
        "attempt", "attempts", "retries", "repeats", "occurrences", "offset", "size", "age", "elapsed", "duration",
        "uptime", "downtime", "ttl", "currentvalue", "eventcount",
    }
)  # fmt: skip
_TEXT = frozenset(
    {
        *MESSAGES, "desc", "comment", "comments", "note", "notes", "info", "log", "logs", "explanation", "cause",
        "reason", "annotation", "annotations",
    }
)  # fmt: skip
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


def plain_name(name: str) -> str:
    """A name without case, `_`, `-` and whatever else stands between its words."""
    return _plain(name[:LONGEST])


def kind_of(name: str) -> Kind:
    """What a name says. The order of its rules is the order of policy: what keeps alerts apart goes first."""
    return _kind(name[:LONGEST])


@lru_cache(maxsize=10_000)
def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


@lru_cache(maxsize=10_000)
def _kind(name: str) -> Kind:
    plain = _plain(name)
    words = [word.lower() for word in _WORD.findall(name)] or [plain]
    last = words[-1]
    if is_secret(name):
        return Kind.SECRET
    if plain in PLACES:
        return Kind.PLACE
    if plain in NAMES or plain.endswith(("name", "title")):
        return Kind.NAME
    if plain in _DELIVERY:
        return Kind.DELIVERY
    if plain in _STATE or not _STATE.isdisjoint(words):
        return Kind.STATE
    if last in _TIME or (plain.endswith(_TIME_ENDS) and not plain.endswith(_NO_TIMES)):
        return Kind.TIME
    if plain in _MEASURE or last in _MEASURE:
        return Kind.MEASURE
    if plain in _TEXT or last in _TEXT:
        return Kind.TEXT
    return Kind.LASTING if not _LASTING.isdisjoint(words) or plain in _LASTING else Kind.OTHER


def is_id(name: str) -> bool:
    """True for the name of an id, of whatever."""
    return plain_name(name).endswith(("id", "key", "ref", "uid"))
