"""A server that is killed under load loses nothing that it acknowledged, and starts again.

BACKTRAIL_KILLS sets how often (5), BACKTRAIL_SEED the seed, which is printed.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import threading
import time
from pathlib import Path

import pytest

from backtrail_cli.server.running import Options, account

from .outsider import Outsider, Reply, ask, form_call, json_call, s3_call, until
from .subject import Subject, sound

KILLS = int(os.environ.get("BACKTRAIL_KILLS", "5"))
WRITERS = 4
QUEUE = "http://localhost/123456789012/load"
SIZES = (0, 1, 1000, 4096, 16 * 1024, 16 * 1024 + 1, 70_000, 300_000)


class Load(threading.Thread):
    """A client that writes without end, and keeps what it was told had been done."""

    def __init__(self, endpoint: str, name: str, seed: int) -> None:
        super().__init__(name=name, daemon=True)
        self._endpoint, self._random = endpoint, random.Random(seed)
        self.requests: set[str] = set()
        self.objects: dict[str, bytes] = {}
        self.users: list[str] = []
        self.sent = self.tried = 0
        self.refused: list[Reply] = []

    def run(self) -> None:
        """Write until the server is gone."""
        try:
            with Outsider(self._endpoint, seconds=20) as one:
                while True:
                    self._random.choice((self._send, self._send, self._put, self._create_user))(one)
        except (OSError, EOFError):
            return

    def _send(self, one: Outsider) -> None:
        self.tried += 1
        body = json.dumps({"QueueUrl": QUEUE, "MessageBody": f"{self.name} {self.tried}"}).encode()
        if self._done(one.send(json_call("AmazonSQS.SendMessage", body)).reply(), "x-amzn-requestid"):
            self.sent += 1

    def _put(self, one: Outsider) -> None:
        body = self._random.randbytes(self._random.choice(SIZES))
        path = f"/load/{self.name}-{len(self.objects)}"
        if self._done(one.send(s3_call("PUT", path, body=body)).reply(), "x-amz-request-id"):
            self.objects[path] = body

    def _create_user(self, one: Outsider) -> None:
        name = f"{self.name}-{len(self.users)}"
        call = form_call(f"Action=CreateUser&UserName={name}&Version=2010-05-08".encode(), "iam")
        if self._done(one.send(call).reply(), "x-amzn-requestid"):
            self.users.append(name)

    def _done(self, reply: Reply, name: str) -> bool:
        if reply.status != 200:
            self.refused.append(reply)
            return False
        self.requests.add(reply.headers[name])
        return True


@pytest.mark.timeout_s(60 + 20 * KILLS)
def test_kill_9_under_load_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """Killed at any moment, the log holds every acknowledged call, verifies, and the next server serves all of it."""
    seed = int(os.environ.get("BACKTRAIL_SEED", str(random.randrange(1 << 32))))
    print("seed", seed)
    chance = random.Random(seed)
    folder = tmp_path / "account"
    folder.mkdir()
    subject = Subject(folder / "a.db")
    loads: list[Load] = []
    for number in range(KILLS):
        subject.start()
        if not number:
            ask(subject.endpoint, json_call("AmazonSQS.CreateQueue", b'{"QueueName":"load"}'))
            ask(subject.endpoint, s3_call("PUT", "/load"))
        _everything_is_there(subject.endpoint, loads, chance)
        loads += _killed_under_load(subject, number, chance)
        copy = tmp_path / f"copy-{number}"
        shutil.copytree(folder, copy)  # as the kill left it: to open it is to mend it
        asyncio.run(sound(copy / "a.db"))
        assert {one for load in loads for one in load.requests} <= asyncio.run(_recorded(copy / "a.db"))
        shutil.rmtree(copy)
    subject.start()
    _everything_is_there(subject.endpoint, loads, chance, most=1 << 30)
    assert subject.stop() == 0
    assert subject.complaints == ""
    assert sum(len(load.requests) for load in loads) > 20 * KILLS
    assert not (folder / "a.blobs" / "unfinished").exists() or not list(
        (folder / "a.blobs" / "unfinished").iterdir()
    )


def _killed_under_load(subject: Subject, number: int, chance: random.Random) -> list[Load]:
    loads = [
        Load(subject.endpoint, f"round-{number}-{which}", chance.randrange(1 << 32))
        for which in range(WRITERS)
    ]
    for load in loads:
        load.start()
    assert until(20, lambda: any(load.requests for load in loads))
    time.sleep(chance.random() * 0.5)
    subject.kill()
    for load in loads:
        load.join(20)
        assert not load.refused, load.refused[:1]
    return loads


def _everything_is_there(endpoint: str, loads: list[Load], chance: random.Random, *, most: int = 60) -> None:
    """Objects have their bodies, users are known, messages are in the queue."""
    with Outsider(endpoint) as one:
        objects = [pair for load in loads for pair in load.objects.items()]
        for path, body in chance.sample(objects, min(most, len(objects))):
            assert one.send(s3_call("GET", path)).reply().body == body, path
        for name in chance.sample(
            users := [name for load in loads for name in load.users], min(most, len(users))
        ):
            call = form_call(f"Action=GetUser&UserName={name}&Version=2010-05-08".encode(), "iam")
            assert one.send(call).reply().status == 200, name
        asked = {"QueueUrl": QUEUE, "AttributeNames": ["ApproximateNumberOfMessages"]}
        reply = one.send(json_call("AmazonSQS.GetQueueAttributes", json.dumps(asked).encode())).reply()
        count = int(json.loads(reply.body)["Attributes"]["ApproximateNumberOfMessages"])
    assert sum(load.sent for load in loads) <= count <= sum(load.tried for load in loads)


async def _recorded(log: Path) -> set[str]:
    """The request ids of all records."""
    found: set[str] = set()
    async with account(Options(log=log)) as (engine, _):
        async for entries in engine.store.replay():
            found |= {json.loads(entry.record)["requestID"] for entry in entries}
    return found
