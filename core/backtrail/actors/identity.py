"""Who acts: the actor of a record, and the account that the record belongs to.

All types of userIdentity are read, https://docs.aws.amazon.com/awscloudtrail/latest/userguide/
cloudtrail-event-reference-user-identity.html; what a record leaves out is None, never a guess. Who stands
behind a session is `backtrail.sessions`' business.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, cast

import msgspec

from backtrail.mentions.identifiers import parse

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Object: TypeAlias = dict[str, Json]

_NOBODY: Object = {}
_SERVICE = "AWSService"
_ANONYMOUS = "ANONYMOUS_PRINCIPAL"
_SIGN_IN = "signin.amazonaws.com"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who made a call, read from userIdentity.

    `kind` is userIdentity's type (`AWSService` where a service event has none, `Instance` for the machine
    behind a session), `name` is short and for people; `issuer` is the ARN of the role or user that a
    session is of.
    """

    kind: str
    name: str
    arn: str | None = None
    account: str | None = None
    principal: str | None = None
    access_key: str | None = None
    session: str | None = None  # the session's name
    began: str | None = None  # when the session began, as written
    issuer: str | None = None
    invoked_by: str | None = None  # the service that acts for the caller
    source_identity: str | None = None
    provider: str | None = None  # of a web, SAML or directory identity
    on_behalf_of: str | None = None  # the Identity Center user behind it
    console: bool = False
    mfa: bool = False

    @property
    def session_key(self) -> tuple[str | None, str, str | None, str | None]:
        """One session, however many access keys it used: (account, kind, principal, beginning)."""
        return self.account, self.kind, self.principal, self.began


def actor(record: Mapping[str, object]) -> Actor:
    """The actor of any record; `Unknown` where the record tells nothing."""
    identity = obj(cast(Json, record.get("userIdentity")))
    context = obj(identity.get("sessionContext"))
    attributes, issuer = obj(context.get("attributes")), obj(context.get("sessionIssuer"))
    extra = obj(cast(Json, record.get("additionalEventData")))
    kind = text(identity.get("type")) or (_SERVICE if identity.get("invokedBy") else "Unknown")
    arn, principal = text(identity.get("arn")), text(identity.get("principalId"))
    behalf = text(obj(identity.get("onBehalfOf")).get("userId"))
    return Actor(
        kind=kind,
        name=_name(kind, identity, issuer, text(extra.get("UserName")), behalf),
        arn=arn,
        account=_account(identity, arn),
        principal=principal,
        access_key=text(identity.get("accessKeyId")),
        session=_session(kind, arn, principal),
        began=text(attributes.get("creationDate")),
        issuer=text(issuer.get("arn")),
        invoked_by=text(identity.get("invokedBy")),
        source_identity=text(context.get("sourceIdentity")),
        provider=text(identity.get("identityProvider"))
        or text(obj(context.get("webIdFederationData")).get("federatedProvider")),
        on_behalf_of=behalf,
        console=_from_console(record, identity),
        mfa=_yes(attributes.get("mfaAuthenticated")) or extra.get("MFAUsed") == "Yes",
    )


def named(arn: str) -> Actor:
    """The actor that an ARN alone tells of (a role switch names the one who switched)."""
    parsed = parse(arn)
    kinds = {
        "user": "IAMUser",
        "role": "Role",
        "assumedrole": "AssumedRole",
        "federateduser": "FederatedUser",
    }
    kind = "Root" if arn.endswith(":root") else kinds.get(parsed.kind if parsed else "", "Unknown")
    name = "root" if kind == "Root" else _tail(arn, 2 if kind == "AssumedRole" else 1)
    account = parsed.account if parsed else ""
    return Actor(kind=kind, name=name, arn=arn, account=account or None, session=_session(kind, arn, None))


def recipient(record: Mapping[str, object]) -> str | None:
    """The account that a record belongs to: who received it, else who called, else whose ARNs it names."""
    account = text(cast(Json, record.get("recipientAccountId")))
    if account:
        return account
    identity = obj(cast(Json, record.get("userIdentity")))
    account = _account(identity, text(identity.get("arn")))
    if account and account != _ANONYMOUS:
        return account
    resources = cast(Json, record.get("resources"))
    for entry in resources if isinstance(resources, list) else []:
        stated = text(obj(entry).get("accountId")) or _arn_account(text(obj(entry).get("ARN")))
        if stated:
            return stated
    for part in ("requestParameters", "responseElements", "serviceEventDetails", "additionalEventData"):
        found = _any_account(cast(Json, record.get(part)))
        if found:
            return found
    return None


def obj(value: Json) -> Object:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else _NOBODY


def text(value: Json) -> str | None:
    """The value if it is a text that says something, else None."""
    return value if isinstance(value, str) and value else None


def _yes(value: Json) -> bool:
    return value is True or value == "true"


def _from_console(record: Mapping[str, object], identity: Object) -> bool:
    return (
        _yes(cast(Json, record.get("sessionCredentialFromConsole")))
        or identity.get("invokedBy") == _SIGN_IN  # how the console showed before 2022
        or record.get("eventType") in ("AwsConsoleSignIn", "AwsConsoleAction")
    )


def _account(identity: Object, arn: str | None) -> str | None:
    issuer = obj(obj(identity.get("sessionContext")).get("sessionIssuer"))
    return text(identity.get("accountId")) or _arn_account(arn) or text(issuer.get("accountId"))


def _arn_account(arn: str | None) -> str | None:
    parts = arn.split(":", 5) if arn and arn.startswith("arn:") else []
    return parts[4] if len(parts) == 6 and parts[4].isdigit() else None


def _any_account(value: Json, levels: int = 16) -> str | None:
    """The account of the first ARN in sight."""
    if isinstance(value, str):
        return _arn_account(value)
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for inner in inside if levels else ():
        found = _any_account(inner, levels - 1)
        if found:
            return found
    return None


def _tail(arn: str, parts: int) -> str:
    return "/".join(arn.rpartition(":")[2].split("/")[-parts:])


def _session(kind: str, arn: str | None, principal: str | None) -> str | None:
    """The session's name: what stands after the role in the ARN, or after the id in the principal."""
    if kind not in ("AssumedRole", "FederatedUser"):
        return None
    if arn and ":role/" not in arn and arn.count("/") >= (2 if kind == "AssumedRole" else 1):
        return arn.rpartition("/")[2] or None
    return principal.partition(":")[2] or None if principal else None


def _name(kind: str, identity: Object, issuer: Object, spoken: str | None, behalf: str | None) -> str:
    """What people call the actor."""
    arn, principal, user = (text(identity.get(key)) for key in ("arn", "principalId", "userName"))
    account, service = text(identity.get("accountId")), text(identity.get("invokedBy"))
    if kind == "Root":
        return "root"
    if kind == _SERVICE:
        return service or "AWS"
    if kind == "AWSAccount":
        return (
            "anonymous" if account == _ANONYMOUS else f"account {account}" if account else "another account"
        )
    if kind == "AssumedRole":
        role = text(issuer.get("userName"))
        if arn and "assumed-role/" in arn:
            return arn.partition("assumed-role/")[2]
        if role is None and arn and ":role/" in arn:  # a service that acts with a role, but without a session
            role = _tail(arn, 1)
        session = _session(kind, arn, principal)
        return "/".join(part for part in (role, session) if part) or user or principal or "a role"
    tail = _tail(arn, 1) if arn and "/" in arn else None
    return user or spoken or tail or behalf or principal or service or "unknown"
