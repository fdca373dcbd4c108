"""Whether two machines hold the same state, member by member, but for what CloudTrail's files never have.

A trail that was delivered and imported elsewhere has the records and nothing that stood beside them. So the walk takes
away the members that a plugin marks in its State (`backtrail.payload`: Sealed, Masked, Noted), and what `LOST`
declares, each with its reason. Whatever else differs is told, by service, place and path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from backtrail.machine import ROOT_PLACE, Machine
from backtrail.payload import State
from backtrail.plugins import Registry
from backtrail.service import Place
from backtrail.sorted_map import SortedMap
from backtrail.store import Stored
from backtrail.trail import parts

Path = tuple[str, ...]
ANY = "*"
_LOOK = 25  # records without parts until both are compared again


class Lost(NamedTuple):
    """What the files lose: a service, the members to it in its State (`*`: any key), and why."""

    service: str
    path: str
    why: str

    def holds(self, service: str, path: Path) -> bool:
        """Whether a path of a service's State is this, or within it; with `$` at the end, this alone."""
        pattern = self.path.rstrip("$").split(".")
        fits = len(path) == len(pattern) if self.path.endswith("$") else len(path) >= len(pattern)
        return (
            self.service == service
            and fits
            and all(one in (ANY, other) for one, other in zip(pattern, path, strict=False))
        )


def lost(service: str, why: str, *paths: str) -> list[Lost]:
    """What a service loses for one reason: `before{a b}` stands for `before.a` and `before.b`."""
    found: list[Lost] = []
    for path in paths:
        before, _, inner = path.partition("{")
        names = inner.rstrip("}").split()
        found += [Lost(service, f"{before}.{name}", why) for name in names] or [Lost(service, path, why)]
    return found


_OBJECT = "{checksums e_tag headers metadata parts size encryption}"
LOST: list[Lost] = [
    *lost("backtrail.tokens/ec2", "fingerprints of payloads that have secrets", "seen.*{asked answer}"),
    *lost(
        "cloudtrail", "CreateTrail names a bucket: whose it is, and where, was asked of S3",
        "trails.*{bucket_account bucket_region}",
    ),
    *lost(
        "cloudtrail", "what was delivered, and signed with which key, stands in parts of internal records",
        "leaving.*", "keys.*", "trails.*{awaited delivery digests due_us files job listed}",
    ),
    *lost(
        "ec2", "CreateNatGateway and RunInstances do not answer with each interface and address that they make",
        "addresses.attachments.*", "addresses.interfaces.*", "addresses.elastic_ips.*{interface private_ip}",
        "network.subnets.*.addresses.*", "gateways.nat.*.addresses.*{interface private_ip}",
    ),
    *lost(
        "ec2", "RunInstances does not answer with the volumes that it makes, nor with the public address",
        "compute.devices.*", "storage.volumes.*", "compute.instances.*.public",
    ),
    *lost("ec2", "RunInstances does not answer with what is charged", "compute.instances.*{details usage}"),
    *lost("ec2", "user data and keys are hidden", "compute.instances.*.user_data", "compute.key_pairs.*.public"),
    *lost(
        "ec2", "CreateImage, CopyImage and CopySnapshot answer with an id alone",
        "images.images.*{architecture boot_mode details devices ena imds location root_name root_type source_region "
        "sriov usage virtualization}",
        "storage.snapshots.*$", "storage.snapshots.*{description encrypted size}",
    ),
    *lost(
        "ec2", "the end of a peering names the peering alone, so it reaches the State of one of the two sides",
        "gateways.peerings.*{status ended_by since expires}",
    ),
    *lost("ec2", "a finding comes after the answer", "watching.analyses.*{found explanations forward back}"),
    *lost("iam", "CreateSAMLProvider does not answer with it", "saml_providers.*.id"),
    *lost("iam", "passwords are secret", "users.*.login{hash former}"),
    *lost("kms", "the public half of secret material, and what it is told apart by", "keys.*{public materials}"),
    *lost("kms", "a service event tells the other regions of it, in its note", "keys.*{primary replicas}"),
    *lost("lambda", "events under way are payloads, sessions are credentials", "ended", "events.*", "sessions.*"),
    *lost("lambda", "the size of code", "layers.*.deleted.*.unzipped", "layers.*.versions.*.code.unzipped"),
    *lost(
        "logs", "log events are contents; real trails have no PutLogEvents",
        "groups.*{order recent stored_bytes}", "groups.*.streams.*{events place}",
    ),
    *lost("rds", "an endpoint and a zone come after CreateDBInstance's answer", "*.*{address port zone}"),
    *lost(
        "s3", "headers and sums of contents; the size of what came in parts, or from a service",
        f"buckets.*.objects.*.current{_OBJECT}", f"buckets.*.objects.*.past.versions.*{_OBJECT}",
        f"buckets.*.buried.*.past.versions.*{_OBJECT}",
    ),
    *lost("s3", "no record of its beginning names an upload", "buckets.*{completed uploads}"),
    *lost(
        "s3", "DeleteObjects does not tell what: what was there is uncertain from then on",
        "buckets.*{objects_unknown seq}", "buckets.*.objects.*$", "buckets.*.buried.*$",
    ),
    *lost(
        "secretsmanager", "a copy in another region is made by a service event, which names it in its note",
        "secrets.*$", "secrets.*{accessed arn changed made primary stages versions}",
    ),
    *lost(
        "sns", "credentials and tokens of devices are secret",
        "applications.*.attributes.PlatformCredential", "device_tokens", "devices.*.attributes.Token", "sandbox",
    ),
    *lost(
        "sns", "endpoints and tokens are hidden: a subscription shows whole in its confirmation alone",
        "alarms", "tokens", "places", "removed", "waiting",
        "subscriptions.*{tokens base endpoint guessed owner principal protocol}",
    ),
    *lost("sns", "messages are contents", "outbox.*"),
    *lost(
        "sqs", "messages are contents, and which of them were received or moved stands in notes",
        "alarms", "tasks.*{moved next_us status to_move}",
        "queues.*{arrivals attempts expiry_us flying fresh groups messages oldest order recent sequence used}",
    ),
]  # fmt: skip
"""What no mark in a State says: it follows from what stood beside the records, or no record of AWS's has it."""


def differences(left: Machine, right: Machine, lost: Iterable[Lost] = LOST) -> list[str]:
    """Where two machines' states differ, but for marked members and declared losses: `sqs …: queues.q.tags: a, b`."""
    declared = list(lost)
    return [
        f"{' '.join(filter(None, place))}: {'.'.join(path)}: {one}, {other}"
        for place, path, one, other in unlike(left, right)
        if not any(loss.holds(place[0], path) for loss in declared)
    ]


def unlike(left: Machine, right: Machine) -> Iterator[tuple[Place, Path, str, str]]:
    """Every place and path at which something unmarked differs, with both values, shortened."""
    for place in sorted({*left.places(), *right.places()}):
        one, other = (_held(machine, place) for machine in (left, right))
        for path, mine, theirs in _unlike(one, other, ()):
            yield place, path, _short(mine), _short(theirs)


def apart(registry: Registry, entries: Iterable[Stored]) -> list[str]:
    """What a log's entries fold to with and without the parts beside them: the differences, as soon as they show."""
    whole, bare = Machine(registry), Machine(registry)
    found: dict[str, None] = {}
    for number, entry in enumerate(entries, 1):
        whole.apply(entry.record, entry.note, entry.sealed, cause=entry.cause)
        bare.apply(entry.record)
        if entry.note or entry.sealed or number % _LOOK == 0:
            found.update(dict.fromkeys(differences(whole, bare)))
    return list(found | dict.fromkeys(differences(whole, bare)))


def _held(machine: Machine, place: Place) -> State:
    """The State of a place; the one that nothing happened in where there is none."""
    if place in machine.places() or place == ROOT_PLACE or place[0] in machine.registry.services:
        return machine.state(place)
    return machine.state_type(place)()


def _unlike(one: object, other: object, path: Path) -> Iterator[tuple[Path, object, object]]:
    for name, mine, theirs in _inside(one, other):
        yield from _unlike(mine, theirs, (*path, name))
    if not _is_walked(one, other) and one != other:
        yield path, one, other


def _is_walked(one: object, other: object) -> bool:
    """Whether two values are looked into, rather than held against each other as they are."""
    if isinstance(one, msgspec.Struct):
        return type(one) is type(other)
    if isinstance(one, dict | SortedMap):
        return isinstance(other, dict | SortedMap)
    return isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other)


def _inside(one: Any, other: Any) -> Iterator[tuple[str, Any, Any]]:
    """What two values hold at the same names, keys and positions."""
    if not _is_walked(one, other):
        return
    if isinstance(one, msgspec.Struct):
        yield from _members(one, other)
    elif isinstance(one, dict | SortedMap):
        mine, theirs = dict(one.items()), dict(other.items())
        for key in sorted({*mine, *theirs}, key=str):
            yield str(key), mine.get(key, GONE), theirs.get(key, GONE)
    else:
        for index, pair in enumerate(zip(one, other, strict=True)):
            yield str(index), *pair


def _members(one: msgspec.Struct, other: msgspec.Struct) -> Iterator[tuple[str, Any, Any]]:
    """The unmarked members of two structs of a type."""
    hints = parts.hints(type(one))
    for field in msgspec.structs.fields(one):
        if parts.marked(hints[field.name]) is None:
            yield field.name, getattr(one, field.name), getattr(other, field.name)


class _Gone:
    """Stands for a key that is not there."""

    def __repr__(self) -> str:
        return "nothing"


GONE = _Gone()


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
