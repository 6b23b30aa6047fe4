"""The prologue under the shells of this machine: what it sets, and what it refuses to begin."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.automation.scripts.job import Interpreter, ScriptJob
from services.automation.scripts.rules import why_value_refused
from services.automation.targets import prologue
from services.automation.targets.prologue import END_COMMAND, RUN_COMMAND, ControlWord, encode_job, read_control

pytestmark = pytest.mark.unit

SHELLS = [shell for shell in ("dash", "bash", "ksh", "mksh", "zsh", "fish", "tcsh") if shutil.which(shell)]


def begin(job: ScriptJob, shell: str, cut: int = 0) -> tuple[str, str, int]:
    """What a login shell makes of the command: output, the prologue's words, the exit code."""
    whole = encode_job(job, "mark")
    with subprocess.Popen(
        [shell, "-c", RUN_COMMAND], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(whole[: len(whole) - cut])
        process.stdin.flush()
        if cut:
            process.stdin.close()
        output, words = process.stdout.read(), process.stderr.read()
        return output.decode(), words.decode(), process.wait()


@pytest.mark.parametrize("shell", SHELLS)
def test_every_login_shell_hands_it_on(shell: str) -> None:
    output, words, code = begin(ScriptJob("a", 'echo "$A"; exit 7', environment={"A": "b\n'c"}), shell)
    assert (output, code) == ("b\n'c\n", 0)
    assert [line.split()[0] for line in words.splitlines()] == ["started", "exited", "surveyed"]
    assert "exited 7" in words


@settings(max_examples=25)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\x1e"), max_size=60))
def test_any_value_arrives_as_it_is(value: str) -> None:
    assert why_value_refused(value) is None
    script = "import os,sys; sys.stdout.buffer.write(os.environb[b'A'])"
    output, _, _ = begin(ScriptJob("a", script, Interpreter.PYTHON, {"A": value, "B": "x"}), "dash")
    assert output.encode() == value.encode()


def test_a_script_may_hold_what_parts_parameters() -> None:
    output, _, _ = begin(ScriptJob("a", "printf %s 'a\x1eb\x1e\x1ec'", environment={"A": ""}), "dash")
    assert output == "a\x1eb\x1e\x1ec"


@pytest.mark.parametrize("cut", [1, 3, 4, 20])
def test_nothing_runs_of_what_did_not_come_whole(cut: int) -> None:
    output, words, code = begin(ScriptJob("a", "echo ran; echo ran; echo ran"), "dash", cut)
    assert (output, words, code) == ("", "", 97)


def test_the_commands_are_always_the_same_and_hold_nothing_that_a_login_shell_reads() -> None:
    for command in (RUN_COMMAND, END_COMMAND):
        assert command.count("'") == 2
        assert "\n" not in command
        assert "!" not in command.replace("! ", "")


@pytest.mark.parametrize(
    "line, word",
    [
        (b"started 12\n", ControlWord("started", "12")),
        (b"left 12 a b\n", ControlWord("left", "12 a b")),
        (b"\xff\x1b[31m x\n", ControlWord("\ufffd\x1b[31m", "x")),
        (b"left 1 a\x1bb\n", ControlWord("left", "1 a\ufffdb")),
        (b"", ControlWord("")),
    ],
)
def test_a_word_of_the_prologue_is_one_line(line: bytes, word: ControlWord) -> None:
    assert read_control(line) == word


@pytest.mark.parametrize("rest, number", [("12", 12), ("", None), ("-1", None), ("1e3", None), ("9" * 30, None)])
def test_only_a_small_number_is_one(rest: str, number: int | None) -> None:
    assert prologue.ControlWord("exited", rest).number == number
