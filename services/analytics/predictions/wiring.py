"""Puts predictions together: samples in, forecasts, what follows from them, and the routes."""

from __future__ import annotations

from services.analytics.prediction_rules.wiring import add_rules
from services.analytics.predictions.api import incidents as expected_routes
from services.analytics.predictions.forecaster import Forecaster
from services.analytics.predictions.store import PredictionStore
from services.analytics.samples.wiring import add_samples
from shared.copies.replica import Replica
from shared.runtime import Runtime


def add_predictions(runtime: Runtime, services: Replica) -> None:
    """Takes samples in, forecasts them, and adds `/predictions/…`."""
    predictions = PredictionStore(runtime)
    series, blocks = add_samples(runtime, services, add_rules(runtime, predictions).limit_of)
    runtime.worker(Forecaster(series, blocks, predictions, runtime.clock).run)
    runtime.snapshots("prediction.changed.v1", predictions.snapshots)
    runtime.routes(expected_routes.routes(series, predictions, runtime.clock))
