from __future__ import annotations

import pytest

from services.gateway.keys.credentials import find_credentials
from shared.problem import Problem

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "headers,query,webhook,key,left",
    [
        pytest.param([(b"authorization", b"Bearer k1")], b"", False, "k1", b"", id="bearer"),
        pytest.param([(b"authorization", b"bEARER  k1 ")], b"", False, "k1", b"", id="in any case, with spaces"),
        pytest.param([(b"x-tocsin-key", b"k1")], b"", False, "k1", b"", id="our own header"),
        pytest.param([(b"x-tocsin-key", b"k2"), (b"authorization", b"Bearer k1")], b"", False, "k1", b"", id="both"),
        pytest.param([(b"authorization", b"Basic k1")], b"", False, None, b"", id="another scheme is none"),
        pytest.param([(b"authorization", b"Bearer")], b"", False, None, b"", id="a scheme alone is none"),
        pytest.param([(b"authorization", b"GenieKey k1")], b"", True, "k1", b"", id="Opsgenie's scheme on webhooks"),
        pytest.param([(b"authorization", b"GenieKey k1")], b"", False, None, b"", id="and nowhere else"),
        pytest.param([], b"source=x&key=k%31&a=b", True, "k1", b"source=x&a=b", id="the address on webhooks"),
        pytest.param([], b"key=k1", False, None, b"key=k1", id="and nowhere else: it may be a filter there"),
        pytest.param([(b"authorization", b"Bearer k1")], b"key=k2", True, "k1", b"", id="scrubbed even when not used"),
        pytest.param([], b"monkey=1", True, None, b"monkey=1", id="another parameter is left alone"),
        pytest.param([], b"key=", True, None, b"", id="an empty key is none"),
        pytest.param([], b"", False, None, b"", id="nothing"),
    ],
)
def test_a_key_is_found_where_it_may_stand(
    headers: list[tuple[bytes, bytes]], query: bytes, webhook: bool, key: str | None, left: bytes
) -> None:
    found = find_credentials(headers, query, webhook=webhook)
    assert (found.key, found.query) == (key, left)


def test_a_key_of_any_bytes_and_length_is_read_without_harm() -> None:
    found = find_credentials([(b"authorization", b"Bearer " + b"\xff" * 5000)], b"", webhook=False)
    assert found.key is not None
    assert len(found.key) == 512


@pytest.mark.parametrize("name", [b"authorization", b"x-tocsin-key", b"x-gitlab-token"])
@pytest.mark.parametrize("webhook", [True, False])
def test_a_key_that_stands_twice_is_refused_even_when_both_are_the_same(name: bytes, webhook: bool) -> None:
    with pytest.raises(Problem) as raised:
        find_credentials([(name, b"Bearer k1"), (b"accept", b"*/*"), (name, b"Bearer k1")], b"", webhook=webhook)
    assert raised.value.status == 400
