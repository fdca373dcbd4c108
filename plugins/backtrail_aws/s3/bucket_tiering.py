"""Archive tiers of the Intelligent-Tiering class. Nothing is moved here.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketIntelligentTieringConfiguration.html
"""

from __future__ import annotations

from typing import Final

from backtrail import UNSET, Call, Event
from backtrail_aws.s3 import api, configuration_sets, errors
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.state import S3, known_bucket, service

# https://docs.aws.amazon.com/AmazonS3/latest/API/API_Tiering.html: days without access
_LEAST: Final = {"ARCHIVE_ACCESS": 90, "DEEP_ARCHIVE_ACCESS": 180}
_MOST: Final = 730


@service.handle
def put_bucket_intelligent_tiering_configuration(
    state: S3, call: Call[api.PutBucketIntelligentTieringConfiguration]
) -> None:
    """Which objects go to which archive tier after how many days without access."""
    params = call.params
    bucket = bucket_of(state, call, "s3:PutIntelligentTieringConfiguration")
    wanted = params.intelligent_tiering_configuration
    configuration_sets.check(bucket.tiering, params.id, wanted.id)
    if wanted.status not in ("Enabled", "Disabled"):
        raise errors.malformed_xml()
    if wanted.filter is not UNSET:
        both = wanted.filter.and_
        configuration_sets.check_filter(wanted.filter, int(both is not UNSET))
        if both is not UNSET:
            configuration_sets.check_all(both.prefix, both.tags)
    _check_tiers(wanted.tierings)


@service.project
def bucket_intelligent_tiering_configuration_put(
    state: S3, event: Event[api.PutBucketIntelligentTieringConfiguration, None]
) -> None:
    """The bucket has it."""
    bucket = known_bucket(state, event.params.bucket, event)
    bucket.tiering[event.params.id] = event.params.intelligent_tiering_configuration


@service.read
def get_bucket_intelligent_tiering_configuration(
    state: S3, call: Call[api.GetBucketIntelligentTieringConfiguration]
) -> api.GetBucketIntelligentTieringConfigurationResult:
    """One configuration."""
    bucket = bucket_of(state, call, "s3:GetIntelligentTieringConfiguration")
    held = configuration_sets.found(bucket, "tiering", bucket.tiering, call.params.id)
    return api.GetBucketIntelligentTieringConfigurationResult(intelligent_tiering_configuration=held)


@service.read
def list_bucket_intelligent_tiering_configurations(
    state: S3, call: Call[api.ListBucketIntelligentTieringConfigurations]
) -> api.ListBucketIntelligentTieringConfigurationsResult:
    """A page of them."""
    bucket = bucket_of(state, call, "s3:GetIntelligentTieringConfiguration")
    found = configuration_sets.listed(bucket.tiering, call.params.continuation_token)
    return api.ListBucketIntelligentTieringConfigurationsResult(
        intelligent_tiering_configuration_list=found.items,
        is_truncated=found.next is not None,
        continuation_token=call.params.continuation_token,
        next_continuation_token=UNSET if found.next is None else found.next,
    )


@service.handle
def delete_bucket_intelligent_tiering_configuration(
    state: S3, call: Call[api.DeleteBucketIntelligentTieringConfiguration]
) -> None:
    """Remove one that is there."""
    bucket = bucket_of(state, call, "s3:PutIntelligentTieringConfiguration")
    if bucket.implied_by is None:
        configuration_sets.found(bucket, "tiering", bucket.tiering, call.params.id)


@service.project
def bucket_intelligent_tiering_configuration_deleted(
    state: S3, event: Event[api.DeleteBucketIntelligentTieringConfiguration, None]
) -> None:
    """The bucket does not have it."""
    configuration_sets.removed(state, event, "tiering").tiering.pop(event.params.id, None)


def _check_tiers(tierings: list[api.Tiering]) -> None:
    days = {tier.access_tier: tier.days for tier in tierings}
    if not tierings or len(days) != len(tierings) or not _LEAST.keys() >= days.keys():
        raise errors.malformed_xml()
    for tier, after in days.items():
        if not _LEAST[tier] <= after <= _MOST:
            # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_Tiering.html (rule; words: guess)
            raise errors.invalid_argument(
                f"'Days' for {tier} must be between {_LEAST[tier]} and {_MOST}", "Days", str(after)
            )
    if len(days) == len(_LEAST) and days["DEEP_ARCHIVE_ACCESS"] <= days["ARCHIVE_ACCESS"]:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument(
            "'Days' for DEEP_ARCHIVE_ACCESS must be greater than for ARCHIVE_ACCESS", "Days"
        )
