"""Organizations' refusals, in its words. The line above each says where the words come from.

`model`: code and status are the service model's. `record`: a real CloudTrail record. `issue`: an answer of AWS that
somebody quoted. `guess`: the words are ours.
"""

from __future__ import annotations

from backtrail import Refusal


def not_in_use() -> Refusal:
    """The caller's account is in no organization."""
    # evidence: issue cloud-custodian/cloud-custodian#8106
    return Refusal("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")


def not_allowed() -> Refusal:
    """The caller's account does not manage the organization."""
    # evidence: issue aws-samples/aws-iam-access-key-auto-rotation#10
    return Refusal("AccessDeniedException", "You don't have permissions to access this resource.")


def already_member() -> Refusal:
    """The account is in an organization."""
    # evidence: issue hashicorp/terraform-provider-aws#30687
    return Refusal(
        "AlreadyInOrganizationException", "The AWS account is already a member of an organization."
    )


def not_empty() -> Refusal:
    """Accounts are still in the organization."""
    # evidence: model; words: guess
    return Refusal(
        "OrganizationNotEmptyException",
        "To delete an organization you must first remove all member accounts (except the management account).",
    )


def no_account() -> Refusal:
    """No such account in the organization."""
    # evidence: model; words: guess
    return Refusal("AccountNotFoundException", "You specified an account that doesn't exist.")


def account_closed() -> Refusal:
    """The account is closed already."""
    # evidence: model; words: guess
    return Refusal("AccountAlreadyClosedException", "The account that you specified is already closed.")


def no_unit() -> Refusal:
    """No such unit in the organization."""
    # evidence: model; words: guess
    return Refusal(
        "OrganizationalUnitNotFoundException", "You specified an organizational unit that doesn't exist."
    )


def no_parent(code: str = "ParentNotFoundException") -> Refusal:
    """No such root or unit; MoveAccount has codes of its own."""
    # evidence: model; words: guess
    return Refusal(code, "You specified parent that doesn't exist.")


def no_child() -> Refusal:
    """No such unit or account."""
    # evidence: model; words: guess
    return Refusal("ChildNotFoundException", "You specified a child that doesn't exist.")


def no_root() -> Refusal:
    """No such root."""
    # evidence: model; words: guess
    return Refusal("RootNotFoundException", "You specified a root that doesn't exist.")


def no_target() -> Refusal:
    """No such root, unit, account or policy."""
    # evidence: model; words: guess
    return Refusal("TargetNotFoundException", "You specified a target that doesn't exist.")


def no_policy() -> Refusal:
    """No such policy."""
    # evidence: model; words: guess
    return Refusal("PolicyNotFoundException", "You specified a policy that doesn't exist.")


def no_request() -> Refusal:
    """No such request to make an account."""
    # evidence: model; words: guess
    return Refusal(
        "CreateAccountStatusNotFoundException",
        "You specified an account creation request that doesn't exist.",
    )


def no_handshake() -> Refusal:
    """No such handshake, or none that concerns the caller."""
    # evidence: model; words: guess
    return Refusal("HandshakeNotFoundException", "You specified a handshake that doesn't exist.")


def handshake_over(state: str) -> Refusal:
    """The handshake has been answered, taken back, or has expired."""
    code = "HandshakeAlreadyInStateException" if state in ("ACCEPTED", "CANCELED", "DECLINED") else ""
    # evidence: model; words: guess
    return Refusal(
        code or "InvalidHandshakeTransitionException",
        f"The specified handshake is already in the requested state or cannot leave the state {state}.",
    )


def handshake_exists() -> Refusal:
    """The same invitation is open."""
    # evidence: model; words: guess
    return Refusal(
        "DuplicateHandshakeException", "A handshake with the same action and target already exists."
    )


def handshake_refused(reason: str, message: str) -> Refusal:
    """A handshake cannot be."""
    # evidence: model; words: each caller's
    return Refusal("HandshakeConstraintViolationException", message, Reason=reason)


def unit_exists() -> Refusal:
    """A unit of that name is there."""
    # evidence: model; words: guess
    return Refusal("DuplicateOrganizationalUnitException", "An OU with the same name already exists.")


def unit_not_empty() -> Refusal:
    """Accounts or units lie in the unit."""
    # evidence: model; words: guess
    return Refusal("OrganizationalUnitNotEmptyException", "The specified OU is not empty.")


def already_there() -> Refusal:
    """The account lies there already."""
    # evidence: model; words: guess
    return Refusal(
        "DuplicateAccountException", "That account is already present in the specified destination."
    )


def policy_exists() -> Refusal:
    """A policy of that name and type is there."""
    # evidence: issue aws-cloudformation/cloudformation-coverage-roadmap#2245
    return Refusal("DuplicatePolicyException", "A policy with the specified name and type already exists.")


def policy_in_use() -> Refusal:
    """The policy is attached."""
    # evidence: model; words: guess
    return Refusal("PolicyInUseException", "The policy is attached to one or more entities.")


def attached_already() -> Refusal:
    """The policy is attached to that target."""
    # evidence: model; words: guess
    return Refusal(
        "DuplicatePolicyAttachmentException",
        "The selected policy is already attached to the specified target.",
    )


def not_attached() -> Refusal:
    """The policy is not attached to that target."""
    # evidence: model; words: guess
    return Refusal("PolicyNotAttachedException", "The policy isn't attached to the specified target.")


def type_not_enabled(type: str) -> Refusal:
    """Policies of that type do not count here."""
    name = "".join(part.capitalize() for part in type.split("_"))
    # evidence: record docs-examples AttachPolicy
    return Refusal(
        "PolicyTypeNotEnabledException",
        f"The given policy type {name} is not enabled on the current view",
    )


def type_enabled() -> Refusal:
    """Policies of that type count already."""
    # evidence: model; words: guess
    return Refusal("PolicyTypeAlreadyEnabledException", "The specified policy type is already enabled.")


def type_not_available() -> Refusal:
    """Only an organization of all features has policies."""
    # evidence: model; words: guess
    return Refusal(
        "PolicyTypeNotAvailableForOrganizationException",
        "You can't use the specified policy type with the feature set currently enabled for this organization.",
    )


def aws_managed() -> Refusal:
    """Nobody changes AWS's policies."""
    # evidence: model (PolicyChangesInProgressException is another); words: guess
    return Refusal("AccessDeniedException", "You can't modify or delete an AWS managed policy.")


def malformed() -> Refusal:
    """A policy's content breaks the rules of its type."""
    # evidence: issue hashicorp/terraform-provider-aws#5872 (MalformedPolicyDocumentException with these words)
    return Refusal(
        "MalformedPolicyDocumentException",
        "The provided policy document does not meet the requirements of the specified policy type.",
    )


def no_effective_policy() -> Refusal:
    """Nothing of that type applies to the account."""
    # evidence: model; words: guess
    return Refusal(
        "EffectivePolicyNotFoundException",
        "The specified policy type has no effective policy for the specified account.",
    )


def no_resource_policy() -> Refusal:
    """The organization has no policy of its own."""
    # evidence: model; words: guess
    return Refusal("ResourcePolicyNotFoundException", "We can't find a resource-based delegation policy.")


def administrator_exists() -> Refusal:
    """The account administers the service already."""
    # evidence: model; words: guess
    return Refusal(
        "AccountAlreadyRegisteredException",
        "The specified account is already a delegated administrator for this AWS service.",
    )


def no_administrator() -> Refusal:
    """The account administers nothing."""
    # evidence: model; words: guess
    return Refusal(
        "AccountNotRegisteredException",
        "The specified account is not a delegated administrator for this AWS service.",
    )


def manager_stays() -> Refusal:
    """The management account does not leave."""
    # evidence: model; words: guess
    return Refusal(
        "MasterCannotLeaveOrganizationException",
        "The management account can't leave an organization. Delete the organization instead.",
    )


def constraint(reason: str, message: str) -> Refusal:
    """A limit or a rule of the organization stands against it."""
    # evidence: model; words: each caller's
    return Refusal("ConstraintViolationException", message, Reason=reason)


def too_many_attached(reason: str = "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED") -> Refusal:
    """The target has as many policies of the type as it may have."""
    # evidence: issue hashicorp/terraform-provider-aws#41493
    return constraint(reason, "You have attached the maximum number of policies to the specified target.")


def invalid(reason: str, message: str = "You specified an invalid value.") -> Refusal:
    """A parameter breaks a rule."""
    # evidence: model; words: issue hashicorp/terraform-provider-aws#26352 and others quote these
    return Refusal("InvalidInputException", message, Reason=reason)
