"""Predictions as they are kept: `predictions`, written beside their series by the relay; and who took their incidents.

Layout: the fields of `PredictionFact` and `seq`, by the prediction's id.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from pymongo import IndexModel

from services.analytics.samples.sampled_series import EVERYBODY
from shared.events import Event, make
from shared.events.analytics.predictions import PredictionFact
from shared.ids import derive_id
from shared.mongo import Document, find_by_ids, to_document
from shared.outbox.aggregates import Record
from shared.runtime import Runtime

PREDICTIONS = "predictions"
INCIDENTS, SERVICES = "incidents", "services"
"""The copies, which the service's own handlers write."""
MOST_GRADES = 5_000


def event_of(told: PredictionFact, sequence: int, now: datetime) -> Event:
    """The event that tells of a prediction; the same for the same sequence."""
    return make(
        "prediction.changed.v1",
        subject=told.id,
        sequence=sequence,
        time=now,
        data=told,
        id=derive_id("prediction.changed", told.id, sequence, prefix="evt_"),
    )


def record_of(told: PredictionFact, sequence: int) -> Record:
    """The side document that keeps a prediction."""
    return Record(PREDICTIONS, told.id, to_document(told), sequence)


class PredictionStore:
    """The questions that are asked about predictions."""

    def __init__(self, runtime: Runtime) -> None:
        self._collection = runtime.database.collection(PREDICTIONS)
        self._incidents = runtime.database.collection(INCIDENTS)
        self._services = runtime.database.collection(SERVICES)
        runtime.indexes(
            {
                PREDICTIONS: [
                    IndexModel([("rule", 1), ("graded_at", -1)], name="rule"),
                    IndexModel([("graded_at", -1)], name="graded_at"),
                ],
                SERVICES: [IndexModel([("data.name", 1)], name="service_name")],
                INCIDENTS: [IndexModel([("data.prediction_id", 1)], name="prediction", sparse=True)],
            }
        )

    async def graded(self, teams: Sequence[str], since: datetime) -> list[PredictionFact]:
        """What was graded since then, the newest first; only those of these teams and of nobody, no teams: all."""
        query: Document = {"graded_at": {"$gte": since}}
        if teams:
            query["visible_to"] = {"$in": [*teams, EVERYBODY]}
        found = self._collection.find(query).sort("graded_at", -1).limit(MOST_GRADES)
        return [_read(document) async for document in found]

    async def newest_grades(self, rule: str, since: datetime, limit: int) -> list[PredictionFact]:
        """The newest grades of a rule since then."""
        query: Document = {"rule": rule, "graded_at": {"$gte": since}}
        found = self._collection.find(query).sort("graded_at", -1).limit(limit)
        return [_read(document) async for document in found]

    async def taken(self, ids: Sequence[str]) -> set[str]:
        """Those of these predictions whose incident a person acknowledged or resolved."""
        if not ids:
            return set()
        query: Document = {"data.prediction_id": {"$in": list(ids)}}
        found = self._incidents.find(query, projection={"data.prediction_id": True, "data.acknowledged_by": True})
        return {one["data"]["prediction_id"] async for one in found if one["data"].get("acknowledged_by")}

    async def services(self, words: Sequence[str]) -> dict[str, tuple[str, str | None]]:
        """The services with these ids or names: their ids and teams, by the word."""
        named = await self._services.find({"data.name": {"$in": list(words)}}).limit(2 * len(words)).to_list()
        known = [(document["data"]["name"], document) for document in named]
        known += (await find_by_ids(self._services, words)).items()
        return {
            word: (document["_id"], document["data"].get("team"))
            for word, document in known
            if not document["data"].get("deleted")
        }

    async def snapshots(self) -> AsyncIterator[Event]:
        """Every prediction as the event that told it."""
        async for document in self._collection.find({}).sort("_id", 1):
            told = _read(document)
            yield event_of(told, document["seq"], told.ended_at or told.graded_at or told.opened_at)


def _read(document: Document) -> PredictionFact:
    return PredictionFact.model_validate({**document, "id": document["_id"]})
