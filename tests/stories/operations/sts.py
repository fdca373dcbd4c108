"""STS: sessions of roles, of users, of who was proved elsewhere; and who one is."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

from ..driving import TIME, Kept, Made, Story, call, refused

ACCOUNT = "arn:aws:iam::123456789012"
EVERYTHING = "arn:aws:iam::aws:policy/AdministratorAccess"
ISSUER = "https://idp.example.com"
METADATA = (
    f'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{ISSUER}"><IDPSSODescriptor/>'
    f"<!--{'x' * 1000}--></EntityDescriptor>"
)
SUBJECT = (
    '<NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">ann</NameID>'
    '<SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
    '<SubjectConfirmationData Recipient="https://signin.aws.amazon.com/saml"/></SubjectConfirmation>'
)


def trust(kind: str, principal: str, action: str = "sts:AssumeRole") -> str:
    """A trust policy."""
    statement = {"Effect": "Allow", "Principal": {kind: principal}, "Action": action}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def token(expires: int = 4102444800) -> str:
    """A web identity token; nobody checks its signature here."""
    parts = [{"alg": "RS256"}, {"iss": "https://token.example.com", "sub": "u", "aud": "app", "exp": expires}]
    return ".".join(
        [*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts), "c2ln"]
    )


def assertion(role: str, provider: str) -> str:
    """A SAML response of this moment, as a browser would post it."""
    prefix, now = "https://aws.amazon.com/SAML/Attributes/", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    attributes = "".join(
        f'<Attribute Name="{prefix}{name}"><AttributeValue>{value}</AttributeValue></Attribute>'
        for name, value in (("Role", f"{role},{provider}"), ("RoleSessionName", "ann"))
    )
    text = (
        f'<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" IssueInstant="{now}">'
        f"<Issuer>{ISSUER}</Issuer><Subject>{SUBJECT}</Subject>"
        f"<AttributeStatement>{attributes}</AttributeStatement></Assertion>"
    )
    return base64.b64encode(text.encode()).decode()


TRUSTED, FEDERATED = (
    trust("AWS", f"{ACCOUNT}:root"),
    trust("Federated", f"{ACCOUNT}:oidc-provider/token.example.com", "sts:*"),
)
CORPORATE = trust("Federated", f"{ACCOUNT}:saml-provider/corp", "sts:*")
TOKEN = token()
ASSERTION = Made(lambda kept: assertion(f"{ACCOUNT}:role/worker", f"{ACCOUNT}:saml-provider/corp"))

STORIES = [
    Story(
        "sts",
        "a role is assumed",
        [
            call(
                "GetCallerIdentity",
                {},
                {
                    "UserId": "123456789012",
                    "Account": "123456789012",
                    "Arn": "arn:aws:iam::123456789012:root",
                },
            ),
            call(
                "iam:CreateRole",
                {"RoleName": "worker", "AssumeRolePolicyDocument": TRUSTED},
                {
                    "Role": {
                        "Path": "/",
                        "RoleName": "worker",
                        "RoleId": str,
                        "Arn": "arn:aws:iam::123456789012:role/worker",
                        "CreateDate": TIME,
                        "AssumeRolePolicyDocument": {
                            "Version": "2012-10-17",
                            "Statement": [
                                {
                                    "Effect": "Allow",
                                    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                                    "Action": "sts:AssumeRole",
                                }
                            ],
                        },
                    }
                },
            ),
            call("iam:AttachRolePolicy", {"RoleName": "worker", "PolicyArn": EVERYTHING}),
            call(
                "AssumeRole",
                {"RoleArn": "arn:aws:iam::123456789012:role/worker", "RoleSessionName": "me"},
                {
                    "Credentials": {
                        "AccessKeyId": str,
                        "SecretAccessKey": str,
                        "SessionToken": str,
                        "Expiration": TIME,
                    },
                    "AssumedRoleUser": {
                        "AssumedRoleId": str,
                        "Arn": "arn:aws:sts::123456789012:assumed-role/worker/me",
                    },
                },
                keeps={
                    "key": "Credentials.AccessKeyId",
                    "secret": "Credentials.SecretAccessKey",
                    "token": "Credentials.SessionToken",
                },
            ),
            call(
                "GetCallerIdentity",
                {},
                {
                    "UserId": str,
                    "Account": "123456789012",
                    "Arn": "arn:aws:sts::123456789012:assumed-role/worker/me",
                },
                who=("key", "secret", "token"),
            ),
            call(
                "GetAccessKeyInfo",
                {"AccessKeyId": Kept("key")},
                {"Account": "123456789012"},
                who=("key", "secret", "token"),
            ),
            call(
                "AssumeRole",
                {
                    "RoleArn": "arn:aws:iam::123456789012:role/worker",
                    "RoleSessionName": "me",
                    "DurationSeconds": 900,
                    "Policy": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
                    "SourceIdentity": "ann",
                    "Tags": [{"Key": "team", "Value": "red"}],
                },
                {
                    "Credentials": {
                        "AccessKeyId": str,
                        "SecretAccessKey": str,
                        "SessionToken": str,
                        "Expiration": TIME,
                    },
                    "AssumedRoleUser": {
                        "AssumedRoleId": str,
                        "Arn": "arn:aws:sts::123456789012:assumed-role/worker/me",
                    },
                    "PackedPolicySize": 11,
                    "SourceIdentity": "ann",
                },
            ),
            call(
                "GetScopedCredentials",
                {"DurationSeconds": 60},
                {
                    "Credentials": {
                        "AccessKeyId": str,
                        "SecretAccessKey": str,
                        "SessionToken": str,
                        "Expiration": TIME,
                    },
                    "SessionInfo": {
                        "ScopedSessionId": str,
                        "Arn": "arn:aws:sts::123456789012:assumed-role/worker/me",
                    },
                    "ScopedPoliciesCount": 0,
                },
                who=("key", "secret", "token"),
            ),
            refused(
                "AssumeRole",
                {"RoleArn": "arn:aws:iam::123456789012:role/other", "RoleSessionName": "me"},
                "AccessDenied",
            ),
        ],
    ),
    Story(
        "sts",
        "a user opens sessions of her own and of others",
        [
            call(
                "iam:CreateUser",
                {"UserName": "ann"},
                {
                    "User": {
                        "Path": "/",
                        "UserName": "ann",
                        "UserId": str,
                        "Arn": "arn:aws:iam::123456789012:user/ann",
                        "CreateDate": TIME,
                    }
                },
            ),
            call("iam:AttachUserPolicy", {"UserName": "ann", "PolicyArn": EVERYTHING}),
            call(
                "iam:CreateAccessKey",
                {"UserName": "ann"},
                {
                    "AccessKey": {
                        "UserName": "ann",
                        "AccessKeyId": str,
                        "Status": "Active",
                        "SecretAccessKey": str,
                        "CreateDate": TIME,
                    }
                },
                keeps={"key": "AccessKey.AccessKeyId", "secret": "AccessKey.SecretAccessKey"},
            ),
            call(
                "GetCallerIdentity",
                {},
                {"UserId": str, "Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/ann"},
                who=("key", "secret"),
            ),
            call(
                "GetSessionToken",
                {"DurationSeconds": 900},
                {
                    "Credentials": {
                        "AccessKeyId": str,
                        "SecretAccessKey": str,
                        "SessionToken": str,
                        "Expiration": TIME,
                    }
                },
                who=("key", "secret"),
            ),
            call(
                "GetFederationToken",
                {"Name": "bob", "DurationSeconds": 900},
                {
                    "Credentials": {
                        "AccessKeyId": str,
                        "SecretAccessKey": str,
                        "SessionToken": str,
                        "Expiration": TIME,
                    },
                    "FederatedUser": {
                        "FederatedUserId": "123456789012:bob",
                        "Arn": "arn:aws:sts::123456789012:federated-user/bob",
                    },
                },
                who=("key", "secret"),
            ),
        ],
    ),
    Story(
        "sts",
        "somebody who was proved elsewhere",
        [
            call(
                "iam:CreateOpenIDConnectProvider",
                {
                    "Url": "https://token.example.com",
                    "ClientIDList": ["app"],
                    "ThumbprintList": ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],
                },
                {"OpenIDConnectProviderArn": "arn:aws:iam::123456789012:oidc-provider/token.example.com"},
            ),
            call(
                "iam:CreateRole",
                {"RoleName": "worker", "AssumeRolePolicyDocument": FEDERATED},
                {
                    "Role": {
                        "Path": "/",
                        "RoleName": "worker",
                        "RoleId": str,
                        "Arn": "arn:aws:iam::123456789012:role/worker",
                        "CreateDate": TIME,
                        "AssumeRolePolicyDocument": {
                            "Version": "2012-10-17",
                            "Statement": [
                                {
                                    "Effect": "Allow",
                                    "Principal": {
                                        "Federated": "arn:aws:iam::123456789012:oidc-provider/token.example.com"
                                    },
                                    "Action": "sts:*",
                                }
                            ],
                        },
                    }
                },
            ),
            call(
                "AssumeRoleWithWebIdentity",
                {
                    "RoleArn": "arn:aws:iam::123456789012:role/worker",
                    "RoleSessionName": "pod",
                    "WebIdentityToken": TOKEN,
                },
                {
                    "Credentials": {
                        "AccessKeyId": str,
                        "SecretAccessKey": str,
                        "SessionToken": str,
                        "Expiration": TIME,
                    },
                    "SubjectFromWebIdentityToken": "u",
                    "AssumedRoleUser": {
                        "AssumedRoleId": str,
                        "Arn": "arn:aws:sts::123456789012:assumed-role/worker/pod",
                    },
                    "Provider": "arn:aws:iam::123456789012:oidc-provider/token.example.com",
                    "Audience": "app",
                },
                who=(),
            ),
            call(
                "iam:CreateSAMLProvider",
                {"Name": "corp", "SAMLMetadataDocument": METADATA},
                {"SAMLProviderArn": "arn:aws:iam::123456789012:saml-provider/corp"},
            ),
            call("iam:UpdateAssumeRolePolicy", {"RoleName": "worker", "PolicyDocument": CORPORATE}),
            call(
                "AssumeRoleWithSAML",
                {
                    "RoleArn": "arn:aws:iam::123456789012:role/worker",
                    "PrincipalArn": "arn:aws:iam::123456789012:saml-provider/corp",
                    "SAMLAssertion": ASSERTION,
                },
                {
                    "Credentials": {
                        "AccessKeyId": str,
                        "SecretAccessKey": str,
                        "SessionToken": str,
                        "Expiration": TIME,
                    },
                    "AssumedRoleUser": {
                        "AssumedRoleId": str,
                        "Arn": "arn:aws:sts::123456789012:assumed-role/worker/ann",
                    },
                    "Subject": "ann",
                    "SubjectType": "persistent",
                    "Issuer": "https://idp.example.com",
                    "Audience": "https://signin.aws.amazon.com/saml",
                    "NameQualifier": "Dvvz/N4JkMZg7cdrVwVaq7rrVnU=",
                },
                who=(),
            ),
        ],
    ),
    Story(
        "sts",
        "what has no answer here is refused",
        [
            refused(
                "DecodeAuthorizationMessage", {"EncodedMessage": "x"}, "InvalidAuthorizationMessageException"
            ),
            refused(
                "AssumeRoot",
                {
                    "TargetPrincipal": "111122223333",
                    "TaskPolicyArn": {"arn": "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"},
                },
                "AccessDenied",
            ),
            refused(
                "GetWebIdentityToken",
                {"Audience": ["a"], "SigningAlgorithm": "RS256"},
                "OutboundWebIdentityFederationDisabledException",
            ),
        ],
    ),
]
