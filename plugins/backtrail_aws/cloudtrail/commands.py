"""What CloudTrail does by itself, and what it tells other services to do.

Its own actions are recorded as `AwsServiceEvent`s: a delivery begins (the timer), files are written (an effect reads
the log), and each thing that was delivered is noted with how it went.
"""

from __future__ import annotations

from backtrail import Blob, Params, Sealed, UnsetType, field
from backtrail.payload import UNSET
from backtrail.trail.times import IsoNanos


class BeginDelivery(Params):
    """It is time to deliver a trail's logs, or its digests. `trail` is its key in the state."""

    trail: str
    job: str
    due: IsoNanos


class WriteLogFiles(Params):
    """Write the files of what the log holds since the last delivery, for a job (the event that began it)."""

    trail: str
    due: IsoNanos
    job: str = ""


class Written(Params):
    """A file that was written, as `state.LogFile` keeps it. Its content is no part of the record."""

    key: str
    bucket: str
    account: str
    region: str
    sha256: str
    body: Sealed[Blob] | UnsetType = UNSET
    oldest: str | UnsetType = UNSET
    newest: str | UnsetType = UNSET
    signature: str | UnsetType = UNSET
    listed: int | UnsetType = UNSET


class InputLogEvent(Params):
    """One record for CloudWatch Logs."""

    timestamp: int
    message: str


class Batch(Params):
    """Records for one stream of the trail's log group."""

    stream: str
    events: Sealed[list[InputLogEvent]] | UnsetType = UNSET


class WriteLogFilesResult(Params):
    """What was written. `cursor` is the last event that was looked at, `more` says that the log goes on."""

    cursor: str | UnsetType = UNSET
    more: bool = False
    files: list[Written] | UnsetType = UNSET
    batches: list[Batch] | UnsetType = UNSET
    failure: str | UnsetType = UNSET


class WriteDigests(Params):
    """Write and sign the digests of what was delivered since the last ones, for a job."""

    trail: str
    due: IsoNanos
    job: str = ""


class NewKey(Params):
    """A key pair that was made, as `state.KeyPair` keeps it."""

    region: str
    fingerprint: str
    public: bytes
    begins: IsoNanos
    ends: IsoNanos
    private: Sealed[bytes] | UnsetType = UNSET


class WriteDigestsResult(Params):
    """What was written. `end` is where the period ends that the digests are of."""

    end: IsoNanos | UnsetType = UNSET
    files: list[Written] | UnsetType = UNSET
    keys: list[NewKey] | UnsetType = UNSET
    failure: str | UnsetType = UNSET


class EndDelivery(Params):
    """One thing was delivered, or could not be. `what` is `logs`, `digest`, `notice` or `stream`."""

    trail: str
    what: str
    key: str
    error: str | UnsetType = UNSET


class PutObject(Params):
    """What S3 is told. `trail` and `what` are for hearing back: S3 does not look at them."""

    bucket: str = field(name="bucketName")
    key: str
    acl: str = field(name="x-amz-acl")
    content_type: str = field(name="Content-Type")
    content_encoding: str = field(name="Content-Encoding")
    server_side_encryption: str = field(name="x-amz-server-side-encryption")
    ssekms_key_id: str | UnsetType = field(name="x-amz-server-side-encryption-aws-kms-key-id", default=UNSET)
    metadata: dict[str, str] | UnsetType = field(name="x-amz-meta-", default=UNSET)
    body: Sealed[Blob] | UnsetType = field(name="Body", default=UNSET)
    trail: str = field(name="backtrail-trail", default="")
    what: str = field(name="backtrail-what", default="")


class Publish(Params):
    """What SNS is told."""

    topic_arn: str = field(name="topicArn")
    message: str
    trail: str = field(name="backtrail-trail", default="")
    key: str = field(name="backtrail-key", default="")


class CreateLogStream(Params):
    """What CloudWatch Logs is told first."""

    log_group_name: str = field(name="logGroupName")
    log_stream_name: str = field(name="logStreamName")


class PutLogEvents(Params):
    """What CloudWatch Logs is told then."""

    log_group_name: str = field(name="logGroupName")
    log_stream_name: str = field(name="logStreamName")
    log_events: Sealed[list[InputLogEvent]] | UnsetType = field(name="logEvents", default=UNSET)
    trail: str = field(name="backtrail-trail", default="")
