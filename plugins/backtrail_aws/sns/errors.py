"""SNS's refusals, in its own words, each with its evidence (`model`: botocore's; a page or thread; `guess`).

Codes are the wire's (`InvalidParameter`); records have the names of the exceptions (`InvalidParameterException`).
"""

from __future__ import annotations

from backtrail import Refusal

CODES: dict[str, str] = {
    "VerificationException": "https://docs.aws.amazon.com/sns/latest/api/API_VerifySMSSandboxPhoneNumber.html",
}
"""Codes that the model's error traits lack, with the page that has them."""


def invalid(words: str) -> Refusal:
    """A parameter breaks a rule; `words` name it, and often the rule."""
    # evidence: model; words: each caller's
    return Refusal("InvalidParameter", f"Invalid parameter: {words}")


def because(parameter: str, reason: str) -> Refusal:
    """The same, in the form that gives a reason."""
    # evidence: https://github.com/MassTransit/MassTransit/pull/3721
    return invalid(f"{parameter} Reason: {reason}")


def short_arn(parameter: str, arn: str) -> Refusal:
    """An ARN with too few parts."""
    # evidence: https://github.com/crossplane-contrib/provider-upjet-aws/issues/935
    return because(parameter, f"An ARN must have at least 6 elements, not {len(arn.split(':'))}")


def no_such_topic() -> Refusal:
    """The topic is unknown here."""
    # evidence: model; words: https://github.com/dtan4/terraforming/issues/467
    return Refusal("NotFound", "Topic does not exist", status=404)


def no_such_subscription() -> Refusal:
    """The subscription is unknown here."""
    # evidence: model; words: guess
    return Refusal("NotFound", "Subscription does not exist", status=404)


def no_such_application() -> Refusal:
    """The platform application is unknown here."""
    # evidence: model; words: guess
    return Refusal("NotFound", "PlatformApplication does not exist", status=404)


def no_such_endpoint() -> Refusal:
    """The platform endpoint is unknown here."""
    # evidence: model; words: guess
    return Refusal("NotFound", "Endpoint does not exist", status=404)


def no_such_resource() -> Refusal:
    """What is to be tagged is unknown here."""
    # evidence: model; words: guess
    return Refusal("ResourceNotFound", "Resource does not exist", status=404)


def no_such_number() -> Refusal:
    """The phone number is not in the SMS sandbox."""
    # evidence: model; words: guess
    return Refusal("ResourceNotFound", "Destination phone number does not exist in the sandbox.", status=404)


def topic_exists(what: str) -> Refusal:
    """A topic of that name has other attributes or tags."""
    # evidence: https://github.com/MassTransit/MassTransit/pull/3721 (attributes),
    # https://github.com/localstack/localstack/issues/2405 (tags; quotes AWS's answer)
    return because(what, f"Topic already exists with different {what.lower()}")


def subscription_exists() -> Refusal:
    """The endpoint is subscribed with other attributes."""
    # evidence: https://github.com/anomalyco/sst/issues/4259
    return because("Attributes", "Subscription already exists with different attributes")


def bad_topic_name() -> Refusal:
    """A topic's name breaks its rules."""
    # evidence: https://github.com/uecode/qpush-bundle/issues/131
    return invalid("Topic Name")


def too_many_topics() -> Refusal:
    """The account's quota of topics is reached."""
    # evidence: model; words: guess
    return Refusal("TopicLimitExceeded", "Topic limit exceeded", status=403)


def too_many_subscriptions() -> Refusal:
    """The quota of subscriptions, or of those that are not confirmed, is reached."""
    # evidence: model, https://docs.aws.amazon.com/general/latest/gr/sns.html; words: guess
    return Refusal("SubscriptionLimitExceeded", "Subscription limit exceeded", status=403)


def too_many_filters() -> Refusal:
    """The quota of filter policies is reached."""
    # evidence: model, https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
    # words: guess
    return Refusal("FilterPolicyLimitExceeded", "Filter policy limit exceeded", status=403)


def too_many_tags() -> Refusal:
    """A topic has no room for so many tags."""
    # evidence: model; words: guess
    return Refusal("TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded")


def archive_is_active() -> Refusal:
    """A topic that archives messages is to be deleted."""
    # evidence: model, https://docs.aws.amazon.com/sns/latest/dg/message-archiving-and-replay-topic-owner.html
    # words: guess
    return Refusal("InvalidState", "Cannot delete topic with an ArchivePolicy")


def not_authorized(action: str, arn: str) -> Refusal:
    """The caller may not: it has not proved who it is, or is not the owner."""
    # evidence: model; words: guess
    return Refusal(
        "AuthorizationError", f"Not authorized to perform: SNS:{action} on resource: {arn}", status=403
    )


def bad_attribute_value(words: str) -> Refusal:
    """A message attribute breaks its rules."""
    # evidence: model (code), https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
    # words: each caller's
    return Refusal("ParameterValueInvalid", words)


def endpoint_disabled() -> Refusal:
    """A push goes to an endpoint that is switched off."""
    # evidence: model; words: guess
    return Refusal("EndpointDisabled", "Endpoint is disabled")


def application_disabled() -> Refusal:
    """A push goes through a platform application that is switched off."""
    # evidence: model; words: guess
    return Refusal("PlatformApplicationDisabled", "Platform application is disabled")


def opted_out() -> Refusal:
    """A phone number's owner has opted out of messages from this account."""
    # evidence: model; words: guess
    return Refusal(
        "OptedOut", "The phone number has opted out of receiving SMS messages from your AWS account."
    )


def too_many_numbers() -> Refusal:
    """The SMS sandbox is full."""
    # evidence: model, https://docs.aws.amazon.com/sns/latest/dg/sns-sms-sandbox.html; words: guess
    return Refusal("UserError", "You have reached the maximum number of destination phone numbers.")


def wrong_password() -> Refusal:
    """A one-time password is not the one that was sent."""
    # evidence: model; words: guess
    return Refusal("VerificationException", "The one-time password is invalid.", Status="Failed")


def empty_batch() -> Refusal:
    """A batch without entries."""
    # evidence: model
    return Refusal("EmptyBatchRequest", "The batch request doesn't contain any entries.")


def too_many_entries() -> Refusal:
    """A batch with more than ten entries."""
    # evidence: model
    return Refusal(
        "TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible."
    )


def repeated_entry() -> Refusal:
    """Two entries of one batch have the same id."""
    # evidence: model
    return Refusal("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")


def bad_entry_id() -> Refusal:
    """An entry's id breaks its rules."""
    # evidence: model
    return Refusal(
        "InvalidBatchEntryId",
        "The Id of a batch entry in a batch request doesn't abide by the specification.",
    )


def batch_too_long() -> Refusal:
    """The messages of a batch are too long together."""
    # evidence: model
    return Refusal(
        "BatchRequestTooLong", "The length of all the messages put together is more than the limit."
    )


def kms_disabled(key: str) -> Refusal:
    """The topic's KMS key is disabled."""
    # evidence: model; words: guess
    return Refusal("KMSDisabled", f"{key} is disabled.")


def kms_invalid_state(key: str) -> Refusal:
    """The topic's KMS key is pending deletion."""
    # evidence: model; words: guess
    return Refusal("KMSInvalidState", f"{key} is pending deletion.")
