"""How long ten thousand forecasts take on one core, how much memory; and how exact they are beside a straight line.

`python -m bench.forecasts` measures the first two in a process of its own, and prints them as JSON.
"""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
import time

import numpy as np

from bench.figures import Figure
from bench.forecast_series import BEGAN, generate
from services.analytics.backtest.comparison import sum_up, try_out
from services.analytics.backtest.recording import read
from services.analytics.forecast.forecast import Outcome, forecast
from shared.vocabulary import LimitKind

MANY = 10_000
POINTS, STEP = 480, 15.0
"""Two hours."""
GOAL_SECONDS, GOAL_MEGABYTES = 60.0, 500.0
EACH = 40
LIMITS = {"line": 1.05, "reset": 0.5, "season": 0.5}
"""What the median error may be of the line's."""


def main() -> None:
    """Forecast all of them, which are in memory at once as they are where they are kept."""
    rng = np.random.default_rng(20261130)
    at = BEGAN + STEP * np.arange(POINTS)
    starts, ends = rng.uniform(20, 60, MANY), rng.uniform(40, 100, MANY)
    many = starts[:, None] + (ends - starts)[:, None] * np.linspace(0, 1, POINTS)[None, :]
    many += rng.normal(0, 1, many.shape)
    began = time.process_time()
    outcomes = [forecast(at, values, 90.0, LimitKind.UPPER, float(at[-1])).outcome for values in many]
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    said = {"seconds": seconds, "megabytes": peak, "expected": outcomes.count(Outcome.EXPECTED)}
    sys.stdout.write(json.dumps(said) + "\n")


def measure() -> list[Figure]:
    """All figures."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    ran = subprocess.run([sys.executable, "-m", "bench.forecasts"], capture_output=True, check=True, env=env)
    said = json.loads(ran.stdout)
    note = f"a crossing is expected in {said['expected']}"
    figures = [
        Figure(f"{MANY} series of 2 h at 15 s forecast", said["seconds"], "s", GOAL_SECONDS, note=note),
        Figure("memory of that", said["megabytes"], "MB", GOAL_MEGABYTES),
    ]
    recordings = read(b"\n".join(one.to_line(place) for place, one in enumerate(generate(1, EACH))).decode())
    for row in sum_up((one, try_out(one)) for one in recordings):
        note = f"median error {row.ours:.0f} s, the line's {row.line:.0f} s"
        ratio = max(row.ratio, 0.001) if not math.isnan(row.ratio) else 0.0
        figures.append(
            Figure(f"crossings of kind {row.kind}, error over a line's", ratio, "", LIMITS[row.kind], note=note)
        )
    return figures


if __name__ == "__main__":
    main()
