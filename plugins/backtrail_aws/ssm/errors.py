"""Systems Manager's refusals, in its own words, each with its evidence."""

from __future__ import annotations

from backtrail import Refusal

CODES: dict[str, str] = {
    "AccessDeniedException": "https://docs.aws.amazon.com/systems-manager/latest/APIReference/CommonErrors.html",
    "ValidationException": "https://docs.aws.amazon.com/systems-manager/latest/APIReference/CommonErrors.html",
}
"""Codes that the model lacks, with the page that has them."""


def validation(message: str) -> Refusal:
    """A parameter has a value that it cannot have."""
    # evidence: page CommonErrors.html; words: each caller's
    return Refusal("ValidationException", message)


def bad_token() -> Refusal:
    """A token that no page ended with."""
    # evidence: model; words: guess
    return Refusal("InvalidNextToken", "The specified token isn't valid.")


def bad_filter(message: str) -> Refusal:
    """A filter key that this list does not know."""
    # evidence: model; words: each caller's
    return Refusal("InvalidFilterKey", message)


def no_resource(identifier: str) -> Refusal:
    """Tags were asked of what is not there."""
    # evidence: model; words: guess
    return Refusal(
        "InvalidResourceId", f'The resource ID "{identifier}" is not valid. Verify the ID and try again.'
    )


def missing(message: str) -> Refusal:
    """A window, target, task or baseline that is not there."""
    # evidence: model; words: each caller's
    return Refusal("DoesNotExistException", message)


def limit(message: str) -> Refusal:
    """A quota is reached, of windows, targets, tasks or baselines."""
    # evidence: model; words: each caller's
    return Refusal("ResourceLimitExceededException", message)


# parameters


def no_parameter() -> Refusal:
    """There is no such parameter: AWS says nothing more."""
    # evidence: model; words: guess
    return Refusal("ParameterNotFound", "")


def no_version(version: object, name: str) -> Refusal:
    """The parameter has no such version or label."""
    # evidence: model; words: guess
    return Refusal(
        "ParameterVersionNotFound",
        f"Systems Manager could not find version {version} of {name}. Verify the version and try again.",
    )


def parameter_exists() -> Refusal:
    """There is such a parameter, and it is not to be overwritten."""
    # evidence: model; words: guess
    return Refusal(
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
    )


def bad_name() -> Refusal:
    """A name that no parameter can have."""
    # evidence: issue boto/boto3#1499
    return validation(
        'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of '
        "sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the "
        "following 3 symbols .-_"
    )


def reserved_name(name: str) -> Refusal:
    """A name that AWS keeps for itself."""
    # evidence: issue aws-solutions/quota-monitor-for-aws#30
    return Refusal("AccessDeniedException", f"No access to reserved parameter name: {name}.")


def bad_path() -> Refusal:
    """A path that no hierarchy can have."""
    # evidence: issue aws-samples/resource-autotagger#1
    return validation(
        "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward "
        'slash "/". It can\'t be prefixed with \\"aws\\" or \\"ssm\\" (case-insensitive). It must use only letters, '
        "numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not "
        'allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: '
        "/get/parameters2-/by1./path0_."
    )


def too_deep() -> Refusal:
    """A hierarchy of too many levels."""
    # evidence: model; words: page API_PutParameter
    return Refusal("HierarchyLevelLimitExceededException", "A hierarchy can have a maximum of 15 levels.")


def too_large(size: int, advanced: bool) -> Refusal:
    """A value that is larger than its tier allows."""
    if advanced:
        # evidence: guess
        return validation(
            f"Advanced tier parameters support a maximum parameter value of {size} characters. For more information, "
            "see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
        )
    # evidence: issue hashicorp/terraform-provider-aws#18521
    return validation(
        f"Standard tier parameters support a maximum parameter value of {size} characters. To create a larger "
        "parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see "
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
    )


def too_many_parameters(tier: str, most: int) -> Refusal:
    """The account has as many parameters of a tier as it may."""
    # evidence: issue hashicorp/terraform-provider-aws#18521
    more = " or upgrade to the advanced-parameter tier (charges apply)" if tier == "standard" else ""
    return Refusal(
        "ParameterLimitExceeded",
        f"You have reached the maximum number of {tier} parameters for this AWS account and Region ({most}). To add "
        f"more parameters, either delete existing parameters{more}.",
    )


# documents


def no_document(name: str) -> Refusal:
    """There is no such document."""
    # evidence: model; words: guess
    return Refusal("InvalidDocument", f"Document with name {name} does not exist.")


def no_document_version() -> Refusal:
    """The document has no such version."""
    # evidence: model; words: guess
    return Refusal("InvalidDocumentVersion", "The document version is not valid or does not exist.")


def document_exists(name: str) -> Refusal:
    """There is a document of that name."""
    # evidence: model; words: issue tmknom/terraform-aws-session-manager#34
    return Refusal("DocumentAlreadyExists", f"Document with same name {name} already exists")


def bad_content(message: str) -> Refusal:
    """A content that is no document."""
    # evidence: model; words: each caller's
    return Refusal("InvalidDocumentContent", message)


# instances


def bad_instances(instances: list[str], account: str) -> Refusal:
    """Instances that no agent speaks for."""
    # evidence: record incident-a SendCommand
    return Refusal(
        "InvalidInstanceId",
        f"Instances [[{', '.join(instances)}]] not in a valid state for account {account}",
    )


def no_command() -> Refusal:
    """There is no such command."""
    # evidence: model; words: guess
    return Refusal("InvalidCommandId", "")


def no_invocation() -> Refusal:
    """The command was not sent to that instance: a real record has no words."""
    # evidence: record incident-a GetCommandInvocation
    return Refusal("InvocationDoesNotExist", "")
