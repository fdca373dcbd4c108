"""What CloudTrail knows of one account: its trails, whatever their region, and the keys that sign its digests."""

from __future__ import annotations

import msgspec

from backtrail import UNSET, Blob, Scope, Service, SortedMap, State, UnsetType
from backtrail_aws.cloudtrail import errors, limits
from backtrail_aws.cloudtrail.api import AdvancedEventSelector, EventSelector, InsightSelector
from backtrail_aws.cloudtrail.trail import TRAIL

LOGS, DIGEST = "logs", "digest"


class Span(msgspec.Struct, kw_only=True):
    """Records that are still to be delivered: those after the event `since` (`including` it at first, for a trail
    logs that it was started), up to and with `until` ("": no end), as far as these selectors select them."""

    since: str
    including: bool = False
    until: str = ""
    basic: list[EventSelector] = []
    advanced: list[AdvancedEventSelector] = []


class LogFile(msgspec.Struct, kw_only=True):
    """A file that was written: log or digest. `sha256` is of the uncompressed content.

    `oldest` and `newest` are the times of its records, "" where it has none; `failed` is why the last attempt to put
    it failed, `written_us` when it was written, `delivered_us` when it was put.
    """

    key: str
    bucket: str
    account: str
    region: str
    body: Blob
    sha256: str
    oldest: str = ""
    newest: str = ""
    signature: str = ""
    failed: str = ""
    written_us: int = 0
    delivered_us: int = 0


class Entry(msgspec.Struct, kw_only=True):
    """A log file as a digest lists it."""

    bucket: str
    key: str
    sha256: str
    oldest: str
    newest: str


class Link(msgspec.Struct, kw_only=True):
    """The digest that the next one of its account and region goes on from."""

    bucket: str
    key: str
    sha256: str
    signature: str


class Status(msgspec.Struct, kw_only=True):
    """How one kind of delivery went: when it last succeeded, and the error where the last attempt did not."""

    at_us: int = 0
    error: str = ""


class Trail(msgspec.Struct, kw_only=True):
    """A trail. What no record told is UNSET; `bucket` is UNSET of one that was only inferred, which delivers nothing.

    `bucket_account` and `bucket_region` are where the bucket is. `spans` are what is still to be delivered, `files`
    what was written and is not in the bucket yet, `listed` the delivered files that no digest lists yet, by
    `account/region`, and `links` the last digest of each. `due_us` and `digest_us` say when the next delivery and
    the next digest are due (0: never), `job` which of them is under way (since the event `job_id`), with `awaited`
    files that are being put.
    `digest_from_us` is where the next digest begins.
    """

    name: str
    arn: str
    bucket: str | UnsetType = UNSET
    prefix: str | UnsetType = UNSET
    topic_name: str | UnsetType = UNSET
    topic_arn: str | UnsetType = UNSET
    global_events: bool | UnsetType = UNSET
    multi_region: bool | UnsetType = UNSET
    validation: bool | UnsetType = UNSET
    log_group: str | UnsetType = UNSET
    role: str | UnsetType = UNSET
    kms_key: str | UnsetType = UNSET
    organization: bool | UnsetType = UNSET
    recursive: bool | UnsetType = UNSET
    basic: list[EventSelector] | UnsetType = UNSET
    advanced: list[AdvancedEventSelector] | UnsetType = UNSET
    insights: list[InsightSelector] | UnsetType = UNSET
    tags: dict[str, str] = {}
    bucket_account: str = ""
    bucket_region: str = ""
    logging: bool = False
    started_us: int = 0
    stopped_us: int = 0
    spans: list[Span] = []
    files: SortedMap[str, LogFile] = msgspec.field(default_factory=SortedMap[str, LogFile])
    listed: dict[str, list[Entry]] = {}
    links: dict[str, Link] = {}
    due_us: int = 0
    digest_us: int = 0
    digest_from_us: int = 0
    job: str = ""
    job_id: str = ""
    awaited: list[str] = []
    streams: list[str] = []
    delivery: Status = msgspec.field(default_factory=Status)
    digests: Status = msgspec.field(default_factory=Status)
    notices: Status = msgspec.field(default_factory=Status)
    to_logs: Status = msgspec.field(default_factory=Status)

    @property
    def home(self) -> str:
        """The region that it was made in."""
        return _part(self.arn, 3)

    @property
    def account(self) -> str:
        """The account that it was made in."""
        return _part(self.arn, 4)

    @property
    def everywhere(self) -> bool:
        """Whether it logs all regions."""
        return self.multi_region is True

    @property
    def wanted(self) -> int:
        """When it next has something to do (microseconds), 0 for never."""
        if self.job or isinstance(self.bucket, UnsetType):
            return 0
        times = [one for one in (self.due_us, self.digest_us) if one]
        return min(times, default=0)


def _part(arn: str, number: int) -> str:
    parts = arn.split(":")
    return parts[number] if len(parts) > number else ""


class KeyPair(msgspec.Struct, kw_only=True):
    """A key pair that signs digests. `private` is PKCS #8, `public` PKCS #1, both DER."""

    region: str
    fingerprint: str
    private: bytes
    public: bytes
    from_us: int
    to_us: int


class CloudTrail(State):
    """One account's trails by ARN. `leaving` are trails that were deleted and still have records to deliver;
    `keys` are the key pairs, by region and beginning."""

    trails: SortedMap[str, Trail] = msgspec.field(default_factory=SortedMap[str, Trail])
    leaving: dict[str, Trail] = {}
    keys: SortedMap[str, KeyPair] = msgspec.field(default_factory=SortedMap[str, KeyPair])


def working(state: CloudTrail, key: str) -> Trail | None:
    """A trail that delivers: one that is there, or one that is leaving."""
    return state.trails.get(key) or state.leaving.get(key)


service = Service(
    "cloudtrail",
    CloudTrail,
    scope=Scope.ACCOUNT,
    trail=TRAIL,
    errors=errors.CODES,
    quotas={"trails": limits.TRAILS_MAX},
)
service.resource(
    "AWS::CloudTrail::Trail",
    collection=lambda state: state.trails,
    arn=lambda trail: trail.arn,
    tags=lambda trail: trail.tags,
)
