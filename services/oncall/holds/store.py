"""What is known of the runs for which pages were held up, `runbook_runs` by execution: the newest version counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pymongo import IndexModel

from shared.events.automation import HoldingRun
from shared.mongo import find_by_ids, to_document, upsert_newer
from shared.runtime import Runtime

COLLECTION = "runbook_runs"
KEPT_SECONDS = 30 * 86_400
"""For so long it is known that a runbook ran for an incident."""


class RunbookRuns:
    """The questions that are asked of them."""

    def __init__(self, runtime: Runtime) -> None:
        self._runs = runtime.database.collection(COLLECTION)
        runtime.indexes({COLLECTION: [IndexModel([("at", 1)], name="at_ttl", expireAfterSeconds=KEPT_SECONDS)]})

    async def keep(self, runs: Iterable[HoldingRun]) -> None:
        """Take these in; any order and repetition of them ends in the same."""
        newest: dict[str, HoldingRun] = {}
        for run in runs:
            known = newest.get(run.execution_id)
            if known is None or known.version < run.version:
                newest[run.execution_id] = run
        await upsert_newer(
            self._runs,
            [
                ({"_id": key, "version": {"$lt": run.version}}, {"$set": to_document(run)})
                for key, run in newest.items()
            ],
        )

    async def get(self, execution_ids: Mapping[str, Sequence[str]]) -> dict[str, list[HoldingRun]]:
        """The runs of these executions that are known, by what each group of ids is asked under."""
        found = await find_by_ids(self._runs, [one for ids in execution_ids.values() for one in ids])
        read = {key: HoldingRun.model_validate(document) for key, document in found.items()}
        return {name: [read[one] for one in ids if one in read] for name, ids in execution_ids.items()}
