"""IAM's refusals about credentials: keys, passwords, certificates, MFA devices. See `errors` for the evidence."""

from __future__ import annotations

from backtrail import Refusal
from backtrail_aws.iam.errors import CONFLICT, NOT_FOUND, already_exists, conflict, no_such_entity


def no_access_key(key: str) -> Refusal:
    """No such access key of that user."""
    # evidence: guess
    return no_such_entity(f"The Access Key with id {key} cannot be found.")


def no_login_profile(user: str) -> Refusal:
    """The user has no password."""
    # evidence: guess
    return no_such_entity(f"Login Profile for User {user} cannot be found.")


def no_password_policy(account: str) -> Refusal:
    """The account has no password policy of its own."""
    # evidence: issue turbot/steampipe-plugin-aws#369
    return no_such_entity(f"The Password Policy with domain name {account} cannot be found.")


def no_ssh_key(key: str) -> Refusal:
    """No such SSH public key of that user."""
    # evidence: guess
    return no_such_entity(f"The Public Key with id {key} cannot be found.")


def no_signing_certificate(certificate: str) -> Refusal:
    """No such signing certificate of that user."""
    # evidence: guess
    return no_such_entity(f"The Certificate with id {certificate} cannot be found.")


def no_server_certificate(name: str) -> Refusal:
    """No server certificate of that name."""
    # evidence: guess
    return no_such_entity(f"The Server Certificate with name {name} cannot be found.")


def no_service_credential(credential: str) -> Refusal:
    """No such service-specific credential of that user."""
    # evidence: guess
    return no_such_entity(f"No such credential {credential} exists")


def no_mfa_device(serial: str) -> Refusal:
    """No MFA device of that serial number."""
    # evidence: guess
    return no_such_entity(f"VirtualMFADevice with serial number {serial} doesn't exist.")


def mfa_not_enabled(serial: str) -> Refusal:
    """The MFA device is not this user's."""
    # evidence: guess
    return no_such_entity(f"Device with serial number {serial} is not enabled for the user.")


def login_profile_exists(user: str) -> Refusal:
    """The user has a password."""
    # evidence: guess
    return already_exists(f"Login Profile for user {user} already exists.")


def server_certificate_exists(name: str) -> Refusal:
    """There is a server certificate of that name."""
    # evidence: issue dlapiduz/certbot-s3front#17
    return already_exists(f"The Server Certificate with name {name} already exists.")


def mfa_device_exists() -> Refusal:
    """There is a virtual MFA device of that path and name."""
    # evidence: guess (an issue with that code: GSA/data.gov#1594)
    return already_exists("MFADevice entity at the same path and name already exists.")


def mfa_device_in_use(serial: str) -> Refusal:
    """The MFA device is somebody's already."""
    # evidence: guess
    return already_exists(f"MFA device {serial} is already in use.")


def mfa_device_held() -> Refusal:
    """The virtual MFA device is somebody's."""
    # evidence: guess
    return conflict("MFA VirtualDevice in use. Must deactivate first.")


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
    return Refusal(
        "DuplicateSSHPublicKey", "The SSH public key is already associated with the specified IAM user."
    )


def bad_ssh_key() -> Refusal:
    """A public key that is none."""
    # evidence: model; words: guess
    return Refusal("InvalidPublicKey", "The public key is malformed or otherwise invalid.")


def ssh_encoding() -> Refusal:
    """A key in an encoding that is neither SSH nor PEM."""
    # evidence: model; words: guess
    return Refusal(
        "UnrecognizedPublicKeyEncoding", "The public key encoding format is unsupported or unrecognized."
    )


def unsupported_service(service: str) -> Refusal:
    """The service has no credentials of its own."""
    # evidence: model; words: guess
    return Refusal(
        "NotSupportedService",
        f"No such service {service} is supported for service specific credentials",
        status=NOT_FOUND,
    )


def no_report() -> Refusal:
    """No credential report was asked for."""
    # evidence: model; words: guess
    return Refusal("ReportNotPresent", "No report found. Please generate a new report.", status=410)


def old_report() -> Refusal:
    """The credential report is too old to be given."""
    # evidence: model; words: guess
    return Refusal("ReportExpired", "Report has expired. Please generate a new report.", status=410)


def server_certificate_in_use(certificate: object, user: str) -> Refusal:
    """A load balancer or a distribution has the certificate."""
    # evidence: guess
    return conflict(
        f"Certificate: {certificate} is currently in use by {user}. Please remove it first before deleting it from IAM."
    )
