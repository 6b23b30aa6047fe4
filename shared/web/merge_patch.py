"""Editing by a JSON merge patch (RFC 7396) of the top-level fields, and refusing what makes no sense.

Null takes a field back to its default; the outcome is checked as a new object would be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from shared import problem
from shared.problem import Problem

Model = TypeVar("Model", bound=BaseModel)
Fault = tuple[str, str]
"""A JSON pointer and what is wrong there."""


def apply_patch(current: BaseModel, patch: dict[str, Any], into: type[Model]) -> Model:
    """`current` with the patch, as `into`. Raises FastAPI's error for a body that does not fit."""
    fields = {**current.model_dump(mode="json"), **patch}
    try:
        return into.model_validate({name: value for name, value in fields.items() if value is not None})
    except ValidationError as error:
        raise RequestValidationError(
            [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_url=False)]
        ) from error


def refuse(faults: Sequence[Fault]) -> None:
    """Raise a 422 `Problem` that names each fault; none: nothing happens."""
    if faults:
        detail = "; ".join(f"{pointer}: {reason}" for pointer, reason in faults[:5])
        raise Problem(422, "invalid", detail, errors=[problem.Fault(pointer, reason) for pointer, reason in faults])
