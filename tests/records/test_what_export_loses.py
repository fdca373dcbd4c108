"""CloudTrail's files lose what stands beside the records, and beside a record stands only what is declared.

Every story of every operation is acted out, exported as CloudTrail's files and as lossless lines, and imported into
fresh logs. From the lines comes the same state. The state from the files is the live log's state without notes and
sealed parts; each value in those is explained by a declaration: a marked member of the action's types
(`backtrail.payload`: Sealed, Masked, Noted, …), a payload that CloudTrail leaves out whole, or the plugin's own note.
What that costs the state is declared member by member (`same_state.py`), at every moment of every story.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_origin

import msgspec
import pytest

from backtrail.call import Answer
from backtrail.fold import OWN, PARAMS, RESULT, WHOLE_PARAMS, WHOLE_RESULT, route
from backtrail.machine import Machine
from backtrail.payload import NOTE, SEALED
from backtrail.store import Stored
from backtrail.trail import events, omission, parts
from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import registry
from backtrail_eventstore import SqliteStore, export_lines, export_trails, import_trails

from ..stories.acting import Boto3, act
from ..stories.driving import Story
from ..stories.operations import cloudtrail, ec2_vpn, kms, secretsmanager
from ..stories.same_state import apart
from ..stories.test_ec2_gateways import STORIES as GATEWAYS
from ..stories.test_ec2_vpc import STORIES as NETWORKS
from ..stories.test_every_operation import STORIES as FIRST_FOUR
from .again import result_of

REGISTRY = registry()
STORIES: list[Story] = [
    *FIRST_FOUR, *NETWORKS, *GATEWAYS, *ec2_vpn.STORIES, *kms.STORIES, *secretsmanager.STORIES, *cloudtrail.STORIES,
]  # fmt: skip


class Told(NamedTuple):
    """What one log gave: its records, the live state's digest, and those of three folds."""

    entries: list[Stored]
    live: str
    bare: str
    files: str
    lines: str


class Lost(NamedTuple):
    """One value that stands beside a record: which action's, in which part, and where in it."""

    service: str
    action: str
    part: str
    tree: str
    path: tuple[str, ...]


async def told(server: BackgroundServer, folder: Path) -> Told:
    """Exports the server's log both ways and folds what comes of it."""
    store = server.engine.store
    entries = [entry async for some in store.replay() for entry in some]
    assert isinstance(store, SqliteStore)
    await export_trails(store, folder / "trails")
    await export_lines(store, folder / "log.jsonl", sealed=True, bodies="inline")
    files = await imported(folder / "files.db", folder / "trails")
    shutil.copy(store.paths.key, folder / "lines.key")  # bodies are named with it, and states hold the names
    lines = await imported(folder / "lines.db", folder / "log.jsonl")
    assert [entry.record for entry in files] == [entry.record for entry in entries]
    return Told(
        entries, server.engine.machine.digest(), folded(entries, bare=True), folded(files), folded(lines)
    )


async def imported(path: Path, source: Path) -> list[Stored]:
    """The entries of a fresh log that was given an export."""
    async with SqliteStore.open(str(path)) as store:
        report = await import_trails(store, [source])
        assert (report.rejected, report.duplicate) == (0, 0)
        return [entry async for some in store.replay() for entry in some]


def folded(entries: list[Stored], *, bare: bool = False) -> str:
    """The digest of what entries fold to; `bare`: of the records alone."""
    machine = Machine(REGISTRY)
    for entry in entries:
        if bare:
            machine.apply(entry.record)
        else:
            machine.apply(entry.record, entry.note, entry.sealed, cause=entry.cause)
    assert not machine.folder.broken, machine.folder.broken
    return machine.digest()


@pytest.mark.parametrize("story", STORIES, ids=[f"{story.service}: {story.name}" for story in STORIES])
def test_what_is_lost_is_declared(
    endpoint: str, server: BackgroundServer, tmp_path: Path, story: Story
) -> None:
    """Lines lose nothing; files lose the parts beside the records, all of which are declared."""
    act(story, Boto3(endpoint))

    found = server.run(told(server, tmp_path))

    assert found.lines == found.live
    assert found.files == found.bare
    assert apart(REGISTRY, found.entries) == []
    beside = {one for entry in found.entries for one in losses(entry)}
    assert {one for one in beside if not explained(one)} == set()


def test_the_list_of_what_files_lose() -> None:
    """It is derived from the declarations, and has the secrets and the contents that one would look for in it."""
    lost = {
        (service, action, tree, path): part
        for service, owner in REGISTRY.services.items()
        for action, handler in owner.handlers.items()
        for tree, kind in ((PARAMS, handler.params), (RESULT, result_of(handler.returns)))
        if kind is not None
        for part, path in marks(kind, (), ())
    }

    assert lost["iam", "CreateAccessKey", RESULT, ("accessKey", "secretAccessKey")] == SEALED
    assert lost["iam", "CreateLoginProfile", PARAMS, ("password",)] == SEALED
    assert lost["sts", "AssumeRole", RESULT, ("credentials", "sessionToken")] == SEALED
    assert lost["sqs", "SendMessageBatch", PARAMS, ("entries", "messageBody")] == SEALED
    assert lost["s3", "DeleteObjects", PARAMS, ("Delete",)] == NOTE
    assert len({service for service, *_ in lost}) >= 4


def test_files_lose_something(endpoint: str, server: BackgroundServer, tmp_path: Path) -> None:
    """A user's secret is in the live state and in the one from the lines, and not in the one from the files."""
    story = next(story for story in STORIES if story.name == "a user opens sessions of her own and of others")
    act(story, Boto3(endpoint))

    found = server.run(told(server, tmp_path))

    assert found.live == found.lines != found.files
    assert not [path for path in (tmp_path / "trails").rglob("*") if path.suffix not in (".gz", "")]


def losses(entry: Stored) -> Iterator[Lost]:
    """The values that stand beside a record."""
    record = json.loads(entry.record)
    service, action = route(record["eventSource"], record["eventName"], record.get("apiVersion"))
    for part, data in ((NOTE, entry.note), (SEALED, entry.sealed)):
        for tree, held in (json.loads(data) if data else {}).items():
            deep = tree in (PARAMS, RESULT)
            for path in leaves(held, declared(service, action, tree) if deep else None):
                yield Lost(service, action, part, tree if not whole(tree, record) else "", path)


def whole(tree: str, record: dict[str, Any]) -> bool:
    """Whether a whole payload is left out as the rules say: of denied calls, of reads, of what is too large."""
    member = {WHOLE_PARAMS: "requestParameters", WHOLE_RESULT: "responseElements"}.get(tree)
    if member is None:
        return False
    service, action = route(record["eventSource"], record["eventName"], record.get("apiVersion"))
    trail = REGISTRY.services[service].trail
    if omission.is_omitted(json.dumps(record[member], separators=(",", ":")).encode()):
        return True
    if tree == WHOLE_PARAMS:
        return "errorCode" in record and record[member] is None
    shown = events.shows_result(service, action, trail, record["readOnly"]) if trail is not None else False
    return record[member] is None and not shown


def declared(service: str, action: str, tree: str) -> Any:
    """The type of an action's parameters or result."""
    handler = REGISTRY.services[service].handlers[action]
    return handler.params if tree == PARAMS else result_of(handler.returns)


def leaves(held: Any, kind: Any) -> Iterator[tuple[str, ...]]:
    """The paths of a tree down to the members that are marked; of one without a type, its members."""
    if kind is None:
        yield ()
        return
    for name, member in held.items():
        found = member_of(kind, name)
        if found is None or parts.marked(found) is not None:
            yield (name,)
        else:
            yield from ((name, *more) for more in items(member, parts.plain(found)))


def items(held: Any, kind: Any) -> Iterator[tuple[str, ...]]:
    """The same, within lists and maps, whose trees are by index and key."""
    arguments = get_args(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield from leaves(held, kind)
    elif arguments:
        for member in held.values():
            yield from items(member, parts.plain(arguments[-1]))
    else:
        yield ("?",)


def member_of(kind: Any, name: str) -> Any:
    """A struct's annotation by its record name, None where it has no such member."""
    fields = {field.encode_name: field.name for field in msgspec.structs.fields(kind)}
    return parts.hints(kind)[fields[name]] if name in fields else None


def explained(lost: Lost) -> bool:
    """Whether a declaration says that this is not in the record."""
    if lost.tree in (PARAMS, RESULT):
        return lost.path in DECLARED[lost.service, lost.action, lost.tree, lost.part]
    if lost.tree == OWN:
        return notes(REGISTRY.services[lost.service].handlers[lost.action].returns)
    return lost.tree == ""


def notes(returns: Any) -> bool:
    """Whether a handler says that it may answer with a note of its own."""
    return get_origin(returns) is Answer or returns is Answer or any(map(notes, get_args(returns)))


def marks(kind: Any, path: tuple[str, ...], above: tuple[type, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The marked members of a type, however deep: their part and their path."""
    bare = parts.plain(kind)
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        if bare in above:
            return
        for field in msgspec.structs.fields(bare):
            annotation = parts.hints(bare)[field.name]
            mark = parts.marked(annotation)
            if mark is not None:
                yield mark.part, (*path, field.encode_name)
            else:
                yield from marks(annotation, (*path, field.encode_name), (*above, bare))
    for argument in get_args(bare):
        yield from marks(argument, path, above)


class _Declared(dict[tuple[str, str, str, str], set[tuple[str, ...]]]):
    """What each action declares to lose, worked out when it is asked for."""

    def __missing__(self, key: tuple[str, str, str, str]) -> set[tuple[str, ...]]:
        service, action, tree, part = key
        kind = declared(service, action, tree)
        found = {path for mark, path in marks(kind, (), ()) if mark == part}
        self[key] = found
        return found


DECLARED = _Declared()
