"""Baselines: answers of reads, taken from the account itself, as facts observed at a time.

A responder has more than trails: what `aws iam get-account-authorization-details` printed, or `describe-instances`.
Such an answer becomes a record of that read with the answer in its note, marked as observed. A service declares with
`@service.observed` what its State learns from it; ordinary reads stay reads.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, cast, get_args, get_origin

import msgspec

from backtrail.names import source_of
from backtrail.reading import OBSERVED, WHOLE_PARAMS, WHOLE_RESULT
from backtrail.record import EVENT_VERSION
from backtrail.store import Entry
from backtrail.trail import codec
from backtrail.trail.casing import snake
from backtrail.trail.times import CloudTime

if TYPE_CHECKING:
    from backtrail.plugins import Registry

ORIGIN = "baseline"
EVENT_TYPE = "BacktrailBaseline"
"""CloudTrail has no such event: nobody shall take the record for one of its own."""

_PAGING = {"next_token", "marker", "is_truncated", "continuation_token", "next_marker", "truncated"}
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:([a-z0-9-]*):(\d{12}):")
_SERVICE = re.compile(r"arn:aws[a-z-]*:([a-z0-9-]+):")
_BESIDE = {"response_metadata"}
_OPTIONAL = {"failures"}
"""Lists that an answer has where something went wrong."""
_ZONE = re.compile(r"([a-z]{2}(?:-[a-z]+)+-\d)[a-z]")

Json = Mapping[str, object]


class NotUnderstood(ValueError):
    """A baseline that no plugin knows how to read, or that lacks what it takes."""


class Observed(msgspec.Struct, frozen=True):
    """Which read a file is the answer of."""

    service: str
    action: str
    declared: Any


def recognised(given: Json, registry: Registry) -> Observed:
    """The read whose answer this is, by its members' names; of several, of the service that most of its ARNs are of.
    Raises `NotUnderstood`."""
    names = {_attribute(name) for name in given} - _BESIDE
    found: list[Observed] = []
    for (service, action), declared in sorted(registry.observers.items(), key=lambda one: one[0]):
        fields = {one.name: one.type for one in msgspec.structs.fields(declared[0].result)}
        lists = {name for name, kind in fields.items() if get_origin(_plain(kind)) is list} - _OPTIONAL
        if names and names <= set(fields) | _PAGING and names & set(fields) and lists <= names:
            found.append(Observed(service, action, declared[0]))
    if found:
        services = Counter(arn[1] for _, text in _texts("", given) if (arn := _SERVICE.match(text)))
        return max(found, key=lambda one: services[_prefix(one.service)])
    shown = ", ".join(list(given)[:5])
    raise NotUnderstood(f"no plugin learns from an answer with the members {shown[:100] or '(none)'}")


def _attribute(name: str) -> str:
    """The attribute of a member, as the API spells it or as AWS Config does (`dBInstanceIdentifier`)."""
    return snake(name[:1].upper() + name[1:])


def _prefix(service: str) -> str:
    """What a service's ARNs name it by."""
    return {"elb": "elasticloadbalancing", "elbv2": "elasticloadbalancing"}.get(service, service)


def record(
    given: Json, observed: Observed, time: datetime, account: str, region: str, file: str, content: bytes
) -> tuple[str, Entry]:
    """The record of an observation, with its id: the same for the same file, account and time."""
    digest = sha256(content).hexdigest()
    text = sha256(f"{digest}\0{account}\0{region}\0{time.isoformat()}".encode()).hexdigest()
    event_id = f"{text[:8]}-{text[8:12]}-8{text[13:16]}-a{text[17:20]}-{text[20:32]}"
    made = {
        "eventVersion": EVENT_VERSION,
        "userIdentity": {"accountId": account, "invokedBy": "backtrail"},
        "eventTime": f"{time:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": source_of(observed.service),
        "eventName": observed.action,
        "awsRegion": region,
        "sourceIPAddress": "backtrail",
        "userAgent": "backtrail import --baseline",
        "requestParameters": None,
        "responseElements": None,
        "additionalEventData": {"file": file, "sha256": digest},
        "eventID": event_id,
        "readOnly": True,
        "eventType": EVENT_TYPE,
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }
    whole = codec.builtins(payload(given, observed.declared.result))
    note = {OBSERVED: True, WHOLE_PARAMS: _unasked(observed.declared.params), WHOLE_RESULT: whole}
    entry = Entry(record=msgspec.json.encode(made), note=msgspec.json.encode(note), origin=ORIGIN)
    return event_id, entry


_NOTHING: Mapping[Any, object] = {str: "", int: 0, bool: False, list: [], dict: {}}


def _unasked(kind: Any) -> dict[str, object]:
    """The parameters of a read that nobody made: empty, where it must have some."""
    fields = [one for one in msgspec.structs.fields(kind) if one.required]
    return {
        one.encode_name: _NOTHING.get(get_origin(_plain(one.type)) or _plain(one.type), "") for one in fields
    }


def payload(given: object, kind: Any) -> Any:
    """A payload from an answer as the AWS CLI prints it: members by the API's names, times in ISO, documents parsed.

    Raises `NotUnderstood`.
    """
    kind = wanted = _plain(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _struct(given, kind)
    origin = get_origin(kind)
    if origin is list and isinstance(given, list):
        (inner,) = get_args(kind)
        return [payload(one, inner) for one in cast("list[object]", given)]
    if origin is dict and isinstance(given, dict):
        inner = get_args(kind)[1]
        return {str(key): payload(one, inner) for key, one in cast("dict[object, object]", given).items()}
    if isinstance(kind, type) and issubclass(kind, CloudTime) and isinstance(given, str | int | float):
        time: CloudTime = kind.read(given)
        return time
    if kind is str and isinstance(given, dict | list):
        return msgspec.json.encode(given).decode()  # a policy, which the CLI shows parsed
    try:
        return codec.convert(given, wanted)
    except msgspec.ValidationError as error:
        raise NotUnderstood(str(error)) from error


def _struct(given: object, kind: type[msgspec.Struct]) -> msgspec.Struct:
    if not isinstance(given, dict):
        raise NotUnderstood(f"{kind.__name__} is an object")
    members = {_attribute(str(name)): value for name, value in cast("dict[object, object]", given).items()}
    found = {
        one.name: payload(members[one.name], one.type)
        for one in msgspec.structs.fields(kind)
        if members.get(one.name) is not None
    }
    try:
        return kind(**found)
    except TypeError as error:
        raise NotUnderstood(f"{kind.__name__}: {error}") from error


def _plain(kind: Any) -> Any:
    """An annotation without its marks, and without UNSET and None."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        arms = [arm for arm in get_args(kind) if arm not in (msgspec.UnsetType, type(None))]
        return _plain(arms[0]) if len(arms) == 1 else kind
    return kind


def place_of(given: object) -> tuple[str | None, str | None]:
    """The account and the region that most of an answer's ARNs, owners and zones name; None where it names none."""
    accounts: Counter[str] = Counter()
    regions: Counter[str] = Counter()
    for name, text in _texts("", given):
        if name == "OwnerId" and len(text) == 12 and text.isdecimal():
            accounts[text] += 1
        elif name == "AvailabilityZone" and (zone := _ZONE.fullmatch(text)):
            regions[zone[1]] += 1
        elif arn := _ARN.match(text):
            accounts[arn[2]] += 1
            if arn[1]:
                regions[arn[1]] += 1
    return _most(accounts), _most(regions)


def _most(found: Counter[str]) -> str | None:
    return found.most_common(1)[0][0] if found else None


def _texts(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, one in cast("dict[object, object]", value).items():
            yield from _texts(str(key), one)
    elif isinstance(value, list):
        for one in cast("list[object]", value):
            yield from _texts(name, one)
