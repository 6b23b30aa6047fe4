"""A log line is one JSON object, says what it belongs to, and never holds a secret."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import structlog

from shared.process.logs import configure, get_logger

SECRETS = {
    "password": "hunter2",
    "client_secret": "s3cr3t",
    "Authorization": "Bearer abc",
    "X-Api-Token": "t0k3n",
    "api_key": "k3y",
    "cookie": "session=1",
    "address": "+98 21 5550100",
    "email": "sara@example.org",
}


def logged(code: str) -> list[dict[str, str]]:
    """The lines that a process of its own writes: the configuration is the process's."""
    run = subprocess.run(
        [sys.executable, "-c", f"from shared.process.logs import configure, get_logger\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_secrets_never_reach_a_line_and_the_rest_does() -> None:
    (line,) = logged(f"configure(service='comms'); get_logger('x').info('sent', page='p1', **{SECRETS!r})")
    assert {line[name] for name in SECRETS} == {"[hidden]"}
    assert (line["event"], line["page"], line["level"], line["service"]) == ("sent", "p1", "info", "comms")
    assert not any(value in json.dumps(line) for value in SECRETS.values())


def test_a_line_below_the_level_is_not_written() -> None:
    lines = logged("configure('warning', service='x'); log = get_logger('x'); log.info('no'); log.warning('yes')")
    assert [line["event"] for line in lines] == ["yes"]


def test_an_unknown_level_is_info() -> None:
    lines = logged("configure('loud', service='x'); log = get_logger('x'); log.debug('no'); log.info('yes')")
    assert [line["event"] for line in lines] == ["yes"]


def test_a_failure_is_one_line_with_its_trace() -> None:
    code = "configure(service='x')\ntry:\n  1/0\nexcept Exception:\n  get_logger('x').exception('failed')"
    (line,) = logged(code)
    assert "ZeroDivisionError" in line["exception"]


def test_a_librarys_failure_is_one_line_with_its_type_and_place_and_none_of_its_words() -> None:
    code = """
import logging
configure(service='x')
def fails():
    raise ValueError("what somebody sent")
try:
    fails()
except ValueError:
    logging.getLogger('uvicorn.error').exception('what somebody sent')
"""
    (line,) = logged(code)
    assert (line["level"], line["logger"], line["exception"]) == ("ERROR", "uvicorn.error", "builtins.ValueError")
    assert line["places"][-1].endswith(" fails")
    assert "somebody" not in json.dumps(line)


def test_a_line_names_the_correlation_of_the_work_it_is_part_of(capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    try:
        configure(service="ingest")
        with structlog.contextvars.bound_contextvars(correlation="req-1"):
            structlog.configure(logger_factory=structlog.PrintLoggerFactory(), cache_logger_on_first_use=False)
            get_logger("x").info("taken")
    finally:
        structlog.configure(**before)
        structlog.contextvars.clear_contextvars()
    line = json.loads(capsys.readouterr().out)
    assert (line["correlation"], line["module"]) == ("req-1", "x")
