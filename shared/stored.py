"""The base of what a service keeps and shows: a frozen model whose copies name only fields that it has."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Stored(BaseModel):
    """A frozen model; members of a document that it does not know are ignored.

    pydantic's own `model_copy(update=…)` takes an unknown name without a word and drops it when the copy is written.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    def changed(self, **fields: Any) -> Self:
        """A copy with these fields; they are taken as they are, not validated again.

        Raises:
            TypeError: the model has no field of this name.
        """
        if unknown := fields.keys() - type(self).model_fields.keys():
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(unknown))}")
        return self.model_copy(update=fields)
