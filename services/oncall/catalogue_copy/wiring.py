"""Puts the copy of the service catalogue together."""

from __future__ import annotations

from services.oncall.catalogue_copy.store import CatalogueServices
from shared.runtime import Runtime


def open_services(runtime: Runtime) -> CatalogueServices:
    """The copy, which its owner fills anew where it is empty."""
    services = CatalogueServices(runtime)
    runtime.on_start(services.ask_again_if_empty)
    return services
