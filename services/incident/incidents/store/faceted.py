"""Lists that are found by one facet and read newest first: post-mortems and action items.

A document that is listed has `listed` (a text that sorts by age) and `facets`; what else is asked for is compared
within. Of the facets asked for the narrowest is looked up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo import DESCENDING, IndexModel

from shared.mongo import Collection, Document

FACETS_INDEX = IndexModel([("facets", 1), ("listed", DESCENDING)], name="facets")
ALL = "all"


def facets(document: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    """What a document is found by: these members of it, and `all`."""
    return [ALL, *(f"{name}:{document[name]}" for name in names if document.get(name) is not None)]


async def newest_first(
    collection: Collection, facet: str, within: Document, beyond: str | None, limit: int, *, leave_out: str = "outbox"
) -> list[Document]:
    """Up to `limit` documents that have the facet and are `within`, older than the position `beyond`."""
    query: Document = {"facets": facet, **within}
    if beyond is not None:
        query["listed"] = {"$lt": beyond}
    cursor = collection.find(query, projection={leave_out: False}).sort("listed", DESCENDING).limit(limit)
    return [document async for document in cursor]


def narrowest(asked: Mapping[str, str | None], names: tuple[str, ...]) -> str:
    """The facet to look up: the first of `names`, the narrowest first, that is asked for."""
    return next((f"{name}:{asked[name]}" for name in names if asked.get(name) is not None), ALL)
