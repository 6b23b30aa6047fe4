"""A runbook as a YAML file: what is as it would be anyway is left out, scripts stand as they are, secrets never do."""

from __future__ import annotations

from pydantic import BaseModel

from shared.text.yaml_writer import write_yaml


def write_runbook(runbook: BaseModel) -> str:
    """The file's text: read again it is the same runbook. `runbook` is one as people see it."""
    plain = runbook.model_dump(mode="json", exclude_defaults=True)
    types = [step["type"] for step in runbook.model_dump(mode="json", include={"steps"}).get("steps", ())]
    if types:  # by its type a step is read again
        plain["steps"] = [{"type": type_, **step} for type_, step in zip(types, plain["steps"], strict=True)]
    return write_yaml(plain)
