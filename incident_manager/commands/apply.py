"""`apply -f FILE`: makes the gateway what a file says and shows the difference. The same file again changes nothing."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from incident_manager.client.errors import BadInput
from incident_manager.commandline.contract import Command
from incident_manager.commandline.exit_codes import ExitCode
from incident_manager.commandline.run import Run
from incident_manager.declared.applied_file import AppliedFile, default_path
from incident_manager.declared.carrying_out import carry_out
from incident_manager.declared.difference import shown
from incident_manager.declared.plan import Action, Planned, make_plan
from incident_manager.declared.reading import read_present
from incident_manager.declared.tree import Tree, read_tree
from incident_manager.texts.words import Words

ORDER = 60
MOST_BYTES = 10 * 1024 * 1024
SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-"}


def _arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("-f", "--file", required=True, metavar="FILE", help=words("help.tree_file"))
    parser.add_argument("--dry-run", action="store_true", help=words("help.dry_run"))
    parser.add_argument("--prune", action="store_true", help=words("help.prune"))
    parser.add_argument("--yes", action="store_true", help=words("help.yes"))
    parser.add_argument("--state", metavar="FILE", help=words("help.state"))


def _run(run: Run, asked: argparse.Namespace) -> int:
    tree = read_file(Path(asked.file).expanduser())
    state = Path(asked.state).expanduser() if asked.state else default_path(run.settings.url, run.environ)
    applied = AppliedFile(state, tree.name)
    steps = make_plan(tree, read_present(run.gateway, tree), applied.kinds, prune=asked.prune)
    gone = [step for step in steps if step.action is Action.DELETE]
    shown_steps = [step for step in steps if not step.is_rest]
    if not run.printer.wants_json:
        show(run, shown_steps)
    if asked.dry_run or not steps:
        return _end(run, shown_steps, ExitCode.DONE, is_done=False)
    if gone and not asked.yes:
        run.printer.complain(run.words("apply.needs_yes", count=len(gone)))
        return _end(run, shown_steps, ExitCode.USAGE, is_done=False)
    carry_out(run.gateway, steps, applied, lambda step: run.printer.say(run.words("apply.step", **_named(step))))
    return _end(run, shown_steps, ExitCode.DONE, is_done=True)


def read_file(path: Path) -> Tree:
    """The tree in a file. Raises `BadInput` with the place of each fault, and `OSError`."""
    with path.open("rb") as file:
        body = file.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise BadInput(f"{path} is larger than {MOST_BYTES} bytes.")
    try:
        encoding = "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        return read_tree(body.decode(encoding))
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is no {error.encoding} text, from byte {error.start} on.") from error


def show(run: Run, steps: Sequence[Planned]) -> None:
    """The difference: what is made, changed and deleted, member by member."""
    if run.printer.is_quiet:
        return
    for step in steps:
        run.printer.line(f"{SIGNS[step.action]} {step.kind.name} {step.id}")
        for one in step.changes:
            after = _short(shown(one.after, one.name))
            before = f"{_short(shown(one.before, one.name))} → " if step.action is Action.UPDATE else ""
            run.printer.block(f"    {one.name}: {before}{after}")


def _end(run: Run, steps: Sequence[Planned], code: ExitCode, *, is_done: bool) -> ExitCode:
    if run.printer.wants_json:
        run.printer.json({"applied": is_done, "changes": [step.as_json() for step in steps]})
        return code
    count = Counter(step.action for step in steps)
    key = "apply.done" if is_done else "apply.plan"
    if not run.printer.is_quiet:
        values = {"made": count[Action.CREATE], "changed": count[Action.UPDATE], "deleted": count[Action.DELETE]}
        run.printer.line(run.words(key, **values) if steps else run.words("apply.nothing"))
    return code


def _named(step: Planned) -> dict[str, object]:
    return {"action": step.action.value, "kind": step.kind.name, "id": step.id}


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 400 else f"{text[:400]}…"


COMMAND = Command("apply", _arguments, _run)
