"""The kinds of steps that runbooks have. One module here is one kind, and nothing else has to know of it.

Each module carries `SPEC` (its id, form fields and an example), `STEP` (the model of its steps) and `connect`, which
makes the action from the process's edges. The registry finds them all; two with one id fail at the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import ModuleType

from pydantic import ConfigDict

from services.automation.actions.contract import SPEC_NAME, STEP_NAME, Action, ActionSpec, Edges, Step
from shared.plug_ins import by_key, plug_ins


def modules() -> list[ModuleType]:
    """Every module of a kind, by name."""
    return list(plug_ins(__name__, __path__, SPEC_NAME, STEP_NAME, "connect"))


def specs(of: Iterable[ModuleType] | None = None) -> Mapping[str, ActionSpec]:
    """What each kind says of itself, by id. Raises `RuntimeError` when two claim one id."""
    said: list[ActionSpec] = [getattr(module, SPEC_NAME) for module in (modules() if of is None else of)]
    return by_key(said, lambda spec: spec.id, "kinds of steps")


def step_models() -> Mapping[str, type[Step]]:
    """The model of each kind's steps, by the kind's id."""
    specs()
    return {getattr(module, SPEC_NAME).id: getattr(module, STEP_NAME) for module in modules()}


def request_models() -> list[type[Step]]:
    """The same as people write them: a member that a step of its kind does not have is refused.

    A misspelt `dangerous` would otherwise run a step that somebody was to approve of; what is stored is read without
    that, since a newer version may have written more.
    """
    return [_strict(model) for model in step_models().values()]


def _strict(model: type[Step]) -> type[Step]:
    members = {"model_config": ConfigDict(extra="forbid"), "__module__": __name__, "__doc__": model.__doc__}
    return type(f"{model.__name__}Request", (model,), members)


def connect_all(edges: Edges) -> Mapping[str, Action]:
    """Every kind of step, ready to run."""
    specs()
    return {getattr(module, SPEC_NAME).id: module.connect(edges) for module in modules()}
