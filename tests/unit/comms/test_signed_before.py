"""What subscribers and receivers of webhooks hold of the release before stays good; what is derived stays the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.comms.channels.messages.webhook import signed_headers, signing_secret
from services.comms.status_pages.subscribers.links import Claim, Wish, read_token
from services.comms.status_pages.subscribers.subscriber import subscriber_id
from services.comms.war_rooms.war_room import call_room

pytestmark = pytest.mark.unit

KEY = "a secret of the field"
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "token, wish",
    [
        pytest.param(
            "WyJjb25maXJtIiwic3BfMSIsInMxIiwxNzk1MjYyNDAwXQ.BRAnccokT4SZPCX3xpr6vixDgN-sk803zuCjNr1LZ04",
            Wish.CONFIRM,
            id="to confirm",
        ),
        pytest.param(
            "WyJ1bnN1YnNjcmliZSIsInNwXzEiLCJzMSIsbnVsbF0.FPE-st8oYTFhxFw2772BN2r6mBFaeaa93J6y56QW9Ss",
            Wish.UNSUBSCRIBE,
            id="to unsubscribe",
        ),
    ],
)
def test_a_link_to_a_subscriber(token: str, wish: Wish) -> None:
    assert read_token(KEY, token, wish, NOON - timedelta(seconds=1)) == Claim(wish, "sp_1", "s1")


def test_a_subscriber_is_known_again() -> None:
    assert subscriber_id(KEY, "sp_1", "sara@example.org") == "3fac3c5ab0b3fbe242041d0b932862a9"


def test_a_receiver_knows_our_signature() -> None:
    secret = signing_secret(KEY, "sara", "m1")
    assert secret == "whsec_ErRbiGdvnEakeiFuF5Qe7YMJBgZMHeRiMxKQOtCIJG4="
    signature = signed_headers([secret], "p1", NOON, b"{}")["webhook-signature"]
    assert signature == "v1,KN38npu/QmcJRWyW4fHZfuJ61LFu2WWjwqFqS+a8L5U="


def test_a_call_room_keeps_its_name() -> None:
    assert call_room(KEY, "INC-20261121-0001") == "tocsin-inc-20261121-0001-19193a0e229a177c3eec9bd9"
