"""What holds for every store, whatever it is made of: the contract of `backtrail.store`, as tests.

A backend's test module makes a class of this one with a `folder` of its own and says how a store is opened.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from backtrail.errors import LogWriteFailed
from backtrail.store import Entry, PendingCommand, Snapshot, Sought, StateKey, Store, Stored

from .making import START, entries, entry, foreign, id_of, record

KEY = StateKey("sqs", "123456789012", "eu-west-1", "source")


async def replayed(store: Store, *, after: int = 0, batch: int = 1000) -> list[Stored]:
    """Everything in fold order."""
    return [one async for some in store.replay(after=after, batch=batch) for one in some]


async def body(store: Store, name: str, start: int = 0, end: int | None = None) -> bytes:
    """A blob, or a range of it, in one piece."""
    return b"".join([piece async for piece in store.read_blob(name, start, end)])


async def kept(store: Store, *pieces: bytes) -> str:
    """Keep a body and give its name."""
    writer = store.blob_writer()
    for piece in pieces:
        await writer.write(piece)
    return await writer.finish()


class StoreConformance:
    """The contract. Every store that is opened on one folder after another one was closed is the same log."""

    def open(self, folder: Path) -> AbstractAsyncContextManager[Store]:
        """Open the log of this folder for writing, made where there is none."""
        raise NotImplementedError

    async def test_a_new_log_is_empty(self, tmp_path: Path) -> None:
        """An empty log's head is 0 and 64 zeros, and nothing is in it."""
        async with self.open(tmp_path) as store:
            assert store.head == (0, "0" * 64)
            assert await replayed(store) == []
            assert await store.get("nothing") is None
            assert await store.pending() == []

    async def test_what_is_appended_is_read_back_exactly(self, tmp_path: Path) -> None:
        """All parts of an entry come back byte for byte, now and after the log was closed."""
        given = Entry(
            record=record(1, params={"text": "Grüße, 世界 \U0001f600"}),
            note=b'{"a": [1, 2]}',
            sealed=b'{"secret":"\xc3\xa9"}',
            origin="import",
            cause="e/r/0/0",
            root="e",
            blobs=("0" * 64, "1" * 64),
        )
        async with self.open(tmp_path) as store:
            await store.append([given, entry(2)])
            before = await replayed(store)
        async with self.open(tmp_path) as store:
            assert await replayed(store) == before
            found = await store.get(id_of(given))
        assert found is not None and found.seq == 1 and not found.locked
        for name in ("record", "note", "sealed", "origin", "cause", "root", "blobs"):
            assert getattr(found, name) == getattr(given, name)

    async def test_parts_that_are_not_there_stay_away(self, tmp_path: Path) -> None:
        """None is not the empty part."""
        async with self.open(tmp_path) as store:
            await store.append([Entry(record=record(1)), Entry(record=record(2), note=b"", sealed=b"")])
            without, empty = await replayed(store)
        assert (without.note, without.sealed) == (None, None)
        assert (empty.note, empty.sealed) == (b"", b"")

    async def test_the_head_moves_with_each_batch_and_stays(self, tmp_path: Path) -> None:
        """The head's seq counts entries; its hash differs each time and is the same after opening again."""
        heads: list[tuple[int, str]] = []
        async with self.open(tmp_path) as store:
            for first in (0, 5, 300):
                await store.append(entries(first, 3))
                heads.append(store.head)
        assert [seq for seq, _ in heads] == [3, 6, 9]
        assert len({hash_ for _, hash_ in heads}) == 3
        async with self.open(tmp_path) as store:
            assert store.head == heads[-1]

    async def test_any_size_of_batch(self, tmp_path: Path) -> None:
        """Batches of every size keep order and count."""
        async with self.open(tmp_path) as store:
            number = 0
            for size in (1, 2, 31, 32, 33, 64, 255, 256, 257, 2100):
                await store.append([Entry(record=record(number + one)) for one in range(size)])
                number += size
            found = await replayed(store)
        assert [one.seq for one in found] == list(range(1, number + 1))
        assert [one.event_id for one in found] == [id_of(record(one)) for one in range(number)]

    async def test_an_empty_batch_is_nothing(self, tmp_path: Path) -> None:
        """Appending nothing changes nothing."""
        async with self.open(tmp_path) as store:
            await store.append([])
            assert store.head == (0, "0" * 64)

    async def test_a_batch_is_all_or_nothing(self, tmp_path: Path) -> None:
        """One entry that cannot be written keeps the whole batch out, and the next batch goes in."""
        async with self.open(tmp_path) as store:
            await store.append([entry(0, cause="k/0")], [PendingCommand(key="k/1", body=b"x")])
            head = store.head
            with pytest.raises(LogWriteFailed):
                await store.append([entry(1), entry(2, cause="k/0")], [PendingCommand(key="k/2", body=b"x")])
            with pytest.raises(LogWriteFailed):
                await store.append([entry(1), Entry(record=b"no JSON")])
            with pytest.raises(LogWriteFailed):
                await store.append([entry(1)], [PendingCommand(key="k/1", body=b"again")])
            assert store.head == head and len(await replayed(store)) == 1
            await store.append([entry(1)], [PendingCommand(key="k/2", body=b"x")])
            assert [one.key for one in await store.pending()] == ["k/1", "k/2"]

    async def test_a_command_is_pending_until_its_record_exists(self, tmp_path: Path) -> None:
        """Pending commands come back as given, in order, over a restart, until an entry has their key."""
        due = START + timedelta(microseconds=1)
        commands = [
            PendingCommand(key=f"e/r/{n}/0", body=b"body %d" % n, due=due if n else None) for n in (2, 0, 1)
        ]
        async with self.open(tmp_path) as store:
            await store.append([entry(0)], commands)
            assert await store.pending() == commands
        async with self.open(tmp_path) as store:
            assert await store.pending() == commands
            await store.append([entry(1, cause="e/r/0/0")])
            assert await store.pending() == [commands[0], commands[2]]

    async def test_commands_may_come_before_their_entry(self, tmp_path: Path) -> None:
        """An intent is committed alone; the record comes when the effect has run, be it after a restart."""
        async with self.open(tmp_path) as store:
            await store.append([], [PendingCommand(key="effect/1", body=b"intent")])
            assert store.head[0] == 0
        async with self.open(tmp_path) as store:
            assert [one.key for one in await store.pending()] == ["effect/1"]
            await store.append([entry(0, cause="effect/1")], [PendingCommand(key="effect/2", body=b"intent")])
            assert [one.key for one in await store.pending()] == ["effect/2"]

    async def test_replay_is_in_fold_order_whatever_the_arrival(self, tmp_path: Path) -> None:
        """Shuffled records come in the order of their time, rank and id."""
        records = [foreign(number) for number in range(60)] + [record(number) for number in range(60)]
        orders: list[list[str]] = []
        for seed in range(3):
            shuffled = random.Random(seed).sample(records, len(records))
            (tmp_path / str(seed)).mkdir()
            async with self.open(tmp_path / str(seed)) as store:
                for at in range(0, len(shuffled), 17):
                    await store.append([Entry(record=one) for one in shuffled[at : at + 17]])
                    await replayed(store)  # so that the order is extended, not made once
                orders.append([one.event_id for one in await replayed(store, batch=7)])
        assert orders[0] == orders[1] == orders[2]
        assert sorted(orders[0]) == sorted(map(id_of, records))

    async def test_replay_goes_on_after_an_entry(self, tmp_path: Path) -> None:
        """`after` a seq gives what follows that entry in fold order."""
        async with self.open(tmp_path) as store:
            await store.append([Entry(record=record(number)) for number in (3, 1, 2, 0)])
            everything = await replayed(store)
            assert [one.seq for one in everything] == [4, 2, 3, 1]
            for index, one in enumerate(everything):
                assert await replayed(store, after=one.seq) == everything[index + 1 :]

    async def test_replay_ends_at_a_moment(self, tmp_path: Path) -> None:
        """`at` includes what happened at that very moment and nothing later."""
        async with self.open(tmp_path) as store:
            await store.append([Entry(record=record(number)) for number in range(5)])
            at = START + timedelta(milliseconds=14)
            found = [one.seq async for some in store.replay(at=at) for one in some]
            just_before = [
                one.seq async for some in store.replay(at=at - timedelta(microseconds=1)) for one in some
            ]
        assert (found, just_before) == ([1, 2, 3], [1, 2])

    async def test_equal_ids_are_all_kept(self, tmp_path: Path) -> None:
        """Two records with one id are two entries; `get` gives the first to arrive."""
        first, second = record(1), record(1, action="DeleteQueue")
        async with self.open(tmp_path) as store:
            await store.append([Entry(record=first), Entry(record=second)])
            assert len(await replayed(store)) == 2
            found = await store.get(id_of(first))
        assert found is not None and found.record == first

    async def test_a_record_without_an_id_gets_one_from_its_content(self, tmp_path: Path) -> None:
        """The same content has the same id, whatever the order and spacing of its members."""
        async with self.open(tmp_path) as store:
            one = record(1, eventID=None)
            await store.append([Entry(record=one), Entry(record=one.replace(b'","', b'", "'))])
            first, second = await replayed(store)
            assert first.event_id == second.event_id and len(first.event_id) == 36
            assert await store.get(first.event_id) == first

    async def test_a_cancelled_append_is_written_once(self, tmp_path: Path) -> None:
        """Whoever stops waiting neither loses nor doubles the batch, and the chain goes on."""
        async with self.open(tmp_path) as store:
            for number in range(20):
                task = asyncio.ensure_future(store.append([entry(number)]))
                await asyncio.sleep(0)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            await store.append([entry(20)])
            assert [one.seq for one in await replayed(store)] == list(range(1, 22))
            assert store.head[0] == 21

    async def test_concurrent_appends_do_not_mix(self, tmp_path: Path) -> None:
        """Batches given at once are written one after the other, in the order given."""
        async with self.open(tmp_path) as store:
            await asyncio.gather(*(store.append(entries(first, 10)) for first in range(0, 200, 10)))
            found = await replayed(store)
        assert [one.event_id for one in found] == [id_of(record(number)) for number in range(200)]
        assert [one.seq for one in found] == list(range(1, 201))

    @pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 262144, 700_001])
    async def test_a_body_comes_back_whole_and_in_ranges(self, tmp_path: Path, size: int) -> None:
        """A body of any size, written in any pieces, is read whole and in any range, also after a restart."""
        chance = random.Random(size)
        data = chance.randbytes(size)
        cuts = sorted(chance.sample(range(size), min(size, 5))) if size else []
        pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, size], strict=True)]
        async with self.open(tmp_path) as store:
            name = await kept(store, *pieces)
            assert await body(store, name) == data
        async with self.open(tmp_path) as store:
            for _ in range(10):
                start = chance.randint(0, size)
                end = chance.randint(start, size + 10)
                assert await body(store, name, start, end) == data[start:end]
            assert await body(store, name, size, None) == b""

    async def test_equal_bodies_have_one_name(self, tmp_path: Path) -> None:
        """The name is the content's, however it was cut, and tells nothing about it without the key."""
        (tmp_path / "a").mkdir()
        (tmp_path / "b").mkdir()
        async with self.open(tmp_path / "a") as store, self.open(tmp_path / "b") as other:
            name = await kept(store, b"hello ", b"world")
            assert name == await kept(store, b"hello world")
            assert name != await kept(store, b"hello worle")
            assert name != await kept(other, b"hello world")

    async def test_a_body_that_is_not_there(self, tmp_path: Path) -> None:
        """An unknown name is a KeyError, whatever it looks like; so is a discarded body."""
        async with self.open(tmp_path) as store:
            writer = store.blob_writer()
            await writer.write(b"x" * 500_000)
            await writer.discard()
            await writer.discard()
            for name in ("0" * 64, "../../../etc/passwd", ""):
                with pytest.raises(KeyError):
                    await body(store, name)

    async def test_keys_are_for_a_purpose(self, tmp_path: Path) -> None:
        """A purpose has one key of 32 bytes, for as long as the log lives, and each purpose another."""
        async with self.open(tmp_path) as store:
            one, two = await store.key("one"), await store.key("two")
        async with self.open(tmp_path) as store:
            assert await store.key("one") == one != two
        assert len(one) == len(two) == 32

    async def test_a_state_comes_back(self, tmp_path: Path) -> None:
        """The latest State not later than a moment is found, under its own key only, over a restart."""
        async with self.open(tmp_path) as store:
            await store.append([Entry(record=record(number)) for number in range(6)])
            await replayed(store)
            assert await store.load_state(KEY) is None
            for seq in (2, 4):
                await store.save_state(KEY, Snapshot(position=seq, state=b"state %d" % seq))
        async with self.open(tmp_path) as store:
            assert await store.load_state(KEY) == Snapshot(position=4, state=b"state 4")
            at = START + timedelta(milliseconds=20)  # between the third and the fourth
            assert await store.load_state(KEY, at=at) == Snapshot(position=2, state=b"state 2")
            assert await store.load_state(KEY, at=START) is None
            assert (
                await store.load_state(StateKey("sqs", "123456789012", "eu-west-1", "other source")) is None
            )

    async def test_states_of_older_sources_go(self, tmp_path: Path) -> None:
        """A State that changed code folded takes the place of the old code's; other kinds, and other States, stay."""
        kind = msgspec.structs.replace(KEY, kind="open")
        other = msgspec.structs.replace(KEY, region="eu-west-2")
        newer = msgspec.structs.replace(KEY, source="newer source")
        async with self.open(tmp_path) as store:
            await store.append([Entry(record=record(number)) for number in range(3)])
            await replayed(store)
            for key in (KEY, kind, other):
                await store.save_state(key, Snapshot(position=1, state=b"old"))
            await store.save_state(newer, Snapshot(position=2, state=b"new"))
            assert await store.load_state(KEY) is None
            assert await store.load_state(newer) == Snapshot(position=2, state=b"new")
            assert await store.load_state(kind) == await store.load_state(other) is not None

    async def test_a_state_that_was_overtaken_is_gone(self, tmp_path: Path) -> None:
        """What arrives late and lies before a State's position makes the State invalid, and no earlier one."""
        async with self.open(tmp_path) as store:
            await store.append([Entry(record=record(number)) for number in (0, 1, 2, 4, 5)])
            await replayed(store)
            await store.save_state(KEY, Snapshot(position=3, state=b"early"))
            await store.save_state(KEY, Snapshot(position=5, state=b"late"))
            await store.append([Entry(record=record(6))])
            assert await store.load_state(KEY) == Snapshot(position=5, state=b"late")
            await store.append([Entry(record=record(3), origin="import")])
            assert await store.load_state(KEY) == Snapshot(position=3, state=b"early")

    async def test_entries_are_found_from_the_newest_on(self, tmp_path: Path) -> None:
        """All that may be what is sought, by time; from a place on; and nothing that is not worth reading."""
        async with self.open(tmp_path) as store:
            await store.append(entries(1, 5))
            await store.append([Entry(record=record(6, action="DeleteQueue", region="us-east-1"))])
            found = [one async for some in store.newest(Sought(), batch=2) for one in some]
            assert [one.seq for one in found] == [6, 5, 4, 3, 2, 1]
            here = Sought(region="eu-west-1", action="CreateQueue", since=START + timedelta(milliseconds=14))
            assert [one.seq async for some in store.newest(here) for one in some] == [5, 4, 3, 2]
            place = (round((START + timedelta(milliseconds=21)).timestamp() * 1_000_000), 3)
            assert [one.seq async for some in store.newest(here, before=place) for one in some] == [2]
            worth = Sought(worth=lambda source, action: action == "DeleteQueue")
            assert [one.seq async for some in store.newest(worth) for one in some] == [6]
            named = Sought(resource="queue-4")
            assert [one.seq async for some in store.newest(named) for one in some] == [4]
