"""What others hear of a delivery names nobody."""

from __future__ import annotations

import pytest

from services.comms.delivery.outcome import refused, without_addresses

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "detail, told",
    [
        pytest.param("550 <sara@example.org>: unknown user", "550 <[address]>: unknown user", id="the same"),
        pytest.param("550 SARA@example.org is unknown", "550 [address] is unknown", id="in another case"),
        pytest.param("451 sara+ops@example.org, try later", "451 [address], try later", id="another mailbox"),
        pytest.param("452 too many recipients @ once", "452 too many recipients @ once", id="no mailbox"),
        pytest.param("", "", id="nothing said"),
    ],
)
def test_the_providers_words_travel_without_addresses(detail: str, told: str) -> None:
    assert without_addresses(detail, "sara@example.org") == told


def test_an_address_is_hidden_as_it_stood_in_the_envelope() -> None:
    assert without_addresses('550 <"a..b"@x.org> unknown', "a..b@x.org") == "550 <[address]> unknown"
    assert without_addresses("550 nadia@xn--bcher-kva.example", "nadia@bücher.example") == "550 [address]"


def test_nothing_of_an_address_stays_where_the_words_are_cut() -> None:
    words = f"550 {'x' * 283} reject.private@example.org"
    assert "private" not in refused(words).without("reject.private@example.org").detail


def test_a_webhooks_address_is_left_out_too() -> None:
    words = "no answer from https://hooks.example.org/T0/secret within 5 s"
    assert "secret" not in without_addresses(words, "https://hooks.example.org/T0/secret")
