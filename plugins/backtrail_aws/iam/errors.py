"""IAM's refusals, in IAM's words. The line above each says where the words come from.

`model`: code and status are the service model's. `record`: a real CloudTrail record has these words. `issue URL`: an
answer of AWS that somebody quoted. `guess`: the code is the documented one, the words are ours.
"""

from __future__ import annotations

from backtrail import Refusal

NOT_FOUND, CONFLICT = 404, 409


def no_such_entity(message: str) -> Refusal:
    """Something is not there."""
    # evidence: model; the words are the caller's
    return Refusal("NoSuchEntity", message, status=NOT_FOUND)


def already_exists(message: str) -> Refusal:
    """Something is there already."""
    # evidence: model; the words are the caller's
    return Refusal("EntityAlreadyExists", message, status=CONFLICT)


def conflict(message: str) -> Refusal:
    """Something stands in the way of a delete."""
    # evidence: model; the words are the caller's
    return Refusal("DeleteConflict", message, status=CONFLICT)


def no_entity(kind: str, name: str) -> Refusal:
    """No user, group or role of that name."""
    # evidence: record ListAttachedUserPolicies "The user with name TrailDiscover cannot be found."
    return no_such_entity(f"The {kind} with name {name} cannot be found.")


def no_instance_profile(name: str) -> Refusal:
    """No instance profile of that name."""
    # evidence: guess
    return no_such_entity(f"Instance Profile {name} cannot be found.")


def no_inline_policy(kind: str, name: str) -> Refusal:
    """The entity has no inline policy of that name."""
    # evidence: issue aws/aws-cli#6139 "The role policy with name AWSLambdaBasicExecutionRole cannot be found."
    return no_such_entity(f"The {kind} policy with name {name} cannot be found.")


def no_policy(arn: str) -> Refusal:
    """No managed policy of that ARN, or it is not attached where it should be detached."""
    # evidence: issue gruntwork-io/cloud-nuke#972 (NoSuchEntity in detaching); words: guess
    return no_such_entity(f"Policy {arn} was not found.")


def not_attachable(arn: str) -> Refusal:
    """No managed policy of that ARN to attach."""
    # evidence: issue hashicorp/terraform#31748 "Policy ... does not exist or is not attachable."
    return no_such_entity(f"Policy {arn} does not exist or is not attachable.")


def no_policy_version(arn: str, version: str) -> Refusal:
    """The policy has no such version."""
    # evidence: guess
    return no_such_entity(f"Policy {arn} version {version} does not exist or is not attachable.")


def no_boundary(kind: str, name: str) -> Refusal:
    """The entity has no permissions boundary to remove."""
    # evidence: guess
    return no_such_entity(f"{kind.capitalize()} {name} does not have a permissions boundary.")


def not_member(user: str, group: str) -> Refusal:
    """The user is not in the group."""
    # evidence: guess
    return no_such_entity(f"The user with name {user} is not in the group {group}.")


def not_in_profile(role: str, profile: str) -> Refusal:
    """The instance profile does not hold the role."""
    # evidence: guess
    return no_such_entity(f"The role with name {role} is not in the instance profile {profile}.")


def no_oidc_provider(arn: str) -> Refusal:
    """No OpenID Connect provider of that ARN."""
    # evidence: guess
    return no_such_entity(f"OpenIDConnect Provider not found for arn {arn}")


def no_saml_provider(arn: str) -> Refusal:
    """No SAML provider of that ARN."""
    # evidence: guess
    return no_such_entity(f"SAMLProvider not found for arn {arn}")


def no_account_alias(alias: str) -> Refusal:
    """The account does not have that alias."""
    # evidence: guess
    return no_such_entity(f"The account alias {alias} is not found.")


def no_deletion_task(task: str) -> Refusal:
    """No deletion of a service-linked role under that task id."""
    # evidence: guess
    return no_such_entity(f"Deletion task {task} cannot be found.")


def entity_exists(kind: str, name: str) -> Refusal:
    """There is a user, group or role of that name."""
    # evidence: issue port-labs/ocean#854 "Role with name ... already exists."
    return already_exists(f"{kind.capitalize()} with name {name} already exists.")


def instance_profile_exists(name: str) -> Refusal:
    """There is an instance profile of that name."""
    # evidence: issue hashicorp/terraform#4131 "Instance Profile my_profile already exists."
    return already_exists(f"Instance Profile {name} already exists.")


def policy_exists(name: str) -> Refusal:
    """There is a managed policy of that name, under whatever path."""
    # evidence: issue konstructio/kubefirst#855
    return already_exists(f"A policy called {name} already exists. Duplicate names are not allowed.")


def oidc_provider_exists(url: str) -> Refusal:
    """There is an OpenID Connect provider of that URL."""
    # evidence: issue daohoangson/bubby#9 "Provider with url https://... already exists."
    return already_exists(f"Provider with url {url} already exists.")


def saml_provider_exists(name: str) -> Refusal:
    """There is a SAML provider of that name."""
    # evidence: guess
    return already_exists(f"SAMLProvider with name {name} already exists.")


def must_first(what: str) -> Refusal:
    """Something belongs to what is to be deleted: "delete access keys"."""
    # evidence: issues hashicorp/terraform#8621 (login profile, access keys, MFA device), boto/boto#2960 (detach all
    # policies), rebuy-de/aws-nuke#671 (certificates), rebuy-de/aws-nuke#319 (remove referenced objects)
    return conflict(f"Cannot delete entity, must {what} first.")


def policy_attached() -> Refusal:
    """The policy is attached to somebody, or somebody's boundary."""
    # evidence: issue gruntwork-io/cloud-nuke#972 (DeleteConflict)
    return conflict("Cannot delete a policy attached to entities.")


def policy_has_versions() -> Refusal:
    """The policy has other versions than its default one."""
    # evidence: issue redradrat/aws-iam-operator#13
    return conflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
        "The default version is deleted with the policy."
    )


def default_version() -> Refusal:
    """A policy's default version cannot be deleted."""
    # evidence: issue redradrat/aws-iam-operator#13
    return conflict("Cannot delete the default version of a policy.")


def over_quota(name: str, limit: int) -> Refusal:
    """One more than a quota allows."""
    # evidence: issue ansible/workshops#1801 "Cannot exceed quota for InstanceProfilesPerAccount: 1000"
    return Refusal("LimitExceeded", f"Cannot exceed quota for {name}: {limit}", status=CONFLICT)


def inline_too_large(kind: str, name: str, limit: int) -> Refusal:
    """The inline policies of one entity are too large together."""
    # evidence: issue danvk/mapsnap#483 "Maximum policy size of 2048 bytes exceeded for user mapsnap-mirror"
    message = f"Maximum policy size of {limit} bytes exceeded for {kind} {name}"
    return Refusal("LimitExceeded", message, status=CONFLICT)


def too_many_versions(limit: int) -> Refusal:
    """The policy has as many versions as it may have."""
    # evidence: issue 99designs/iamy#21
    message = (
        f"A managed policy can have up to {limit} versions. Before you create a new version, you must delete an "
        "existing version."
    )
    return Refusal("LimitExceeded", message, status=CONFLICT)


def too_many_tags(limit: int) -> Refusal:
    """More tags than a resource may have."""
    # evidence: guess
    return Refusal(
        "LimitExceeded", f"The number of tags has reached the maximum limit of {limit}.", status=CONFLICT
    )


def malformed_policy(message: str) -> Refusal:
    """A policy document breaks the grammar."""
    # evidence: model; the words are documents.py's
    return Refusal("MalformedPolicyDocument", message)


def invalid_input(message: str) -> Refusal:
    """A parameter that the model does not constrain is wrong."""
    # evidence: model; the words are the caller's
    return Refusal("InvalidInput", message)


def duplicate_tags() -> Refusal:
    """Two tags of one call have one key."""
    # evidence: issue terraform-aws-modules/terraform-aws-rds-aurora#189
    return invalid_input("Duplicate tag keys found. Please note that Tag keys are case insensitive.")


def reserved_tag() -> Refusal:
    """Tags that begin with `aws:` are AWS's."""
    # evidence: guess
    return invalid_input("Tag keys that begin with aws: are reserved for system use.")


def invalid_arn(arn: str) -> Refusal:
    """What should be the ARN of a policy is something else."""
    # evidence: issue boto/boto#2960 "ARN arn:aws:iam::...:role/... is not valid."
    return invalid_input(f"ARN {arn} is not valid.")


def aws_managed(arn: str, account_arn: str, action: str) -> Refusal:
    """AWS's own policies are read-only."""
    # evidence: issue cds-snc/dns#523 (the words of a denial that names a policy); that it is a denial: guess
    message = f"User: {account_arn} is not authorized to perform: iam:{action} on resource: policy {arn}"
    return Refusal("AccessDenied", message, status=403)


def session_without_mfa() -> Refusal:
    """IAM takes no session of a user without a second factor."""
    # evidence: guess (the code; the rule: IAM UserGuide id_credentials_sts-comparison.html)
    return Refusal(
        "InvalidClientTokenId", "The security token included in the request is invalid", status=403
    )


def not_a_user() -> Refusal:
    """A session has no user name of its own."""
    # evidence: issue mhausenblas/rbIAM#4
    return Refusal("ValidationError", "Must specify userName when calling with non-User credentials")


def invalid_marker() -> Refusal:
    """A Marker that no list gave."""
    # evidence: guess
    return Refusal("ValidationError", "Invalid Marker.")


def invalid(message: str) -> Refusal:
    """A parameter breaks a rule that the model does not tell."""
    # evidence: guess
    return Refusal("ValidationError", message)


def protected_role(name: str) -> Refusal:
    """A service-linked role is its service's."""
    # evidence: issue gruntwork-io/cloud-nuke#880
    return Refusal(
        "UnmodifiableEntity",
        f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS",
    )


def linked_role_exists(name: str) -> Refusal:
    """The service has its role."""
    # evidence: issue DataDog/pathfinding-labs#23
    return invalid_input(
        f"Service role name {name} has been taken in this account, please try a different suffix."
    )


def no_suffix(service: str) -> Refusal:
    """The service allows one role only."""
    # evidence: issue terraform-community-modules/tf_aws_elasticsearch#23
    return invalid_input(f"Custom suffix is not allowed for {service}")


def no_organization() -> Refusal:
    """The caller's account is in no organization."""
    # evidence: model; words: guess
    return Refusal(
        "OrganizationNotFoundException", "Your account is not a member of an organization.", status=NOT_FOUND
    )


def not_the_manager() -> Refusal:
    """The caller's account does not manage its organization."""
    # evidence: model; words: guess
    return Refusal(
        "CallerIsNotManagementAccountException",
        "The request was rejected because the account making the request is not the management account.",
    )
