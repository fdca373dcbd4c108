"""Rules that a what-if adds: policies for one principal or for all, service control policies, ready-made presets."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import msgspec

from backtrail.errors import BacktrailError
from backtrail.policy import BadPolicy, Document, document
from backtrail.whatif.asked import Asked

VERSION: Final = "2012-10-17"

# What a user without a second factor needs to get one,
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage.html
_TO_GET_MFA: Final = [
    "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:GetUser", "iam:GetMFADevice", "iam:ListMFADevices",
    "iam:ListVirtualMFADevices", "iam:ResyncMFADevice", "iam:ChangePassword", "sts:GetSessionToken",
    "sts:GetCallerIdentity",
]  # fmt: skip
_STOPS_LOGGING: Final = [
    "cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "cloudtrail:UpdateTrail", "cloudtrail:PutEventSelectors",
    "cloudtrail:DeleteEventDataStore", "config:StopConfigurationRecorder", "config:DeleteConfigurationRecorder",
    "config:DeleteDeliveryChannel", "guardduty:DeleteDetector", "guardduty:UpdateDetector", "ec2:DeleteFlowLogs",
    "securityhub:DisableSecurityHub",
]  # fmt: skip
PRESETS: Final = ("block-public-access", "require-mfa", "outside-addresses=CIDR,…", "deny-stop-logging")

_PUBLIC_ACLS: Final = ("public-read", "public-read-write", "authenticated-read")
_GRANTS: Final = (
    "AccessControlPolicy", "accessControlPolicy", "x-amz-grant-read", "x-amz-grant-write", "x-amz-grant-read-acp",
    "x-amz-grant-write-acp", "x-amz-grant-full-control",
)  # fmt: skip
_ALL_USERS: Final = ("global/AllUsers", "global/AuthenticatedUsers")


class BadRule(BacktrailError):
    """A rule that cannot be used: the words say why."""


class Said(msgspec.Struct, frozen=True):
    """What a rule says of a call. `why` names the rule and the statement, or the keys that nobody knows."""

    denies: bool = False
    allows: bool = False
    unknown: bool = False
    why: str = ""


SILENT: Final = Said()
Check = Callable[[Asked, Mapping[str, Any]], Said]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule: a policy's document, or a check of its own.

    `principal` (an ARN or a name) and `kinds` (of identities) narrow whom it is for; it is for nobody who is an AWS
    service, and for no service-linked role.
    """

    name: str
    document: Document | None = None
    check: Check | None = None
    principal: str = ""
    kinds: frozenset[str] = frozenset()

    def says(self, asked: Asked, record: Mapping[str, Any]) -> Said:
        """What it says of a call."""
        who = asked.who
        if who.kind == "AWSService" or "/aws-service-role/" in (who.issuer or who.arn or ""):
            return SILENT
        if self.kinds and who.kind not in self.kinds:
            return SILENT
        if self.principal and not _is(asked, self.principal):
            return SILENT
        if self.check is not None:
            return self.check(asked, record)
        assert self.document is not None
        return _of_document(self.name, self.document, asked)


def deny(*actions: str) -> Rule:
    """Deny actions to everybody, whatever the conditions: `iam:CreateRole`, `s3:*`."""
    for action in actions:
        if ":" not in action and action != "*":
            raise BadRule(
                f"{action!r} is no action: it is written as in policies, service:Action (iam:CreateRole, s3:*)"
            )
    statement = {"Effect": "Deny", "Action": list(actions), "Resource": "*"}
    return Rule(name=f"deny {', '.join(actions)}", document=_document("deny", [statement]))


def of_policy(name: str, text: str, *, principal: str = "") -> Rule:
    """A policy's text, attached to one principal, or (without one) a service control policy beside FullAWSAccess."""
    try:
        return Rule(name=name, document=document(text), principal=principal)
    except (BadPolicy, ValueError) as error:
        raise BadRule(f"{name}: {error}") from error


def preset(text: str) -> Rule:
    """A preset by its name. Raises `BadRule` for one that is not known."""
    name, _, value = text.partition("=")
    if value and name in PRESETS:
        raise BadRule(f"{name} takes no value, but {text!r} gives one")
    match name:
        case "block-public-access":
            return Rule(name=name, check=_blocks_public)
        case "require-mfa":
            statement: dict[str, Any] = {
                "Effect": "Deny", "NotAction": _TO_GET_MFA, "Resource": "*",
                "Condition": {
                    "BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "Bool": {"aws:ViaAWSService": "false"},
                },
            }  # fmt: skip
            kinds = frozenset({"IAMUser"})
        case "outside-addresses":
            statement = {
                "Effect": "Deny", "Action": "*", "Resource": "*",
                "Condition": {
                    "NotIpAddress": {"aws:SourceIp": _networks(value)}, "Bool": {"aws:ViaAWSService": "false"},
                },
            }  # fmt: skip
            kinds = frozenset[str]()
        case "deny-stop-logging":
            statement = {"Effect": "Deny", "Action": _STOPS_LOGGING, "Resource": "*"}
            kinds = frozenset[str]()
        case _:
            raise BadRule(f"there is no preset {name!r}; there is {', '.join(PRESETS)}")
    return Rule(name=text, document=_document(name, [statement]), kinds=kinds)


def _networks(text: str) -> list[str]:
    networks = [part.strip() for part in text.split(",") if part.strip()]
    if not networks:
        raise BadRule(
            "outside-addresses needs the addresses that are yours: outside-addresses=198.51.100.0/24,…"
        )
    for one in networks:
        try:
            ipaddress.ip_network(one, strict=False)
        except ValueError as error:
            raise BadRule(f"outside-addresses: {error}") from error
    return networks


def _document(name: str, statements: list[dict[str, Any]]) -> Document:
    named = [{"Sid": "".join(part.title() for part in name.split("-")), **one} for one in statements]
    return document(json.dumps({"Version": VERSION, "Statement": named}))


def _is(asked: Asked, principal: str) -> bool:
    """Whether a policy attached to this principal is the caller's: a role's is its sessions'."""
    who = asked.who
    names = [name for name in (who.arn, who.issuer) if name]
    if principal.startswith("arn:"):
        return principal in names
    role = (who.issuer or "").rpartition("/")[2]
    return principal in (
        who.name,
        role,
        *(name.rpartition("/")[2] for name in names[:1] if who.kind == "IAMUser"),
    )


def _of_document(name: str, policy: Document, asked: Asked) -> Said:
    """An explicit deny beats all; one that rests on keys that nobody knows is unknown."""
    asked.keys.unknown.clear()
    allowed, unsure = True, False
    for access in asked.accesses:
        found = False
        for resource in access.resources:
            for statement in policy.about(access.action):
                if statement.named:
                    continue
                covers = statement.covers(resource, asked.keys)
                if not covers:
                    unsure = unsure or (asked.guessed and not statement.allows)
                    continue
                if not statement.applies(asked.keys):
                    continue
                if statement.allows:
                    found = True
                elif not asked.keys.unknown:
                    sid = f" ({statement.sid})" if statement.sid else ""
                    return Said(denies=True, why=f"{name}{sid} denies {access.action}")
        allowed = allowed and found
    unknown = asked.keys.unknown
    if unknown or unsure:
        rests = (
            f"the keys {', '.join(sorted(unknown))}"
            if unknown
            else "a resource that the record does not name"
        )
        return Said(unknown=True, why=f"{name} rests on {rests}")
    return Said(allows=allowed, why=f"{name} allows it") if allowed else SILENT


# block public access, https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html


def _blocks_public(asked: Asked, record: Mapping[str, Any]) -> Said:
    if record.get("eventSource") != "s3.amazonaws.com":
        return SILENT
    name = str(record.get("eventName"))
    told = record.get("requestParameters")
    params = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
    if asked.who.name == "anonymous":
        return Said(
            denies=True, why="block-public-access (RestrictPublicBuckets): nobody without credentials gets in"
        )
    if name == "PutBucketPolicy":
        policy = params.get("bucketPolicy")
        if policy is None:
            return Said(unknown=True, why="block-public-access: the record does not tell the policy")
        if is_public(policy):
            return Said(
                denies=True, why="block-public-access (BlockPublicPolicy): the bucket policy is public"
            )
    if name in ("PutBucketAcl", "PutObjectAcl", "CreateBucket", "PutObject", "CopyObject"):
        acl = params.get("x-amz-acl")
        told_acls = cast("list[Any]", acl) if isinstance(acl, list) else [acl]
        canned = str(told_acls[0]) if told_acls else ""
        granted = json.dumps([value for key, value in params.items() if key in _GRANTS])
        if canned in _PUBLIC_ACLS or any(one in granted for one in _ALL_USERS):
            return Said(denies=True, why="block-public-access (BlockPublicAcls): the ACL is public")
    return SILENT


def is_public(policy: object) -> bool:
    """Whether a bucket policy grants to everybody, not narrowed to fixed values by a condition."""
    try:
        found = json.loads(policy) if isinstance(policy, str) else policy
    except ValueError:
        return False
    statements = cast("dict[str, Any]", found).get("Statement") if isinstance(found, dict) else None
    for one in cast("list[Any]", statements) if isinstance(statements, list) else [statements]:
        if not isinstance(one, dict):
            continue
        statement = cast("dict[str, Any]", one)
        principal = statement.get("Principal")
        named = cast("dict[str, Any]", principal).get("AWS") if isinstance(principal, dict) else principal
        everybody = named == "*" or (isinstance(named, list) and "*" in cast("list[Any]", named))
        if statement.get("Effect") == "Allow" and everybody and not _narrows(statement.get("Condition")):
            return True
    return False


# The keys that make a policy not public, from the page above.
_NARROWING: Final = frozenset(
    {
        "aws:sourceip", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount",
        "aws:userid", "aws:principalorgid", "aws:principalorgpaths", "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "s3:dataaccesspointarn", "s3:dataaccesspointaccount", "aws:principalaccount", "aws:principalarn",
    }
)  # fmt: skip


def _narrows(condition: object) -> bool:
    if not isinstance(condition, dict):
        return False
    for operator, keys in cast("dict[str, Any]", condition).items():
        if "Not" in operator or not isinstance(keys, dict):
            continue
        for key, value in cast("dict[str, Any]", keys).items():
            several = cast("list[Any]", value) if isinstance(value, list) else [value]
            wide = any(str(one) in ("*", "0.0.0.0/0", "::/0") for one in several)
            if key.lower() in _NARROWING and not wide:
                return True
    return False
