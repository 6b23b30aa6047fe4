"""What stands for a key in a message that monitoring published itself."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from services.ingest.intake.amqp import read_amqp_message
from shared.bus.consumer import EXCHANGE
from shared.bus.dead_letters import KEY, KEY_DIGEST

DIGEST = hashlib.sha256(b"the key").hexdigest()


@pytest.mark.parametrize(
    "headers, digest",
    [
        pytest.param({KEY: "the key", EXCHANGE: "tocsin.alerts.in"}, DIGEST, id="the key itself"),
        pytest.param({KEY_DIGEST: DIGEST, EXCHANGE: ""}, DIGEST, id="a dead letter that was put back"),
        pytest.param({KEY_DIGEST: DIGEST, EXCHANGE: "tocsin.alerts.in"}, "", id="a digest that somebody published"),
        pytest.param({KEY_DIGEST: DIGEST}, "", id="a digest from nobody knows where"),
        pytest.param({}, "", id="nothing"),
    ],
)
def test_a_digest_is_no_key_but_in_a_letter_that_we_put_back(headers: dict[str, Any], digest: str) -> None:
    assert read_amqp_message(b"{}", headers).digest == digest
