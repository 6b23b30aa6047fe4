"""The samples of a series over a week, as a forecast takes them: the newest hours whole, before them medians.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.analytics.forecast.season import SLOT
from services.analytics.forecast.series import LONGEST_SECONDS, Series, medians
from services.analytics.samples.block import Block

WHOLE_SECONDS = 6 * 3600.0
NOTHING = Series(np.empty(0), np.empty(0))


def extend(known: Series, blocks: Sequence[Block]) -> Series:
    """The history with these blocks, in order, in place of what is known since the first of them began."""
    if not blocks:
        return known
    at = np.concatenate([block.millis for block in blocks]).astype(np.float64) / 1000
    values = np.concatenate([block.values for block in blocks])
    kept = known.part(0, int(np.searchsorted(known.at, at[0]))) if len(at) else known
    return thin(Series(np.concatenate([kept.at, at]), np.concatenate([kept.values, values])))


def thin(series: Series) -> Series:
    """The same without what is older than a week, and with medians for what is older than six hours, by its newest."""
    if not len(series):
        return series
    newest = series.at[-1]
    series = series.part(int(np.searchsorted(series.at, newest - LONGEST_SECONDS)))
    whole = int(np.searchsorted(series.at, np.floor((newest - WHOLE_SECONDS) / SLOT) * SLOT))
    if whole == 0:
        return series
    # bins are those of the clock, so that medians of medians are themselves
    start = np.floor(series.at[0] / SLOT) * SLOT
    at, values = medians(Series(series.at[:whole] - start, series.values[:whole]), SLOT, first=0.0)
    rest = series.part(whole)
    return Series(np.concatenate([at + start, rest.at]), np.concatenate([values, rest.values]))
