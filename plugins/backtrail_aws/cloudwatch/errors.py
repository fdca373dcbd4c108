"""CloudWatch's refusals, in its own words, each with its evidence."""

from __future__ import annotations

from backtrail import Refusal

CODES: dict[str, str] = {
    "ValidationError": "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html",
}
"""Codes that the model lacks, with the page that has them."""


def validation(message: str) -> Refusal:
    """Parameters that an alarm, or a query, cannot have."""
    # evidence: model; words: each caller's
    return Refusal("ValidationError", message)


def value(message: str) -> Refusal:
    """A parameter has a value that it cannot have."""
    # evidence: model; words: each caller's
    return Refusal("InvalidParameterValue", message)


def combination(message: str) -> Refusal:
    """Parameters that cannot stand together."""
    # evidence: model; words: each caller's
    return Refusal("InvalidParameterCombination", message)


def missing(message: str) -> Refusal:
    """A parameter is not there."""
    # evidence: model; words: each caller's
    return Refusal("MissingParameter", message)


def not_found(what: str) -> Refusal:
    """An alarm, a rule, a stream that is not there; `what` is how AWS names it."""
    # evidence: model; words: guess
    return Refusal("ResourceNotFound", f"Unknown {what}", status=404)


def no_alarm(name: str) -> Refusal:
    """There is no alarm of that name."""
    # evidence: model; words: guess
    return Refusal("ResourceNotFound", f"Alarm {name} does not exist", status=404)


def no_dashboard(name: str) -> Refusal:
    """There is no dashboard of that name."""
    # evidence: https://github.com/hashicorp/terraform-provider-aws/issues/2119
    return Refusal("ResourceNotFound", f"Dashboard {name} does not exist", status=404)


def no_resource(arn: str) -> Refusal:
    """An ARN that names nothing which has tags."""
    # evidence: model; words: guess
    return Refusal("ResourceNotFoundException", f"Resource {arn} does not exist", status=404)


def bad_dashboard(message: str) -> Refusal:
    """A dashboard's body that is none."""
    # evidence: model; words: guess
    return Refusal("InvalidParameterInput", message)


def bad_format(message: str) -> Refusal:
    """Data that are not in the form that they must have."""
    # evidence: model; words: each caller's
    return Refusal("InvalidFormat", message)


def too_many(message: str) -> Refusal:
    """A quota is reached."""
    # evidence: model; words: guess
    return Refusal("LimitExceeded", message)


def bad_token() -> Refusal:
    """A token that no page ended with."""
    # evidence: model; words: guess
    return Refusal("InvalidNextToken", "The NextToken value is invalid.")


def depended_on(names: list[str]) -> Refusal:
    """Alarms that the rules of composite alarms name."""
    # evidence: https://github.com/cloud-custodian/cloud-custodian/issues/7763,
    # https://github.com/ekristen/aws-nuke/issues/462
    them = "it" if len(names) == 1 else "them"
    return Refusal(
        "ValidationError",
        f"Cannot delete {','.join(names)} as there are composite alarm(s) depending on {them}.",
    )


def no_detector() -> Refusal:
    """There is no such anomaly detector."""
    # evidence: model; words: guess
    return Refusal("ResourceNotFoundException", "Anomaly Detector does not exist", status=404)


def no_stream(name: str) -> Refusal:
    """There is no metric stream of that name."""
    # evidence: model; words: guess
    return Refusal("ResourceNotFoundException", f"Metric stream {name} does not exist", status=404)
