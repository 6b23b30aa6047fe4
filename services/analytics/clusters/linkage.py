"""Groups by average link: the two groups that are most alike on average become one, until none are alike enough. Pure.

Sources: Sokal and Michener, "A statistical method for evaluating systematic relationships" (1958), known as UPGMA.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]


def link_by_average(similarity: Matrix, threshold: float) -> list[int]:
    """The group of each of n things, numbered from 0 in the order of their first members.

    `similarity` is (n, n), symmetric, each in 0 to 1; it is used up. Of pairs that are equally alike the earlier one
    goes first, so the same matrix always gives the same groups. Takes O(n²) time and no memory beside the matrix.
    """
    count = len(similarity)
    if count == 0:
        return []
    np.fill_diagonal(similarity, -1.0)
    sizes = np.ones(count, dtype=np.float32)
    parents = list(range(count))
    best = similarity.argmax(axis=1)
    best_value = similarity[np.arange(count), best]
    while True:
        one = int(best_value.argmax())
        if best_value[one] < threshold:
            break
        kept, gone = sorted((one, int(best[one])))
        _join(similarity, sizes, kept, gone)
        parents[gone] = kept
        best_value[gone] = -1.0
        stale = np.flatnonzero(((best == kept) | (best == gone)) & (best_value > -1.0))
        stale = np.union1d(stale, [kept])
        best[stale] = similarity[stale].argmax(axis=1)
        best_value[stale] = similarity[stale, best[stale]]
        # the joined group is less alike to others than its nearer half was: nobody else's best became better
    return _numbered(parents)


def _join(similarity: Matrix, sizes: NDArray[np.float32], kept: int, gone: int) -> None:
    """Make of two rows and columns the one of the joined group, weighted by how many are in each."""
    total = sizes[kept] + sizes[gone]
    row = (similarity[kept] * sizes[kept] + similarity[gone] * sizes[gone]) / total
    row[[kept, gone]] = -1.0
    # groups that have joined another one stay out
    row[similarity[kept] < 0] = -1.0
    similarity[kept], similarity[:, kept] = row, row
    similarity[gone], similarity[:, gone] = -1.0, -1.0
    sizes[kept] = total


def _numbered(parents: list[int]) -> list[int]:
    numbers: dict[int, int] = {}
    groups = []
    for thing in range(len(parents)):
        root = thing
        while parents[root] != root:
            root = parents[root]
        groups.append(numbers.setdefault(root, len(numbers)))
    return groups
