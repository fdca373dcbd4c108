"""IAM as boto3 sees it: every operation over a real socket."""

from __future__ import annotations

import base64
import csv
import hmac
import io
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from backtrail_aws.iam import api

Client = Callable[..., Any]

ACCOUNT = "123456789012"
EVERYTHING = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    ],
}
DOCUMENT, TRUSTED = json.dumps(ALLOW), json.dumps(TRUST)
TAG = [{"Key": "team", "Value": "a b/ü"}]


@pytest.fixture
def iam(client: Client) -> Any:
    """A client of the account's root."""
    return client("iam")


def refused(call: Callable[..., Any], **given: Any) -> tuple[str, int]:
    """The code and the status with which a call is refused."""
    with pytest.raises(ClientError) as error:
        call(**given)
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_a_users_life(iam: Any) -> None:
    """A user is made, read, tagged, renamed, listed in pages and deleted."""
    user = iam.create_user(UserName="Bob", Path="/x/", Tags=TAG)["User"]
    assert user["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/x/Bob"
    assert abs(user["CreateDate"] - datetime.now(UTC)) < timedelta(minutes=1)
    assert iam.get_user(UserName="bob")["User"]["Tags"] == TAG
    assert refused(iam.create_user, UserName="BOB") == ("EntityAlreadyExists", 409)
    iam.tag_user(UserName="Bob", Tags=[{"Key": "cost", "Value": "1"}])
    iam.untag_user(UserName="Bob", TagKeys=["team"])
    assert iam.list_user_tags(UserName="Bob")["Tags"] == [{"Key": "cost", "Value": "1"}]
    iam.update_user(UserName="Bob", NewUserName="Robert", NewPath="/")
    for number in range(5):
        iam.create_user(UserName=f"u{number}")
    pages = list(iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 4}))
    assert [len(page["Users"]) for page in pages] == [4, 2]
    assert iam.list_users(PathPrefix="/x/")["Users"] == []
    iam.delete_user(UserName="robert")
    assert refused(iam.get_user, UserName="Robert") == ("NoSuchEntity", 404)


def test_parameters_are_validated(iam: Any) -> None:
    """What the model forbids is refused in IAM's words before anything else."""
    with pytest.raises(
        ClientError, match="1 validation error detected: Value 'a b' at 'userName' failed"
    ) as error:
        iam.create_user(UserName="a b")
    assert error.value.response["Error"]["Code"] == "ValidationError"
    assert refused(iam.create_group, GroupName="g", Path="x")[0] == "ValidationError"
    assert refused(iam.list_users, Marker="made up")[0] == "ValidationError"


def test_groups(iam: Any) -> None:
    """Users come into groups and out of them; groups have policies of their own."""
    assert iam.create_group(GroupName="g", Path="/p/")["Group"]["GroupId"].startswith("AGPA")
    iam.create_user(UserName="u")
    iam.add_user_to_group(GroupName="g", UserName="u")
    assert [user["UserName"] for user in iam.get_group(GroupName="g")["Users"]] == ["u"]
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="u")["Groups"]] == ["g"]
    iam.attach_group_policy(GroupName="g", PolicyArn=READ_ONLY)
    attached = iam.list_attached_group_policies(GroupName="g")["AttachedPolicies"]
    assert attached == [{"PolicyName": "ReadOnlyAccess", "PolicyArn": READ_ONLY}]
    iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=DOCUMENT)
    assert iam.get_group_policy(GroupName="g", PolicyName="p")["PolicyDocument"] == ALLOW
    assert iam.list_group_policies(GroupName="g")["PolicyNames"] == ["p"]
    iam.update_group(GroupName="g", NewGroupName="h")
    assert [group["GroupName"] for group in iam.list_groups(PathPrefix="/p/")["Groups"]] == ["h"]
    assert refused(iam.delete_group, GroupName="h") == ("DeleteConflict", 409)
    iam.remove_user_from_group(GroupName="h", UserName="u")
    iam.detach_group_policy(GroupName="h", PolicyArn=READ_ONLY)
    iam.delete_group_policy(GroupName="h", PolicyName="p")
    iam.delete_group(GroupName="h")


def test_roles_and_instance_profiles(iam: Any) -> None:
    """A role is made, changed, put into an instance profile and taken out again."""
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUSTED, Description="d", Tags=TAG)["Role"]
    assert role["AssumeRolePolicyDocument"] == TRUST
    iam.update_role(RoleName="r", MaxSessionDuration=7200)
    assert iam.update_role_description(RoleName="r", Description="e")["Role"]["Description"] == "e"
    other = json.loads(TRUSTED.replace("ec2", "lambda"))
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=json.dumps(other))
    read = iam.get_role(RoleName="r")["Role"]
    assert (read["MaxSessionDuration"], read["AssumeRolePolicyDocument"]) == (7200, other)
    assert (read["Tags"], read["RoleLastUsed"]) == (TAG, {})
    iam.tag_role(RoleName="r", Tags=[{"Key": "k", "Value": ""}])
    iam.untag_role(RoleName="r", TagKeys=["team"])
    assert iam.list_role_tags(RoleName="r")["Tags"] == [{"Key": "k", "Value": ""}]
    assert [one["RoleName"] for one in iam.list_roles()["Roles"]] == ["r"]

    profile = iam.create_instance_profile(InstanceProfileName="p", Tags=TAG)["InstanceProfile"]
    assert profile["Roles"] == []
    iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")
    iam.tag_instance_profile(InstanceProfileName="p", Tags=[{"Key": "k", "Value": "v"}])
    iam.untag_instance_profile(InstanceProfileName="p", TagKeys=["team"])
    assert iam.list_instance_profile_tags(InstanceProfileName="p")["Tags"] == [{"Key": "k", "Value": "v"}]
    held = iam.get_instance_profile(InstanceProfileName="p")["InstanceProfile"]["Roles"]
    assert [one["RoleName"] for one in held] == ["r"]
    assert len(iam.list_instance_profiles_for_role(RoleName="r")["InstanceProfiles"]) == 1
    assert refused(iam.delete_role, RoleName="r") == ("DeleteConflict", 409)
    iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="r")
    iam.delete_instance_profile(InstanceProfileName="p")
    assert iam.list_instance_profiles()["InstanceProfiles"] == []
    iam.delete_role(RoleName="r")


def test_a_services_own_role(iam: Any) -> None:
    """A service-linked role is made, protected and deleted by a task."""
    role = iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")["Role"]
    assert role["RoleName"] == "AWSServiceRoleForECS"
    assert refused(iam.delete_role, RoleName="AWSServiceRoleForECS") == ("UnmodifiableEntity", 400)
    task = iam.delete_service_linked_role(RoleName="AWSServiceRoleForECS")["DeletionTaskId"]
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"


def test_policies(iam: Any) -> None:
    """Policies have versions, tags and users; documents come back as they were given."""
    arn = iam.create_policy(PolicyName="p", PolicyDocument=DOCUMENT, Description="d", Tags=TAG)["Policy"][
        "Arn"
    ]
    assert (
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=DOCUMENT)["PolicyVersion"]["VersionId"]
        == "v2"
    )
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"] == ALLOW
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [(one["VersionId"], one["IsDefaultVersion"]) for one in versions] == [("v2", True), ("v1", False)]
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "k", "Value": "v"}])
    iam.untag_policy(PolicyArn=arn, TagKeys=["team"])
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [{"Key": "k", "Value": "v"}]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["Description"] == "d"
    iam.create_user(UserName="u", PermissionsBoundary=arn)
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUSTED)
    iam.put_user_permissions_boundary(UserName="u", PermissionsBoundary=READ_ONLY)
    iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=arn)
    iam.attach_user_policy(UserName="u", PolicyArn=arn)
    iam.attach_role_policy(RoleName="r", PolicyArn=arn)
    found = iam.list_entities_for_policy(PolicyArn=arn)
    assert [one["UserName"] for one in found["PolicyUsers"]] == ["u"]
    assert [one["RoleName"] for one in found["PolicyRoles"]] == ["r"]
    assert [one["PolicyName"] for one in iam.list_policies(OnlyAttached=True)["Policies"]] == ["p"]
    assert len(iam.list_attached_user_policies(UserName="u")["AttachedPolicies"]) == 1
    assert len(iam.list_attached_role_policies(RoleName="r")["AttachedPolicies"]) == 1
    iam.detach_user_policy(UserName="u", PolicyArn=arn)
    iam.detach_role_policy(RoleName="r", PolicyArn=arn)
    iam.delete_user_permissions_boundary(UserName="u")
    assert refused(iam.delete_policy, PolicyArn=arn) == ("DeleteConflict", 409)
    iam.delete_role_permissions_boundary(RoleName="r")
    iam.delete_policy(PolicyArn=arn)
    assert refused(iam.create_policy, PolicyName="q", PolicyDocument="{}") == ("MalformedPolicyDocument", 400)


def test_inline_policies(iam: Any) -> None:
    """Users and roles have policies of their own."""
    iam.create_user(UserName="u")
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=DOCUMENT)
    assert iam.get_user_policy(UserName="u", PolicyName="p")["PolicyDocument"] == ALLOW
    assert iam.list_user_policies(UserName="u")["PolicyNames"] == ["p"]
    iam.delete_user_policy(UserName="u", PolicyName="p")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUSTED)
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=DOCUMENT)
    assert iam.get_role_policy(RoleName="r", PolicyName="p")["PolicyDocument"] == ALLOW
    assert iam.list_role_policies(RoleName="r")["PolicyNames"] == ["p"]
    iam.delete_role_policy(RoleName="r", PolicyName="p")


def test_access_keys(iam: Any, client: Client) -> None:
    """A key works with its secret, not with another, not when it is inactive or gone."""
    iam.create_user(UserName="u")
    iam.attach_user_policy(UserName="u", PolicyArn=EVERYTHING)
    key = iam.create_access_key(UserName="u")["AccessKey"]
    own = client("iam", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    assert own.get_user()["User"]["UserName"] == "u"
    assert [one["Status"] for one in own.list_access_keys()["AccessKeyMetadata"]] == ["Active"]
    assert iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["UserName"] == "u"
    wrong = client("iam", key=key["AccessKeyId"], secret="wrong")
    assert refused(wrong.get_user) == ("SignatureDoesNotMatch", 403)
    iam.update_access_key(UserName="u", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert refused(own.get_user) == ("InvalidClientTokenId", 403)
    iam.delete_access_key(UserName="u", AccessKeyId=key["AccessKeyId"])
    assert refused(own.get_user) == ("InvalidClientTokenId", 403)


def test_passwords(iam: Any, client: Client) -> None:
    """The account's policy decides on passwords; a user changes its own."""
    assert refused(iam.get_account_password_policy) == ("NoSuchEntity", 404)
    iam.update_account_password_policy(MinimumPasswordLength=12, AllowUsersToChangePassword=True)
    assert iam.get_account_password_policy()["PasswordPolicy"]["MinimumPasswordLength"] == 12
    iam.create_user(UserName="u")
    assert refused(iam.create_login_profile, UserName="u", Password="short")[0] == "PasswordPolicyViolation"
    iam.create_login_profile(UserName="u", Password="long enough 1", PasswordResetRequired=True)
    iam.update_login_profile(UserName="u", Password="long enough 2")
    key = iam.create_access_key(UserName="u")["AccessKey"]
    own = client("iam", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    iam.attach_user_policy(UserName="u", PolicyArn="arn:aws:iam::aws:policy/IAMUserChangePassword")
    own.change_password(OldPassword="long enough 2", NewPassword="long enough 3")
    assert iam.get_login_profile(UserName="u")["LoginProfile"]["PasswordResetRequired"] is False
    iam.delete_login_profile(UserName="u")
    iam.delete_account_password_policy()


def code(seed: bytes, step: int) -> str:
    """What an authenticator app shows (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(seed), step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 15
    return f"{(int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


def test_mfa(iam: Any, client: Client) -> None:
    """A virtual device is made, enabled with codes that an app would show, and proves a session to STS."""
    iam.create_user(UserName="u")
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="d", Tags=TAG)["VirtualMFADevice"]
    serial, seed = made["SerialNumber"], made["Base32StringSeed"]
    assert made["QRCodePNG"].startswith(b"\x89PNG")
    step = int(time.time()) // 30
    codes = {"AuthenticationCode1": code(seed, step), "AuthenticationCode2": code(seed, step + 1)}
    mine = {"UserName": "u", "SerialNumber": serial}
    wrong = {"AuthenticationCode1": "000000", "AuthenticationCode2": "000001"}
    assert refused(iam.enable_mfa_device, **mine, **wrong) == ("InvalidAuthenticationCode", 403)
    iam.enable_mfa_device(**mine, **codes)
    iam.resync_mfa_device(**mine, **codes)
    assert [one["SerialNumber"] for one in iam.list_mfa_devices(UserName="u")["MFADevices"]] == [serial]
    assert iam.get_mfa_device(SerialNumber=serial)["UserName"] == "u"
    devices = iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]
    assert devices[0]["User"]["UserName"] == "u"
    iam.tag_mfa_device(SerialNumber=serial, Tags=[{"Key": "k", "Value": "v"}])
    iam.untag_mfa_device(SerialNumber=serial, TagKeys=["team"])
    assert iam.list_mfa_device_tags(SerialNumber=serial)["Tags"] == [{"Key": "k", "Value": "v"}]

    key = iam.create_access_key(UserName="u")["AccessKey"]
    sts = client("sts", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    now = code(seed, int(time.time()) // 30)
    assert "Credentials" in sts.get_session_token(SerialNumber=serial, TokenCode=now)
    assert refused(sts.get_session_token, SerialNumber=serial, TokenCode="abcdef")[1] in (400, 403)
    iam.deactivate_mfa_device(**mine)
    iam.delete_virtual_mfa_device(SerialNumber=serial)


@cache
def key_pair() -> rsa.RSAPrivateKey:
    """A key for certificates and SSH."""
    return rsa.generate_private_key(65537, 2048)


@cache
def certificate() -> str:
    """A certificate signed by itself."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example.com")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key_pair().public_key(), 1, now, now + timedelta(days=9))
    return builder.sign(key_pair(), hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def test_certificates_and_keys(iam: Any) -> None:
    """Signing and server certificates and SSH public keys live their lives."""
    iam.create_user(UserName="u")
    signing = iam.upload_signing_certificate(UserName="u", CertificateBody=certificate())["Certificate"]
    iam.update_signing_certificate(UserName="u", CertificateId=signing["CertificateId"], Status="Inactive")
    assert iam.list_signing_certificates(UserName="u")["Certificates"][0]["Status"] == "Inactive"
    iam.delete_signing_certificate(UserName="u", CertificateId=signing["CertificateId"])

    public = key_pair().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    ssh = iam.upload_ssh_public_key(UserName="u", SSHPublicKeyBody=public)["SSHPublicKey"]
    mine = {"UserName": "u", "SSHPublicKeyId": ssh["SSHPublicKeyId"]}
    assert iam.get_ssh_public_key(**mine, Encoding="SSH")["SSHPublicKey"]["SSHPublicKeyBody"] == public
    iam.update_ssh_public_key(**mine, Status="Inactive")
    assert iam.list_ssh_public_keys(UserName="u")["SSHPublicKeys"][0]["Status"] == "Inactive"
    iam.delete_ssh_public_key(**mine)

    private = key_pair().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    made = iam.upload_server_certificate(
        ServerCertificateName="c", CertificateBody=certificate(), PrivateKey=private, Tags=TAG
    )
    assert made["ServerCertificateMetadata"]["ServerCertificateId"].startswith("ASCA")
    iam.update_server_certificate(ServerCertificateName="c", NewServerCertificateName="d")
    iam.tag_server_certificate(ServerCertificateName="d", Tags=[{"Key": "k", "Value": "v"}])
    iam.untag_server_certificate(ServerCertificateName="d", TagKeys=["team"])
    assert iam.list_server_certificate_tags(ServerCertificateName="d")["Tags"] == [{"Key": "k", "Value": "v"}]
    held = iam.get_server_certificate(ServerCertificateName="d")["ServerCertificate"]
    assert held["CertificateBody"].strip() == certificate().strip()
    assert len(iam.list_server_certificates()["ServerCertificateMetadataList"]) == 1
    iam.delete_server_certificate(ServerCertificateName="d")


def test_credentials_for_single_services(iam: Any) -> None:
    """A user's password for CodeCommit is made, reset, switched off and deleted."""
    iam.create_user(UserName="u")
    given = {"UserName": "u", "ServiceName": "codecommit.amazonaws.com"}
    made = iam.create_service_specific_credential(**given)["ServiceSpecificCredential"]
    mine = {"UserName": "u", "ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}
    again = iam.reset_service_specific_credential(**mine)["ServiceSpecificCredential"]
    assert again["ServicePassword"] != made["ServicePassword"]
    iam.update_service_specific_credential(**mine, Status="Inactive")
    listed = iam.list_service_specific_credentials(UserName="u")["ServiceSpecificCredentials"]
    assert [one["Status"] for one in listed] == ["Inactive"]
    iam.delete_service_specific_credential(**mine)


def test_identity_providers(iam: Any) -> None:
    """OpenID Connect and SAML providers live their lives."""
    url = "https://oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE"
    arn = iam.create_open_id_connect_provider(
        Url=url, ClientIDList=["a"], ThumbprintList=["0" * 40], Tags=TAG
    )["OpenIDConnectProviderArn"]
    mine = {"OpenIDConnectProviderArn": arn}
    iam.add_client_id_to_open_id_connect_provider(**mine, ClientID="b")
    iam.remove_client_id_from_open_id_connect_provider(**mine, ClientID="a")
    iam.update_open_id_connect_provider_thumbprint(**mine, ThumbprintList=["1" * 40])
    iam.update_open_id_connect_provider(**mine, IdentityCenterInstanceArn="arn:aws:sso:::instance/ssoins-1")
    held = iam.get_open_id_connect_provider(**mine)
    assert (held["Url"], held["ClientIDList"]) == (url.removeprefix("https://"), ["b"])
    iam.tag_open_id_connect_provider(**mine, Tags=[{"Key": "k", "Value": "v"}])
    iam.untag_open_id_connect_provider(**mine, TagKeys=["team"])
    assert iam.list_open_id_connect_provider_tags(**mine)["Tags"] == [{"Key": "k", "Value": "v"}]
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == [{"Arn": arn}]
    iam.delete_open_id_connect_provider(**mine)

    metadata = (
        '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="http://x">'
        f"<IDPSSODescriptor/><!--{'x' * 1000}--></EntityDescriptor>"
    )
    saml = iam.create_saml_provider(Name="adfs", SAMLMetadataDocument=metadata)["SAMLProviderArn"]
    iam.update_saml_provider(SAMLProviderArn=saml, SAMLMetadataDocument=metadata)
    iam.tag_saml_provider(SAMLProviderArn=saml, Tags=TAG)
    iam.untag_saml_provider(SAMLProviderArn=saml, TagKeys=["team"])
    assert iam.list_saml_provider_tags(SAMLProviderArn=saml)["Tags"] == []
    assert iam.get_saml_provider(SAMLProviderArn=saml)["SAMLMetadataDocument"] == metadata
    assert [one["Arn"] for one in iam.list_saml_providers()["SAMLProviderList"]] == [saml]
    iam.delete_saml_provider(SAMLProviderArn=saml)


def test_the_account(iam: Any) -> None:
    """Alias, summary, authorization details and credential report tell of the whole account."""
    iam.create_account_alias(AccountAlias="example")
    assert iam.list_account_aliases()["AccountAliases"] == ["example"]
    iam.delete_account_alias(AccountAlias="example")
    iam.set_security_token_service_preferences(GlobalEndpointTokenVersion="v2Token")
    iam.create_user(UserName="u", Tags=TAG)
    iam.attach_user_policy(UserName="u", PolicyArn=READ_ONLY)
    summary = iam.get_account_summary()["SummaryMap"]
    assert (summary["Users"], summary["GlobalEndpointTokenVersion"]) == (1, 2)
    details = iam.get_account_authorization_details()
    assert details["UserDetailList"][0]["AttachedManagedPolicies"][0]["PolicyArn"] == READ_ONLY
    assert details["Policies"][0]["PolicyVersionList"][0]["Document"]["Version"] == "2012-10-17"
    assert iam.generate_credential_report()["State"] == "STARTED"
    assert iam.generate_credential_report()["State"] == "COMPLETE"
    report = iam.get_credential_report()["Content"].decode()
    assert [row["user"] for row in csv.DictReader(io.StringIO(report))] == ["<root_account>", "u"]


def test_every_operation_is_told(iam: Any) -> None:
    """No operation that the plugin has is missing from these stories, those of permissions and of organizations."""
    files = ("test_iam.py", "test_permission_scenarios.py", "test_organizations.py")
    told = "".join((Path(__file__).parent / file).read_text() for file in files)
    methods = {action: method for method, action in iam.meta.method_to_api_mapping.items()}
    assert [action for action in api.ACTIONS if methods[action] not in told] == []
