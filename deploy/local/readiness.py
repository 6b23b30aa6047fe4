"""The stack is ready when the gateway's `/readyz` says 200; until then this can say which part is missing, and why."""

import time
import urllib.error
import urllib.request
from dataclasses import dataclass

from deploy.local import record
from deploy.local.ports import answers
from deploy.local.processes import all_marked
from deploy.local.settings import Settings
from deploy.local.terminal import CannotStart, last_lines

# a proxy of the person's environment has no business between us and our own loopback
_OPEN = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


@dataclass(frozen=True)
class Answer:
    status: int
    """0 when there was none."""
    text: str


def ask(url: str) -> Answer:
    try:
        with _OPEN(url, timeout=2) as response:
            return Answer(response.status, response.read(2000).decode(errors="replace"))
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.read(2000).decode(errors="replace"))
    except OSError as error:
        return Answer(0, str(error))


def wait_ready(settings: Settings, seconds: float) -> float:
    """How long it took. Raises CannotStart with each part that is missing and the end of its log."""
    began = time.monotonic()
    while ask(f"{settings.url}/readyz").status != 200:
        if time.monotonic() - began > seconds:
            raise CannotStart(f"Not ready after {seconds:.0f} s.\n{missing(settings)}")
        time.sleep(0.1)
    return time.monotonic() - began


def missing(settings: Settings) -> str:
    """One paragraph for each part that is not ready."""
    known = record.read(settings.run_dir)
    if known is None:
        return _paragraph(settings, "supervisor", "it wrote no stack.json")
    running = set(all_marked(settings.run_dir).values())
    paragraphs = []
    for name, port in known.ports.items():
        if name in ("epmd", "broker_distribution"):
            continue
        trouble = "it does not run" if name not in running else _trouble(name, port)
        if trouble:
            paragraphs.append(_paragraph(settings, name, trouble))
    return "\n\n".join(paragraphs)


def _trouble(name: str, port: int) -> str:
    """Empty when it is ready."""
    if name in ("broker", "database"):
        return "" if answers(port) else f"nothing listens on port {port}"
    answer = ask(f"http://127.0.0.1:{port}/readyz")
    return "" if answer.status == 200 else f"/readyz says {answer.status or 'nothing'}: {answer.text.strip()[:500]}"


def _paragraph(settings: Settings, name: str, trouble: str) -> str:
    log = settings.run_dir / f"{name}.log"
    tail = last_lines(log.read_text(errors="replace")) if log.exists() else "(no log)"
    return f"{name} is not ready: {trouble}\n{log}:\n{tail}"
