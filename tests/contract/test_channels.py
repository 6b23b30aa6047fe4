"""What every channel promises, held against real servers on loopback."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from services.comms.channels import connect_all, modules, specs
from services.comms.channels.contract import BadAddress, Channel, Edges
from services.comms.delivery.outcome import Leave, Outcome, OutcomeKind
from shared.events.oncall import ContactMethod
from shared.outside.outbound import Outbound
from shared.settings import Settings
from shared.vocabulary import Channel as ChannelId
from tests.contract.channel_receivers import MailReceiver, Receiver, SlackReceiver, WebhookReceiver
from tests.unit.comms.builders import LINKS, make_page

pytestmark = pytest.mark.contract

SEND_SECONDS = 1.0
RECEIVERS: dict[ChannelId, Callable[[ExitStack], Receiver]] = {
    ChannelId.WEBHOOK: WebhookReceiver,
    ChannelId.EMAIL: MailReceiver,
    ChannelId.SLACK: SlackReceiver,
}
every_channel = pytest.mark.parametrize("channel_id", sorted(specs()))


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as one:
        yield one


@asynccontextmanager
async def connected(channel_id: str, receiver: Receiver) -> AsyncIterator[Channel]:
    """The channel, made as the service makes it."""
    settings = receiver.settings(Settings(secret_key="a secret key"))
    outbound = Outbound(settings.outbound_allow)
    async with AsyncExitStack() as closing:
        closing.push_async_callback(outbound.close)
        channel = connect_all(Edges(settings, outbound, SEND_SECONDS))[channel_id]
        closing.push_async_callback(channel.close)
        yield channel


async def freely() -> None:
    """Every page may leave."""


async def sent(
    channel: Channel, receiver: Receiver, page_id: str = "p1", *, leave: Leave = freely, **page: object
) -> Outcome:
    fields = {"channel": channel.spec.id, "address": receiver.address("sara")} | page
    return await channel.send(make_page(page_id, **fields), LINKS, datetime.now(UTC), leave)


def test_every_channel_has_a_receiver_to_be_tested_against() -> None:
    assert set(specs()) == set(RECEIVERS)


@every_channel
async def test_a_page_arrives_with_its_id_and_its_link(channel_id: ChannelId, stack: ExitStack) -> None:
    receiver = RECEIVERS[channel_id](stack)
    async with connected(channel_id, receiver) as channel:
        outcome = await sent(channel, receiver)
    assert outcome.kind is OutcomeKind.DELIVERED
    ((page_id, text),) = receiver.received("sara")
    assert page_id == "p1"
    assert LINKS.ack_url in text


@every_channel
async def test_a_repeat_carries_the_same_id(channel_id: ChannelId, stack: ExitStack) -> None:
    receiver = RECEIVERS[channel_id](stack)
    async with connected(channel_id, receiver) as channel:
        await sent(channel, receiver)
        await sent(channel, receiver)
    assert [page_id for page_id, _ in receiver.received("sara")] == ["p1", "p1"]


@every_channel
@pytest.mark.parametrize(
    "title",
    [
        pytest.param("پایگاه داده در دسترس نیست", id="Persian"),
        pytest.param("データベースに接続できません", id="Japanese"),
        pytest.param("🔥 naïve façade", id="beyond the basic plane"),
    ],
)
async def test_text_of_every_script_arrives_whole(channel_id: ChannelId, stack: ExitStack, title: str) -> None:
    receiver = RECEIVERS[channel_id](stack)
    async with connected(channel_id, receiver) as channel:
        outcome = await sent(channel, receiver, title=title, name="سارا", locale="fa")
    assert outcome.kind is OutcomeKind.DELIVERED
    assert title in receiver.received("sara")[0][1]


@every_channel
async def test_a_text_of_any_length_is_taken(channel_id: ChannelId, stack: ExitStack) -> None:
    receiver = RECEIVERS[channel_id](stack)
    async with connected(channel_id, receiver) as channel:
        outcome = await sent(
            channel, receiver, title="🔥" * 500, description="<!channel> & " * 900, service_name="x" * 900
        )
    assert outcome.kind is OutcomeKind.DELIVERED


@every_channel
async def test_a_page_that_may_not_leave_does_not(channel_id: ChannelId, stack: ExitStack) -> None:
    receiver = RECEIVERS[channel_id](stack)

    class TooLate(Exception):
        pass

    async def too_late() -> None:
        raise TooLate

    async with connected(channel_id, receiver) as channel:
        with pytest.raises(TooLate):
            await sent(channel, receiver, leave=too_late)
        assert not receiver.received("sara")
        assert (await sent(channel, receiver, "p2")).kind is OutcomeKind.DELIVERED
    assert [page_id for page_id, _ in receiver.received("sara")] == ["p2"]


@every_channel
async def test_a_request_for_patience_is_told_as_such(channel_id: ChannelId, stack: ExitStack) -> None:
    receiver = RECEIVERS[channel_id](stack)
    receiver.answer_temporarily("sara")
    async with connected(channel_id, receiver) as channel:
        outcome = await sent(channel, receiver)
    assert outcome.kind is OutcomeKind.BUSY
    assert outcome.detail
    assert not receiver.received("sara")


@every_channel
async def test_a_refusal_is_told_as_final(channel_id: ChannelId, stack: ExitStack) -> None:
    receiver = RECEIVERS[channel_id](stack)
    receiver.answer_permanently("sara")
    async with connected(channel_id, receiver) as channel:
        outcome = await sent(channel, receiver)
        other = await sent(channel, receiver, address=receiver.address("kenji"))
    assert outcome.kind is OutcomeKind.REFUSED
    assert other.kind is OutcomeKind.DELIVERED


@every_channel
async def test_a_receiver_that_is_not_there_is_down(channel_id: ChannelId, stack: ExitStack) -> None:
    receiver = RECEIVERS[channel_id](stack)
    receiver.go_away()
    async with connected(channel_id, receiver) as channel:
        assert (await sent(channel, receiver)).kind is OutcomeKind.DOWN


@every_channel
async def test_a_receiver_that_says_nothing_is_left_in_time(channel_id: ChannelId, stack: ExitStack) -> None:
    receiver = RECEIVERS[channel_id](stack)
    receiver.say_nothing()
    async with connected(channel_id, receiver) as channel:
        began = time.monotonic()
        outcome = await sent(channel, receiver)
    assert outcome.kind is OutcomeKind.DOWN
    assert time.monotonic() - began < SEND_SECONDS + 1


@every_channel
async def test_a_receiver_that_talks_without_end_is_not_listened_to(channel_id: ChannelId, stack: ExitStack) -> None:
    receiver = RECEIVERS[channel_id](stack)
    receiver.say_too_much()
    async with connected(channel_id, receiver) as channel:
        began = time.monotonic()
        outcome = await sent(channel, receiver)
    assert outcome.kind in (OutcomeKind.DELIVERED, OutcomeKind.DOWN)
    assert len(outcome.detail) <= 300
    assert time.monotonic() - began < SEND_SECONDS + 1


@every_channel
async def test_an_address_of_another_kind_is_refused_before_a_send(channel_id: ChannelId, stack: ExitStack) -> None:
    receiver = RECEIVERS[channel_id](stack)
    async with connected(channel_id, receiver) as channel:
        for address in ("", " ", "nobody", "sara@example.org\r\nBcc: all@example.org", "http://\r\n", "@"):
            with pytest.raises(BadAddress):
                channel.destination(address)


@every_channel
async def test_a_destination_is_a_host_and_a_port(channel_id: ChannelId, stack: ExitStack) -> None:
    receiver = RECEIVERS[channel_id](stack)
    async with connected(channel_id, receiver) as channel:
        host, _, port = channel.destination(receiver.address("sara")).rpartition(":")
    assert host == "127.0.0.1"
    assert port.isdigit()


@every_channel
def test_a_channel_describes_itself_by_an_example_that_fits_its_form(channel_id: ChannelId) -> None:
    spec = specs()[channel_id]
    assert ContactMethod.model_validate(spec.example).channel == spec.id
    assert {one.name for one in spec.fields if one.required} <= set(spec.example)


def test_two_channels_of_one_name_fail_at_the_start() -> None:
    twin = SimpleNamespace(SPEC=specs()[ChannelId.WEBHOOK])
    with pytest.raises(RuntimeError, match="webhook"):
        specs([*modules(), twin])  # type: ignore[list-item]
