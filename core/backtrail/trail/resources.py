"""`resources` and `additionalEventData`: which services write them, and how.

Measured on real records and AWS's samples; every other service writes neither.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from backtrail.payload import UNSET, Params, UnsetType
from backtrail.record import Resource, partition_of
from backtrail.trail.events import DATA, category
from backtrail.trail.forms import HttpFacts
from backtrail.trail.jsons import is_list, is_object

_Builder = Callable[[str, Params, str, str], list[Resource]]

# Calls about all objects of a bucket, or about many: the object's entry is a prefix.
_PREFIXED = frozenset(
    {"DeleteObjects", "ListMultipartUploads", "ListObjects", "ListObjectsV2", "ListObjectVersions"}
)
_NO_ENTRY = frozenset({"CreateBucket", "ListBuckets", "ListDirectoryBuckets"})
_GONE = frozenset({"NoSuchBucket", "InvalidBucketName"})


def of(
    service: str, action: str, params: Params, account: str, region: str, error: str | bool | None = None
) -> list[Resource] | UnsetType:
    """The record's `resources` as far as the parameters tell them, UNSET where AWS writes none.

    `error` is the wire's code of a failed call (or whether it failed). What only a state knows (the key
    behind an alias) is the plugin's to say.
    """
    build = _BUILDERS.get(service)
    if build is None or error in _GONE or (error and service in _ONLY_DONE):
        return UNSET
    return build(action, params, account, region) or UNSET


def additional(
    service: str, http: HttpFacts | None, authentication: str = "AuthHeader"
) -> Mapping[str, str | int] | None:
    """The record's `additionalEventData` that every call of a service has: S3's facts about the transfer."""
    if service != "s3" or http is None or not http.host:
        return None
    made: dict[str, str | int] = {"SignatureVersion": http.signature} if http.signature else {}
    if http.cipher:
        made["CipherSuite"] = http.cipher
    made["bytesTransferredIn"] = http.bytes_in
    if http.signature:
        made["AuthenticationMethod"] = authentication
    if http.host_id:
        made["x-amz-id-2"] = http.host_id
    made["bytesTransferredOut"] = http.bytes_out
    return made


def _text(params: Params, *attributes: str) -> str:
    for attribute in attributes:
        held = getattr(params, attribute, UNSET)
        if isinstance(held, str) and held:
            return held
    return ""


def _s3(action: str, params: Params, account: str, region: str) -> list[Resource]:
    bucket, key = _text(params, "bucket"), _text(params, "key")
    if not bucket or action in _NO_ENTRY:
        return []
    arn = bucket if bucket.startswith("arn:") else f"arn:{partition_of(region)}:s3:::{bucket}"
    entry = Resource(account_id=account, type="AWS::S3::Bucket", arn=arn)
    if action in _PREFIXED:
        prefix = _text(params, "prefix")
        return [Resource(type="AWS::S3::Object", arn_prefix=f"{arn}/{prefix}"), entry]
    return [Resource(type="AWS::S3::Object", arn=f"{arn}/{key}"), entry] if key else [entry]


def _sts(action: str, params: Params, account: str, region: str) -> list[Resource]:
    role = _text(params, "role_arn")
    if not role:
        return []
    owner = role.split(":")[4] if role.count(":") >= 5 else account
    return [Resource(account_id=owner, type="AWS::IAM::Role", arn=role)]


def _ssm(action: str, params: Params, account: str, region: str) -> list[Resource]:
    if action == "PutInventory":
        instance = _text(params, "instance_id")
        inventory = _arn("ssm", region, account, f"managed-instance-inventory/{instance}")
        arns = [_arn("ec2", region, account, f"instance/{instance}"), inventory]
        return [Resource(account_id=account, arn=arn) for arn in arns]
    if action == "DeleteDocument":
        arn = _arn("ssm", region, account, f"document/{_text(params, 'name')}")
        return [Resource(account_id=account, arn=arn)]
    if not action.endswith(("Parameter", "Parameters")):
        return []
    names: object = getattr(params, "names", UNSET)
    named: list[str] = names if is_list(names) else [_text(params, "name")]
    return [
        Resource(account_id=account, arn=_arn("ssm", region, account, f"parameter/{name.removeprefix('/')}"))
        for name in named
        if name and not name.startswith("arn:")
    ]


def _kms(action: str, params: Params, account: str, region: str) -> list[Resource]:
    key = _text(params, "key_id", "target_key_id")
    if not key or "alias/" in key:
        return []
    arn = key if key.startswith("arn:") else _arn("kms", region, account, f"key/{key}")
    return [Resource(account_id=arn.split(":")[4], type="AWS::KMS::Key", arn=arn)]


def _sqs(action: str, params: Params, account: str, region: str) -> list[Resource]:
    url = _text(params, "queue_url")
    if not url:
        return []
    owner, _, name = url.partition("://")[2].partition("/")[2].rpartition("/")
    owner = owner if owner.isdigit() else account
    return [Resource(account_id=owner, type="AWS::SQS::Queue", arn=_arn("sqs", region, owner, name))]


def _sns(action: str, params: Params, account: str, region: str) -> list[Resource]:
    topic = _text(params, "topic_arn")
    if not topic or category("sns", action) != DATA:
        return []
    return [Resource(account_id=topic.split(":")[4], type="AWS::SNS::Topic", arn=topic)]


def _dynamodb(action: str, params: Params, account: str, region: str) -> list[Resource]:
    if category("dynamodb", action) != DATA:
        return []
    requested: object = getattr(params, "request_items", UNSET)
    tables = list(requested) if is_object(requested) else [_text(params, "table_name")]
    arns = [
        table if table.startswith("arn:") else _arn("dynamodb", region, account, f"table/{table}")
        for table in tables
        if table
    ]
    return [Resource(account_id=account, type="AWS::DynamoDB::Table", arn=arn) for arn in arns]


def _lambda(action: str, params: Params, account: str, region: str) -> list[Resource]:
    name = _text(params, "function_name")
    if not name or category("lambda", action) != DATA:
        return []
    arn = name if name.startswith("arn:") else _arn("lambda", region, account, f"function:{name}")
    return [Resource(account_id=arn.split(":")[4], type="AWS::Lambda::Function", arn=arn)]


def _kinesis(action: str, params: Params, account: str, region: str) -> list[Resource]:
    name = _text(params, "stream_arn", "stream_name")
    if not name or category("kinesis", action) != DATA:
        return []
    arn = name if name.startswith("arn:") else _arn("kinesis", region, account, f"stream/{name}")
    return [Resource(account_id=arn.split(":")[4], type="AWS::Kinesis::Stream", arn=arn)]


def _ecr(action: str, params: Params, account: str, region: str) -> list[Resource]:
    name = _text(params, "repository_name")
    account = _text(params, "registry_id") or account
    return (
        [Resource(account_id=account, arn=_arn("ecr", region, account, f"repository/{name}"))] if name else []
    )


def _arn(service: str, region: str, account: str, resource: str) -> str:
    return f"arn:{partition_of(region)}:{service}:{region}:{account}:{resource}"


_ONLY_DONE = frozenset({"sts", "ssm", "kms"})
_BUILDERS: dict[str, _Builder] = {
    "dynamodb": _dynamodb,
    "ecr": _ecr,
    "kinesis": _kinesis,
    "kms": _kms,
    "lambda": _lambda,
    "s3": _s3,
    "sns": _sns,
    "sqs": _sqs,
    "ssm": _ssm,
    "sts": _sts,
}
