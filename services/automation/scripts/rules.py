"""What no place runs: parameters that would change how programs work, and what can't be handed over whole. Pure.

A parameter becomes an environment variable. Whoever may set one must not thereby choose which program `ls` is, what a
shell reads before the script, or what a program loads into itself: such names are refused, at both places alike.
"""

from __future__ import annotations

import re

from services.automation.scripts.job import ScriptJob

MOST_PARAMETERS = 64
LONGEST_NAME = 64
MOST_VALUE_BYTES = 32 * 1024
"""Of one parameter. A program takes at most 128 KiB of one variable, and some 2 MB of all (`execve(2)`, Linux)."""
MOST_SCRIPT_BYTES = 1024 * 1024
SEPARATOR = "\x1e"
"""ASCII's record separator: parts parameters on their way over SSH, where a shell can't hold a NUL."""

_NAME = re.compile(rf"[A-Za-z_][A-Za-z0-9_]{{0,{LONGEST_NAME - 1}}}")
_REFUSED = frozenset(
    # of shells (POSIX 1003.1, 2.5.3 and 8.3; bash, dash, ksh): what they search, read and split by, and what is theirs
    """
    _ CDPATH COLUMNS ENV EUID EXECIGNORE FCEDIT FIGNORE FPATH FUNCNAME FUNCNEST GLOBIGNORE GROUPS HISTFILE HOME HOSTFILE
    IFS INPUTRC LINENO LINES LOGNAME MAIL MAILPATH OLDPWD OPTARG OPTERR OPTIND PATH PIPESTATUS POSIXLY_CORRECT PPID
    PROMPT_COMMAND PS0 PS1 PS2 PS3 PS4 PWD RANDOM REPLY SECONDS SHELL SHELLOPTS SHLVL TERM TERMCAP TERMINFO
    TERMINFO_DIRS TIMEFORMAT TMOUT TMPDIR UID USER
    """.split()  # noqa: SIM905 - a list of words reads best so
    # of the C library: what ld.so(8) takes away from programs that run with more rights, and where it looks names up
    + """
    GCONV_PATH GETCONF_DIR GLIBC_TUNABLES HOSTALIASES LANGUAGE LOCALDOMAIN LOCPATH NIS_PATH NLSPATH RESOLV_HOST_CONF
    RES_OPTIONS TZDIR
    """.split()  # noqa: SIM905
    # of what scripts call: programs that these name are run, or what they name is loaded
    + """
    AWKLIBPATH AWKPATH BROWSER CLASSPATH EDITOR JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS LESSCLOSE LESSOPEN OPENSSL_CONF
    OPENSSL_ENGINES OPENSSL_MODULES PAGER RSYNC_RSH VISUAL _JAVA_OPTIONS
    """.split()  # noqa: SIM905
)
_REFUSED_PREFIXES = (
    *("BASH", "DYLD_", "GIT_", "LC_", "LD_", "MALLOC_", "NODE_", "PERL", "PYTHON", "RUBY", "SSH_"),
    *("TOCSIN_", "_tocsin_"),
)


def why_name_refused(name: str) -> str | None:
    """Why a parameter may not be called so; None when it may. Upper and lower case are two names, as to a shell."""
    if _NAME.fullmatch(name) is None:
        return f"letters, digits and underscores, no digit first, at most {LONGEST_NAME}"
    if name in _REFUSED or name.startswith(_REFUSED_PREFIXES):
        return "programs are told by this variable how to work; another name, please"
    return None


def why_value_refused(value: str) -> str | None:
    """Why a parameter may not be this; None when it may."""
    if "\0" in value or SEPARATOR in value:
        return "no NUL and no record separator (U+001E)"
    if _bytes_of(value) is None:
        return "no half of a surrogate pair"
    if len(value.encode()) > MOST_VALUE_BYTES:
        return f"at most {MOST_VALUE_BYTES} bytes"
    return None


def why_script_refused(script: str) -> str | None:
    """Why this is no script to run; None when it is one."""
    if not script.strip():
        return "an empty script"
    if "\0" in script:
        return "no NUL"
    if _bytes_of(script) is None:
        return "no half of a surrogate pair"
    if len(script.encode()) > MOST_SCRIPT_BYTES:
        return f"at most {MOST_SCRIPT_BYTES} bytes"
    return None


def why_job_refused(job: ScriptJob) -> str | None:
    """One sentence on why no place may run this job; None when one may. Values are in none of it."""
    if why := why_script_refused(job.script):
        return f"The script can't be run: {why}."
    if len(job.environment) > MOST_PARAMETERS:
        return f"There are more than {MOST_PARAMETERS} parameters."
    for name, value in job.environment.items():
        if why := why_name_refused(name):
            return f"The parameter {name[:LONGEST_NAME]!r} can't be set: {why}."
        if why := why_value_refused(value):
            return f"The value of the parameter {name} can't be set: {why}."
    return None


def _bytes_of(text: str) -> bytes | None:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return None
