"""Refusals that several resources share; those of one resource stand in its own file.

Codes are those of https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (`error_codes.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

from backtrail import Refusal


def not_found(code: str, noun: str, ids: Sequence[str]) -> Refusal:
    """Resources that are not there: `The vpc ID 'vpc-1' does not exist`."""
    # evidence: record incident-a DescribeVpcs (InvalidVpcID.NotFound), DescribeRouteTables
    # (the plural: guess)
    listed = ", ".join(ids)
    if len(ids) == 1:
        return Refusal(code, f"The {noun} '{listed}' does not exist")
    return Refusal(code, f"The {noun}s '{listed}' do not exist")


def malformed(code: str, prefix: str, identifier: str) -> Refusal:
    """An id that no resource of its kind can have."""
    # evidence: https://github.com/aws/aws-cdk/issues/20800 (security groups)
    return Refusal(code, f'Invalid id: "{identifier}" (expecting "{prefix}-...")')


def invalid(message: str) -> Refusal:
    """A parameter has a value that it cannot have."""
    # evidence: page errors-overview.html; words: each caller's
    return Refusal("InvalidParameterValue", message)


def combination(message: str) -> Refusal:
    """Parameters that cannot stand together."""
    # evidence: page errors-overview.html; words: each caller's
    return Refusal("InvalidParameterCombination", message)


def missing(parameter: str) -> Refusal:
    """A parameter that must be there is not."""
    # evidence: page errors-overview.html; words: guess
    return Refusal("MissingParameter", f"The request must contain the parameter {parameter}")


def dependency(message: str) -> Refusal:
    """A resource is in use."""
    # evidence: page errors-overview.html; words: each caller's
    return Refusal("DependencyViolation", message)


def in_use(noun: str, identifier: str) -> Refusal:
    """The same, as most resources say it."""
    # evidence: https://github.com/saltstack/salt/issues/60140 (route tables, gateways, VPCs)
    return dependency(f"The {noun} '{identifier}' has dependencies and cannot be deleted.")


def incorrect_state(message: str) -> Refusal:
    """A resource is in a state in which this cannot be done to it."""
    # evidence: page errors-overview.html; words: each caller's
    return Refusal("IncorrectState", message)


def not_permitted(message: str) -> Refusal:
    """What nobody may do to this resource."""
    # evidence: page errors-overview.html; words: each caller's
    return Refusal("OperationNotPermitted", message)


def bad_filter(name: str) -> Refusal:
    """A filter that the action does not have."""
    # evidence: https://github.com/aws/aws-cli/issues/4013
    return Refusal("InvalidParameterValue", f"The filter '{name}' is invalid")


def filter_without_values(name: str) -> Refusal:
    """A filter with no value."""
    # evidence: page errors-overview.html; words: guess
    return Refusal("InvalidParameterValue", f"The filter '{name}' must have at least one value")


def too_many_filter_values() -> Refusal:
    """More filter values than a request may have."""
    # evidence: page Using_Filtering.html; words: guess
    return Refusal(
        "FilterLimitExceeded", "The maximum number of filter values specified on a single call is 200"
    )


def page_too_small(value: int, least: int) -> Refusal:
    """A page of too few."""
    # evidence: https://github.com/aws/aws-sdk-ruby/pull/2575
    return Refusal(
        "InvalidParameterValue",
        f"Value ( {value} ) for parameter maxResults is invalid. Expecting a value greater than {least}.",
    )


def page_with_ids(parameter: str) -> Refusal:
    """A page of resources that were named one by one."""
    # evidence: https://github.com/aws/aws-cli/issues/1976
    return Refusal(
        "InvalidParameterCombination",
        f"The parameter {parameter} cannot be used with the parameter maxResults",
    )


def bad_token() -> Refusal:
    """A token that no page ended with."""
    # evidence: page errors-overview.html; words: guess
    return Refusal("InvalidNextToken", "The token is invalid.")


def bad_id(identifier: str) -> Refusal:
    """An id of no kind of resource."""
    # evidence: page errors-overview.html; words: guess
    return Refusal("InvalidID", f"The ID '{identifier}' is not valid")


def not_taggable(resource_type: str) -> Refusal:
    """A tag specification for a resource that the action does not make."""
    # evidence: https://github.com/aws/aws-cli/issues/2865, https://github.com/yegor256/rultor/issues/1991
    if not resource_type:
        return Refusal("InvalidParameterValue", "Tag specification resource type must have a value")
    return Refusal(
        "InvalidParameterValue",
        f"'{resource_type}' is not a valid taggable resource type for this operation.",
    )


def reserved_tag(key: str) -> Refusal:
    """A tag that only AWS makes."""
    # evidence: https://github.com/AndrewFarley/AWS-Automated-Daily-Instance-AMI-Snapshots/issues/7
    return Refusal(
        "InvalidParameterValue",
        f"Value ( {key} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use",
    )


def repeated_tag(key: str) -> Refusal:
    """A key that stands twice."""
    # evidence: page API_CreateTags; words: guess
    return Refusal("InvalidParameterValue", f"Duplicate tag key '{key}' specified.")


def long_tag(what: str, most: int) -> Refusal:
    """A key or a value that is too long."""
    # evidence: page Using_Tags.html; words: guess
    return Refusal("InvalidParameterValue", f"Tag {what} exceeds the maximum length of {most} characters")


def too_many_tags() -> Refusal:
    """A resource has no room for so many tags."""
    # evidence: page errors-overview.html; words: guess
    return Refusal("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.")


def limit(code: str, what: str) -> Refusal:
    """A quota is reached: `The maximum number of VPCs has been reached.`"""
    # evidence: record incident-a CreateVpc (VpcLimitExceeded); the others' codes: page errors-overview.html
    return Refusal(code, f"The maximum number of {what} has been reached.")
