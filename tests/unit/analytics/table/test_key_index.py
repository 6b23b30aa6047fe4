"""Which row a key has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.analytics.table.key_index import KeyIndex


@given(st.lists(st.text(max_size=6)))
def test_it_numbers_keys_as_a_dict_does(keys: list[str]) -> None:
    index, expected = KeyIndex(), {key: number for number, key in enumerate(dict.fromkeys(keys))}
    assert [index.add(key) for key in keys] == [expected[key] for key in keys]
    assert len(index) == len(expected)
    assert all(index.find(key) == number for key, number in expected.items())
    assert index.find("never said") is None


def test_it_grows_and_finds_all() -> None:
    index = KeyIndex()
    numbers = [index.add(f"INC-{number}") for number in range(20_000)]
    assert numbers == list(range(20_000))
    assert [index.find(f"INC-{number}") for number in range(20_000)] == numbers
    assert index.nbytes < 32 * 20_000
