"""The filters and tests of templates: Jinja's, each held to values for which it ends soon. Pure.

Python's operators mean more than a template's writer does: `'%999999999d' is odd` formats a text of a gigabyte, and
rounding a text up repeats it. So each one that computes takes numbers only, and small ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from jinja2 import Environment
from jinja2 import filters as jinja

PRECISION_LIMIT = 10
"""The most digits before or after the point to which `round` rounds."""
NUMBER_LIMIT = 10**15
CUT_LIMIT = 50
"""The most characters that `trim` takes away at the ends: it looks at each of them for each of the text's."""
_DIGITS_LIMIT = 30
_ENVIRONMENT = Environment(autoescape=False)  # noqa: S701 - asked by `truncate` for its leeway, renders nothing


class NotUsable(Exception):
    """A template did something with a value that can't be done with it; the message says what."""


@dataclass(frozen=True)
class Missing:
    """What is not there: it may be asked for (`is defined`) and replaced (`default`), and used for nothing else."""

    what: str


def give(value: Any) -> Any:
    """A value that is to be used. Raises `NotUsable` for one that is not there."""
    if isinstance(value, Missing):
        raise NotUsable(f"{value.what!r} is not there")
    return value


def _number(value: Any) -> Any:
    if not isinstance(give(value), int | float):
        raise NotUsable(f"a number is needed, not {str(value)[:50]!r}")
    return value


def _text(value: Any) -> str:
    return str(value) if not isinstance(give(value), str) else value


def _default(value: Any, instead: Any = "", boolean: bool = False, **named: Any) -> Any:
    instead = named.pop("default_value", instead)
    if named:
        raise NotUsable(f"`default` takes no {next(iter(named))!r}")
    return instead if isinstance(value, Missing) or (boolean and not value) else value


def _end(place: Literal[0, -1]) -> Callable[[Any], Any]:
    def of(value: Any) -> Any:
        if not isinstance(give(value), str | list | tuple | Mapping):
            raise NotUsable("only a list or a text has a first and a last")
        whole = value if not isinstance(value, Mapping) else list(value)
        return whole[place] if whole else Missing("one of an empty list")

    return of


def _int(value: Any, default: Any = 0, base: Any = 10) -> Any:
    if isinstance(give(value), str) and len(value) > _DIGITS_LIMIT:
        return default
    try:
        number: Any = jinja.do_int(value, default, base)
    except OverflowError:
        return default
    return number if not isinstance(number, int) or abs(number) <= NUMBER_LIMIT else default


def _round(value: Any, precision: Any = 0, method: Any = "common") -> Any:
    if type(precision) is not int or abs(precision) > PRECISION_LIMIT:
        raise NotUsable(f"`round` takes a precision from -{PRECISION_LIMIT} to {PRECISION_LIMIT}")
    return jinja.do_round(_number(value), precision, method)


def _trim(value: Any, chars: Any = None) -> str:
    if chars is not None and len(_text(chars)) > CUT_LIMIT:
        raise NotUsable(f"`trim` takes at most {CUT_LIMIT} characters away")
    return jinja.do_trim(_text(value), chars)


def _truncate(
    value: Any,
    length: Any = 255,
    killwords: Any = False,
    end: Any = "...",
    leeway: Any = None,
) -> str:
    length, end = _number(length), _text(end)
    if length < len(end) or (leeway is not None and _number(leeway) < 0):
        raise NotUsable("`truncate` takes a length that has room for its end")
    return jinja.do_truncate(_ENVIRONMENT, _text(value), length, bool(killwords), end, leeway)


FILTERS: dict[str, Callable[..., Any]] = {
    "abs": lambda value: abs(_number(value)),
    "capitalize": lambda value: jinja.do_capitalize(_text(value)),
    "d": _default,
    "default": _default,
    "e": lambda value: jinja.FILTERS["escape"](_text(value)),
    "escape": lambda value: jinja.FILTERS["escape"](_text(value)),
    "first": _end(0),
    "int": _int,
    "last": _end(-1),
    "length": lambda value: len(give(value)),
    "lower": lambda value: jinja.do_lower(_text(value)),
    "round": _round,
    "title": lambda value: jinja.do_title(_text(value)),
    "trim": _trim,
    "truncate": _truncate,
    "upper": lambda value: jinja.do_upper(_text(value)),
}
TESTS: dict[str, Callable[..., bool]] = {
    "defined": lambda value: not isinstance(value, Missing),
    "undefined": lambda value: isinstance(value, Missing),
    "none": lambda value: give(value) is None,
    "true": lambda value: give(value) is True,
    "false": lambda value: give(value) is False,
    "string": lambda value: isinstance(give(value), str),
    "number": lambda value: isinstance(give(value), int | float),
    "odd": lambda value: bool(_number(value) % 2 == 1),
    "even": lambda value: bool(_number(value) % 2 == 0),
    "in": lambda value, many: give(value) in many,
    "eq": lambda value, other: bool(give(value) == other),
    "ne": lambda value, other: bool(give(value) != other),
}
