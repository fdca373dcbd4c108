"""What is known of one account's keys in one region, and the service that keeps it.

UNSET is what no record told. Material that KMS makes stands nowhere: it derives from the log's key and the material's
id. What is imported, and the private half of a pair, stand in the State, which is encrypted wherever it is kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from backtrail import UNSET, Event, Sealed, Service, SortedMap, State, UnsetType, field, known
from backtrail_aws.kms import limits
from backtrail_aws.kms.errors import CODES
from backtrail_aws.kms.trail import TRAIL

AUTOMATIC, ON_DEMAND = "AUTOMATIC", "ON_DEMAND"
EXTERNAL = "EXTERNAL"
SYMMETRIC = "SYMMETRIC_DEFAULT"


class Material(msgspec.Struct, kw_only=True):
    """One material of a key. `secret` is what was imported, or a private key (PKCS #8)."""

    id: str
    made: datetime | UnsetType = UNSET
    rotation: str = ""
    secret: Sealed[bytes] | UnsetType = UNSET
    description: str | UnsetType = UNSET
    expires: datetime | UnsetType = UNSET
    imported: bool = True


class Grant(msgspec.Struct, kw_only=True):
    """A grant; `token` is UNSET where no record's parts told it. `grantee` and `retiring` may be services."""

    id: str
    token: Sealed[str] | UnsetType = UNSET
    grantee: str = ""
    retiring: str = ""
    operations: list[str] = []
    subset: dict[str, str] | UnsetType = UNSET
    equals: dict[str, str] | UnsetType = UNSET
    source: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    made: datetime | UnsetType = UNSET
    issuer: str = ""


class Key(msgspec.Struct, kw_only=True):
    """A KMS key. The last of `materials` is the current one. `gone_at` is when its waiting period ends.

    `replicas` are the regions of a primary key's replicas, `primary` the region of a multi-region key's primary.
    """

    id: str
    arn: str
    made: datetime | UnsetType = UNSET
    description: str | UnsetType = UNSET
    usage: str | UnsetType = UNSET
    spec: str | UnsetType = UNSET
    origin: str | UnsetType = UNSET
    manager: str = "CUSTOMER"
    enabled: bool = True
    window: int | UnsetType = UNSET
    gone_at: datetime | UnsetType = UNSET
    waits_for_replicas: bool = False
    multi_region: bool = False
    primary: str = ""
    replicas: list[str] = []
    policy: str | UnsetType = UNSET
    tags: dict[str, str] = {}
    materials: list[Material] = []
    public: bytes | UnsetType = UNSET
    rotates_days: int | UnsetType = UNSET
    rotates_at: datetime | UnsetType = UNSET
    expires: datetime | UnsetType = UNSET
    store: str | UnsetType = UNSET
    cluster: str | UnsetType = UNSET
    outer_id: str | UnsetType = UNSET
    grants: dict[str, Grant] = {}

    @property
    def account(self) -> str:
        """Whose it is."""
        return self.arn.split(":")[4]

    @property
    def region(self) -> str:
        """Where it is."""
        return self.arn.split(":")[3]

    @property
    def material(self) -> Material | None:
        """The current material."""
        return next((one for one in reversed(self.materials) if one.imported), None)

    @property
    def state(self) -> str:
        """https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html"""
        if self.waits_for_replicas:
            return "PendingReplicaDeletion"
        if self.gone_at is not UNSET:
            return "PendingDeletion"
        if self.origin == EXTERNAL and self.material is None:
            return "PendingImport"
        return "Enabled" if self.enabled else "Disabled"


class Alias(msgspec.Struct, kw_only=True):
    """Another name of a key; `key` is the key's id, "" where no record told it."""

    name: str
    arn: str
    key: str = ""
    made: datetime | UnsetType = UNSET
    changed: datetime | UnsetType = UNSET


class Store(msgspec.Struct, kw_only=True):
    """A custom key store, of which records told."""

    id: str
    name: str | UnsetType = UNSET
    kind: str = "AWS_CLOUDHSM"
    cluster: str | UnsetType = UNSET
    endpoint: str | UnsetType = UNSET
    path: str | UnsetType = UNSET
    connection: str = "DISCONNECTED"
    made: datetime | UnsetType = UNSET


class Kms(State):
    """Keys by id, aliases and custom key stores; `due` is `time/kind/key id` of what time will do to some key."""

    keys: SortedMap[str, Key] = field(default_factory=SortedMap[str, Key])
    aliases: SortedMap[str, Alias] = field(default_factory=SortedMap[str, Alias])
    stores: SortedMap[str, Store] = field(default_factory=SortedMap[str, Store])
    due: SortedMap[str, str] = field(default_factory=SortedMap[str, str])

    def known(self, event: Event[Any, Any], identifier: str, arn: str = "") -> Key:
        """In a fold: the key that a record names, inferred where no record made it. An alias leads to its key."""
        name = (
            (arn or identifier).rpartition("/")[2] if (arn or identifier).startswith("arn:") else identifier
        )
        if identifier.startswith("alias/") or ":alias/" in identifier:
            alias = self.aliases.get("alias/" + identifier.partition("alias/")[2])
            if alias is not None and alias.key:
                name = alias.key
        return known(
            self.keys, name, event,
            lambda: Key(
                id=name, arn=arn or (identifier if ":key/" in identifier else event.arn("kms", f"key/{name}")),
                multi_region=name.startswith("mrk-"),
            ),
        )  # fmt: skip

    def expect(self, at: datetime, kind: str, key: str) -> None:
        """In a fold: something of a kind is to happen to a key."""
        self.due[due(at, kind, key)] = key

    def forget(self, at: datetime | UnsetType, kind: str, key: str) -> None:
        """In a fold: it is not to happen."""
        if not isinstance(at, UnsetType):
            self.due.pop(due(at, kind, key), None)


def due(at: datetime, kind: str, key: str) -> str:
    """What sorts what is due by time."""
    return f"{at:%Y%m%d%H%M%S%f}/{kind}/{key}"


def _declare(service: Service[Kms]) -> Service[Kms]:
    service.quota("L-C2F1777E", "keys", limits.KEYS_MAX, "Customer managed keys")
    service.quota("L-2601EE20", "aliases", limits.ALIASES_MAX, "Aliases per CMK")
    service.quota("L-F5E6AD8F", "grants", limits.GRANTS_MAX, "Grants per CMK")
    return service


service = _declare(Service("kms", Kms, trail=TRAIL, errors=CODES, validate=True))
service.resource(
    "AWS::KMS::Key",
    lambda state: state.keys,
    lambda key: key.arn,
    lambda key: key.tags,
)
service.resource("AWS::KMS::Alias", lambda state: state.aliases, lambda alias: alias.arn)
