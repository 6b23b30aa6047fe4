"""A file of recorded series, as the backtest reads it. Pure.

JSON lines (or one JSON list), an object for each series, of the shape of `POST /metrics/samples`: `points` as
`[[at, value], …]` (`at` in RFC 3339, or in seconds since 1970), `limit`, and, where there is more to say, `limit_kind`
(upper), `horizon_seconds` (7200), `host`, `metric`, `kind` (a word to group the table by) and `crossing_at`. Or CSV
with a header and the columns `at`, `value`, `limit` and, if wanted, `series` (or `host`, `metric`), `limit_kind`,
`horizon_seconds`, `kind`: a row for each sample.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import orjson

from services.analytics.forecast.series import Floats
from shared.vocabulary import LimitKind

HORIZON_SECONDS = 7200.0


class BadRecording(ValueError):
    """The file can't be read; the message names the line or series, and the member."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded series: `at` (n,) in seconds since 1970 and `values` (n,), as they were sent."""

    name: str
    kind: str
    at: Floats
    values: Floats
    limit: float
    limit_kind: LimitKind
    horizon: float
    crossing_at: float | None = None
    """When the limit was reached, where the file says it; else the samples tell."""


def read(text: str) -> list[Recording]:
    """The series of a file, in its order. Raises `BadRecording`."""
    start = text.lstrip("\ufeff \t\r\n")
    if not start:
        return []
    if start[0] == "[":
        return [_series(one, f"series {place}") for place, one in enumerate(_list(start), 1)]
    if start[0] == "{":
        lines = enumerate(start.splitlines(), 1)
        return [_series(_object(line, place), f"line {place}") for place, line in lines if line.strip()]
    return list(_from_csv(start))


def _list(text: str) -> list[Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadRecording(f"the file is no JSON: {error}") from None
    return found if isinstance(found, list) else [found]


def _object(line: str, place: int) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadRecording(f"line {place} is no JSON: {error}") from None


def _series(value: Any, where: str) -> Recording:
    if not isinstance(value, Mapping):
        raise BadRecording(f"{where} is no object")
    points = value.get("points")
    if not isinstance(points, list) or not all(isinstance(one, list) and len(one) == 2 for one in points):
        raise BadRecording(f"{where}: points is no list of pairs of time and value")
    at = [_seconds(one[0], f"{where}: points/{place}/0") for place, one in enumerate(points)]
    values = [_number(one[1], f"{where}: points/{place}/1") for place, one in enumerate(points)]
    said = value.get("crossing_at")
    return _recording(value, at, values, where, None if said is None else _seconds(said, f"{where}: crossing_at"))


def _recording(
    value: Mapping[str, Any], at: list[float], values: list[float], where: str, crossing_at: float | None = None
) -> Recording:
    kind = str(value.get("limit_kind") or LimitKind.UPPER)
    if kind not in list(LimitKind):
        raise BadRecording(f"{where}: limit_kind is {kind!r}, not upper or lower")
    limit = _number(value.get("limit"), f"{where}: limit")
    if not np.isfinite(limit):
        raise BadRecording(f"{where}: limit is no number")
    names = [str(value[name]) for name in ("series", "host", "metric") if value.get(name)]
    return Recording(
        name=" ".join(names) or where,
        kind=str(value.get("kind") or "all"),
        at=np.array(at, dtype=np.float64),
        values=np.array(values, dtype=np.float64),
        limit=limit,
        limit_kind=LimitKind(kind),
        horizon=_number(value.get("horizon_seconds") or HORIZON_SECONDS, f"{where}: horizon_seconds"),
        crossing_at=crossing_at,
    )


def _from_csv(text: str) -> Iterator[Recording]:
    reader = csv.DictReader(io.StringIO(text))
    missing = {"at", "value", "limit"} - set(reader.fieldnames or ())
    if missing:
        raise BadRecording(f"the file is neither JSON nor CSV with the column {', '.join(sorted(missing))}")
    rows: dict[tuple[str, ...], list[tuple[int, dict[str, Any]]]] = {}
    for place, row in enumerate(reader, 2):
        key = tuple(str(row.get(name) or "") for name in ("series", "host", "metric", "kind", "limit"))
        rows.setdefault(key, []).append((place, row))
    for found in rows.values():
        at = [_seconds(row["at"], f"line {place}: at") for place, row in found]
        values = [_number(row["value"], f"line {place}: value") for place, row in found]
        yield _recording(found[0][1], at, values, f"line {found[0][0]}")


def _number(value: Any, where: str) -> float:
    try:
        return float("nan") if value is None and "points" in where else float(value)
    except (TypeError, ValueError):
        raise BadRecording(f"{where} is no number") from None


def _seconds(value: Any, where: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        return float(str(value))
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(str(value)).timestamp()
    except ValueError:
        raise BadRecording(f"{where} is no time: RFC 3339, or seconds since 1970") from None
