"""Puts rules together: their routes, what keeps them in memory, and the poller where there is a Prometheus."""

from __future__ import annotations

from services.analytics.prediction_rules.api.rules import routes
from services.analytics.prediction_rules.api.writing import RuleWriting
from services.analytics.prediction_rules.poller import Poller
from services.analytics.prediction_rules.prometheus_client import PrometheusClient
from services.analytics.prediction_rules.rule_cache import RuleCache
from services.analytics.prediction_rules.store import Rules
from services.analytics.predictions.store import PredictionStore
from shared.leader_lease import LeaderLease
from shared.runtime import Runtime


def add_rules(runtime: Runtime, predictions: PredictionStore) -> RuleCache:
    """Adds `/predictions/rules`; returns what knows the limits that rules give."""
    rules = Rules(runtime)
    cache = RuleCache(rules)
    runtime.worker(cache.run)
    runtime.snapshots("prediction.ruled.v1", rules.snapshots)
    runtime.routes(routes(rules, RuleWriting(rules, cache, predictions, runtime.clock)))
    lease = LeaderLease(runtime, "poller")
    if runtime.settings.prometheus_url:
        client = PrometheusClient(runtime.settings.prometheus_url)
        runtime.worker(Poller(client, rules, cache, runtime.publisher, lease=lease, clock=runtime.clock).run)
        runtime.on_drain(lease.release)
        runtime.on_drain(client.close)
    return cache
