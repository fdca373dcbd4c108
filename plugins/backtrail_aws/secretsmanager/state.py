"""What is known of one account's secrets in one region, and the service that keeps it.

UNSET is what no record told. Values stand in the State, which is encrypted wherever it is kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from backtrail import UNSET, Event, Sealed, Service, SortedMap, State, UnsetType, field, known
from backtrail_aws.secretsmanager import limits
from backtrail_aws.secretsmanager.errors import CODES
from backtrail_aws.secretsmanager.trail import TRAIL

CURRENT, PREVIOUS, PENDING = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"


class Version(msgspec.Struct, kw_only=True):
    """One value of a secret. Both kinds are UNSET where no record told it; `accessed` is a day."""

    id: str
    text: Sealed[str] | UnsetType = UNSET
    binary: Sealed[bytes] | UnsetType = UNSET
    made: datetime | UnsetType = UNSET
    accessed: datetime | UnsetType = UNSET


class Rotation(msgspec.Struct, kw_only=True):
    """How a secret is rotated; `next` is when it will be by itself, `begun` whether it was ever to be."""

    enabled: bool = False
    begun: bool = False
    function: str | UnsetType = UNSET
    days: int | UnsetType = UNSET
    duration: str | UnsetType = UNSET
    schedule: str | UnsetType = UNSET
    last: datetime | UnsetType = UNSET
    next: datetime | UnsetType = UNSET


class Secret(msgspec.Struct, kw_only=True):
    """A secret. `stages` is label -> version; `deleted` since when it is to be deleted, `gone_at` when it will be.

    `replicas` are the regions that have copies, each with its key; a copy names its `primary` region.
    """

    name: str
    arn: str = ""
    description: str | UnsetType = UNSET
    key: str | UnsetType = UNSET
    made: datetime | UnsetType = UNSET
    changed: datetime | UnsetType = UNSET
    accessed: datetime | UnsetType = UNSET
    deleted: datetime | UnsetType = UNSET
    gone_at: datetime | UnsetType = UNSET
    versions: dict[str, Version] = {}
    stages: dict[str, str] = {}
    tags: dict[str, str] = {}
    policy: str | UnsetType = UNSET
    rotation: Rotation = field(default_factory=Rotation)
    replicas: dict[str, str] = {}
    primary: str | UnsetType = UNSET

    def of(self, version: str) -> list[str]:
        """The labels of a version."""
        return [stage for stage, held in self.stages.items() if held == version]


class Secrets(State):
    """Secrets by name; `due` is `time/name` of what time will do to some."""

    secrets: SortedMap[str, Secret] = field(default_factory=SortedMap[str, Secret])
    due: SortedMap[str, str] = field(default_factory=SortedMap[str, str])

    def known(self, event: Event[Any, Any], name: str, arn: str = "") -> Secret:
        """The secret of a name, inferred where no record made it."""
        secret = known(
            self.secrets, name, event,
            lambda: Secret(name=name, arn=arn or event.arn("secretsmanager", f"secret:{name}")),
        )  # fmt: skip
        if arn:
            secret.arn = arn
        return secret


def _declare(service: Service[Secrets]) -> Service[Secrets]:
    service.quota(
        "L-2F66C23C", "secrets", limits.SECRETS_MAX, "Secrets per Region",
        what="The maximum number of secrets in each Region", adjustable=False,
    )  # fmt: skip
    return service


service = _declare(Service("secretsmanager", Secrets, trail=TRAIL, errors=CODES, validate=True))
service.resource(
    "AWS::SecretsManager::Secret",
    lambda state: state.secrets,
    lambda secret: secret.arn,
    lambda secret: secret.tags,
)
