"""What subscribers and receivers of webhooks hold while a secret is changed."""

from __future__ import annotations

from datetime import UTC, datetime

from services.comms.channels.messages.webhook import signed_headers, signing_secret, signing_secrets
from services.comms.status_pages.subscribers.links import Claim, Wish, make_token, read_token
from services.comms.status_pages.subscribers.subscriber import subscriber_id, subscriber_ids

NOW = datetime(2026, 3, 29, 1, tzinfo=UTC)
OLD, NEW = 20 * "o", 20 * "n"
BOTH = f"{NEW},{OLD}"


def test_a_link_of_before_still_ends_a_subscription() -> None:
    claim = Claim(Wish.UNSUBSCRIBE, "sp_1", "s1")
    assert read_token(BOTH, make_token(OLD, claim), Wish.UNSUBSCRIBE, NOW) == claim
    assert read_token(NEW, make_token(OLD, claim), Wish.UNSUBSCRIBE, NOW) is None
    assert make_token(BOTH, claim) == make_token(NEW, claim)


def test_who_subscribed_before_is_known_again() -> None:
    assert subscriber_ids(BOTH, "sp_1", "a@b") == [
        subscriber_id(NEW, "sp_1", "a@b"),
        subscriber_id(OLD, "sp_1", "a@b"),
    ]


def test_a_page_is_signed_for_receivers_with_either_secret() -> None:
    given = signed_headers(signing_secrets(BOTH, "sara", "hook"), "p1", NOW, b"{}")["webhook-signature"].split(" ")
    for secret in (NEW, OLD):
        alone = signed_headers([signing_secret(secret, "sara", "hook")], "p1", NOW, b"{}")["webhook-signature"]
        assert alone in given
