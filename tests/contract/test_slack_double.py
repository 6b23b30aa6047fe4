"""Our Slack server against Slack's official client, and then our channel against that server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import Block
from slack_sdk.signature import SignatureVerifier

from services.comms.channels.contract import BadAddress, MessageState, MessageStatus
from services.comms.channels.messages.slack import content, message
from services.comms.delivery.outcome import OutcomeKind
from services.comms.slack.requests import ACKNOWLEDGE, OPEN, RESOLVE
from shared.settings import Settings
from shared.testing.peers.slack import SIGNING_SECRET, TOKEN, SlackServer, Trouble
from shared.vocabulary import Channel as ChannelId
from tests.contract.channel_receivers import SlackReceiver
from tests.contract.test_channels import connected, sent
from tests.unit.comms.builders import LINKS, make_page

pytestmark = pytest.mark.contract


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


@pytest.fixture
def sdk(slack: SlackServer) -> WebClient:
    return WebClient(token=TOKEN, base_url=slack.url)


@pytest.fixture
def receiver() -> Iterator[SlackReceiver]:
    with ExitStack() as stack:
        yield SlackReceiver(stack)


# --- the double and the official client ------------------------------------------------------------------------------


def test_the_official_client_posts_and_updates_our_blocks(slack: SlackServer, sdk: WebClient) -> None:
    assert sdk.auth_test()["ok"]
    room = sdk.conversations_open(users="USARA")["channel"]["id"]
    posted = sdk.chat_postMessage(**message(make_page(title="<🔥> & co"), LINKS, room))
    assert slack.to("USARA")[0].button(ACKNOWLEDGE) is not None
    shown = MessageStatus(MessageState.ACKNOWLEDGED, "kenji")
    sdk.chat_update(channel=posted["channel"], ts=posted["ts"], **content(make_page(), LINKS, shown))
    (after,) = slack.to("USARA")
    assert (after.button(ACKNOWLEDGE), after.button(RESOLVE) is None, after.button(OPEN) is None) == (
        None,
        False,
        False,
    )
    assert "Acknowledged by kenji" in after.text


def test_the_official_client_finds_a_person_by_e_mail(slack: SlackServer, sdk: WebClient) -> None:
    slack.people["sara@example.org"] = "USARA"
    assert sdk.users_lookupByEmail(email="sara@example.org")["user"]["id"] == "USARA"


def test_the_official_models_take_our_blocks_for_valid() -> None:
    for shown in (None, *(MessageStatus(state, "sara") for state in MessageState)):
        blocks = content(make_page(description="x" * 9000, title="y" * 500, drill=True), LINKS, shown)["blocks"]
        for parsed in Block.parse_all(blocks):
            parsed.validate_json()


@pytest.mark.parametrize(
    "token, call, error",
    [
        pytest.param("xoxb-other", {"channel": "C1", "text": "x"}, "invalid_auth", id="another token"),
        pytest.param(TOKEN, {"channel": "nowhere", "text": "x"}, "channel_not_found", id="no conversation"),
        pytest.param(TOKEN, {"channel": "C1", "text": ""}, "no_text", id="nothing said"),
        pytest.param(TOKEN, {"channel": "C1", "text": "x" * 40_001}, "msg_too_long", id="too much said"),
        pytest.param(
            TOKEN,
            {"channel": "C1", "text": "x", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": ""}}]},
            "invalid_blocks",
            id="an empty block",
        ),
    ],
)
def test_what_is_wrong_is_an_error_of_the_official_client(
    slack: SlackServer, token: str, call: dict[str, object], error: str
) -> None:
    with pytest.raises(SlackApiError) as refused:
        WebClient(token=token, base_url=slack.url).chat_postMessage(**call)  # type: ignore[arg-type]
    assert refused.value.response["error"] == error


def test_a_press_is_signed_as_the_official_verifier_expects(slack: SlackServer, sdk: WebClient) -> None:
    sdk.chat_postMessage(**message(make_page(), LINKS, "C1"))
    headers, body = slack.press(slack.to("C1")[0], RESOLVE, "UKENJI")
    assert SignatureVerifier(SIGNING_SECRET).is_valid_request(body, headers)
    assert not SignatureVerifier("another").is_valid_request(body, headers)


# --- the channel and the double ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trouble, kind, words",
    [
        pytest.param(Trouble("channel_not_found"), OutcomeKind.REFUSED, "channel_not_found", id="no such channel"),
        pytest.param(Trouble("invalid_auth"), OutcomeKind.REFUSED, "invalid_auth", id="a bad token"),
        pytest.param(Trouble("is_archived"), OutcomeKind.REFUSED, "is_archived", id="an archived channel"),
        pytest.param(Trouble("an_error_of_tomorrow"), OutcomeKind.REFUSED, "tomorrow", id="an error nobody knows"),
        pytest.param(Trouble("ratelimited", 429, {"retry-after": "3"}), OutcomeKind.BUSY, "429", id="too fast"),
        pytest.param(Trouble("ratelimited"), OutcomeKind.BUSY, "ratelimited", id="too fast, with 200"),
        pytest.param(Trouble("team_added_to_org"), OutcomeKind.BUSY, "team_added", id="a workspace on the move"),
        pytest.param(Trouble("internal_error"), OutcomeKind.DOWN, "internal_error", id="broken"),
        pytest.param(Trouble("x", 503), OutcomeKind.DOWN, "HTTP 503", id="broken, with 503"),
        pytest.param(Trouble("x", 302, {"location": "/"}), OutcomeKind.REFUSED, "302", id="a redirect"),
    ],
)
async def test_what_slack_answers_decides_what_becomes_of_a_page(
    receiver: SlackReceiver, trouble: Trouble, kind: OutcomeKind, words: str
) -> None:
    receiver.server.trouble("C1", trouble)
    async with connected(ChannelId.SLACK, receiver) as channel:
        outcome = await sent(channel, receiver, address="C1")
    assert outcome.kind is kind
    assert words in outcome.detail
    assert outcome.retry_after_seconds == (3 if trouble.headers.get("retry-after") else None)


async def test_a_person_is_found_by_e_mail_and_told_in_a_conversation_of_their_own(receiver: SlackReceiver) -> None:
    receiver.server.people["sara@example.org"] = "USARA"
    async with connected(ChannelId.SLACK, receiver) as channel:
        first = await sent(channel, receiver, address="sara@example.org")
        await sent(channel, receiver, "p2", address="sara@example.org")
        unknown = await sent(channel, receiver, address="kenji@example.org")
    (one, _) = receiver.server.to("DSARA")
    assert first.reference == f"DSARA/{one.ts}"
    methods = [method for method, _ in receiver.server.calls]
    assert methods[:4] == ["users.lookupByEmail", "conversations.open", "chat.postMessage", "chat.postMessage"]
    assert (unknown.kind, unknown.detail) == (OutcomeKind.REFUSED, "Slack: users_not_found")


async def test_a_bot_that_may_not_open_conversations_writes_to_the_person(receiver: SlackReceiver) -> None:
    receiver.server.trouble("USARA", Trouble("missing_scope", times=[None]))
    async with connected(ChannelId.SLACK, receiver) as channel:
        assert (await sent(channel, receiver)).kind is OutcomeKind.DELIVERED
    assert len(receiver.server.to("USARA")) == 1


async def test_every_attempt_of_a_page_carries_one_client_id(receiver: SlackReceiver) -> None:
    async with connected(ChannelId.SLACK, receiver) as channel:
        for page_id in ("p1", "p1", "p2"):
            await sent(channel, receiver, page_id)
    first, again, other = (one.members["client_msg_id"] for one in receiver.server.messages)
    assert first == again != other


async def test_text_means_nothing_to_slack(receiver: SlackReceiver) -> None:
    async with connected(ChannelId.SLACK, receiver) as channel:
        await sent(channel, receiver, address="#ops", service_name="<!channel> <@U1> & more", title="<!here> *now*")
    (one,) = receiver.server.to("#ops")
    marked = [text for text in one.text.split('"') if "channel&gt;" in text]
    assert "&lt;!channel&gt; &lt;@U1&gt; &amp; more" in marked[0]
    assert "<!channel>" not in one.text
    assert one.members["blocks"][0]["text"]["type"] == "plain_text"


async def test_a_message_is_brought_up_to_date(receiver: SlackReceiver) -> None:
    async with connected(ChannelId.SLACK, receiver) as channel:
        reference = (await sent(channel, receiver)).reference
        assert reference is not None
        page, shown = make_page(locale="fa"), MessageStatus(MessageState.RESOLVED, "sara")
        outcome = await channel.update(reference, page, LINKS, shown, datetime.now(UTC))  # type: ignore[attr-defined]
        gone = await channel.update("D1/1.2", page, LINKS, shown, datetime.now(UTC))  # type: ignore[attr-defined]
    (one,) = receiver.server.to("USARA")
    assert (outcome.kind, gone.detail) == (OutcomeKind.DELIVERED, "Slack: message_not_found")
    assert (len(one.updates), one.button(RESOLVE)) == (1, None)
    assert "Sara رخداد را رفع کرد" in one.text


async def test_without_a_token_the_page_is_refused_by_the_settings_name(receiver: SlackReceiver) -> None:
    class WithoutToken(SlackReceiver):
        def settings(self, settings: Settings) -> Settings:
            return super().settings(settings).model_copy(update={"slack_token": ""})

    with ExitStack() as stack:
        async with connected(ChannelId.SLACK, WithoutToken(stack)) as channel:
            with pytest.raises(BadAddress, match="TOCSIN_SLACK_TOKEN"):
                channel.destination("USARA")


def test_the_official_client_makes_finds_fills_and_archives_a_channel(slack: SlackServer, sdk: WebClient) -> None:
    made = sdk.conversations_create(name="inc-1")["channel"]["id"]
    with pytest.raises(SlackApiError, match="name_taken"):
        sdk.conversations_create(name="inc-1")
    assert [one["id"] for one in sdk.conversations_list(limit=1000)["channels"] if one["name"] == "inc-1"] == [made]
    sdk.conversations_setTopic(channel=made, topic="hello")
    sdk.conversations_invite(channel=made, users="USARA")
    with pytest.raises(SlackApiError, match="already_in_channel"):
        sdk.conversations_invite(channel=made, users="USARA")
    ts = sdk.chat_postMessage(channel=made, text="summary")["ts"]
    sdk.pins_add(channel=made, timestamp=ts)
    history = sdk.conversations_history(channel=made, oldest=ts, latest=ts, inclusive=True, limit=1)
    assert [one["text"] for one in history["messages"]] == ["summary"]
    sdk.conversations_archive(channel=made)
    with pytest.raises(SlackApiError, match="is_archived"):
        sdk.chat_postMessage(channel=made, text="late")
