"""The metrics that every process has. Labels are closed sets: never an id, a name or an address."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

HTTP_SECONDS = Histogram(
    "tocsin_http_request_seconds", "Time to answer an HTTP request", ["method", "route", "status"], buckets=_FAST
)
MESSAGES = Counter("tocsin_messages_total", "Messages settled", ["queue", "verdict"])
BATCH_SECONDS = Histogram("tocsin_batch_seconds", "Time to handle one micro-batch", ["queue"], buckets=_FAST)
BATCH_SIZE = Histogram(
    "tocsin_batch_messages", "Messages in a micro-batch", ["queue"], buckets=(1, 2, 5, 10, 25, 50, 100, 200, 400)
)
EVENT_AGE = Histogram(
    "tocsin_event_age_seconds", "From an event's time to its handling: the age of the queue", ["queue"], buckets=_FAST
)
PUBLISHED = Counter("tocsin_published_total", "Messages confirmed by the broker", ["exchange"])
PUBLISH_FAILURES = Counter("tocsin_publish_failures_total", "Publishes that the broker did not confirm", ["exchange"])
OUTBOX_AGE = Gauge("tocsin_outbox_age_seconds", "Age of the oldest event that waits to be relayed", ["collection"])
RELAYED = Counter("tocsin_relayed_total", "Events relayed", ["collection", "how"])
RACES = Counter("tocsin_lost_races_total", "Writes that lost a race and were decided again", ["collection"])
DUE_LAG = Histogram("tocsin_due_lag_seconds", "How late due work was taken up", ["timer"], buckets=_FAST)
ALERT_TO_PAGE = Histogram(
    "tocsin_alert_to_page_seconds",
    "From an alert's arrival to the hand-over of its first page",
    ["channel"],
    buckets=_FAST,
)
READY = Gauge("tocsin_ready", "1 while the part that readiness asks of is well, else 0", ["part"])
