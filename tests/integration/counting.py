"""What a counter of this process stands at; services run in the tests' own process."""

from __future__ import annotations

from prometheus_client import REGISTRY


def counted(metric: str, **labels: str) -> float:
    """The value of one counter; 0 for one that was never used."""
    return REGISTRY.get_sample_value(metric, labels) or 0.0
