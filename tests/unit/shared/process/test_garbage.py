"""The collector is held off inside, and as it was behind, whatever happens."""

from __future__ import annotations

import gc
import time

import pytest

from shared.process.garbage import no_collector
from shared.text.lenient_json import read_json

pytestmark = pytest.mark.unit


def test_it_is_as_it_was_behind() -> None:
    with no_collector():
        assert not gc.isenabled()
        with no_collector():
            pass
        assert not gc.isenabled(), "who held it off before still does"
    assert gc.isenabled()
    with pytest.raises(KeyError), no_collector():
        raise KeyError
    assert gc.isenabled()


def test_lists_are_read_as_fast_as_texts() -> None:
    body = b"[" + b",".join([b"[" * 20 + b"]" * 20] * 25_000) + b"]"
    began = time.process_time()
    value = read_json(body)
    took = time.process_time() - began
    assert len(value.value) == 25_000
    assert took < 0.5
