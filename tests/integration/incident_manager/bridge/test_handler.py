import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from incident_manager.bridge import IncidentHandler
from shared.testing.http_stub import HttpStub
from tests.integration.incident_manager.bridge.delivered import AWAY, TAKEN, WRONG_KEY, alerts, wait_until

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parents[4]


class Bad(Exception):
    pass


def fail(log: logging.Logger, message: str = "no") -> None:
    try:
        raise Bad(message)
    except Bad:
        log.exception("it failed")


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    logger = logging.getLogger("tests.bridge")
    logger.propagate = False
    yield logger
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()


def attach(log: logging.Logger, url: str, **more: int | bool) -> IncidentHandler:
    handler = IncidentHandler(url=url, api_key="key", **more)  # type: ignore[arg-type]
    handler.exit_seconds = 5
    log.addHandler(handler)
    return handler


def test_an_exception_is_sent_as_category_error_with_type_and_place(log: logging.Logger) -> None:
    with HttpStub([TAKEN]) as stub:
        attach(log, stub.url)
        fail(log)
        wait_until(lambda: bool(stub.requests))
    (alert,) = alerts(stub)
    assert (alert["category"], alert["labels"]["error_type"]) == ("error", f"{__name__}.Bad")
    assert alert["labels"]["place"].startswith(f"{__file__}:")
    assert "raise Bad(message)" in alert["description"]


def test_repeats_of_one_place_are_one_alert_and_another_place_is_another(log: logging.Logger) -> None:
    with HttpStub([TAKEN]) as stub:
        handler = attach(log, stub.url)
        for number in range(20):
            fail(log, str(number))
        try:
            raise Bad("elsewhere")
        except Bad:
            log.exception("it failed there")
        handler.flush()
    sent = alerts(stub)
    assert len({alert["dedup_key"] for alert in sent}) == 2
    assert len(sent) <= 3


def test_what_is_no_exception_is_sent_only_where_that_is_asked_for(log: logging.Logger) -> None:
    with HttpStub([TAKEN]) as stub:
        handler = attach(log, stub.url)
        log.error("no exception")
        log.warning("a warning")
        handler.flush()
        assert stub.requests == []
        attach(log, stub.url, messages=True)
        log.error("no exception")
        wait_until(lambda: bool(stub.requests))
    assert [alert["labels"]["error_type"] for alert in alerts(stub)] == ["ERROR"]


def test_nothing_is_lost_while_the_gateway_is_away_and_the_program_never_waits(log: logging.Logger) -> None:
    with HttpStub([AWAY, AWAY, TAKEN]) as stub:
        handler = attach(log, stub.url)
        began = time.monotonic()
        for number in range(300):
            log.error("x", exc_info=type(f"Bad{number}", (Exception,), {})("no"))
        assert time.monotonic() - began < 3
        wait_until(lambda: handler.waiting == 0)
    assert {alert["labels"]["error_type"].rpartition(".")[2] for alert in alerts(stub)[100:]} >= {
        f"Bad{number}" for number in range(300)
    }
    assert handler.dropped == 0


def test_memory_is_bounded_and_what_found_no_room_is_told(log: logging.Logger) -> None:
    with HttpStub([AWAY] * 4 + [TAKEN]) as stub:
        handler = attach(log, stub.url, most_waiting=10)
        for number in range(100):
            log.error("x", exc_info=type(f"Bad{number}", (Exception,), {})("no"))
        assert handler.waiting <= 10 + 10
        wait_until(lambda: handler.waiting == 0)
    told = [alert for alert in alerts(stub) if alert["labels"]["error_type"] == "ErrorsDropped"]
    assert handler.dropped >= 80
    assert str(handler.dropped) in told[-1]["description"]


def test_what_the_handler_logs_itself_never_comes_back_to_it() -> None:
    root = logging.getLogger()
    before = root.level
    with HttpStub([TAKEN]) as stub:
        handler = IncidentHandler(url=stub.url, api_key="key", level=logging.DEBUG, messages=True)
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        try:
            fail(logging.getLogger("app"))
            wait_until(lambda: handler.waiting == 0)
            time.sleep(0.3)
        finally:
            root.removeHandler(handler)
            root.setLevel(before)
            handler.close()
    assert len(stub.requests) == 1


def test_what_can_t_be_put_into_words_is_sent_all_the_same(log: logging.Logger) -> None:
    class Unsayable(Exception):
        def __str__(self) -> str:
            log.error("while it is said", exc_info=Bad("inner"))
            raise Bad("no words")

    with HttpStub([TAKEN]) as stub:
        handler = attach(log, stub.url)
        for message, error in (("%d", Bad("x")), ("said", Unsayable())):
            told = (type(error), error, None)
            handler.handle(logging.LogRecord("app", logging.ERROR, "a.py", 3, message, ("no number",), told))
        handler.flush()
    found = [(alert["labels"]["error_type"].rpartition(".")[2], alert["labels"]["place"]) for alert in alerts(stub)]
    assert found == [("Bad", "a.py:3"), ("Unsayable", "a.py:3")]


def test_a_wrong_key_is_said_once_and_keeps_nothing(log: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    with HttpStub([WRONG_KEY]) as stub:
        handler = attach(log, stub.url)
        fail(log)
        wait_until(lambda: handler.refused == 1)
    assert "wrong key" in capsys.readouterr().err


def test_an_alert_that_is_refused_keeps_no_other_back(log: logging.Logger) -> None:
    from shared.testing.plain_http import Reply, Request

    def answer(request: Request) -> Reply:
        return Reply(422, {}, b'{"detail": "no"}') if b"Bad2" in request.body else TAKEN

    with HttpStub([AWAY, answer]) as stub:
        handler = attach(log, stub.url)
        for number in range(4):
            log.error("x", exc_info=type(f"Bad{number}", (Exception,), {})("no"))
        wait_until(lambda: handler.waiting == 0)
    assert handler.refused == 1


PROGRAM = """
import logging, os, sys
from incident_manager.bridge import IncidentHandler
logging.getLogger().addHandler(IncidentHandler())
if sys.argv[1] == "fork" and (child := os.fork()):
    os.waitpid(child, 0)
for number in range(30):
    try:
        raise type(f"Bad{sys.argv[1]}{number}", (Exception,), {})("no")
    except Exception:
        logging.exception("it failed")
"""


@pytest.mark.parametrize("mode", ["plain", "fork"])
def test_what_waits_is_sent_at_the_exit_also_of_a_child(mode: str) -> None:
    with HttpStub([TAKEN]) as stub:
        env = {"PYTHONPATH": str(ROOT), "TOCSIN_URL": stub.url, "TOCSIN_API_KEY": "key", "HOME": "/nonexistent"}
        done = subprocess.run([sys.executable, "-c", PROGRAM, mode], env=env, capture_output=True, timeout=50)
    assert done.returncode == 0
    found = [alert["labels"]["error_type"] for alert in alerts(stub)]
    assert sorted(found) == sorted(
        [f"__main__.Bad{mode}{number}" for number in range(30)] * (2 if mode == "fork" else 1)
    )


def test_a_gateway_that_is_away_holds_the_exit_up_for_seconds_only() -> None:
    with HttpStub([TAKEN]) as stub:
        url = stub.url
    env = os.environ | {"PYTHONPATH": str(ROOT), "TOCSIN_URL": url, "TOCSIN_API_KEY": "key"}
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", PROGRAM, "plain"], env=env, capture_output=True, timeout=50)
    assert done.returncode == 0
    assert time.monotonic() - began < 15
