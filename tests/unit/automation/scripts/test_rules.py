from __future__ import annotations

import pytest

from services.automation.scripts import rules
from services.automation.scripts.job import ScriptJob
from services.automation.scripts.rules import why_job_refused, why_name_refused, why_value_refused

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("name", ["host", "DISK", "_x", "a1", "Path", "HOSTNAME", "LDAP", "N" * rules.LONGEST_NAME])
def test_a_parameter_may_be_called_as_a_variable_is(name: str) -> None:
    assert why_name_refused(name) is None


@pytest.mark.parametrize(
    "name", ["", "1a", "a-b", "a b", "a=b", "a.b", "é", "a\n", "a;b", "$(x)", "N" * (rules.LONGEST_NAME + 1)]
)
def test_a_parameter_may_not_be_called_what_no_shell_takes_for_a_name(name: str) -> None:
    assert why_name_refused(name) is not None


@pytest.mark.parametrize(
    "name",
    [
        "PATH",
        "IFS",
        "ENV",
        "BASH_ENV",
        "BASH_FUNC_ls",
        "SHELLOPTS",
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "DYLD_INSERT_LIBRARIES",
        "PYTHONPATH",
        "PYTHONSTARTUP",
        "PERL5OPT",
        "RUBYOPT",
        "NODE_OPTIONS",
        "GIT_SSH_COMMAND",
        "GCONV_PATH",
        "GLIBC_TUNABLES",
        "LC_ALL",
        "HOME",
        "UID",
        "PS4",
        "_",
        "TOCSIN_STEP",
        "_tocsin_n",
    ],
)
def test_a_parameter_may_not_change_how_programs_work(name: str) -> None:
    assert why_name_refused(name) == "programs are told by this variable how to work; another name, please"


@pytest.mark.parametrize(
    "value", ["", "a b", "a\nb\n", "$(reboot); `x` 'y' \"z\"", "日本", "=", "x" * rules.MOST_VALUE_BYTES]
)
def test_a_value_is_taken_as_it_is(value: str) -> None:
    assert why_value_refused(value) is None


@pytest.mark.parametrize("value", ["a\0b", "a\x1eb", "\ud800", "é" * (rules.MOST_VALUE_BYTES // 2 + 1)])
def test_a_value_that_can_not_be_handed_over_whole_is_refused(value: str) -> None:
    assert why_value_refused(value) is not None


@pytest.mark.parametrize(
    "job, word",
    [
        pytest.param(ScriptJob("a", "true"), None, id="a script"),
        pytest.param(ScriptJob("a", "é" * (rules.MOST_SCRIPT_BYTES // 2)), None, id="as long as may be"),
        pytest.param(ScriptJob("a", "é" * (rules.MOST_SCRIPT_BYTES // 2) + "x"), "bytes", id="longer"),
        pytest.param(ScriptJob("a", " \n"), "empty", id="nothing to run"),
        pytest.param(ScriptJob("a", "a\0b"), "NUL", id="a NUL in the script"),
        pytest.param(ScriptJob("a", "\udfff"), "surrogate", id="no text"),
        pytest.param(ScriptJob("a", "true", environment={"A": "b"}), None, id="a parameter"),
        pytest.param(ScriptJob("a", "true", environment={"LD_PRELOAD": "x"}), "LD_PRELOAD", id="a name"),
        pytest.param(ScriptJob("a", "true", environment={"A": "secret\0"}), "parameter A", id="a value"),
        pytest.param(
            ScriptJob("a", "true", environment={f"A{n}": "" for n in range(rules.MOST_PARAMETERS + 1)}),
            "more than",
            id="too many",
        ),
    ],
)
def test_a_job_is_refused_in_one_sentence_without_its_values(job: ScriptJob, word: str | None) -> None:
    why = why_job_refused(job)
    assert (why is None) == (word is None)
    assert word is None or (why is not None and word in why and "secret" not in why)
