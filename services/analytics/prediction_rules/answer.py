"""What a Prometheus answered to a range query, as samples. Pure.

Source: https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import orjson

from services.analytics.prediction_rules.rule import KeptRule
from shared.samples.message import Limit, Samples

MOST_SERIES = 1_000
"""As many series are taken of one rule."""
LONGEST_NAME = 300
HOST_LABELS = ("host", "hostname", "node", "instance")
NOBODY = "-"


@dataclass(frozen=True, slots=True)
class Polled:
    """The samples that were found, and in words what was wrong; empty: nothing."""

    samples: list[Samples] = field(default_factory=list)
    problem: str = ""


def read_answer(body: bytes, kept: KeptRule, service_id: str | None) -> Polled:
    """The samples of an answer to the rule's query."""
    try:
        answer = orjson.loads(body)
        if answer["status"] != "success":
            return Polled(problem=f"{answer.get('errorType', 'error')}: {answer.get('error', '')}"[:500])
        if answer["data"]["resultType"] != "matrix":
            return Polled(problem="The query gives no series.")
        found = answer["data"]["result"]
        limit = Limit(kept.rule.limit, kept.rule.limit_kind, kept.rule.horizon_seconds)
        samples = [_samples(one, limit, kept.rule.service, service_id) for one in found[:MOST_SERIES]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return Polled(problem=f"The answer is none of Prometheus': {error!r}"[:500])
    more = (
        f"The query gives {len(found)} series; the first {MOST_SERIES} are taken." if len(found) > MOST_SERIES else ""
    )
    return Polled([one for one in samples if one.points], more)


def _samples(one: Any, limit: Limit, service: str | None, service_id: str | None) -> Samples:
    labels = {str(name): str(value) for name, value in one["metric"].items()}
    name = labels.pop("__name__", "")
    host = NOBODY
    for label in HOST_LABELS:
        if labels.get(label):
            host = labels.pop(label)
            break
    rest = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    metric = f"{name}{{{rest}}}" if rest else name or "query"
    points = [(round(float(at) * 1000), float(value)) for at, value in one["values"]]
    return Samples(
        host[:LONGEST_NAME],
        metric[:LONGEST_NAME],
        [point for point in points if math.isfinite(point[1])],
        limit,
        service,
        service_id,
    )
