"""Answers kept under idempotency keys: `{_id, fingerprint, holder, claimed_until, expires_at, status, headers, body}`.

The last three are there once the request has been answered; the body is sealed. The database removes what has expired.
"""

from __future__ import annotations

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from services.gateway.idempotency.idempotency import Answer, Claim
from shared.mongo import Document
from shared.runtime import Runtime
from shared.secrecy.sealing import Seal

COLLECTION = "answers"


class AnswerStore:
    """Claims are taken, taken over from the dead, ended by an answer, or given back; all guarded by their holder."""

    def __init__(self, runtime: Runtime, seal: Seal) -> None:
        self._collection = runtime.database.collection(COLLECTION)
        self._seal = seal
        runtime.indexes({COLLECTION: [IndexModel([("expires_at", 1)], name="expires_at", expireAfterSeconds=0)]})

    async def claim(self, claim: Claim) -> bool:
        """Store a claim; False when there is one under its id already."""
        try:
            await self._collection.insert_one(_document(claim))
        except DuplicateKeyError:
            return False
        return True

    async def get(self, id: str) -> Claim | None:
        """What is stored under this id."""
        document = await self._collection.find_one({"_id": id})
        return None if document is None else self._read(document)

    async def take_over(self, mine: Claim, holder: str) -> bool:
        """Put a claim in the place of the one of `holder`; False when that one is not there any more."""
        result = await self._collection.replace_one({"_id": mine.id, "holder": holder}, _document(mine))
        return result.matched_count == 1

    async def answer(self, claim: Claim, answer: Answer) -> None:
        """Keep the answer to a claimed request, unless somebody else has taken it over."""
        fields = {
            "status": answer.status,
            "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in answer.headers],
            "body": self._seal.close(answer.body),
        }
        await self._collection.update_one({"_id": claim.id, "holder": claim.holder}, {"$set": fields})

    async def give_back(self, claim: Claim) -> None:
        """End a claim without an answer."""
        await self._collection.delete_one({"_id": claim.id, "holder": claim.holder})

    def _read(self, document: Document) -> Claim:
        answer = None
        body = self._seal.open(document["body"]) if "body" in document else None
        if body is not None:
            headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in document["headers"]]
            answer = Answer(document["status"], headers, body)
        return Claim(
            document["_id"],
            document["fingerprint"],
            document["holder"],
            document["claimed_until"],
            document["expires_at"],
            answer,
            "body" in document,
        )


def _document(claim: Claim) -> Document:
    return {
        "_id": claim.id,
        "fingerprint": claim.fingerprint,
        "holder": claim.holder,
        "claimed_until": claim.claimed_until,
        "expires_at": claim.expires_at,
    }
