"""STS as boto3 sees it, over a real socket: sessions that sign their own calls."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

Client = Callable[..., Any]
ACCOUNT = "123456789012"
EVERYTHING = "arn:aws:iam::aws:policy/AdministratorAccess"


def trust(kind: str, principal: str) -> str:
    """A trust policy."""
    statement = {"Effect": "Allow", "Principal": {kind: principal}, "Action": "sts:*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def role(
    client: Client, name: str, kind: str = "AWS", principal: str = f"arn:aws:iam::{ACCOUNT}:root"
) -> str:
    """The ARN of a new role that may do everything."""
    made = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust(kind, principal))
    client("iam").attach_role_policy(RoleName=name, PolicyArn=EVERYTHING)
    arn: str = made["Role"]["Arn"]
    return arn


def used(client: Client, service: str, given: dict[str, Any]) -> Any:
    """A client with the credentials of a session."""
    return client(
        service, key=given["AccessKeyId"], secret=given["SecretAccessKey"], token=given["SessionToken"]
    )


def test_everybody_is_somebody(client: Client) -> None:
    """An unknown key is the root of the default account, 12 digits are that account's root."""
    assert client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert client("sts", key="111122223333").get_caller_identity()["Account"] == "111122223333"


def test_a_role_is_assumed_and_used(client: Client) -> None:
    """The session signs; a wrong secret or token does not pass."""
    arn = role(client, "worker")
    answer = client("sts").assume_role(RoleArn=arn, RoleSessionName="me", Tags=[{"Key": "a", "Value": "b"}])
    given = answer["Credentials"]
    assert given["Expiration"].timestamp() == pytest.approx(time.time() + 3600, abs=60)
    session = used(client, "sts", given)
    assert session.get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/me"
    assert session.get_access_key_info(AccessKeyId=given["AccessKeyId"])["Account"] == ACCOUNT
    used(client, "sqs", given).create_queue(QueueName="made-by-a-session")
    with pytest.raises(ClientError) as refused:
        used(client, "sts", {**given, "SecretAccessKey": "x" * 40}).get_caller_identity()
    assert refused.value.response["Error"]["Code"] == "SignatureDoesNotMatch"
    with pytest.raises(ClientError) as refused:
        used(client, "sts", {**given, "SessionToken": "IQoJb3JpZ2luX2VjE"}).get_caller_identity()
    assert refused.value.response["Error"]["Code"] == "InvalidClientTokenId"


def test_a_chain_is_short(client: Client) -> None:
    """A session of a session lasts an hour at most; a role that is not there is denied."""
    first = client("sts").assume_role(RoleArn=role(client, "one"), RoleSessionName="me")["Credentials"]
    two = role(client, "two")
    session = used(client, "sts", first)
    session.assume_role(RoleArn=two, RoleSessionName="me")
    with pytest.raises(ClientError) as refused:
        session.assume_role(RoleArn=two, RoleSessionName="me", DurationSeconds=3601)
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    with pytest.raises(ClientError) as refused:
        session.assume_role(RoleArn=two + "x", RoleSessionName="me")
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    with pytest.raises(ClientError) as refused:
        session.get_session_token()
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    scoped = session.get_scoped_credentials(DurationSeconds=60)["Credentials"]
    assert used(client, "sts", scoped).get_caller_identity()["Arn"].endswith("assumed-role/one/me")


def test_a_users_sessions(client: Client) -> None:
    """A session of the user itself, and one of a federated user."""
    iam = client("iam")
    iam.create_user(UserName="ann")
    iam.attach_user_policy(UserName="ann", PolicyArn=EVERYTHING)
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    sts = client("sts", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    own = sts.get_session_token(DurationSeconds=900)["Credentials"]
    assert used(client, "sts", own).get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/ann"
    federated = sts.get_federation_token(Name="bob")
    assert federated["FederatedUser"]["FederatedUserId"] == f"{ACCOUNT}:bob"
    who = used(client, "sts", federated["Credentials"]).get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:federated-user/bob"


def test_a_web_identity_needs_no_signature(client: Client) -> None:
    """A token of a provider that IAM knows opens a session; an old one does not."""
    iam = client("iam")
    provider = iam.create_open_id_connect_provider(
        Url="https://token.example.com", ClientIDList=["app"], ThumbprintList=["a" * 40]
    )["OpenIDConnectProviderArn"]
    arn = role(client, "worker", "Federated", provider)
    sts = client("sts", config=Config(signature_version=UNSIGNED))

    def token(expires: float) -> str:
        parts = [
            {"alg": "RS256"},
            {"iss": "https://token.example.com", "sub": "u", "aud": "app", "exp": expires},
        ]
        return ".".join(
            [*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts), "c2ln"]
        )

    call = {"RoleArn": arn, "RoleSessionName": "pod"}
    answer = sts.assume_role_with_web_identity(WebIdentityToken=token(time.time() + 600), **call)
    assert (answer["SubjectFromWebIdentityToken"], answer["Provider"]) == ("u", provider)
    who = used(client, "sts", answer["Credentials"]).get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/pod"
    with pytest.raises(sts.exceptions.ExpiredTokenException):
        sts.assume_role_with_web_identity(WebIdentityToken=token(time.time() - 600), **call)
    with pytest.raises(sts.exceptions.InvalidIdentityTokenException):
        sts.assume_role_with_saml(
            RoleArn=arn, PrincipalArn=f"arn:aws:iam::{ACCOUNT}:saml-provider/none", SAMLAssertion="bm9uZQ=="
        )


def test_an_assertion_opens_a_session(client: Client) -> None:
    """A SAML response, as a browser would post it."""
    issuer = "https://idp.example.com"
    metadata = (
        f'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{issuer}"><IDPSSODescriptor/>'
        f"<!--{'x' * 1000}--></EntityDescriptor>"
    )
    provider = client("iam").create_saml_provider(Name="corp", SAMLMetadataDocument=metadata)[
        "SAMLProviderArn"
    ]
    arn = role(client, "worker", "Federated", provider)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    prefix = "https://aws.amazon.com/SAML/Attributes/"
    attributes = "".join(
        f'<Attribute Name="{prefix}{name}"><AttributeValue>{value}</AttributeValue></Attribute>'
        for name, value in (("Role", f"{arn},{provider}"), ("RoleSessionName", "ann"))
    )
    text = (
        f'<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" IssueInstant="{now}">'
        f"<Issuer>{issuer}</Issuer><Subject><NameID>ann</NameID></Subject><AttributeStatement>{attributes}</AttributeStatement></Assertion>"
    )
    sts = client("sts", config=Config(signature_version=UNSIGNED))
    answer = sts.assume_role_with_saml(
        RoleArn=arn, PrincipalArn=provider, SAMLAssertion=base64.b64encode(text.encode()).decode()
    )
    assert (answer["Subject"], answer["Issuer"]) == ("ann", issuer)
    assert answer["AssumedRoleUser"]["Arn"].endswith("assumed-role/worker/ann")


def test_what_has_no_answer_here_is_refused(client: Client) -> None:
    """Messages that were never encoded, organizations that are not there, tokens for other clouds."""
    sts = client("sts", config=Config(retries={"max_attempts": 0}))
    with pytest.raises(sts.exceptions.InvalidAuthorizationMessageException):
        sts.decode_authorization_message(EncodedMessage="x")
    task = {"arn": "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"}
    with pytest.raises(ClientError) as refused:
        sts.assume_root(TargetPrincipal="111122223333", TaskPolicyArn=task)
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    with pytest.raises(sts.exceptions.OutboundWebIdentityFederationDisabledException):
        sts.get_web_identity_token(Audience=["a"], SigningAlgorithm="RS256")
    with pytest.raises(ClientError) as refused:
        sts.get_delegated_access_token(TradeInToken="x")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
