"""What runs on a target before a script does, and how the two sides talk. Pure.

The command that goes over SSH is the same for every script, since everybody there may read command lines: a program
for any POSIX shell, quoted so that every login shell hands it on. What is to be run comes on standard input: a line
with a number of bytes, then so many bytes, in which script and parameters are parted by NUL. Only when the whole of it
has come, to its last word, the script runs: a link that breaks off half-way runs nothing.

After that the link has a second meaning: when it closes, why ever it does, the process group of the script is killed,
so that nothing runs on a machine which nobody watches. The script's output, standard error with it, is the session's
standard output; the session's standard error carries the prologue's own words.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.automation.scripts.job import ScriptJob

MAGIC, END = "tocsin1", "end"
LARGEST_LINE = 1000

# what is left: of the script's group or session, or with its mark in the environment, in /proc where there is one
_SURVEY = """
IFS=" "; set +f;
_tocsin_marked=" $(grep -lsF -e "TOCSIN_STEP=$_tocsin_mark" /proc/[0-9]*/environ 2>/dev/null | tr "\\n" " ")";
for _tocsin_file in /proc/[0-9]*/stat; do
{ read -r _tocsin_line <"$_tocsin_file"; } 2>/dev/null || continue;
_tocsin_pid=${_tocsin_line%% *};
_tocsin_name=${_tocsin_line#*"("}; _tocsin_name=${_tocsin_name%")"*};
set -- ${_tocsin_line##*") "};
case $1 in Z|X) continue;; esac;
[ "$_tocsin_pid" = "$$" ] && continue;
case " $3 $4 " in *" $_tocsin_group "*) echo "left $_tocsin_pid $_tocsin_name" >&2; continue;; esac;
case $_tocsin_marked in *" /proc/$_tocsin_pid/environ "*) echo "left $_tocsin_pid $_tocsin_name" >&2;; esac;
done;
echo surveyed >&2
"""

_RUN = """
set -f;
IFS= read -r _tocsin_bytes || exit 97;
IFS=$(printf "\\036");
set -- $(head -c "$_tocsin_bytes" | LC_ALL=C tr "\\000" "\\036");
[ "$1" = tocsin1 ] || exit 97;
_tocsin_mark=$2; _tocsin_interpreter=$3; _tocsin_count=$4; shift 4;
command -v "$_tocsin_interpreter" >/dev/null 2>&1 || { echo "refused no $_tocsin_interpreter" >&2; exit 96; };
while [ "$_tocsin_count" -gt 0 ]; do
export "$1=$2" || { echo "refused parameter $1" >&2; exit 96; };
shift 2; _tocsin_count=$((_tocsin_count - 1));
done;
_tocsin_script="$*";
case $_tocsin_script in *"${IFS}end") ;; *) exit 97;; esac;
_tocsin_script=${_tocsin_script%?end};
unset IFS; set --; set +f;
TOCSIN_STEP=$_tocsin_mark; export TOCSIN_STEP;
_tocsin_group=$$;
exec 3<&0 </dev/null;
{ read -r _tocsin_line <&3; kill -KILL 0; } >/dev/null 2>&1 & _tocsin_watcher=$! ;
echo "started $$" >&2;
printf %s "$_tocsin_script" | { exec 4<&0 </dev/null 3<&-; exec "$_tocsin_interpreter" /dev/fd/4 2>&1; };
echo "exited $?" >&2;
kill -KILL "$_tocsin_watcher"; wait "$_tocsin_watcher" 2>/dev/null;
"""

_END = """
read -r _tocsin_mark; read -r _tocsin_group;
case $_tocsin_group in *[a-z]*|"") exit 97;; esac;
kill -KILL "-$_tocsin_group" 2>/dev/null; sleep 0.1 2>/dev/null || sleep 1;
"""


def _command(program: str) -> str:
    """A program as one line for login shells of all kinds: no quote, no `!` before anything but a blank."""
    line = " ".join(program.split("\n")).strip()
    if "'" in line or "!" in line.replace("! ", ""):
        raise ValueError("a login shell would read this otherwise")
    return f"exec /bin/sh -c '{line}'"


RUN_COMMAND = _command(_RUN + _SURVEY)
END_COMMAND = _command(_END + _SURVEY)
"""Kills a group and tells what of the script is left; for a session of its own beside the script's."""
CHECK_COMMAND = "true"


def encode_job(job: ScriptJob, mark: str) -> bytes:
    """What goes on standard input. The job was checked: neither NUL nor the separator is in a parameter."""
    words = [MAGIC, mark, job.interpreter.value, str(len(job.environment))]
    for name, value in job.environment.items():
        words += [name, value]
    payload = "\0".join([*words, job.script, END]).encode()
    return f"{len(payload)}\n".encode() + payload


def encode_end(mark: str, group: int) -> bytes:
    """What goes to `END_COMMAND`."""
    return f"{mark}\n{group}\n".encode()


@dataclass(frozen=True, slots=True)
class ControlWord:
    """A line of the prologue's own."""

    kind: str
    """`started`, `refused`, `exited`, `left` or `surveyed`; anything else is somebody else's words."""
    rest: str = ""

    @property
    def number(self) -> int | None:
        """The rest as a number."""
        return int(self.rest) if self.rest.isascii() and self.rest.isdigit() and len(self.rest) < 10 else None


def read_control(line: bytes) -> ControlWord:
    """A line of the session's standard error."""
    kind, _, rest = line.decode(errors="replace").strip()[:LARGEST_LINE].partition(" ")
    return ControlWord(kind, "".join(letter if letter.isprintable() else "\ufffd" for letter in rest))
