"""What the whole stack costs at rest."""

from __future__ import annotations

import asyncio

from bench.cost import Spending, parts
from bench.figures import Figure
from deploy.local.stack import Stack

SECONDS = 60
SETTLE_SECONDS = 10
COMMANDS_GOAL = 8.0
PERCENT_GOAL = 6.0


async def measure(stack: Stack) -> list[Figure]:
    """A minute in which nobody asks for anything."""
    await asyncio.sleep(SETTLE_SECONDS)
    spending = Spending(stack)
    await asyncio.sleep(SECONDS)
    cost = spending.cost()
    asked, worked = cost.commands_of(), dict(sorted(cost.worked.items(), key=lambda one: -one[1]))
    percent = sum(worked.values()) * 100 / cost.seconds
    return [
        Figure(
            "commands at rest",
            sum(asked.values()) / cost.seconds,
            "/s",
            COMMANDS_GOAL,
            note=parts(asked, cost.seconds),
        ),
        Figure("processor at rest", percent, "% of a core", PERCENT_GOAL, note=parts(worked, cost.seconds / 100)),
    ]
