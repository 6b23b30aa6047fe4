"""One run, one table: `python -m bench [--seconds N] [--storm N] [--only STAGE ...]`."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench import (
    accept,
    bodies,
    coverage,
    dashboard,
    decide,
    due,
    footprint,
    forecasts,
    history,
    paging,
    public,
    reading,
    rest,
    runbooks,
    sandbox,
    searching,
    service_map,
    storm,
    trends,
)
from bench.field import NO_LIMIT, Field
from bench.figures import Figure, table
from deploy.local.database import ASKED, DATABASE, Server, choose_server
from deploy.local.debian import install_packages
from deploy.local.stack import Stack
from shared.testing.peers import alertmanager
from shared.testing.webhook_sink import WebhookSink

STAGES = (
    "due",
    "rest",
    "page",
    "decide",
    "read",
    "search",
    "map",
    "coverage",
    "public",
    "runbooks",
    "sandbox",
    "storm",
    "bodies",
    "history",
    "trends",
    "dashboard",
    "forecast",
    "accept",
)
"""In this order: accept leaves work for minutes behind, which nobody waits for."""


def main() -> None:
    """Measure, print, stop the stack."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="how long decide is measured (a third of it for page)")
    parser.add_argument("--storm", type=int, default=10_000, help="alerts of the storm, for example 100000")
    parser.add_argument("--due", type=int, default=6_000, help="escalation steps that are due in one second")
    parser.add_argument(
        "--incidents", type=int, default=20_000, help="stored while reads are measured, for example 1000000"
    )
    parser.add_argument("--documents", type=int, default=20_000, help="to be found by search, for example 100000")
    parser.add_argument("--services", type=int, default=10_000, help="services on the map that is asked")
    parser.add_argument("--rows", type=int, default=10_000, help="of a history that is imported, for example 100000")
    parser.add_argument("--only", nargs="+", choices=STAGES, default=STAGES, help="leave the other stages out")
    parser.add_argument("--database", choices=list(Server), help="the embedded database (default: the fastest here)")
    parser.add_argument("--keep", action="store_true", help="keep the run directory, with its logs")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("the benchmark was ended"))  # and its stack with it
    _install_peers()
    if asked.database:
        os.environ[ASKED] = asked.database
    run_dir = Path(tempfile.mkdtemp(prefix="tocsin-bench-"))
    stack = Stack(run_dir, env=NO_LIMIT)
    try:
        with WebhookSink() as hooks:
            figures: list[Figure] = []
            if "due" in asked.only:
                print("due …", flush=True)
                figures += asyncio.run(due.measure(hooks, asked.due))
                print(table(figures), flush=True)
            began = time.monotonic()
            stack.start()
            figures += [footprint.start_figure(time.monotonic() - began), footprint.memory_figure(stack, "at rest")]
            server = choose_server(run_dir / DATABASE)
            print(f"database: {server}; {os.cpu_count()} processors; logs in {run_dir}", flush=True)
            figures += asyncio.run(_measure(stack, hooks, asked, server))
            figures.append(footprint.memory_figure(stack, "after all"))
    finally:
        stack.stop()
        if not asked.keep:
            shutil.rmtree(run_dir, ignore_errors=True)
    print(f"\nmeasured on the database {server}, {os.cpu_count()} processors\n\n{table(figures)}")


async def _measure(stack: Stack, hooks: WebhookSink, asked: argparse.Namespace, server: Server) -> list[Figure]:
    field = Field(stack, hooks)
    await field.set_up()
    stages: dict[str, Callable[[], Awaitable[list[Figure]]]] = {
        "rest": lambda: rest.measure(stack),
        "page": lambda: paging.measure(field, max(20, asked.seconds // 3), server),
        "decide": lambda: decide.measure(field, asked.seconds, server),
        "read": lambda: reading.measure(field, asked.incidents),
        "search": lambda: searching.measure(field, stack, asked.documents),
        "map": lambda: service_map.measure(field, asked.services),
        "coverage": lambda: coverage.measure(field),
        "public": lambda: public.measure(field, 10),
        "runbooks": lambda: runbooks.measure(field),
        "sandbox": sandbox.measure,
        "storm": lambda: storm.measure(field, asked.storm),
        "bodies": lambda: bodies.measure(field, stack),
        "trends": lambda: asyncio.to_thread(trends.measure),
        "dashboard": lambda: asyncio.to_thread(dashboard.measure),
        "forecast": lambda: asyncio.to_thread(forecasts.measure),
        "history": lambda: history.measure(field, stack, asked.rows),
        "accept": lambda: accept.measure(field, 10),
    }
    figures: list[Figure] = []
    for stage in STAGES:
        if stage in stages and stage in asked.only:
            print(f"{stage} …", flush=True)
            before = footprint.processor_seconds(stack)
            found = await stages[stage]()
            print(table(found))
            print(f"processor time {footprint.work_between(before, footprint.processor_seconds(stack))}\n", flush=True)
            figures += found
    return figures


def _install_peers() -> None:
    missing = [package for program, package in _PEERS.items() if shutil.which(program) is None]
    if missing:
        install_packages(missing, why="The peers of the benchmark are not here")


_PEERS = {alertmanager.PROGRAM: alertmanager.PACKAGE, "wrk": "wrk"}

if __name__ == "__main__":
    main()
