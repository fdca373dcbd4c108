"""What holds for the plugin as a whole."""

from __future__ import annotations

import random

from backtrail import SortedMap, model
from backtrail.generate import stale, unsealed
from backtrail_aws.logs import api, service, stock
from backtrail_aws.logs.state import LogEvent, LogGroup, LogStream
from backtrail_aws.logs.trail import TRAIL

INTERNAL = {"ExpireLogEvents", "DeliverLogEvents", "EndExportTask"}


def test_every_action_has_a_handler_and_every_change_a_projector() -> None:
    """What `api.py` was made for is served."""
    assert set(service.handlers) == set(api.ACTIONS) | INTERNAL
    assert set(api.ACTIONS) <= set(model.load("logs").operations)
    changing = {name for name, handler in service.handlers.items() if not handler.read_only} | {"StartQuery"}
    assert {action for _, action in service.projectors} == changing


def test_the_generated_types_are_those_of_the_model() -> None:
    """`api.py` is what model and `trail.py` say; no secret stands open."""
    assert stale("backtrail_aws.logs") == []
    assert unsealed("logs", api.ACTIONS, TRAIL) == []


def test_keys_before_a_place_come_in_falling_order() -> None:
    """`SortedMap.keys_before` is what sorting by hand gives, at any size."""
    chance = random.Random(2)
    keys = SortedMap[int, int]()
    assert list(keys.keys_before(5)) == []
    for _ in range(3000):
        keys[chance.randrange(100_000)] = 0
    for probe in [-1, 0, 100_001, *(chance.randrange(100_000) for _ in range(100))]:
        assert list(keys.keys_before(probe)) == sorted((key for key in keys if key < probe), reverse=True)


def test_ids_of_events_sort_by_time_then_by_arrival_then_by_place() -> None:
    """As AWS's do: 56 digits whose first bits are the time."""
    early, late = stock.batch_of("018cc251-f400-7000-8000-000000000000"), stock.batch_of("x" * 36)
    ids = [
        stock.id_of(1, late, 0),
        stock.id_of(2, early, 0),
        stock.id_of(2, early, 1),
        stock.id_of(2, early + 1, 0),
    ]
    assert ids == sorted(ids)
    assert stock.lowest(2) <= ids[1] and ids[0] < stock.lowest(2) < ids[3] < stock.lowest(3) < stock.LAST
    assert stock.id_of(1_432_826_855_000, 0, 0)[:12] == "319531066069"


def test_stored_bytes_and_order_agree_with_the_streams() -> None:
    """Whatever is added, expired or dropped, in any order."""
    chance = random.Random(3)
    group = LogGroup(name="g", arn="a")
    for name in "abc":
        group.streams[name] = LogStream(name=name, arn=name)
    for batch in range(300):
        stream = group.streams[chance.choice("abc")]
        for place in range(chance.randrange(4)):
            event = LogEvent(chance.randrange(1000), batch, "x" * chance.randrange(9))
            stock.add(group, stream, batch, place, event)
    stock.expire(group, 300)
    stock.drop_stream(group, group.streams["b"])
    held = {key: stream.name for stream in group.streams.values() for key in stream.events}
    assert dict(group.order.items()) == dict(sorted(held.items()))
    assert group.stored_bytes == sum(
        stock.size(event.message) for stream in group.streams.values() for event in stream.events.values()
    )
    assert min(event.timestamp_ms for event in group.streams["a"].events.values()) >= 300
