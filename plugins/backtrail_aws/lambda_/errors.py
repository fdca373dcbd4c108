"""Lambda's refusals, in its own words, each with its evidence (`model`: botocore's; a page, thread or record; `guess`).

API: https://docs.aws.amazon.com/lambda/latest/api/
"""

from __future__ import annotations

from backtrail import Refusal

_COMMON = "https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html"
CODES: dict[str, str] = {
    "AccessDeniedException": _COMMON,
    "ValidationException": _COMMON,
    "RequestEntityTooLargeException": "https://github.com/motdotla/node-lambda/issues/123",
}
"""Codes that the model lacks, with the page that has them."""
RECURSIVE = (
    "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services resources and "
    "stopped your function's invocation."
)
"""The model's own description of RecursiveInvocationException."""


def invalid(message: str) -> Refusal:
    """A parameter's value breaks a rule."""
    # evidence: model; words: the callers'
    return Refusal("InvalidParameterValueException", message)


def validation(value: object, path: str, constraint: str) -> Refusal:
    """A constraint that the model has no more, or never had."""
    # evidence: https://github.com/aarondfrancis/sidecar/issues/147 (the form)
    return Refusal(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: {constraint}",
    )


def no_function(arn: str) -> Refusal:
    """The function, the version or the alias is not there."""
    # evidence: https://github.com/awslabs/mxnet-lambda/issues/1
    return Refusal("ResourceNotFoundException", f"Function not found: {arn}", status=404)


def elsewhere(theirs: str, here: str) -> Refusal:
    """The ARN names another region than the one that is called."""
    # evidence: model; words: guess
    return Refusal(
        "ResourceNotFoundException",
        f"Functions from '{theirs}' are not reachable in this region ('{here}')",
        status=404,
    )


def no_alias(arn: str) -> Refusal:
    """The alias is not there."""
    # evidence: model; words: guess
    return Refusal("ResourceNotFoundException", f"Cannot find alias arn: {arn}", status=404)


def no_resource() -> Refusal:
    """There is no policy."""
    # evidence: record production-a (GetPolicy20150331v2)
    return Refusal("ResourceNotFoundException", "The resource you requested does not exist.", status=404)


def not_there(message: str) -> Refusal:
    """Something else is not there."""
    # evidence: model; words: the callers'
    return Refusal("ResourceNotFoundException", message, status=404)


def function_exists(name: str) -> Refusal:
    """The name is taken."""
    # evidence: model; words: guess
    return Refusal("ResourceConflictException", f"Function already exist: {name}", status=409)


def conflict(message: str) -> Refusal:
    """What is asked for does not go with what is there."""
    # evidence: model; words: the callers'
    return Refusal("ResourceConflictException", message, status=409)


def pending(state: str) -> Refusal:
    """The function is still being made."""
    # evidence: model; words: guess
    return conflict(
        "The operation cannot be performed at this time. The function is currently in the following state: "
        f"{state}"
    )


def updating(arn: str) -> Refusal:
    """The function is being updated."""
    # evidence: https://github.com/appleboy/lambda-action/issues/58
    return conflict(
        f"The operation cannot be performed at this time. An update is in progress for resource: {arn}"
    )


def stale_revision() -> Refusal:
    """The revision id is not the latest."""
    # evidence: model; words: guess
    return Refusal(
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to "
        "retrieve the latest Revision Id",
        status=412,
    )


def two_qualifiers() -> Refusal:
    """Name and parameter have different qualifiers."""
    # evidence: model; words: guess
    return invalid("The derived qualifier from the function name does not match the specified qualifier.")


def unassumable() -> Refusal:
    """The role is not there, or does not trust Lambda."""
    # evidence: https://github.com/danilop/LambdAuth/issues/49
    return invalid("The role defined for the function cannot be assumed by Lambda.")


def foreign_role() -> Refusal:
    """The role is another account's."""
    # evidence: https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html; words: guess
    return Refusal("AccessDeniedException", "Cross-account pass role is not allowed.", status=403)


def no_session() -> Refusal:
    """The function's role cannot be assumed when it is to run."""
    # evidence: https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html; words: guess
    return Refusal(
        "AccessDeniedException", "The role defined for the function cannot be assumed by Lambda.", status=403
    )


def unknown_runtime(runtime: str, known: list[str]) -> Refusal:
    """No runtime of Lambda's."""
    # evidence: https://github.com/awslabs/amazon-redshift-monitoring/pull/25
    return invalid(
        f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
        f"[{', '.join(known)}] or be a valid ARN"
    )


def old_runtime(runtime: str, new: str) -> Refusal:
    """A runtime that is no more."""
    # evidence: model; words: guess
    return invalid(
        f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda "
        f"functions. We recommend you use a supported runtime while creating or updating functions. ({new})"
    )


def bad_zip() -> Refusal:
    """The package is no zip file."""
    # evidence: https://github.com/boto/boto3/issues/488
    return invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")


def empty_zip() -> Refusal:
    """The package has nothing in it."""
    # evidence: https://github.com/adieuadieu/serverless-chrome/issues/331
    return invalid("Uploaded file must be a non-empty zip")


def unzipped_too_large(limit: int) -> Refusal:
    """The package is too large once it is unzipped."""
    # evidence: model; words: guess
    return invalid(f"Unzipped size must be smaller than {limit} bytes")


def package_too_large(limit: int, action: str) -> Refusal:
    """The package is too large to be sent."""
    # evidence: https://github.com/motdotla/node-lambda/issues/123
    return Refusal(
        "RequestEntityTooLargeException",
        f"Request must be smaller than {limit} bytes for the {action} operation",
        status=413,
    )


def s3_failed(code: str, message: str) -> Refusal:
    """The package could not be had from S3."""
    # evidence: model; words: guess
    return invalid(f"Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}")


def queue_failed(code: str, message: str) -> Refusal:
    """The event source's queue could not be read."""
    # evidence: model; words: guess
    return invalid(
        f"Error occurred while ReceiveMessage. SQS Error Code: {code}. SQS Error Message: {message}"
    )


def bad_payload(message: str) -> Refusal:
    """The payload is no JSON."""
    # evidence: https://github.com/awsdocs/aws-lambda-developer-guide/issues/382
    return Refusal(
        "InvalidRequestContentException",
        f"Could not parse request body into json: Could not parse payload into json: {message}",
    )


def bad_context() -> Refusal:
    """The client context is no JSON in base64."""
    # evidence: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html; words: guess
    return Refusal(
        "InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object."
    )


def payload_too_large(limit: int) -> Refusal:
    """The payload is larger than an invocation's may be."""
    # evidence: model; words: guess
    return Refusal(
        "RequestTooLargeException",
        f"Request must be smaller than {limit} bytes for the InvokeFunction operation",
        status=413,
    )


def too_many(reason: str) -> Refusal:
    """More invocations at once than may be."""
    # evidence: model; words: guess
    return Refusal("TooManyRequestsException", "Rate Exceeded.", status=429, Reason=reason)


def recursive() -> Refusal:
    """The chain has run through the function too often."""
    # evidence: model
    return Refusal("RecursiveInvocationException", RECURSIVE)


def failed(message: str) -> Refusal:
    """The service itself failed."""
    # evidence: model; words: ours
    return Refusal("ServiceException", message, status=500)


def cannot_run(runtime: str) -> Refusal:
    """Our gap: nothing here runs functions of this kind."""
    # evidence: ours
    return Refusal(
        "NotImplemented", f"Backtrail runs no functions of {runtime}: Python's and Node's only", status=501
    )


def no_signing_config(arn: str) -> Refusal:
    """The code signing configuration is not there."""
    # evidence: model; words: guess
    return Refusal(
        "CodeSigningConfigNotFoundException", f"Code signing configuration not found: {arn}", status=404
    )


def no_provisioned(arn: str) -> Refusal:
    """No provisioned concurrency was asked for."""
    # evidence: model; words: guess
    return Refusal(
        "ProvisionedConcurrencyConfigNotFoundException",
        f"No Provisioned Concurrency Config found for this function: {arn}",
        status=404,
    )


def policy_too_long(limit: int) -> Refusal:
    """The policy would be larger than it may be."""
    # evidence: model; words: guess
    return Refusal(
        "PolicyLengthExceededException", f"The final policy size is bigger than the limit ({limit})."
    )
