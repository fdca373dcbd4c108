"""Auto Scaling's refusals, in its own words where they are known, each with its evidence."""

from __future__ import annotations

from backtrail import Refusal

_COMMON = "https://docs.aws.amazon.com/autoscaling/ec2/APIReference/CommonErrors.html"
CODES: dict[str, str] = dict.fromkeys(("ValidationError",), _COMMON)
"""Codes that the model lacks, with the page that has them."""


def invalid(message: str) -> Refusal:
    """Something that is not allowed, or not there."""
    # evidence: page CommonErrors.html; words: each caller's
    return Refusal("ValidationError", message)


def no_group(name: str) -> Refusal:
    """There is no such group."""
    # evidence: issue aws/aws-sdk-go 1151 (its beginning); rest: guess
    return Refusal(
        "ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found"
    )


def group_exists(name: str) -> Refusal:
    """There is a group of that name."""
    # evidence: model; words: guess
    return Refusal(
        "AlreadyExists",
        f"AutoScalingGroup by this name already exists - A group with the name {name} already exists",
    )


def no_configuration(name: str) -> Refusal:
    """There is no such launch configuration."""
    # evidence: guess
    return Refusal("ValidationError", f"Launch configuration name not found - {name} not found")


def configuration_exists(name: str) -> Refusal:
    """There is a launch configuration of that name."""
    # evidence: model; words: guess
    return Refusal(
        "AlreadyExists",
        "Launch Configuration by this name already exists - A launch configuration already exists with the name "
        f"{name}",
    )


def configuration_used(name: str, group: str) -> Refusal:
    """A group launches from it."""
    # evidence: model; words: guess
    return Refusal(
        "ResourceInUse",
        f"Cannot delete launch configuration {name} because it is attached to AutoScalingGroup {group}",
    )


def in_use(message: str) -> Refusal:
    """A group has instances still, or is protected."""
    # evidence: model; words: each caller's
    return Refusal("ResourceInUse", message)


def in_progress(message: str) -> Refusal:
    """Activities are under way, or the group cools down."""
    # evidence: model; words: each caller's
    return Refusal("ScalingActivityInProgress", message)


def too_many(what: str) -> Refusal:
    """A quota is reached."""
    # evidence: model; words: guess
    return Refusal("LimitExceeded", f"You have reached the maximum number of {what}.")


def bad_token() -> Refusal:
    """A token that was not given out."""
    # evidence: model; words: guess
    return Refusal("InvalidNextToken", "The token specified is not valid.")


def no_instance(instance: str) -> Refusal:
    """The instance belongs to no group, or to none of that name."""
    # evidence: guess
    return Refusal(
        "ValidationError", f"Instance Id not found - No managed instance found for instance ID {instance}"
    )


def not_member(instance: str, group: str) -> Refusal:
    """The instance is in no group of that name."""
    # evidence: guess
    return Refusal("ValidationError", f"The instance {instance} is not part of Auto Scaling group {group}.")


def refreshing() -> Refusal:
    """A refresh is under way."""
    # evidence: model; words: guess
    return Refusal(
        "InstanceRefreshInProgress",
        "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.",
    )


def not_refreshing() -> Refusal:
    """No refresh is under way."""
    # evidence: model; words: guess
    return Refusal("ActiveInstanceRefreshNotFound", "No in progress or pending Instance Refresh found.")


def irreversible(message: str) -> Refusal:
    """A refresh that cannot be rolled back."""
    # evidence: model; words: each caller's
    return Refusal("IrreversibleInstanceRefresh", message)
