"""What is written as YAML is read as it was."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.text.yaml_reader import read_yaml
from shared.text.yaml_writer import write_yaml

pytestmark = pytest.mark.unit

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)


@given(WORDS, WORDS)
@example("a\x85b", "\u2028")
@example("first\n\tsecond\n", "no")
def test_texts_come_back(text: str, key: str) -> None:
    assert read_yaml(write_yaml({"k" + key: [text]}).encode()) == {"k" + key: [text]}


def test_several_lines_stand_as_such() -> None:
    assert write_yaml({"script": "set -e\ndf -h\n"}) == "script: |\n  set -e\n  df -h\n"
