"""What a page says of the runbook that was to put things right before anybody was paged, where that failed. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.comms.i18n.plain_text import one_line
from services.comms.i18n.words import word
from shared.events.oncall import FailedRunbook

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class RunbookText:
    """What is said, in the reader's language; what automation says of the failure is as that says it."""

    head: str
    step: str
    """The step that failed, and its exit code; empty: none was begun."""
    detail: str
    label: str
    """What stands before the output."""
    output: str


def runbook_text(failed: FailedRunbook | None, locale: str) -> RunbookText | None:
    """The words about a runbook; None where there was none."""
    if failed is None:
        return None
    how = "not_begun" if failed.step == 0 else "cancelled" if failed.state == "cancelled" else "failed"
    step = ""
    if failed.step:
        step = word(locale, "runbook.step").format(n=failed.step, name=one_line(failed.step_name))
        if failed.exit_code is not None:
            step += f" ({word(locale, 'runbook.exit_code').format(code=failed.exit_code)})"
    return RunbookText(
        head=word(locale, f"runbook.{how}").format(name=one_line(failed.name)),
        step=step,
        detail=one_line(failed.detail),
        label=word(locale, "runbook.output" if failed.output_is_whole else "runbook.output_end"),
        output=_CONTROL.sub("", failed.output).strip(),
    )
