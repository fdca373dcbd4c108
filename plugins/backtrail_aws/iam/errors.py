"""IAM's refusals, in IAM's words. The line above each says where the words come from.

`model`: code and status are the service model's. `record`: a real CloudTrail record has these words. `issue URL`: an
answer of AWS that somebody quoted. `guess`: the code is the documented one, the words are ours.
"""

from __future__ import annotations

from backtrail import Refusal

NOT_FOUND, CONFLICT = 404, 409


def _no_such_entity(message: str) -> Refusal:
    return Refusal("NoSuchEntity", message, status=NOT_FOUND)


def _already_exists(message: str) -> Refusal:
    return Refusal("EntityAlreadyExists", message, status=CONFLICT)


def _conflict(message: str) -> Refusal:
    return Refusal("DeleteConflict", message, status=CONFLICT)


def no_entity(kind: str, name: str) -> Refusal:
    """No user, group or role of that name."""
    # evidence: record ListAttachedUserPolicies "The user with name TrailDiscover cannot be found."
    return _no_such_entity(f"The {kind} with name {name} cannot be found.")


def no_instance_profile(name: str) -> Refusal:
    """No instance profile of that name."""
    # evidence: guess
    return _no_such_entity(f"Instance Profile {name} cannot be found.")


def no_inline_policy(kind: str, name: str) -> Refusal:
    """The entity has no inline policy of that name."""
    # evidence: issue aws/aws-cli#6139 "The role policy with name AWSLambdaBasicExecutionRole cannot be found."
    return _no_such_entity(f"The {kind} policy with name {name} cannot be found.")


def no_policy(arn: str) -> Refusal:
    """No managed policy of that ARN, or it is not attached where it should be detached."""
    # evidence: issue gruntwork-io/cloud-nuke#972 (NoSuchEntity in detaching); words: guess
    return _no_such_entity(f"Policy {arn} was not found.")


def not_attachable(arn: str) -> Refusal:
    """No managed policy of that ARN to attach."""
    # evidence: issue hashicorp/terraform#31748 "Policy ... does not exist or is not attachable."
    return _no_such_entity(f"Policy {arn} does not exist or is not attachable.")


def no_policy_version(arn: str, version: str) -> Refusal:
    """The policy has no such version."""
    # evidence: guess
    return _no_such_entity(f"Policy {arn} version {version} does not exist or is not attachable.")


def no_boundary(kind: str, name: str) -> Refusal:
    """The entity has no permissions boundary to remove."""
    # evidence: guess
    return _no_such_entity(f"{kind.capitalize()} {name} does not have a permissions boundary.")


def not_member(user: str, group: str) -> Refusal:
    """The user is not in the group."""
    # evidence: guess
    return _no_such_entity(f"The user with name {user} is not in the group {group}.")


def not_in_profile(role: str, profile: str) -> Refusal:
    """The instance profile does not hold the role."""
    # evidence: guess
    return _no_such_entity(f"The role with name {role} is not in the instance profile {profile}.")


def no_access_key(key: str) -> Refusal:
    """No such access key of that user."""
    # evidence: guess
    return _no_such_entity(f"The Access Key with id {key} cannot be found.")


def no_login_profile(user: str) -> Refusal:
    """The user has no password."""
    # evidence: guess
    return _no_such_entity(f"Login Profile for User {user} cannot be found.")


def no_password_policy(account: str) -> Refusal:
    """The account has no password policy of its own."""
    # evidence: issue turbot/steampipe-plugin-aws#369
    return _no_such_entity(f"The Password Policy with domain name {account} cannot be found.")


def no_ssh_key(key: str) -> Refusal:
    """No such SSH public key of that user."""
    # evidence: guess
    return _no_such_entity(f"The Public Key with id {key} cannot be found.")


def no_signing_certificate(certificate: str) -> Refusal:
    """No such signing certificate of that user."""
    # evidence: guess
    return _no_such_entity(f"The Certificate with id {certificate} cannot be found.")


def no_server_certificate(name: str) -> Refusal:
    """No server certificate of that name."""
    # evidence: guess
    return _no_such_entity(f"The Server Certificate with name {name} cannot be found.")


def no_service_credential(credential: str) -> Refusal:
    """No such service-specific credential of that user."""
    # evidence: guess
    return _no_such_entity(f"No such credential {credential} exists")


def no_mfa_device(serial: str) -> Refusal:
    """No MFA device of that serial number."""
    # evidence: guess
    return _no_such_entity(f"VirtualMFADevice with serial number {serial} doesn't exist.")


def mfa_not_enabled(serial: str) -> Refusal:
    """The MFA device is not this user's."""
    # evidence: guess
    return _no_such_entity(f"Device with serial number {serial} is not enabled for the user.")


def no_oidc_provider(arn: str) -> Refusal:
    """No OpenID Connect provider of that ARN."""
    # evidence: guess
    return _no_such_entity(f"OpenIDConnect Provider not found for arn {arn}")


def no_saml_provider(arn: str) -> Refusal:
    """No SAML provider of that ARN."""
    # evidence: guess
    return _no_such_entity(f"SAMLProvider not found for arn {arn}")


def no_account_alias(alias: str) -> Refusal:
    """The account does not have that alias."""
    # evidence: guess
    return _no_such_entity(f"The account alias {alias} is not found.")


def no_deletion_task(task: str) -> Refusal:
    """No deletion of a service-linked role under that task id."""
    # evidence: guess
    return _no_such_entity(f"Deletion task {task} cannot be found.")


def entity_exists(kind: str, name: str) -> Refusal:
    """There is a user, group or role of that name."""
    # evidence: issue port-labs/ocean#854 "Role with name ... already exists."
    return _already_exists(f"{kind.capitalize()} with name {name} already exists.")


def instance_profile_exists(name: str) -> Refusal:
    """There is an instance profile of that name."""
    # evidence: issue hashicorp/terraform#4131 "Instance Profile my_profile already exists."
    return _already_exists(f"Instance Profile {name} already exists.")


def policy_exists(name: str) -> Refusal:
    """There is a managed policy of that name, under whatever path."""
    # evidence: issue konstructio/kubefirst#855
    return _already_exists(f"A policy called {name} already exists. Duplicate names are not allowed.")


def login_profile_exists(user: str) -> Refusal:
    """The user has a password."""
    # evidence: guess
    return _already_exists(f"Login Profile for user {user} already exists.")


def server_certificate_exists(name: str) -> Refusal:
    """There is a server certificate of that name."""
    # evidence: issue dlapiduz/certbot-s3front#17
    return _already_exists(f"The Server Certificate with name {name} already exists.")


def mfa_device_exists() -> Refusal:
    """There is a virtual MFA device of that path and name."""
    # evidence: guess (an issue with that code: GSA/data.gov#1594)
    return _already_exists("MFADevice entity at the same path and name already exists.")


def mfa_device_in_use(serial: str) -> Refusal:
    """The MFA device is somebody's already."""
    # evidence: guess
    return _already_exists(f"MFA device {serial} is already in use.")


def oidc_provider_exists(url: str) -> Refusal:
    """There is an OpenID Connect provider of that URL."""
    # evidence: issue daohoangson/bubby#9 "Provider with url https://... already exists."
    return _already_exists(f"Provider with url {url} already exists.")


def saml_provider_exists(name: str) -> Refusal:
    """There is a SAML provider of that name."""
    # evidence: guess
    return _already_exists(f"SAMLProvider with name {name} already exists.")


def must_first(what: str) -> Refusal:
    """Something belongs to what is to be deleted: "delete access keys"."""
    # evidence: issues hashicorp/terraform#8621 (login profile, access keys, MFA device), boto/boto#2960 (detach all
    # policies), rebuy-de/aws-nuke#671 (certificates), rebuy-de/aws-nuke#319 (remove referenced objects)
    return _conflict(f"Cannot delete entity, must {what} first.")


def policy_attached() -> Refusal:
    """The policy is attached to somebody, or somebody's boundary."""
    # evidence: issue gruntwork-io/cloud-nuke#972 (DeleteConflict)
    return _conflict("Cannot delete a policy attached to entities.")


def policy_has_versions() -> Refusal:
    """The policy has other versions than its default one."""
    # evidence: issue redradrat/aws-iam-operator#13
    return _conflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
        "The default version is deleted with the policy."
    )


def default_version() -> Refusal:
    """A policy's default version cannot be deleted."""
    # evidence: issue redradrat/aws-iam-operator#13
    return _conflict("Cannot delete the default version of a policy.")


def mfa_device_held() -> Refusal:
    """The virtual MFA device is somebody's."""
    # evidence: guess
    return _conflict("MFA VirtualDevice in use. Must deactivate first.")


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
    return Refusal("LimitExceeded", f"The number of tags has reached the maximum limit of {limit}.", status=CONFLICT)


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


def password_violation(message: str) -> Refusal:
    """The password breaks the account's password policy."""
    # evidence: model; words: guess
    return Refusal("PasswordPolicyViolation", message)


def wrong_password() -> Refusal:
    """The old password is another."""
    # evidence: guess
    return Refusal("AccessDenied", "The old password was incorrect.", status=403)


def may_not_change_password(arn: str, user: str) -> Refusal:
    """The account's password policy lets nobody change a password."""
    # evidence: record ChangePassword (the words of a denial)
    message = f"User: {arn} is not authorized to perform: iam:ChangePassword on resource: user {user}"
    return Refusal("AccessDenied", message, status=403)


def not_a_password_user() -> Refusal:
    """Only users have passwords to change."""
    # evidence: model (InvalidUserType); words: guess
    return Refusal("InvalidUserType", "Only IAM Users can change their own password")


def wrong_code() -> Refusal:
    """Two codes that the MFA device does not show one after the other at this time."""
    # evidence: guess
    return Refusal("InvalidAuthenticationCode", "Authentication code for device is not valid.", status=403)


def bad_certificate() -> Refusal:
    """A certificate that is no certificate."""
    # evidence: issue openshift/openshift-ansible#11214
    return Refusal(
        "MalformedCertificate", "Unable to parse certificate. Please ensure the certificate is in PEM format."
    )


def bad_private_key() -> Refusal:
    """A private key that is none."""
    # evidence: guess
    return Refusal(
        "MalformedCertificate", "Unable to parse private key. Please ensure the private key is in PEM format."
    )


def bad_chain(index: int) -> Refusal:
    """A chain that does not lead from the certificate upwards."""
    # evidence: issue mprahl/ansible-role-lets-encrypt-route-53#52
    return Refusal(
        "MalformedCertificate",
        "Unable to validate certificate chain. The certificate chain must start with the immediate signing "
        "certificate, followed by any intermediaries in order. "
        f"The index within the chain of the invalid certificate is: {index}",
    )


def key_mismatch() -> Refusal:
    """Certificate and private key are no pair."""
    # evidence: model; words: guess
    return Refusal("KeyPairMismatch", "Certificate and private key do not match.")


def duplicate_certificate() -> Refusal:
    """Somebody in the account has the certificate."""
    # evidence: model; words: guess
    return Refusal(
        "DuplicateCertificate", "The certificate is already associated with an IAM user.", status=CONFLICT
    )


def duplicate_ssh_key() -> Refusal:
    """The user has the public key."""
    # evidence: model; words: guess
    return Refusal("DuplicateSSHPublicKey", "The SSH public key is already associated with the specified IAM user.")


def bad_ssh_key() -> Refusal:
    """A public key that is none."""
    # evidence: model; words: guess
    return Refusal("InvalidPublicKey", "The public key is malformed or otherwise invalid.")


def ssh_encoding() -> Refusal:
    """A key in an encoding that is neither SSH nor PEM."""
    # evidence: model; words: guess
    return Refusal("UnrecognizedPublicKeyEncoding", "The public key encoding format is unsupported or unrecognized.")


def unsupported_service(service: str) -> Refusal:
    """The service has no credentials of its own."""
    # evidence: model; words: guess
    return Refusal(
        "NotSupportedService", f"No such service {service} is supported for service specific credentials", status=NOT_FOUND
    )


def no_report() -> Refusal:
    """No credential report was asked for."""
    # evidence: model; words: guess
    return Refusal("ReportNotPresent", "No report found. Please generate a new report.", status=410)


def old_report() -> Refusal:
    """The credential report is too old to be given."""
    # evidence: model; words: guess
    return Refusal("ReportExpired", "Report has expired. Please generate a new report.", status=410)
