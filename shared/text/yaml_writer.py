"""YAML as it is written here, for people and for `yaml_reader`: texts of several lines stand as such."""

from __future__ import annotations

from typing import Any

import yaml

LINE_WIDTH = 120
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


def write_yaml(plain: Any) -> str:
    """The text of a document of plain values (dicts, lists, texts, numbers, bools, None), members in their order.

    `yaml_reader.read_yaml` reads the same values again. Raises `yaml.representer.RepresenterError` for other values.
    """
    text: str = yaml.dump(plain, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=LINE_WIDTH)
    return text
