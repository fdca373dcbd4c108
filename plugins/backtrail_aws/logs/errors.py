"""CloudWatch Logs' refusals in its own words, each with its evidence (`model`: botocore's; a page; `guess`)."""

from __future__ import annotations

from backtrail import Refusal


def no_such_group() -> Refusal:
    """The log group is unknown here."""
    # evidence: model; words: https://github.com/Graylog2/graylog-plugin-aws/issues/38
    return Refusal("ResourceNotFoundException", "The specified log group does not exist.")


def no_such_stream() -> Refusal:
    """The log stream is unknown in its group."""
    # evidence: model; words: https://github.com/mentum/lawgs/issues/11
    return Refusal("ResourceNotFoundException", "The specified log stream does not exist.")


def group_exists() -> Refusal:
    """A log group of that name is there."""
    # evidence: model; words: https://github.com/aws-robotics/cloudwatchlogs-ros1/issues/1
    return Refusal("ResourceAlreadyExistsException", "The specified log group already exists")


def stream_exists() -> Refusal:
    """A log stream of that name is there."""
    # evidence: model; words: https://github.com/aws-robotics/cloudwatchlogs-ros1/issues/1
    return Refusal("ResourceAlreadyExistsException", "The specified log stream already exists")


def not_there(what: str) -> Refusal:
    """Any other resource is unknown here: `metric filter`, `subscription filter`, `destination`, `resource`, …"""
    # evidence: model; words: guess, after those of groups and streams
    return Refusal("ResourceNotFoundException", f"The specified {what} does not exist.")


def invalid(message: str) -> Refusal:
    """A parameter breaks a rule, in the words of the caller, where the evidence stands."""
    # evidence: model; words: each caller's
    return Refusal("InvalidParameterException", message)


def constraint(value: object, member: str, words: str) -> Refusal:
    """A parameter breaks a rule of the kind that the service checks by its model."""
    # evidence: https://github.com/fluent-plugins-nursery/fluent-plugin-cloudwatch-logs/issues/116; words: each caller's
    return invalid(
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {words}"
    )


def limit_exceeded() -> Refusal:
    """A limit of the account or of the log group is reached."""
    # evidence: https://github.com/dougmoscrop/serverless-plugin-log-subscription/issues/33
    return Refusal("LimitExceededException", "Resource limit exceeded.")


def protected() -> Refusal:
    """The log group may not be deleted."""
    # evidence: model, page API_PutLogGroupDeletionProtection; words: guess
    return Refusal(
        "ValidationException",
        "The log group can't be deleted because deletion protection is enabled. Disable deletion protection first.",
    )


def bad_token() -> Refusal:
    """A paging token that this listing did not give out."""
    # evidence: https://github.com/boto/boto3/issues/1467
    return invalid("The specified nextToken is invalid.")


def which_group() -> Refusal:
    """None or both of logGroupName and logGroupIdentifier."""
    # evidence: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html; words: guess
    return invalid("Exactly one of logGroupName and logGroupIdentifier must be specified.")


def key_unusable(arn: str) -> Refusal:
    """The KMS key is not there, or disabled."""
    # evidence: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    return invalid(f"The specified KMS key does not exist or is not allowed to be used with LogGroup '{arn}'")


def unordered() -> Refusal:
    """A batch whose events are not in the order of their times."""
    # evidence: https://github.com/dibog/cloudwatch-logback-appender/issues/17
    return invalid("Log events in a single PutLogEvents request must be in chronological order.")


def too_long_a_span() -> Refusal:
    """A batch whose events are more than a day apart."""
    # evidence: https://github.com/aws-greengrass/aws-greengrass-log-manager/issues/59
    return invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")


def event_too_large(size: int, limit: int) -> Refusal:
    """One event is too long."""
    # evidence: https://github.com/maxbanton/cwh/issues/101
    return invalid(f"Log event too large: {size} bytes exceeds limit of {limit}")


def batch_too_large(size: int, limit: int) -> Refusal:
    """All events of a batch together are too long."""
    # evidence: https://github.com/vectordotdev/vector/issues/2394
    return invalid(f"Upload too large: {size} bytes exceeds limit of {limit}")


def bad_pattern(message: str = "Invalid filter pattern") -> Refusal:
    """A filter pattern that does not follow the syntax."""
    # evidence: https://github.com/aws/aws-toolkit-jetbrains/issues/3219
    return invalid(message)


def bad_term(term: str) -> str:
    """The words for a term that holds what it may not."""
    # evidence: https://github.com/dougmoscrop/serverless-plugin-log-subscription/issues/47
    return f"Invalid character(s) in term '{term}'"


def no_dimensions() -> Refusal:
    """Dimensions on a filter whose pattern finds no values."""
    # evidence: https://github.com/hashicorp/terraform-provider-aws/issues/22105
    return invalid("The specified filter pattern does not support dimensions")


def too_many_tags(resource: str) -> Refusal:
    """A resource would have more tags than it may."""
    # evidence: model; words: page of the model's own documentation
    return Refusal("TooManyTagsException", "A resource can have no more than 50 tags.", resourceName=resource)


def malformed_query(message: str, start: int, end: int) -> Refusal:
    """A query that cannot be understood, or uses what is not there."""
    # evidence: model; words: guess, after https://github.com/boto/boto3/issues/3450
    found = {"location": {"startCharOffset": start, "endCharOffset": end}, "message": message}
    return Refusal("MalformedQueryException", message, queryCompileError=found)


def conflict(message: str) -> Refusal:
    """A delivery, or a part of one, is in the way of a change."""
    # evidence: model; words: each caller's
    return Refusal("ConflictException", message)


def invalid_delivery(message: str) -> Refusal:
    """A parameter of the delivery operations breaks a rule: they answer with another code than the older ones."""
    # evidence: model; words: each caller's
    return Refusal("ValidationException", message)


def delivery_quota() -> Refusal:
    """A limit of the delivery operations is reached."""
    # evidence: model; words: guess
    return Refusal("ServiceQuotaExceededException", "This request exceeds a service quota.")


def not_running(message: str) -> Refusal:
    """A task that has ended cannot be cancelled."""
    # evidence: model; words: each caller's
    return Refusal("InvalidOperationException", message)
