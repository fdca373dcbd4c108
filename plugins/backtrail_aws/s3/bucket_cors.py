"""Cross-origin rules of buckets. How requests are held against them is in `cors`.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html
"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, UnsetType
from backtrail_aws.s3 import api, bucket_errors, errors, limits
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.configurations import cleared, missing, proved_absent
from backtrail_aws.s3.state import S3, known_bucket, service

METHODS = ("GET", "PUT", "HEAD", "POST", "DELETE")
NOT_FOUND = ("NoSuchCORSConfiguration", "The CORS configuration does not exist")


@service.handle
def put_bucket_cors(state: S3, call: Call[api.PutBucketCors]) -> None:
    """Up to a hundred rules in the place of those before."""
    bucket_of(state, call, "s3:PutBucketCORS")
    rules = call.params.cors_configuration.cors_rules
    if not rules:
        raise errors.malformed_xml()
    if len(rules) > limits.CORS_RULES_MAX:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSConfiguration.html
        raise errors.invalid_request("The number of CORS rules should not exceed allowed limit of 100 rules.")
    for rule in rules:
        _check(rule)


def _check(rule: api.CORSRule) -> None:
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html, issue
    # https://github.com/versity/versitygw/issues/1870 (words), ID: guess
    if not rule.allowed_origins or not rule.allowed_methods:
        raise errors.malformed_xml()
    for method in rule.allowed_methods:
        if method not in METHODS:
            raise errors.invalid_request(
                f"Found unsupported HTTP method in CORS config. Unsupported method is {method}"
            )
    _check_wildcards("AllowedOrigin", rule.allowed_origins)
    _check_wildcards("AllowedHeader", rule.allowed_headers)
    for header in [] if rule.expose_headers is UNSET else rule.expose_headers:
        if "*" in header:
            raise errors.invalid_request(
                f'ExposeHeader "{header}" contains wildcard. We currently do not support wildcard for ExposeHeader.'
            )
    if rule.id is not UNSET and len(rule.id) > limits.RULE_ID_MAX:
        raise errors.invalid_request(f"ID length should not exceed allowed limit of {limits.RULE_ID_MAX}")


def _check_wildcards(name: str, values: list[str] | UnsetType) -> None:
    for value in [] if values is UNSET else values:
        if value.count("*") > 1:
            # evidence: page ErrorResponses; words: guess
            raise errors.invalid_request(f'{name} "{value}" can not have more than one wildcard.')


@service.project
def bucket_cors_put(state: S3, event: Event[api.PutBucketCors, None]) -> None:
    """The bucket has these rules."""
    known_bucket(state, event.params.bucket, event).cors = event.params.cors_configuration


@service.read
def get_bucket_cors(state: S3, call: Call[api.GetBucketCors]) -> api.GetBucketCorsResult:
    """The rules as they were put."""
    bucket = bucket_of(state, call, "s3:GetBucketCORS")
    if bucket.cors is UNSET:
        raise missing(bucket, "cors", bucket_errors.absent(*NOT_FOUND, bucket.name))
    return api.GetBucketCorsResult(cors_rules=bucket.cors.cors_rules)


@service.evidence
def bucket_cors_not_found(state: S3, event: Event[api.GetBucketCors, None]) -> None:
    """There are no rules, or no bucket."""
    proved_absent(state, event, "cors", NOT_FOUND[0])


@service.handle
def delete_bucket_cors(state: S3, call: Call[api.DeleteBucketCors]) -> None:
    """No rules any more."""
    bucket_of(state, call, "s3:PutBucketCORS")


@service.project
def bucket_cors_deleted(state: S3, event: Event[api.DeleteBucketCors, None]) -> None:
    """The bucket has no rules."""
    cleared(state, event, "cors")
