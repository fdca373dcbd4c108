"""CloudTrail's refusals, in its own words, each with its evidence (`model`: botocore's; a page or thread; `guess`)."""

from __future__ import annotations

from backtrail import Refusal

CODES: dict[str, str] = {}
"""Codes that the model lacks: none."""


def bad_name(words: str) -> Refusal:
    """A trail's name breaks a rule."""
    # evidence: model; words: each caller's
    return Refusal("InvalidTrailNameException", words)


def blank_name() -> Refusal:
    """No name at all."""
    # evidence: https://github.com/clouddrove/terraform-aws-cloudtrail/issues/14
    return bad_name("Trail name cannot be blank!")


def bad_arn(words: str) -> Refusal:
    """What should be a trail's ARN is none."""
    # evidence: model; words: each caller's
    return Refusal("CloudTrailARNInvalidException", words)


def unknown_trail(arn: str, account: str) -> Refusal:
    """No such trail."""
    # evidence: record incident-a StopLogging
    return Refusal("TrailNotFoundException", f"Unknown trail: {arn} for the user: {account}")


def trail_exists(name: str, account: str) -> Refusal:
    """The name is taken."""
    # evidence: https://github.com/trussworks/terraform-aws-logs/pull/269
    return Refusal("TrailAlreadyExistsException", f"Trail {name} already exists for customer: {account}")


def too_many_trails(account: str, region: str, most: int) -> Refusal:
    """The region has as many trails as it may have."""
    # evidence: https://github.com/linz/geostore/issues/1450
    return Refusal(
        "MaximumNumberOfTrailsExceededException", f"User: {account} already has {most} trails in {region}."
    )


def other_home(arn: str, home: str) -> Refusal:
    """A trail is changed where it was made, and nowhere else."""
    # evidence: model; words: guess
    return Refusal(
        "InvalidHomeRegionException", f"The trail {arn} was created in {home} and can only be changed there."
    )


def not_master(words: str) -> Refusal:
    """An organization's trail is its management account's."""
    # evidence: model; words: each caller's
    return Refusal("NotOrganizationMasterAccountException", words)


def no_organization() -> Refusal:
    """The account is in no organization."""
    # evidence: model; words: guess
    return Refusal("OrganizationsNotInUseException", "The account is not a member of an organization.")


def not_all_features() -> Refusal:
    """The organization has consolidated billing alone."""
    # evidence: model; words: guess
    return Refusal(
        "OrganizationNotInAllFeaturesModeException", "The organization must have all features enabled."
    )


def no_trusted_access() -> Refusal:
    """The organization does not let CloudTrail act in it."""
    # evidence: model; words: guess
    return Refusal(
        "CloudTrailAccessNotEnabledException",
        "Trusted access has not been enabled between CloudTrail and the organization.",
    )


def bad_bucket(words: str) -> Refusal:
    """The bucket's name is missing or breaks the rules of S3."""
    # evidence: model; words: each caller's
    return Refusal("InvalidS3BucketNameException", words)


def bad_prefix(words: str) -> Refusal:
    """The key prefix breaks a rule."""
    # evidence: model; words: each caller's
    return Refusal("InvalidS3PrefixException", words)


def no_bucket(bucket: str) -> Refusal:
    """The bucket is not there."""
    # evidence: model; words: guess
    return Refusal("S3BucketDoesNotExistException", f"S3 bucket {bucket} does not exist!")


def bucket_policy(bucket: str) -> Refusal:
    """The bucket's policy does not let CloudTrail in."""
    # evidence: https://github.com/aws/aws-cdk/issues/11602
    return Refusal(
        "InsufficientS3BucketPolicyException", f"Incorrect S3 bucket policy is detected for bucket: {bucket}"
    )


def bad_topic(words: str) -> Refusal:
    """The topic's name or ARN breaks a rule."""
    # evidence: model; words: each caller's
    return Refusal("InvalidSnsTopicNameException", words)


def topic_policy() -> Refusal:
    """The topic is not there, or its policy does not let CloudTrail publish."""
    # evidence: model; words: guess
    return Refusal(
        "InsufficientSnsTopicPolicyException", "SNS Topic does not exist or the topic policy is incorrect!"
    )


def bad_log_group() -> Refusal:
    """The log group is not there."""
    # evidence: https://github.com/hashicorp/terraform-provider-aws/issues/18038
    return Refusal(
        "InvalidCloudWatchLogsLogGroupArnException", "Check the log group ARN: CloudTrail can't validate it."
    )


def bad_role(words: str) -> Refusal:
    """The role is not there, or does not trust CloudTrail."""
    # evidence: model; words: each caller's
    return Refusal("InvalidCloudWatchLogsRoleArnException", words)


def role_denied() -> Refusal:
    """The role may not write to the log group."""
    # evidence: https://github.com/cloudposse/terraform-aws-cloudwatch-logs/pull/38
    return Refusal(
        "InvalidCloudWatchLogsLogGroupArnException",
        "Access denied. Verify in IAM that the role has adequate permissions.",
    )


def bad_key(key: str) -> Refusal:
    """What should name a KMS key does not."""
    # evidence: model; words: guess
    return Refusal("InvalidKmsKeyIdException", f"The KMS key ID {key} is not valid.")


def no_key(key: str) -> Refusal:
    """The KMS key is not there."""
    # evidence: model; words: guess
    return Refusal(
        "KmsKeyNotFoundException", f"The KMS key {key} does not exist or is not in the bucket's region."
    )


def key_policy() -> Refusal:
    """The key's policy does not let CloudTrail encrypt."""
    # evidence: model; words: https://repost.aws/knowledge-center/update-trail-insufficientencryptionpolicyexception
    return Refusal(
        "InsufficientEncryptionPolicyException", "Insufficient permissions to access S3 bucket or KMS key."
    )


def combination(words: str) -> Refusal:
    """Parameters that do not go together."""
    # evidence: model; words: each caller's
    return Refusal("InvalidParameterCombinationException", words)


def bad_selectors(words: str) -> Refusal:
    """Event selectors that break a rule."""
    # evidence: model; words: each caller's
    return Refusal("InvalidEventSelectorsException", words)


def bad_insights(words: str) -> Refusal:
    """Insight selectors that break a rule."""
    # evidence: model; words: each caller's
    return Refusal("InvalidInsightSelectorsException", words)


def no_insights(arn: str) -> Refusal:
    """The trail logs no insights."""
    # evidence: model; words: guess
    return Refusal("InsightNotEnabledException", f"Trail {arn} does not have Insight enabled.")


def bad_parameter(words: str) -> Refusal:
    """A parameter that breaks a rule."""
    # evidence: model; words: each caller's
    return Refusal("InvalidParameterException", words)


def bad_tag(words: str) -> Refusal:
    """A tag that breaks a rule."""
    # evidence: model; words: each caller's
    return Refusal("InvalidTagParameterException", words)


def too_many_tags(arn: str, most: int) -> Refusal:
    """More tags than a trail may have."""
    # evidence: model; words: guess
    return Refusal("TagsLimitExceededException", f"The number of tags on {arn} would exceed {most}.")


def no_resource(arn: str) -> Refusal:
    """Nothing there to tag."""
    # evidence: model; words: guess
    return Refusal("ResourceNotFoundException", f"Unknown resource: {arn}")


def untaggable(arn: str) -> Refusal:
    """Something that CloudTrail does not tag."""
    # evidence: model; words: guess
    return Refusal("ResourceTypeNotSupportedException", f"The resource type of {arn} is not supported.")


def bad_lookup(words: str) -> Refusal:
    """A lookup attribute that breaks a rule."""
    # evidence: model; words: each caller's
    return Refusal("InvalidLookupAttributesException", words)


def bad_range(words: str) -> Refusal:
    """Times that are no range."""
    # evidence: model; words: each caller's
    return Refusal("InvalidTimeRangeException", words)


def bad_page_size(most: int) -> Refusal:
    """A page of none, or of too many."""
    # evidence: model; words: guess
    return Refusal("InvalidMaxResultsException", f"A max results value between 1 and {most} is expected.")


def bad_token() -> Refusal:
    """A token of another request, or none at all."""
    # evidence: model; words: guess
    return Refusal("InvalidNextTokenException", "Invalid nextToken.")


def bad_category(category: str) -> Refusal:
    """A category that cannot be looked up."""
    # evidence: model; words: guess
    return Refusal("InvalidEventCategoryException", f"Event category {category} is not valid.")


def lookup_failed(reason: str) -> Refusal:
    """The log could not be read."""
    # evidence: ours
    return Refusal("InternalFailure", reason, status=500)
