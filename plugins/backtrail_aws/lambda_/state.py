"""What Lambda knows of one account in one region."""

from __future__ import annotations

from datetime import datetime

import msgspec

from backtrail import UNSET, Lineage, Sealed, Service, SortedMap, State, UnsetType
from backtrail.blob import Blob
from backtrail_aws.lambda_ import errors, limits
from backtrail_aws.lambda_.api import (
    AliasConfiguration,
    CodeSigningConfig,
    EventSourceMappingConfiguration,
    FunctionConfiguration,
    FunctionEventInvokeConfig,
    FunctionUrlConfig,
)
from backtrail_aws.lambda_.trail import TRAIL


class Code(msgspec.Struct, kw_only=True):
    """A deployment package. `content` is unknown where no record of ours holds it; an image has a URI instead."""

    sha256: str | UnsetType = UNSET
    size: int | UnsetType = UNSET
    unzipped: int | UnsetType = UNSET
    content: Sealed[Blob] | UnsetType = UNSET
    image: str | UnsetType = UNSET


class Version(msgspec.Struct, kw_only=True):
    """`$LATEST`, or one that was published. `since` is when its state or its last update began."""

    config: FunctionConfiguration
    code: Code = msgspec.field(default_factory=Code)
    since: datetime | None = None


class Statement(msgspec.Struct, kw_only=True):
    """One statement of a resource policy: its id, and its JSON as AWS writes it."""

    sid: str
    json: str


class Policy(msgspec.Struct, kw_only=True):
    """The resource policy of a function, a version, an alias, or a layer's version."""

    statements: list[Statement] = []
    revision: str | UnsetType = UNSET


class Provisioned(msgspec.Struct, kw_only=True):
    """Provisioned concurrency of a version or alias, since when."""

    requested: int
    since: datetime


class RuntimeUpdates(msgspec.Struct, kw_only=True):
    """When a version takes a new runtime version: Auto, FunctionUpdate, Manual."""

    mode: str
    arn: str | UnsetType = UNSET


class Function(msgspec.Struct, kw_only=True):
    """A function: its versions, its aliases, and what is kept for it by qualifier (empty: the function itself)."""

    name: str
    arn: str
    latest: Version
    versions: SortedMap[int, Version] = msgspec.field(default_factory=SortedMap[int, Version])
    aliases: SortedMap[str, AliasConfiguration] = msgspec.field(
        default_factory=SortedMap[str, AliasConfiguration]
    )
    tags: dict[str, str] = {}
    policies: dict[str, Policy] = {}
    reserved: int | UnsetType = UNSET
    provisioned: SortedMap[str, Provisioned] = msgspec.field(default_factory=SortedMap[str, Provisioned])
    invoke_configs: SortedMap[str, FunctionEventInvokeConfig] = msgspec.field(
        default_factory=SortedMap[str, FunctionEventInvokeConfig]
    )
    urls: SortedMap[str, FunctionUrlConfig] = msgspec.field(default_factory=SortedMap[str, FunctionUrlConfig])
    signing: str | UnsetType = UNSET
    recursion: str | UnsetType = UNSET
    runtime_updates: dict[str, RuntimeUpdates] = {}


class LayerVersion(msgspec.Struct, kw_only=True):
    """One version of a layer."""

    number: int
    arn: str
    code: Code = msgspec.field(default_factory=Code)
    description: str | UnsetType = UNSET
    created: str | UnsetType = UNSET
    architectures: list[str] | UnsetType = UNSET
    runtimes: list[str] | UnsetType = UNSET
    license: str | UnsetType = UNSET
    policy: Policy | None = None


class Layer(msgspec.Struct, kw_only=True):
    """A layer; `last` is the number of the version that was published last, deleted or not.

    What `deleted` versions held is still there for the functions that use them.
    """

    name: str
    arn: str
    last: int = 0
    versions: SortedMap[int, LayerVersion] = msgspec.field(default_factory=SortedMap[int, LayerVersion])
    deleted: SortedMap[int, Code] = msgspec.field(default_factory=SortedMap[int, Code])


class Mapping(msgspec.Struct, kw_only=True):
    """An event source mapping, and how far its polling is.

    `enabled` is what its state comes to; `polling` is until when a poll may last that is going on now, `look` when to
    look again, `wait_s` for how long was waited last.
    """

    config: EventSourceMappingConfiguration
    enabled: bool = True
    since: datetime | None = None
    tags: dict[str, str] = {}
    polling: datetime | None = None
    look: datetime | None = None
    wait_s: int = 0


class QueuedEvent(msgspec.Struct, kw_only=True):
    """An asynchronous invocation that is not done: what is to run, with what, how often it was tried, and which chain
    it goes on with (none where it began one)."""

    id: str
    request_id: str
    name: str
    arn: str
    qualifier: str = ""
    payload: Sealed[bytes] | UnsetType = UNSET
    context: Sealed[str] | UnsetType = UNSET
    accepted: datetime
    attempts: int = 0
    throttled: int = 0
    due: datetime | None = None
    lineage: Lineage | None = None


class Session(msgspec.Struct, kw_only=True):
    """The credentials that a function runs with: a session of its role."""

    key: str
    secret: Sealed[str]
    token: Sealed[str]
    expires: datetime


class Functions(State):
    """The functions, layers and mappings of one account in one region.

    `numbers` has the last version number of each name, because none is ever given out twice. `sources` has the
    mappings of a queue's ARN. `due` is what time will bring: sortable time, kind and id. `ended` is the event that
    ended with the last record, for who reacts to it.
    """

    functions: SortedMap[str, Function] = msgspec.field(default_factory=SortedMap[str, Function])
    numbers: dict[str, int] = {}
    layers: SortedMap[str, Layer] = msgspec.field(default_factory=SortedMap[str, Layer])
    mappings: SortedMap[str, Mapping] = msgspec.field(default_factory=SortedMap[str, Mapping])
    sources: dict[str, list[str]] = {}
    signing: SortedMap[str, CodeSigningConfig] = msgspec.field(
        default_factory=SortedMap[str, CodeSigningConfig]
    )
    signing_tags: dict[str, dict[str, str]] = {}
    events: dict[str, QueuedEvent] = {}
    ended: QueuedEvent | None = None
    sessions: dict[str, Session] = {}
    due: SortedMap[str, str] = msgspec.field(default_factory=SortedMap[str, str])


service = Service(
    "lambda",
    Functions,
    trail=TRAIL,
    errors=errors.CODES,
    validate=True,
)
limits.declare(service)
service.resource(
    "AWS::Lambda::Function",
    collection=lambda state: state.functions,
    arn=lambda function: function.arn,
    tags=lambda function: function.tags,
)
service.resource(
    "AWS::Lambda::Layer",
    collection=lambda state: state.layers,
    arn=lambda layer: layer.arn,
)
service.resource(
    "AWS::Lambda::EventSourceMapping",
    collection=lambda state: state.mappings,
    arn=lambda mapping: mapping.config.event_source_mapping_arn,
    tags=lambda mapping: mapping.tags,
)
service.resource(
    "AWS::Lambda::CodeSigningConfig",
    collection=lambda state: state.signing,
    arn=lambda config: config.code_signing_config_arn,
)
