from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from incident_manager.bridge.alert import LONGEST_TEXT, ErrorAlert, alert_body
from incident_manager.bridge.alert_queue import AlertQueue

AT = datetime(2026, 11, 29, tzinfo=UTC)


def error(place: str, kind: str = "KeyError") -> ErrorAlert:
    return ErrorAlert(kind, place, "'id'", AT, component="app")


def test_an_error_goes_out_at_once_and_its_repeats_as_one_later() -> None:
    queue = AlertQueue(10, quiet_seconds=60)
    queue.put(error("a:1"))
    assert [one.count for one in queue.take(0, 10)] == [1]
    queue.settle()
    for _ in range(5):
        queue.put(error("a:1"))
    assert queue.take(59, 10) == []
    assert queue.next_due() == 60
    assert [one.count for one in queue.take(60, 10)] == [5]


def test_type_and_place_and_component_make_an_error_another() -> None:
    keys = {
        error("a:1").key,
        error("a:2").key,
        error("a:1", "ValueError").key,
        ErrorAlert("KeyError", "a:1", "", AT).key,
    }
    assert len(keys) == 4
    assert error("a:1").key == error("a:1").key


def test_what_could_not_be_sent_comes_first_again_with_what_came_meanwhile() -> None:
    queue = AlertQueue(10, quiet_seconds=60)
    queue.put(error("a:1"))
    queue.put(error("a:2"))
    taken = queue.take(0, 1)
    queue.put(error("a:1"))
    queue.put_back(taken)
    assert [(one.place, one.count) for one in queue.take(0, 10)] == [("a:1", 2), ("a:2", 1)]


@given(st.lists(st.integers(min_value=0, max_value=15), max_size=60), st.integers(min_value=1, max_value=10))
def test_nothing_is_lost_up_to_the_bound_and_the_rest_is_counted(places: list[int], most: int) -> None:
    queue = AlertQueue(most, quiet_seconds=60)
    for place in places:
        queue.put(error(str(place)))
    assert len(queue) <= most
    assert sum(one.count for one in queue.take(0, 100)) + queue.dropped == len(places)


def test_an_alert_is_of_category_error_and_no_longer_than_is_taken() -> None:
    long = ErrorAlert("KeyError", "a:1\udcff", "m" * 100_000, AT, detail="d" * 100_000, count=3)
    body = alert_body(long, "payments")
    assert (body["category"], body["status"], body["service"]) == ("error", "firing", "payments")
    assert body["labels"]["place"] == "a:1?"
    assert "Seen 3 times" in body["description"]
    assert len(body["description"]) <= LONGEST_TEXT + 200
