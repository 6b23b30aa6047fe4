"""Puts the taking of samples together."""

from __future__ import annotations

from services.ingest.catalogue_copy.cache import CatalogueCache
from services.ingest.intake.api.delivery import HttpIntake
from services.ingest.samples import api
from services.ingest.samples.accept import SampleIntake
from shared.runtime import Runtime


def wire(runtime: Runtime, directory: CatalogueCache, http_intake: HttpIntake) -> None:
    """Adds `/metrics/samples` and `/api/v1/write`."""
    samples = SampleIntake(runtime.publisher, directory)
    runtime.routes(api.routes(http_intake, samples, runtime.clock))
