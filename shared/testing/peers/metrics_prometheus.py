"""The real Prometheus as a peer that holds metrics: filled with past samples by its own tool, and it may send by remote
write what it scrapes of itself. It is Debian's package `prometheus`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from shared.testing.peers.peer import Peer
from shared.testing.peers.prometheus import PACKAGE, PROGRAM

TOOL = "promtool"


class MetricsPrometheus(Peer):
    """A running Prometheus with these samples: (name, labels, pairs of seconds and value)."""

    def __init__(
        self,
        series: Sequence[tuple[str, Mapping[str, str], Sequence[tuple[float, float]]]] = (),
        *,
        remote_write: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(PROGRAM, PACKAGE)
        storage = self.folder / "storage"
        storage.mkdir()
        if series:
            self._fill(series)
        scrape = {"job_name": "itself", "static_configs": [{"targets": [f"127.0.0.1:{self.port}"]}]}
        configuration = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1h"},
            "scrape_configs": [scrape] if remote_write else [],
            "remote_write": [dict(remote_write)] if remote_write else [],
        }
        (self.folder / "configuration.json").write_text(json.dumps(configuration))  # JSON is YAML
        self.start(
            [
                f"--config.file={self.folder / 'configuration.json'}",
                f"--storage.tsdb.path={storage}",
                f"--web.listen-address=127.0.0.1:{self.port}",
            ]
        )

    def _fill(self, series: Sequence[tuple[str, Mapping[str, str], Sequence[tuple[float, float]]]]) -> None:
        lines = []
        for name, labels, points in series:
            inner = ",".join(f'{label}="{value}"' for label, value in labels.items())
            lines.append(f"# TYPE {name} gauge")
            lines += [f"{name}{{{inner}}} {value} {at:.3f}" for at, value in points]
        text = self.folder / "samples.txt"
        text.write_text("\n".join([*lines, "# EOF", ""]))
        tool = shutil.which(TOOL) or TOOL
        subprocess.run(  # noqa: S603 - a fixed program, our arguments
            [tool, "tsdb", "create-blocks-from", "openmetrics", str(text), str(self.folder / "storage")],
            check=True,
            capture_output=True,
            timeout=60,
        )
