"""A runbook as a file: what is written is read as it was, and reads well."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.automation.runbooks.api.views import RunbookBody, runbook_fields
from services.automation.runbooks.runbook import Runbook
from services.automation.runbooks.yaml_form import write_runbook
from shared.text.yaml_reader import read_yaml
from tests.unit.automation.builders import make_runbook, step

pytestmark = pytest.mark.unit

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=40)
LINES = st.lists(st.sampled_from(["if true; then", "  echo 'x'", "\tfi", "", "no", "12", "- a: b", "# c", " "])).map(
    "\n".join
)


def again(runbook: Runbook) -> Runbook:
    text = write_runbook(runbook_fields(runbook))
    return Runbook.model_validate(RunbookBody.model_validate(read_yaml(text.encode())).model_dump())


@example(description="a\x85b", script="a\u2028\u2029b", label="\x85")
@settings(max_examples=40)
@given(description=WORDS | LINES, script=WORDS | LINES.map(lambda text: "x" + text), label=WORDS)
def test_what_is_written_is_read_as_it_was(description: str, script: str, label: str) -> None:
    runbook = make_runbook(
        step("script", script=script, dangerous=True, on_failure="continue"),
        step("http", headers={label: description}, body={"a": [1, 1.5, None, label]}),
        description=description,
        triggers=[{"labels": {label: description[:1000]}, "severity": "low"}],
        parameters=[{"name": "p", "default": label, "choices": [label]}],
        quiet_seconds=60,
    )
    assert again(runbook) == runbook


def test_a_script_stands_as_it_is_and_what_is_usual_is_left_out() -> None:
    text = write_runbook(runbook_fields(make_runbook(step("script", name="Clean", script="set -eu\nrm -rf x\n"))))
    assert text == ("name: Disk full\nsteps:\n- type: script\n  name: Clean\n  script: |\n    set -eu\n    rm -rf x\n")


def test_a_secret_is_in_no_file() -> None:
    runbook = make_runbook(parameters=[{"name": "token", "type": "secret", "sealed": "sealed-text"}])
    text = write_runbook(runbook_fields(runbook))
    assert "sealed-text" not in text
    assert again(runbook).parameters[0].sealed is None


def test_the_draft_that_patterns_make_is_a_runbook() -> None:
    draft = "name: Draft\nsteps:\n- type: manual\n  name: x\n  timeout_seconds: 1800\nparameters: []\ntriggers: []\n"
    assert RunbookBody.model_validate(read_yaml(draft.encode())).steps[0].name == "x"
