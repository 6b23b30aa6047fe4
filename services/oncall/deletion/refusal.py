"""How a deletion of what is in use is refused: every user by kind, id and name, as far as the caller may know of it."""

from __future__ import annotations

from collections.abc import Sequence

from services.oncall.access import may_see
from services.oncall.deletion.usage import Use, UserOf
from services.oncall.directory.entry import Kind
from shared.problem import Fault, Problem

NAMED_LIMIT = 100
"""Users of one thing that a refusal names; how many there are it always says."""

_MANY = {
    UserOf.SCHEDULE: "schedules",
    UserOf.POLICY: "policies",
    UserOf.TEAM: "teams",
    UserOf.SERVICE: "services",
    UserOf.SETTING: "settings",
}


def refuse_if_used(kind: Kind, key: str, uses: Sequence[Use], teams: Sequence[str]) -> None:
    """Raise a 409 `Problem` when there are users; to who is limited to `teams` those of others are only counted."""
    if not uses:
        return
    seen = [one for one in uses if may_see(teams, one.team)]
    counts = {one.kind: sum(other.kind is one.kind for other in uses) for one in uses}
    whole = ", ".join(f"{count} {word.value if count == 1 else _MANY[word]}" for word, count in counts.items())
    hidden = f" {len(uses) - len(seen)} of these belong to other teams." if len(seen) < len(uses) else ""
    raise Problem(
        409,
        "in_use",
        f"The {kind.value} {key!r} is in use by {whole}, which would lose it.{hidden} "
        "`?force=true` deletes it all the same: what it held becomes a gap at once.",
        errors=[
            Fault(
                "",
                f"the {one.kind.value} {one.name!r} ({one.id}) {one.how} {key!r}",
                named=(("kind", one.kind.value), ("id", one.id), ("name", one.name)),
            )
            for one in seen[:NAMED_LIMIT]
        ],
    )
