"""Service Quotas' refusals, each with its evidence (`model`: botocore's; a page or thread; `guess`)."""

from __future__ import annotations

from backtrail import Refusal


def no_such_service() -> Refusal:
    """A service code that Service Quotas does not know."""
    # evidence: model; words: https://github.com/aws/aws-cli/issues/4569
    return Refusal(
        "NoSuchResourceException", "The request failed because the specified service does not exist."
    )


def no_such_quota() -> Refusal:
    """A quota code that the service does not have."""
    # evidence: model; words: guess, after those for services
    return Refusal(
        "NoSuchResourceException", "The request failed because the specified quota does not exist."
    )


def no_such_context() -> Refusal:
    """A resource for which a quota was never set by itself."""
    # evidence: model; words: https://github.com/aws/aws-cli/issues/8584
    return Refusal(
        "NoSuchResourceException",
        "The request failed because applied value for the specified context Id do not exist.",
    )


def no_such_request() -> Refusal:
    """A request or an entry of the template that is not there."""
    # evidence: model; words: guess
    return Refusal("NoSuchResourceException", "The specified resource does not exist.")


def not_another_value() -> Refusal:
    """A request for the value that the quota has already."""
    # evidence: model; words: https://github.com/cloud-custodian/cloud-custodian/pull/8939
    return Refusal(
        "IllegalArgumentException",
        "You must provide a quota value greater than the current quota value",
    )


def not_adjustable(title: str) -> Refusal:
    """A request for more than AWS gives anybody."""
    # evidence: model; words: guess
    return Refusal("IllegalArgumentException", f"The quota {title} is not adjustable.")


def request_open() -> Refusal:
    """A second request while one for the same quota is being looked at."""
    # evidence: model; words: https://github.com/hashicorp/terraform-provider-aws/pull/43606
    return Refusal(
        "ResourceAlreadyExistsException", "Only one open service quota increase request is allowed per quota."
    )


def bad_token() -> Refusal:
    """A paging token that was not given out here."""
    # evidence: model; words: guess
    return Refusal("InvalidPaginationTokenException", "Invalid token was used.")


def too_many_tags(most: int) -> Refusal:
    """More tags than a quota takes."""
    # evidence: model; words: guess
    return Refusal("TooManyTagsException", f"A quota can have at most {most} tags.")


def no_organization() -> Refusal:
    """Templates belong to organizations."""
    # evidence: model; words: the model's documentation of the shape
    return Refusal(
        "NoAvailableOrganizationException",
        "The Amazon Web Services account making this call is not a member of an organization.",
    )


def not_management() -> Refusal:
    """Templates are the management account's."""
    # evidence: https://docs.aws.amazon.com/servicequotas/latest/userguide/organization-templates.html; words: guess
    return Refusal(
        "AccessDeniedException", "Only the management account of an organization can use the template."
    )


def no_template_here() -> Refusal:
    """Templates are in one region."""
    # evidence: model; words: the model's documentation of the shape
    return Refusal(
        "TemplatesNotAvailableInRegionException",
        "The Service Quotas template is not available in this Amazon Web Services Region.",
    )


def template_not_in_use() -> Refusal:
    """The organization does not use its template."""
    # evidence: model; words: the model's documentation of the shape
    return Refusal(
        "ServiceQuotaTemplateNotInUseException",
        "The quota request template is not associated with your organization.",
    )


def template_full(most: int) -> Refusal:
    """The template has as many entries as it may."""
    # evidence: https://docs.aws.amazon.com/servicequotas/latest/userguide/organization-templates.html; words: guess
    return Refusal("QuotaExceededException", f"You can add up to {most} quotas to the template.")
