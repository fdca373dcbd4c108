"""Website configurations of buckets. How websites answer is in `websites`.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html
"""

from __future__ import annotations

from typing import Final

from backtrail import UNSET, Call, Event, UnsetType
from backtrail_aws.s3 import api, bucket_errors, errors, limits
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.configurations import cleared, missing, proved_absent
from backtrail_aws.s3.state import S3, known_bucket, service

NOT_FOUND: Final = (
    "NoSuchWebsiteConfiguration",
    "The specified bucket does not have a website configuration",
)


# evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html (rules; messages as S3's
# refusals are quoted in public)
@service.handle
def put_bucket_website(state: S3, call: Call[api.PutBucketWebsite]) -> None:
    """A website in the place of the one before: an index document, or another host for everything."""
    bucket_of(state, call, "s3:PutBucketWebsite")
    wanted = call.params.website_configuration
    everything = wanted.redirect_all_requests_to
    if everything is not UNSET:
        if wanted != api.WebsiteConfiguration(redirect_all_requests_to=everything):
            # evidence: page ErrorResponses; words: guess
            raise errors.invalid_argument(
                "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.",
                "RedirectAllRequestsTo",
                "not null",
            )
        _check_protocol(everything.protocol)
        return
    _check_documents(wanted)
    rules = [] if wanted.routing_rules is UNSET else wanted.routing_rules
    if wanted.routing_rules is not UNSET and not rules:
        raise errors.malformed_xml()
    if len(rules) > limits.ROUTING_RULES_MAX:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_request(
            f"{len(rules)} routing rules provided, the number of routing rules in a website configuration is limited "
            f"to {limits.ROUTING_RULES_MAX}."
        )
    for rule in rules:
        _check_rule(rule)


def _check_documents(wanted: api.WebsiteConfiguration) -> None:
    if wanted.index_document is UNSET:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument(
            "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
            "IndexDocument",
            "null",
        )
    suffix = wanted.index_document.suffix
    if not suffix or "/" in suffix:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument("The IndexDocument Suffix is not well formed", "IndexDocument", suffix)
    if wanted.error_document is not UNSET and not wanted.error_document.key:
        raise errors.malformed_xml()


def _check_rule(rule: api.RoutingRule) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html"""
    redirect = rule.redirect
    if redirect == api.Redirect():
        raise errors.malformed_xml()
    _check_protocol(redirect.protocol)
    if redirect.replace_key_with is not UNSET and redirect.replace_key_prefix_with is not UNSET:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_request("You can only define ReplaceKeyPrefix or ReplaceKey but not both.")
    code = redirect.http_redirect_code
    if code is not UNSET and not (code.isdecimal() and 301 <= int(code) <= 399):
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_request(
            f"The provided HTTP redirect code ({code}) is not valid. Valid codes are 3XX except 300."
        )
    condition = rule.condition
    if condition is UNSET:
        return
    if condition == api.Condition():
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_request(
            "Condition cannot be empty. To redirect all requests without a condition, the condition element "
            "shouldn't be present."
        )
    code = condition.http_error_code_returned_equals
    if code is not UNSET and not (code.isdecimal() and 400 <= int(code) <= 599):
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_request(
            f"The provided HTTP error code ({code}) is not valid. Valid codes are 4XX or 5XX."
        )


def _check_protocol(protocol: str | UnsetType) -> None:
    if protocol not in (UNSET, "http", "https"):
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_RedirectAllRequestsTo.html
        raise errors.invalid_request(
            "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected "
            "automatically."
        )


@service.project
def bucket_website_put(state: S3, event: Event[api.PutBucketWebsite, None]) -> None:
    """The bucket is this website."""
    known_bucket(state, event.params.bucket, event).website = event.params.website_configuration


@service.read
def get_bucket_website(state: S3, call: Call[api.GetBucketWebsite]) -> api.GetBucketWebsiteResult:
    """The configuration."""
    bucket = bucket_of(state, call, "s3:GetBucketWebsite")
    held = bucket.website
    if held is UNSET:
        raise missing(bucket, "website", bucket_errors.absent(*NOT_FOUND, bucket.name))
    return api.GetBucketWebsiteResult(
        redirect_all_requests_to=held.redirect_all_requests_to,
        index_document=held.index_document,
        error_document=held.error_document,
        routing_rules=held.routing_rules,
    )


@service.evidence
def bucket_website_not_found(state: S3, event: Event[api.GetBucketWebsite, None]) -> None:
    """There is no website, or no bucket."""
    proved_absent(state, event, "website", NOT_FOUND[0])


@service.handle
def delete_bucket_website(state: S3, call: Call[api.DeleteBucketWebsite]) -> None:
    """No website any more."""
    bucket_of(state, call, "s3:DeleteBucketWebsite")


@service.project
def bucket_website_deleted(state: S3, event: Event[api.DeleteBucketWebsite, None]) -> None:
    """The bucket is no website."""
    cleared(state, event, "website")
