"""What a member is called in a record, and how it leaves it: the rules, before a plugin's own exceptions."""

from __future__ import annotations

from backtrail.model import Member, Model, Shape
from backtrail.trail.casing import lower_first
from backtrail.trail.declare import Trail

SEALED, NOTED = "Sealed", "Noted"
PARAMS, RESULT, NESTED = "params", "result", "nested"
"""Where a class stands: an action's parameters, its result, or anything inside them."""

# Request headers that S3's records repeat begin with x-amz-; of these, not the user's metadata, nor what only
# guards the transfer.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-understanding-s3-entries.html
_SHOWN_HEADER = "x-amz-"
_HIDDEN_HEADERS = (
    "x-amz-meta-",
    "x-amz-checksum-",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-mfa",
    "x-amz-trailer",
)
_SECRET_HEADERS = ("server-side-encryption-customer-key", "x-amz-mfa")
_NO_SECRET = "-md5"

# The answer's headers in S3's responseElements; everything else of an answer is left out.
_SHOWN_ANSWERS = (
    "x-amz-version-id",
    "x-amz-delete-marker",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-expiration",
    "x-amz-copy-source-version-id",
)

_S3_NAMES = {"Bucket": "bucketName", "Policy": "bucketPolicy"}
KEPT = "Kept"
"""The bucket policy stands in the record as an object, without its spaces."""


def record_name(trail: Trail, where: str, owner: str, member: str, ref: Member, shape: Shape) -> str:
    """The name of a class's member in the record: the plugin's, else by the rule of the service's form."""
    declared = trail.renamed.get(f"{owner}.{member}")
    if declared is not None:
        return declared
    if trail.form == "s3":
        return _s3_name(where, member, ref)
    return lower_first(member)


def mark_of(trail: Trail, model: Model, where: str, owner: str, member: str, ref: Member) -> str | None:
    """The mark that keeps a member out of the record (`Sealed`, `Masked`, …), or None."""
    path = f"{owner}.{member}"
    declared = (
        (SEALED, trail.sealed),
        ("Masked", trail.masked),
        ("Stars", trail.starred),
        ("Removed", trail.removed),
        ("Named", trail.named),
        (NOTED, trail.noted),
    )
    for mark, paths in declared:
        if path in paths:
            return mark
    if path in trail.open:
        return None
    if streaming(model, ref):
        return SEALED
    return _s3_mark(where, member, ref) if trail.form == "s3" and where != NESTED else None


def streaming(model: Model, ref: Member) -> bool:
    """Whether a member is a body of any length, kept as a blob."""
    shape = model.shape(ref)
    return shape.type == "blob" and (ref.streaming or shape.streaming)


def _s3_name(where: str, member: str, ref: Member) -> str:
    if where == PARAMS and member in _S3_NAMES:
        return _S3_NAMES[member]
    if where == PARAMS and ref.location == "uri":
        return lower_first(ref.location_name or member)
    return ref.location_name or member


def _s3_mark(where: str, member: str, ref: Member) -> str | None:
    header = (ref.location_name or "").lower()
    if where == PARAMS and member == "Policy":
        return KEPT
    if ref.location not in ("header", "headers"):
        return NOTED if where == RESULT else None
    if any(secret in header for secret in _SECRET_HEADERS) and not header.endswith(_NO_SECRET):
        return None if header.endswith("algorithm") else SEALED
    if where == RESULT:
        return None if header in _SHOWN_ANSWERS else NOTED
    shown = header.startswith(_SHOWN_HEADER) and not header.startswith(_HIDDEN_HEADERS)
    return None if shown else NOTED
