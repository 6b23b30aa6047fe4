"""A runbook as a YAML file: what is as it would be anyway is left out, scripts stand as they are, secrets never do."""

from __future__ import annotations

import yaml
from pydantic import BaseModel

_ODD_BREAKS = "\x85\u2028\u2029"
"""Between quotes YAML folds these as it does line breaks; only where they are escaped they stay what they are."""


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # a literal block can't end in blanks, begin with one, or hold what no line of YAML may
    is_block = (
        "\n" in text
        and not text.startswith((" ", "\n"))
        and all(line == line.rstrip() and line.isprintable() for line in text.replace("\t", " ").split("\n"))
    )
    style = "|" if is_block else '"' if any(one in text for one in _ODD_BREAKS) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def write_runbook(runbook: BaseModel) -> str:
    """The file's text: read again it is the same runbook. `runbook` is one as people see it."""
    plain = runbook.model_dump(mode="json", exclude_defaults=True)
    types = [step["type"] for step in runbook.model_dump(mode="json", include={"steps"}).get("steps", ())]
    if types:  # by its type a step is read again
        plain["steps"] = [{"type": type_, **step} for type_, step in zip(types, plain["steps"], strict=True)]
    text: str = yaml.dump(plain, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)
    return text
