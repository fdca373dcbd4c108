"""AWS's service models, read as data from botocore's files and stripped of their documentation.

`load("sqs")` gives the newest model of a service. The stripped form is cached on disk, keyed by botocore's
version: EC2's model costs 60 ms to read from botocore's file and 8 ms from the cache.
"""

from __future__ import annotations

import gzip
import importlib.metadata
import importlib.util
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, cast

import msgspec

_FORMAT = 2  # of the cache


class Member(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A reference to a shape, with how the wire writes it (botocore's own keys)."""

    shape: str
    location: str | None = None
    location_name: str | None = None
    query_name: str | None = None
    streaming: bool = False
    flattened: bool = False
    xml_attribute: bool = False
    xml_namespace: dict[str, str] | str | None = None
    idempotency_token: bool = False
    jsonvalue: bool = False
    timestamp_format: str | None = None
    eventpayload: bool = False
    eventheader: bool = False
    host_label: bool = False
    result_wrapper: str | None = None
    box: bool = False


class ErrorTrait(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    code: str | None = None
    http_status_code: int | None = None
    sender_fault: bool = False


class Shape(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    type: str
    members: dict[str, Member] = {}
    required: list[str] = []
    member: Member | None = None
    key: Member | None = None
    value: Member | None = None
    enum: list[str] = []
    min: float | None = None
    max: float | None = None
    pattern: str | None = None
    payload: str | None = None
    streaming: bool = False
    flattened: bool = False
    sensitive: bool = False
    exception: bool = False
    fault: bool = False
    error: ErrorTrait | None = None
    timestamp_format: str | None = None
    location_name: str | None = None
    xml_namespace: dict[str, str] | str | None = None
    eventstream: bool = False
    event: bool = False
    document: bool = False
    union: bool = False
    box: bool = False


class Http(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    method: str = "POST"
    request_uri: str = "/"
    response_code: int | None = None


class Operation(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    name: str
    http: Http = Http()
    input: Member | None = None
    output: Member | None = None
    errors: list[Member] = []
    http_checksum: dict[str, Any] | None = None
    endpoint: dict[str, str] | None = None
    authtype: str | None = None


class Metadata(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    api_version: str
    endpoint_prefix: str
    protocol: str
    protocols: list[str] = []
    service_id: str = ""
    signing_name: str | None = None
    target_prefix: str | None = None
    json_version: str | None = None
    xml_namespace: str | None = None
    global_endpoint: str | None = None
    aws_query_compatible: dict[str, Any] | None = None


class Model(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One service as its model describes it. `metadata`, `operations` and `shapes` are botocore's."""

    metadata: Metadata
    operations: dict[str, Operation]
    shapes: dict[str, Shape]

    def shape(self, ref: Member) -> Shape:
        return self.shapes[ref.shape]


class UnknownService(LookupError):
    """Botocore has no model of that name."""


_ADOPTED: dict[str, Model] = {}


def adopt(service: str, model: Model) -> None:
    """Makes the model of a user's own service known under its name. Use `wire.adopt`, which tells the wire, too."""
    _ADOPTED[service] = model
    load.cache_clear()


def disown(service: str) -> None:
    """Forgets an adopted model. Use `wire.disown`."""
    _ADOPTED.pop(service, None)
    load.cache_clear()


@cache
def load(service: str) -> Model:
    """The newest model of a service, by its botocore client name. Raises `UnknownService`."""
    if service in _ADOPTED:
        return _ADOPTED[service]
    source = _source(service)
    cached = cache_folder("models") / f"{service}.{importlib.metadata.version('botocore')}.{_FORMAT}.msgpack"
    try:
        return msgspec.msgpack.decode(cached.read_bytes(), type=Model)
    except (OSError, msgspec.DecodeError):
        model = _read(source)
        keep(cached, msgspec.msgpack.encode(model))
        return model


def data_folder() -> Path:
    """Where botocore keeps its models. Finding it does not import botocore."""
    spec = importlib.util.find_spec("botocore")
    if spec is None or spec.origin is None:  # pragma: no cover
        raise UnknownService("botocore is not installed")
    return Path(spec.origin).parent / "data"


def services() -> list[str]:
    """The client names of every service that has a model."""
    return sorted(path.name for path in data_folder().iterdir() if path.is_dir())


def _source(service: str) -> Path:
    folder = data_folder() / service
    if not service or "/" in service or "." in service or not folder.is_dir():
        raise UnknownService(service)
    newest = max(path for path in folder.iterdir() if path.is_dir())
    return newest / "service-2.json.gz"


def _read(source: Path) -> Model:
    raw = source.with_suffix("").read_bytes() if not source.exists() else gzip.decompress(source.read_bytes())
    model = msgspec.json.decode(raw, type=Model)
    extras = source.parent / "service-2.sdk-extras.json"
    return _named(_merged(model, msgspec.json.decode(extras.read_bytes())) if extras.exists() else model)


def _named(model: Model) -> Model:
    """CloudFront's model adds a date to its operations' names; clients and policies know them by their keys."""
    operations = {key: msgspec.structs.replace(op, name=key) for key, op in model.operations.items()}
    return msgspec.structs.replace(model, operations=operations)


def _merged(model: Model, extras: dict[str, Any]) -> Model:
    """Botocore's own additions to a service's model (S3's and EC2's, among others)."""
    plain = msgspec.to_builtins(model)
    _merge(plain, extras.get("merge", {}))
    return msgspec.convert(plain, Model)


def _merge(base: dict[str, Any], extra: dict[str, Any]) -> None:
    for key, value in extra.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            _merge(base[key], cast("dict[str, Any]", value))
        else:
            base[key] = value


def cache_folder(kind: str) -> Path:
    """Where derived data of a kind is kept between runs: it may be deleted at any time."""
    root = os.environ.get("BACKTRAIL_CACHE") or os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "backtrail" / kind


def keep(path: Path, data: bytes) -> None:
    """Best effort: a cache that cannot be written costs time, nothing else."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(data)
        os.replace(file.name, path)
    except OSError:
        return
