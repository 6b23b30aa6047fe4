"""How a command that changed incidents says so."""

from __future__ import annotations

from typing import Any

from incident_manager.commandline.run import Run


def tell_changed(run: Run, incident: dict[str, Any], key: str) -> None:
    """The incident as JSON, its id alone, or the text `key`."""
    if run.printer.wants_json:
        run.printer.json(incident)
    elif run.printer.is_quiet:
        run.printer.line(incident["id"])
    else:
        given = {name: incident[name] for name in ("id", "status", "severity", "priority")}
        run.printer.line(run.words(key, **given))
