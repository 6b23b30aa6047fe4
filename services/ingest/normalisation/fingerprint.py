"""Alertmanager's fingerprint of an alert: FNV-1a over its sorted labels, so that one alert has one key by either way.

Source: prometheus/common, `model.LabelSet.Fingerprint`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from services.ingest.normalisation.normalise import as_text
from shared.ids import derive_id

_OFFSET = 14695981039346656037
_PRIME = 1099511628211
_WORD = 2**64 - 1
LONGEST = 16_384
"""Labels of more characters are no alert of Prometheus; their key is a hash that costs less."""


def fingerprint(labels: Mapping[str, object]) -> str:
    """16 hexadecimal digits; labels without a value do not count."""
    pairs = sorted((name, as_text(value)) for name, value in labels.items() if value not in ("", None))
    if sum(len(name) + len(value) for name, value in pairs) > LONGEST:
        return derive_id("labels", *(part for pair in pairs for part in pair))[:16]
    return _hash("\x00".join(f"{name}\x00{value}" for name, value in pairs).encode("utf-8", "replace"))


@lru_cache(maxsize=20_000)
def _hash(text: bytes) -> str:
    number = _OFFSET
    for byte in text + b"\x00" if text else text:
        # the separator of prometheus/common is 0xff, which no UTF-8 text holds
        number = ((number ^ (byte or 0xFF)) * _PRIME) & _WORD
    return f"{number:016x}"
