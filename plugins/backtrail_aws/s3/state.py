"""What S3 knows: buckets, their objects with all versions, and uploads under way.

Names of buckets are a partition's, so there is one State. A key whose current version is a delete marker lies in
`buried`, apart from the living ones, so that listings never wade through markers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from backtrail import UNSET, Blob, Event, Scope, Sealed, Service, SortedMap, State, UnsetType, field
from backtrail.record import partition_of
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.s3 import api, limits
from backtrail_aws.s3.trail import TRAIL

P = TypeVar("P")
R = TypeVar("R")

NULL = "null"
"""The version id of what was written without versioning."""

ENABLED, SUSPENDED = "Enabled", "Suspended"


class Encryption(State):
    """How a version is encrypted. `customer_md5` is the MD5 of a customer's key (SSE-C), which S3 never keeps."""

    algorithm: str = "AES256"
    kms_key_id: str | UnsetType = UNSET
    context: str | UnsetType = UNSET
    bucket_key: bool | UnsetType = UNSET
    customer_md5: str | UnsetType = UNSET


class Headers(State):
    """What the uploader said of the content, given back verbatim."""

    content_type: str | UnsetType = UNSET
    cache_control: str | UnsetType = UNSET
    content_disposition: str | UnsetType = UNSET
    content_encoding: str | UnsetType = UNSET
    content_language: str | UnsetType = UNSET
    expires: str | UnsetType = UNSET
    redirect: str | UnsetType = UNSET


class Restore(State):
    """A temporary copy of an archived version: asked for, there from `ready` on (`told` when a record said so), gone at
    `expires`."""

    requested: IsoMillisZ
    ready: IsoMillisZ
    expires: IsoMillisZ
    tier: str
    told: bool = False


class Checksums(State):
    """A body's checksums by algorithm (base64; `-N` after a composite one). `kind`: FULL_OBJECT or COMPOSITE."""

    values: dict[str, str] = {}
    kind: str = "FULL_OBJECT"


class PartInfo(State):
    """A part of a multipart object, as GetObjectAttributes and `partNumber` show it."""

    number: int
    size: int
    checksums: dict[str, str] = {}


class ObjectVersion(State):
    """One version of an object, or a delete marker. `owner` is an account; `e_tag` has no quotes.

    A version that a foreign record implied has UNSET where no record told. `seq` grows with each version that the
    bucket gets: versions of a key are ordered by it. `noncurrent` is when another took its place as the current one.
    """

    version_id: str = NULL
    seq: int = 0
    modified: IsoMillisZ | UnsetType = UNSET
    owner: str = ""
    delete_marker: bool = False
    size: int | UnsetType = UNSET
    e_tag: str | UnsetType = UNSET
    body: Sealed[Blob] | UnsetType = UNSET
    parts: list[PartInfo] | UnsetType = UNSET
    headers: Headers | UnsetType = UNSET
    metadata: dict[str, str] | UnsetType = UNSET
    storage_class: str = "STANDARD"
    encryption: Encryption | UnsetType = UNSET
    checksums: Checksums | UnsetType = UNSET
    tags: dict[str, str] | UnsetType = UNSET
    grants: list[api.Grant] | UnsetType = UNSET
    retention: api.ObjectLockRetention | UnsetType = UNSET
    legal_hold: str | UnsetType = UNSET
    restore: Restore | UnsetType = UNSET
    replication_status: str | UnsetType = UNSET
    noncurrent: IsoMillisZ | UnsetType = UNSET
    lost: bool = False


class Past(State):
    """The versions of a key before the current one: newest first (`-seq`), and where each id is."""

    versions: SortedMap[int, ObjectVersion] = field(default_factory=lambda: SortedMap[int, ObjectVersion]())
    ids: dict[str, int] = {}


class Object(State):
    """A key with its versions."""

    current: ObjectVersion
    past: Past | None = None

    def version(self, version_id: str) -> ObjectVersion | None:
        """A version by its id, in O(1)."""
        if self.current.version_id == version_id:
            return self.current
        place = self.past.ids.get(version_id) if self.past is not None else None
        return self.past.versions[place] if self.past is not None and place is not None else None

    def versions(self, below: int | None = None) -> Iterator[ObjectVersion]:
        """Versions, newest first; with `below`, those older than that `seq`."""
        if below is None or self.current.seq < below:
            yield self.current
        if self.past is not None:
            start = -self.current.seq if below is None else -below
            for _, version in self.past.versions.items_from(start, after=True):
                yield version

    def push(self, version: ObjectVersion) -> None:
        """Make a version the current one."""
        if self.past is None:
            self.past = Past()
        old = self.current
        old.noncurrent = version.modified
        self.past.versions[-old.seq] = old
        self.past.ids[old.version_id] = -old.seq
        self.current = version

    def drop(self, version_id: str) -> bool:
        """Remove a version. False when it was the last one: the key is gone."""
        if self.current.version_id != version_id:
            if self.past is not None and (place := self.past.ids.pop(version_id, None)) is not None:
                dropped = self.past.versions.pop(place)
                for _, older in self.past.versions.items_from(place, after=True):
                    older.noncurrent = dropped.noncurrent  # another is its successor now
                    break
            self._tidy()
            return True
        newest = self.past.versions.first() if self.past is not None else None
        if self.past is None or newest is None:
            return False
        self.current = self.past.versions.pop(newest)
        self.current.noncurrent = UNSET
        del self.past.ids[self.current.version_id]
        self._tidy()
        return True

    def _tidy(self) -> None:
        if self.past is not None and not self.past.versions:
            self.past = None


class UploadedPart(State):
    """A part of an upload under way. A foreign record's part has neither body nor tag."""

    number: int
    modified: IsoMillisZ
    size: int | UnsetType = UNSET
    e_tag: str | UnsetType = UNSET
    body: Sealed[Blob] | UnsetType = UNSET
    checksums: dict[str, str] = {}


class Upload(State):
    """A multipart upload under way: what the object will be, and its parts by number."""

    upload_id: str
    key: str
    initiated: IsoMillisZ
    initiator: str = ""
    owner: str = ""
    version: ObjectVersion = field(default_factory=ObjectVersion)
    checksum_algorithm: str | UnsetType = UNSET
    checksum_kind: str | UnsetType = UNSET
    parts: SortedMap[int, UploadedPart] = field(default_factory=lambda: SortedMap[int, UploadedPart]())


class Done(State):
    """How a completed upload ended: completing it again with the same parts gives the same answer."""

    key: str
    version_id: str
    e_tag: str
    event_id: str = ""


class Planned(State):
    """What time will do to a version or an upload: `action` (see `lifecycle_steps`), by which rule, to which class."""

    action: str
    rule: str = ""
    storage_class: str = ""


class Author(State):
    """Who set a configuration, by which call."""

    principal: str
    event_id: str


class Bucket(State):
    """A bucket: its configuration as the API's own Structs, its objects and uploads.

    `account` owns it. A bucket that a foreign record implied has UNSET where no record told; `implied_by` is that
    record's id. `objects_unknown` is the id of a foreign DeleteObjects, whose keys no record tells. `gone` names the
    configurations (attributes) that an implied bucket is known not to have: a record told. `legacy_location` is
    that of buckets made with the constraint `EU`, which still answer it. `due` is what time will do, by time, `planned`
    where it stands there by version and upload, `next_due` where the first of it stands in `S3.due`.
    """

    name: str
    account: str
    region: str | UnsetType = UNSET
    created: IsoMillisZ | UnsetType = UNSET
    seen: IsoMillisZ | UnsetType = UNSET
    implied_by: str | None = None
    gone: set[str] = set()
    legacy_location: bool = False
    objects: SortedMap[str, Object] = field(default_factory=lambda: SortedMap[str, Object]())
    buried: SortedMap[str, Object] = field(default_factory=lambda: SortedMap[str, Object]())
    objects_unknown: str | None = None
    seq: int = 0
    uploads: SortedMap[str, Upload] = field(default_factory=lambda: SortedMap[str, Upload]())
    completed: dict[str, Done] = {}
    due: SortedMap[str, Planned] = field(default_factory=lambda: SortedMap[str, Planned]())
    planned: dict[str, str] = {}
    next_due: str = ""

    versioning: str | UnsetType = UNSET
    mfa_delete: str | UnsetType = UNSET
    policy: str | UnsetType = UNSET
    acl: list[api.Grant] | UnsetType = UNSET
    ownership: str | UnsetType = UNSET
    public_access_block: api.PublicAccessBlockConfiguration | UnsetType = UNSET
    encryption: api.ServerSideEncryptionConfiguration | UnsetType = UNSET
    tags: dict[str, str] | UnsetType = UNSET
    cors: api.CORSConfiguration | UnsetType = UNSET
    lifecycle: api.BucketLifecycleConfiguration | UnsetType = UNSET
    lifecycle_author: Author | UnsetType = UNSET
    archive_lag_days: int = 0
    transition_default_minimum_object_size: str | UnsetType = UNSET
    website: api.WebsiteConfiguration | UnsetType = UNSET
    notification: api.NotificationConfiguration | UnsetType = UNSET
    logging: api.LoggingEnabled | UnsetType = UNSET
    accelerate: str | UnsetType = UNSET
    request_payer: str | UnsetType = UNSET
    replication: api.ReplicationConfiguration | UnsetType = UNSET
    object_lock: api.ObjectLockConfiguration | UnsetType = UNSET
    abac: api.AbacStatus | UnsetType = UNSET
    analytics: SortedMap[str, api.AnalyticsConfiguration] = field(
        default_factory=lambda: SortedMap[str, api.AnalyticsConfiguration]()
    )
    inventory: SortedMap[str, api.InventoryConfiguration] = field(
        default_factory=lambda: SortedMap[str, api.InventoryConfiguration]()
    )
    metrics: SortedMap[str, api.MetricsConfiguration] = field(
        default_factory=lambda: SortedMap[str, api.MetricsConfiguration]()
    )
    tiering: SortedMap[str, api.IntelligentTieringConfiguration] = field(
        default_factory=lambda: SortedMap[str, api.IntelligentTieringConfiguration]()
    )

    def find(self, key: str) -> Object | None:
        """A key's versions, living or buried."""
        return self.objects.get(key) or self.buried.get(key)

    def next_seq(self) -> int:
        """The place of the next version."""
        self.seq += 1
        return self.seq

    def place(self, key: str, found: Object) -> None:
        """Put a key where its current version belongs."""
        buried = found.current.delete_marker
        into, out = (self.buried, self.objects) if buried else (self.objects, self.buried)
        if key in out:
            del out[key]
        into[key] = found

    def remove(self, key: str) -> None:
        """Forget a key and all its versions."""
        self.objects.pop(key, None)
        self.buried.pop(key, None)

    @property
    def is_empty(self) -> bool:
        """Whether no version of any key is known here (uploads under way do not count)."""
        return not self.objects and not self.buried


class S3(State):
    """All buckets of a partition; `counts` is how many each account has, `due` which of them time concerns next."""

    buckets: SortedMap[str, Bucket] = field(default_factory=lambda: SortedMap[str, Bucket]())
    counts: dict[str, int] = {}
    due: SortedMap[str, str] = field(default_factory=lambda: SortedMap[str, str]())


service = Service("s3", S3, scope=Scope.PARTITION, trail=TRAIL)
limits.declare(service)

service.resource(
    "AWS::S3::Bucket",
    collection=lambda state: state.buckets,
    arn=lambda bucket: f"arn:aws:s3:::{bucket.name}",
    tags=lambda bucket: {} if bucket.tags is UNSET else bucket.tags,
)


@service.owners
def bucket_owner(state: S3, params: Any) -> str | None:
    """Whose the bucket is that a call names."""
    found = state.buckets.get(str(getattr(params, "bucket", "")))
    return found.account if found is not None else None


def known_bucket(state: S3, name: str, event: Event[P, R]) -> Bucket:
    """The bucket that an event is about, inferred where nobody saw it being made."""
    found = state.buckets.get(name)
    if found is None:
        account = event.owner_of(f"arn:{partition_of(event.region)}:s3:::{name}")
        found = Bucket(name=name, account=account, region=event.region, implied_by=event.id)
        found.seen = IsoMillisZ.of(event.time)
        state.buckets[name] = found
        state.counts[account] = state.counts.get(account, 0) + 1
        event.implied.append(name)
    return found
