"""Puts keys together: the installation's own, those in memory, what ends them, and their routes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from services.gateway.keys import admin_key
from services.gateway.keys.api import integrations as integration_routes
from services.gateway.keys.api import keys as key_routes
from services.gateway.keys.api.key_management import KeyManagement
from services.gateway.keys.handlers import PersonHandler
from services.gateway.keys.key import KEY_BYTES, api_key, first_admin
from services.gateway.keys.key_cache import KeyCache
from services.gateway.keys.store import KeyStore
from services.gateway.proxy.ownership import Owners
from shared.runtime import Runtime


@dataclass(frozen=True, slots=True)
class KeyParts:
    """The keys that this process knows, and what changes them."""

    key_cache: KeyCache
    key_management: KeyManagement


def open_keys(runtime: Runtime) -> KeyParts:
    """The keys, which follow what is stored from the process's start on; the installation's own is made by then."""
    settings, clock = runtime.settings, runtime.clock
    store = KeyStore(runtime)
    key_cache = KeyCache(store, runtime.news("key.changed.v1"))
    key_management = KeyManagement(store, key_cache, clock)

    async def register_admin_key() -> None:
        text = admin_key.keep_admin_key(settings.run_dir, api_key(secrets.token_bytes(KEY_BYTES)))
        await key_management.register_installation_key(first_admin(text, clock.now()))

    runtime.on_start(register_admin_key)
    runtime.on_start(key_cache.refresh)
    runtime.checks["admin_key"] = (settings.run_dir / admin_key.NAME).exists
    runtime.worker(key_cache.run)
    runtime.consume_events("gateway", PersonHandler(store, key_cache, clock).handle)
    runtime.snapshots("key.changed.v1", store.snapshots)
    return KeyParts(key_cache, key_management)


def add_routes(runtime: Runtime, key_management: KeyManagement, owners: Owners) -> None:
    """`/api-keys` and `/integrations`."""
    settings = runtime.settings
    runtime.routes(key_routes.routes(key_management, owners))
    runtime.routes(integration_routes.routes(key_management, owners, settings.base_url, settings.secret_key))
