"""A runbook's parameters: typed, each an environment variable of exactly its name in scripts. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from services.automation.scripts.rules import why_name_refused
from services.automation.values.template import NoValue, faults_of, names_in, render
from services.automation.values.values import Root, Values
from shared.stored import Stored

MAX_VALUE = 8192
"""Characters of a value: environments have an end."""
MAX_CHOICES = 100
Value = str | int | float | bool
Fault = tuple[str, str]
"""A JSON pointer, and what is wrong there."""


class ParameterType(StrEnum):
    """What values a parameter takes."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    SECRET = "secret"  # noqa: S105 - a word of the contract
    """A text that is sealed where it is kept and masked wherever it would be seen."""


class Parameter(Stored):
    """One parameter."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
    type: ParameterType = ParameterType.STRING
    description: Annotated[str, Field(max_length=1000)] = ""
    default: Annotated[str, Field(max_length=MAX_VALUE)] | bool | int | float | None = None
    """A value, or a template of one: `{{ alert.labels.host }}`. Null: who starts the runbook must say it."""
    choices: Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=MAX_CHOICES)] = []
    """Only these, where any are given."""
    sealed: str | None = None
    """A secret's default, as it is kept."""

    @property
    def is_secret(self) -> bool:
        """True where nobody may see the value."""
        return self.type is ParameterType.SECRET

    @property
    def is_template(self) -> bool:
        """True when the default is filled in at the start."""
        return isinstance(self.default, str) and any(True for _ in names_in(self.default))


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the parameters of a run are, as texts, and what is wrong with them."""

    texts: Mapping[str, str]
    faults: Sequence[Fault] = ()


def parameter_faults(parameters: Sequence[Parameter]) -> list[Fault]:
    """What is wrong with a runbook's parameters, each with a pointer from the runbook on."""
    faults: list[Fault] = []
    for number, one in enumerate(parameters):
        at = f"/parameters/{number}"
        if any(other.name == one.name for other in parameters[:number]):
            faults.append((f"{at}/name", f"there is another parameter called {one.name!r}"))
        if why := why_name_refused(one.name):
            faults.append((f"{at}/name", why))
        if one.is_template:
            faults += [(f"{at}/default", detail) for detail in faults_of(str(one.default), ())]
            if one.is_secret:
                faults.append((f"{at}/default", "a secret is no template"))
        elif one.default is not None:
            faults += [(f"{at}/default", detail) for detail in value_faults(one, one.default)]
        for place, choice in enumerate(one.choices):
            faults += [(f"{at}/choices/{place}", detail) for detail in type_faults(one, choice)]
    return faults


def resolve(
    parameters: Sequence[Parameter],
    given: Mapping[str, Value | None],
    values: Values,
    open_sealed: Callable[[str], str | None],
) -> Resolution:
    """What was given, else the default; a parameter that has neither, or is not known, is a fault.

    `values` are the incident's and the alert's; pointers are those of a run's body.
    """
    known = {one.name for one in parameters}
    faults: list[Fault] = [
        (f"/parameters/{_escaped(name)}", "there is no parameter of this name") for name in given if name not in known
    ]
    texts: dict[str, str] = {}
    for one in parameters:
        at = f"/parameters/{one.name}"
        value = given.get(one.name)
        if value is None:
            try:
                value = _default_of(one, values, open_sealed)
            except NoValue as missing:
                faults.append((at, f"it has no value: the default names {missing}, which there is none of here"))
                continue
        if value is None:
            faults.append((at, "it has no value and no default"))
        elif wrong := value_faults(one, value):
            faults += [(at, detail) for detail in wrong]
        else:
            texts[one.name] = as_text(value)
    return Resolution(texts, faults)


def _default_of(one: Parameter, values: Values, open_sealed: Callable[[str], str | None]) -> Value | None:
    if one.sealed is not None:
        return open_sealed(one.sealed)
    return render(str(one.default), values) if one.is_template else one.default


def value_faults(parameter: Parameter, value: Value) -> list[str]:
    """What is wrong with a value of this parameter."""
    if faults := type_faults(parameter, value):
        return faults
    if parameter.choices and as_text(value) not in parameter.choices:
        return ["it is none of the choices"]
    return []


def type_faults(parameter: Parameter, value: Value) -> list[str]:
    """What is wrong with a value for this parameter's type; texts that read as one are taken."""
    text = as_text(value)
    if len(text) > MAX_VALUE:
        return [f"it is longer than {MAX_VALUE} characters"]
    if "\x00" in text:
        return ["it holds a NUL, which no environment can"]
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return ["it holds half of a pair of surrogates"]
    match parameter.type:
        case ParameterType.INTEGER if not _reads_as(int, text):
            return ["it is no whole number"]
        case ParameterType.NUMBER if not _reads_as(float, text):
            return ["it is no number"]
        case ParameterType.BOOLEAN if text not in ("true", "false"):
            return ["it is neither true nor false"]
        case _:
            return []


def as_text(value: Value) -> str:
    """A value as an environment and a template have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def with_parameters(values: Values, parameters: Sequence[Parameter], texts: Mapping[str, str]) -> Values:
    """The values with those of the parameters."""
    return values.with_all(Root.PARAMETERS, texts, [one.name for one in parameters if one.is_secret])


def _reads_as(kind: type[int | float], text: str) -> bool:
    try:
        return len(text) <= 40 and math.isfinite(kind(text)) and "_" not in text
    except ValueError:
        return False


def _escaped(name: str) -> str:
    return name[:200].replace("~", "~0").replace("/", "~1")
