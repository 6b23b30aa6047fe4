"""Puts the audit together: its routes, and the worker that tells teams once a day."""

from __future__ import annotations

from services.oncall.audit import api as audit_routes
from services.oncall.audit.auditor import Auditor
from services.oncall.audit.store import Audits
from services.oncall.catalogue_copy.store import CatalogueServices
from services.oncall.directory.store import DirectoryStore
from services.oncall.escalation.store.reachability import Reachability
from shared.leader_lease import LeaderLease
from shared.runtime import Runtime


def wire(runtime: Runtime, directory: DirectoryStore, reachability: Reachability, services: CatalogueServices) -> None:
    """Adds `/on-call/audit…` and starts the auditor."""
    clock = runtime.clock
    runtime.routes(audit_routes.routes(directory, reachability, services, clock))
    lease = LeaderLease(runtime, "auditor")
    runtime.worker(Auditor(Audits(runtime), directory, reachability, lease, clock, services=services).run)
