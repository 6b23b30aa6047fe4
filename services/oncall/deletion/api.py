"""What stands before every deletion in the directory: nothing that is in use goes by accident."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Query

from services.oncall.catalogue_copy.store import CatalogueServices
from services.oncall.deletion.refusal import refuse_if_used
from services.oncall.deletion.usage import uses_of
from services.oncall.directory.entry import Kind
from services.oncall.directory.store import DirectoryStore
from shared.callers.identity import Identity
from shared.clocks.clock import Now

Force = Annotated[
    bool, Query(description="Delete it although it is in use; what it held becomes a gap at once. Else that is 409")
]


class UseCheck:
    """Looks for who uses what is to be deleted."""

    def __init__(self, directory: DirectoryStore, services: CatalogueServices, clock: Now) -> None:
        self._directory = directory
        self._services = services
        self._clock = clock

    async def require_unused(self, kind: Kind, key: str, caller: Identity, *, force: bool) -> None:
        """Raise a 409 `Problem` that names the users of this entry, unless it is to be deleted by `force`."""
        if force:
            return
        await self._directory.look()
        directory, services = self._directory.now.freeze(), await self._services.all()
        uses = await asyncio.to_thread(uses_of, kind, key, directory, services, self._clock.now())
        refuse_if_used(kind, key, uses, caller.teams)
