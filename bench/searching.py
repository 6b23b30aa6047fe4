"""How good search is, by the labelled set, and how long it takes with many things to be found."""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.cost import Cost, parts
from bench.field import Field
from bench.figures import Figure, percentile
from bench.footprint import megabytes, peak_megabytes
from bench.labelled.asking import count_false_answers, fill_index, measure_hints
from bench.labelled.asking import measure as measure_quality
from bench.labelled.making import Written, make_followups, make_incidents, make_questions, read_troubles
from deploy.local.stack import Stack
from services.analytics.search.index import SearchIndex
from shared.mongo import to_document
from shared.testing.examples import example

SEED = 20260101
QUESTIONS = 300
RECALL_GOAL = {"en": 0.90, "ja": 0.85, "fa": 0.85}
RANK_GOAL = 0.75
HINTS_GOAL = 0.9
GOAL_MS = 100.0
MEMORY_GOAL_MB = 500.0
SERVICE = "analytics"
CHUNK = 500
ASKED = 200
FOUND_SECONDS = 900


async def measure(field: Field, stack: Stack, documents: int) -> list[Figure]:
    """The quality, with so many documents also p99 of questions through the gateway, and what all costs."""
    figures = await asyncio.to_thread(_quality)
    return figures + await _speed(field, stack, documents)


def _quality() -> list[Figure]:
    incidents = make_incidents(SEED, each=8)
    questions = make_questions(SEED + 1, incidents, QUESTIONS)
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        find = fill_index(SearchIndex(Path(folder)), incidents)
        for language, one in measure_quality(questions, find).items():
            note = f"{one.questions} questions"
            goal = RECALL_GOAL[language]
            figures += [
                Figure(f"recall at 5, {language}", one.recall, "", goal=goal, more_is_better=True, note=note),
                Figure(f"reciprocal rank, {language}", one.reciprocal_rank, "", goal=RANK_GOAL, more_is_better=True),
            ]
        false, none = count_false_answers(questions, find)
        figures.append(Figure("answers to what has none", false, f"of {none}"))
    with tempfile.TemporaryDirectory() as folder:
        known = [one for one in incidents if one.family % 20 % 3 != 2]
        index = SearchIndex(Path(folder))
        fill_index(index, known)
        hints = measure_hints(index, known, make_followups(SEED + 2, known, QUESTIONS))
    note = f"{hints.shown} shown of {hints.possible} possible"
    figures.append(
        Figure("hints that are right", hints.right / hints.shown, "", goal=HINTS_GOAL, more_is_better=True, note=note)
    )
    return figures


async def _speed(field: Field, stack: Stack, documents: int) -> list[Figure]:
    troubles = len(read_troubles())
    incidents = make_incidents(SEED, each=-(-documents // troubles))
    building, began = field.spending(), time.perf_counter()
    async with field.database(SERVICE) as database:
        for start in range(0, documents, CHUNK):
            chunk = incidents[start : start + CHUNK]
            await database.incidents.insert_many([_stored(one, start + at) for at, one in enumerate(chunk)])
    while not await _finds(field, documents - 1):
        if time.perf_counter() - began > FOUND_SECONDS:
            raise RuntimeError("what was written last is not found")
        await asyncio.sleep(1)
    found_after, built = time.perf_counter() - began, building.cost()
    questions = make_questions(SEED + 3, incidents[:documents], ASKED)
    times = []
    asking = field.spending()
    for one in questions:
        begun = time.perf_counter()
        await field.asking.read(f"/knowledge-base/search?{urlencode({'q': one.text})}")
        times.append((time.perf_counter() - begun) * 1000)
    asked = asking.cost()
    note = (
        f"{documents:,} documents; p50 {percentile(times, 0.5):.1f} ms; all found {found_after:.0f} s after the first"
    )
    held, peak = megabytes(stack)[SERVICE], peak_megabytes(stack, SERVICE)
    return [
        Figure("search, p99", percentile(times, 0.99), "ms", goal=GOAL_MS, note=note),
        Figure("processor a question", sum(asked.worked.values()) / ASKED * 1000, "ms", note=_shares(asked, ASKED)),
        Figure(
            "processor a new document", built.worked.get(SERVICE, 0.0) / documents * 1000, "ms", note="of analytics"
        ),
        Figure("memory of analytics", held, "MB", goal=MEMORY_GOAL_MB, note=f"at most {peak:.0f} MB"),
    ]


def _shares(cost: Cost, many: int) -> str:
    worked = dict(sorted(cost.worked.items(), key=lambda one: -one[1]))
    return parts(worked, many / 1000)


async def _finds(field: Field, number: int) -> bool:
    answer: Any = await field.asking.read(f"/knowledge-base/search?{urlencode({'q': str(number)})}")
    items = answer["items"] if isinstance(answer, dict) else json.loads(answer)["items"]
    return any(item["id"].endswith(f"-{number}") for item in items)


def _stored(one: Written, number: int) -> dict[str, Any]:
    """An incident as the copy has it; a word of its own and some that many have stand in it, as in real ones."""
    chance = random.Random(number)
    words = " ".join(f"word{chance.randrange(20_000)}" for _ in range(20))
    fact = example("incident.resolved.v1").data.model_copy(
        update={
            "id": f"{one.id}-{number}",
            "title": f"{one.title} {number}",
            "description": f"{one.about} {words}",
            "actions_taken": [one.fix],
            "service_id": one.service,
            "drill_id": None,
            "merged_into": None,
            "created_at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number),
        }
    )
    return {"_id": fact.model_dump()["id"], "seq": 1, "type": "x", "data": to_document(fact), "at": datetime.now(UTC)}
