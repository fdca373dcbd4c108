"""Putting events, reading them page by page, searching them, and what time does to them."""

from __future__ import annotations

from typing import Any

import pytest

from backtrail import UNSET
from backtrail_aws.logs import api, limits

from .log_scenario import DAY_MS, CloudWatchLogs, group_arn, texts


def put(*times: int, message: str = "x") -> api.PutLogEvents:
    """A call that puts events of some times."""
    events = [api.InputLogEvent(timestamp=time, message=message) for time in times]
    return api.PutLogEvents(log_group_name="g", log_stream_name="s", log_events=events)


def test_events_come_back_in_the_order_of_their_times() -> None:
    """Whatever the order of the calls; events of one time stay in the order of arrival."""
    logs = CloudWatchLogs().group("g", "s")
    start = logs.now_ms
    logs.put("c", "d", at=start + 10, step=0)
    logs.put("a", at=start)
    logs.put("e", at=start + 10)
    assert logs.messages() == ["a", "c", "d", "e"]
    arrived = [int(event.ingestion_time or 0) for event in logs.events()]
    assert arrived[0] > arrived[1] == arrived[2] < arrived[0] < arrived[3]
    logs.replays()


def test_a_record_shows_no_message() -> None:
    """What is put is sealed: the record of a PutLogEvents has the names alone."""
    logs = CloudWatchLogs().group("g", "s")
    logs.put("a secret")
    assert logs.record["requestParameters"] == {"logGroupName": "g", "logStreamName": "s"}
    assert logs.record["apiVersion"] == "20140328"
    assert b"a secret" not in logs.log[-1].record + (logs.log[-1].note or b"")
    logs.given(api.TestMetricFilter(filter_pattern="a", log_event_messages=["a secret"]))
    assert b"a secret" not in logs.log[-1].record + (logs.log[-1].note or b"")
    logs.replays()


def test_a_batch_has_its_limits() -> None:
    """Order, span, size of an event and of all; streams and groups must be there."""
    logs = CloudWatchLogs().group("g", "s")
    now = logs.now_ms
    logs.when(put(now, now - 1)).refused("InvalidParameterException", "must be in chronological order")
    logs.when(put(now - DAY_MS - 1, now)).refused(
        "InvalidParameterException", "cannot span more than 24 hours"
    )
    logs.given(put(now - DAY_MS, now))
    # an event that is too old counts for no span
    logs.given(put(now - 15 * DAY_MS, now))
    logs.when(put(now, message="x" * limits.EVENT_BYTES_MAX)).refused(
        "InvalidParameterException", "Log event too large: 1048602 bytes exceeds limit of 1048576"
    )
    logs.when(put(now, now, message="\u00e4" * 300_000)).refused(
        "InvalidParameterException", "Upload too large: 1200052 bytes exceeds limit of 1048576"
    )
    logs.when(put(*[now] * 10_001)).refused("InvalidParameterException")
    other = api.PutLogEvents(log_group_name="g", log_stream_name="none", log_events=[])
    logs.when(other).refused("ResourceNotFoundException", "The specified log stream does not exist.")
    logs.replays()


def test_what_is_too_old_or_too_new_is_left_out() -> None:
    """The answer says where the accepted events begin and end; retention counts as another age."""
    logs = CloudWatchLogs().group("g", "s")
    hour, now = limits.HOUR_MS, logs.now_ms
    logs.given(put(now - 14 * DAY_MS - hour, now - hour, now, now + 3 * hour))
    assert logs.answer.rejected_log_events_info == api.RejectedLogEventsInfo(
        too_new_log_event_start_index=3, too_old_log_event_end_index=1
    )
    logs.given(api.PutRetentionPolicy(log_group_name="g", retention_in_days=1))
    logs.given(put(now - 2 * DAY_MS, now - 2 * DAY_MS, now))
    assert logs.answer.rejected_log_events_info == api.RejectedLogEventsInfo(expired_log_event_end_index=2)
    logs.given(put(now - 3 * DAY_MS))
    logs.given(put(now))
    assert logs.answer.rejected_log_events_info is UNSET
    assert len(logs.events()) == 4
    logs.replays()


def test_tokens_lead_forward_and_backward() -> None:
    """From the newest page back to the first, and forward to what comes later; at an end the token comes again."""
    logs = CloudWatchLogs().group("g", "s")
    logs.put(*"abcdefg")
    page = logs.get(limit=3)
    assert texts(page.events) == ["e", "f", "g"]
    assert str(page.next_forward_token)[:2] + str(page.next_forward_token)[-2:] == "f//s"
    back = logs.get(limit=3, next_token=page.next_backward_token)
    assert texts(back.events) == ["b", "c", "d"]
    first = logs.get(limit=3, next_token=back.next_backward_token)
    assert texts(first.events) == ["a"]
    end = logs.get(limit=3, next_token=first.next_backward_token)
    assert (end.events, end.next_backward_token) == ([], first.next_backward_token)
    assert texts(logs.get(next_token=end.next_forward_token).events) == list("abcdefg")
    ahead = logs.get(next_token=page.next_forward_token, start_from_head=True)
    assert (ahead.events, ahead.next_forward_token) == ([], page.next_forward_token)
    logs.put("h")
    assert texts(logs.get(next_token=ahead.next_forward_token).events) == ["h"]
    assert texts(logs.get(next_token=ahead.next_backward_token, limit=1).events) == ["g"]
    assert logs.messages(start_from_head=True, limit=2) == ["a", "b"]
    for bad in ("x", "f/1/s", f"g/{0:056}/s"):
        logs.when(api.GetLogEvents(log_group_name="g", log_stream_name="s", next_token=bad))
        logs.refused("InvalidParameterException", "The specified nextToken is invalid.")
    logs.replays()


def test_an_empty_stream_gives_tokens_that_find_what_comes() -> None:
    """The forward token of an empty stream leads to the first event."""
    logs = CloudWatchLogs().group("g", "s")
    page = logs.get()
    assert page.events == []
    logs.put("a")
    assert texts(logs.get(next_token=page.next_forward_token).events) == ["a"]


def test_a_range_of_times() -> None:
    """GetLogEvents leaves the end out, FilterLogEvents takes it in."""
    logs = CloudWatchLogs().group("g", "s")
    start = logs.now_ms
    logs.put(*"abcd", at=start)
    span: Any = {"start_time": start + 1, "end_time": start + 3}
    assert logs.messages(**span) == ["b", "c"]
    assert logs.search(**span) == ["b", "c", "d"]
    logs.when(api.GetLogEvents(log_group_name="g", log_stream_name="s", start_time=2, end_time=1))
    logs.refused("InvalidParameterException")
    assert logs.messages(start_time=10**18) == []
    assert logs.messages(end_time=10**18) == list("abcd")


def test_pages_hold_a_megabyte() -> None:
    """A page ends before it becomes larger, in both operations."""
    logs = CloudWatchLogs().group("g", "s")
    for _ in range(3):
        logs.put("x" * 400_000)
    assert len(logs.messages()) == 2
    logs.given(api.FilterLogEvents(log_group_name="g"))
    assert len(logs.answer.events) == 2
    logs.given(api.FilterLogEvents(log_group_name="g", next_token=logs.answer.next_token))
    assert (len(logs.answer.events), logs.answer.next_token) == (1, UNSET)


def test_a_search_goes_over_all_streams_in_order() -> None:
    """Streams are interleaved; names or a prefix choose; each event has an id that sorts by time."""
    logs = CloudWatchLogs().group("g", "s1", "s2", "t1")
    start = logs.now_ms
    for place, stream in enumerate(("t1", "s2", "s1", "s2")):
        logs.put(f"{stream} {place}", stream=stream, at=start + place)
    assert logs.search() == ["t1 0", "s2 1", "s1 2", "s2 3"]
    ids = [event.event_id for event in logs.answer.events]
    assert ids == sorted(ids) and {len(one) for one in ids} == {56}
    assert int(ids[0]) >> 144 == start
    assert logs.answer.searched_log_streams == []
    assert logs.search(log_stream_name_prefix="s") == ["s2 1", "s1 2", "s2 3"]
    assert logs.search(log_stream_names=["s1", "t1"]) == ["t1 0", "s1 2"]
    assert logs.search(start_from_head=False, start_time=start + 1) == ["s2 3", "s1 2", "s2 1"]
    assert logs.search("s2", limit=1) == ["s2 1"]
    assert logs.search("s2", next_token=logs.answer.next_token) == ["s2 3"]
    assert logs.answer.next_token is UNSET
    assert logs.search(start_from_head=False, start_time=start, limit=1) == ["s2 3"]
    assert logs.search(next_token=logs.answer.next_token, limit=2) == ["s1 2", "s2 1"]
    logs.given(api.FilterLogEvents(log_group_identifier=group_arn("g")))
    for wrong in (
        api.FilterLogEvents(log_group_name="g", log_stream_names=["s1"], log_stream_name_prefix="s"),
        api.FilterLogEvents(log_group_name="g", start_from_head=False),
        api.FilterLogEvents(log_group_name="g", next_token="eA=="),
        api.FilterLogEvents(log_group_name="g", filter_pattern="a:b"),
    ):
        logs.when(wrong).refused("InvalidParameterException")
    logs.when(api.FilterLogEvents(log_group_name="g", log_stream_names=["none"])).refused(
        "ResourceNotFoundException"
    )
    logs.replays()


def test_events_expire_when_their_retention_ends() -> None:
    """They are not shown any more, and a record of the service's own removes them at the next full hour."""
    logs = CloudWatchLogs().group("g", "s", "other")
    logs.given(api.PutRetentionPolicy(log_group_name="g", retention_in_days=1))
    logs.put("old")
    logs.later(hours=2)
    logs.put("young", stream="other")
    logs.later(hours=22, minutes=10)
    assert (logs.messages(), logs.search()) == ([], ["young"])
    assert logs.held().stored_bytes == len("oldyoung") + 2 * limits.EVENT_OVERHEAD_BYTES
    logs.later(hours=1)
    assert logs.record["eventName"] == "ExpireLogEvents"
    assert logs.record["eventType"] == "AwsServiceEvent"
    assert logs.record["serviceEventDetails"] == {"logGroupName": "g"}
    assert (len(logs.held().order), logs.held().streams["s"].events.first()) == (1, None)
    logs.given(api.DeleteRetentionPolicy(log_group_name="g"))
    logs.later(days=400)
    assert logs.search() == ["young"]
    assert not logs.state().alarms
    logs.replays()


def test_a_retention_that_is_put_later_counts_for_what_is_there() -> None:
    """A shorter one removes, a longer one keeps; only AWS's numbers of days are taken."""
    logs = CloudWatchLogs().group("g", "s")
    logs.put("a")
    logs.later(days=3)
    logs.given(api.PutRetentionPolicy(log_group_name="g", retention_in_days=5))
    assert logs.messages() == ["a"]
    logs.given(api.PutRetentionPolicy(log_group_name="g", retention_in_days=1))
    logs.later(hours=1)
    assert len(logs.held().order) == 0
    logs.when(api.PutRetentionPolicy(log_group_name="g", retention_in_days=2)).refused(
        "InvalidParameterException", "Member must satisfy enum value set: [1, 3, 5,"
    )
    logs.when(api.PutRetentionPolicy(log_group_name="x", retention_in_days=1)).refused(
        "ResourceNotFoundException"
    )
    logs.when(api.DeleteRetentionPolicy(log_group_name="x")).refused("ResourceNotFoundException")
    logs.replays()


def test_a_delivery_group_keeps_one_day() -> None:
    """The class has a retention of its own."""
    logs = CloudWatchLogs().group("g", "s", log_group_class="DELIVERY")
    logs.put("a")
    logs.later(days=1, hours=2)
    assert len(logs.held().order) == 0
    logs.replays()


@pytest.mark.parametrize("depth", [10, 3000])
def test_any_depth_of_a_stream_is_read_alike(depth: int) -> None:
    """Pages from both ends of a deep stream meet in the middle."""
    logs = CloudWatchLogs().group("g", "s")
    logs.put(*[str(number) for number in range(depth)])
    token, seen = None, list[str]()
    while True:
        page = logs.get(limit=max(depth // 4, 3), next_token=token or UNSET)
        if token == page.next_backward_token:
            break
        seen = [*texts(page.events), *seen]
        token = page.next_backward_token
    assert seen == [str(number) for number in range(depth)]
