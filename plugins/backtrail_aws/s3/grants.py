"""Access control lists, of buckets and objects: canned ones, grant headers and policies in a body.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html. `requested` reads what a request says,
`effective` what a resource has where nothing was said.
"""

from __future__ import annotations

import re
from typing import Protocol

from backtrail import UNSET, Refusal, UnsetType
from backtrail_aws.s3 import api, errors, limits
from backtrail_aws.s3.owners import canonical_id
from backtrail_aws.s3.state import Bucket

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
GROUPS = frozenset({ALL_USERS, AUTHENTICATED, LOG_DELIVERY})
ENFORCED = "BucketOwnerEnforced"

# The account that exec-read grants (EC2 reading an AMI bundle), the page above.
_EC2 = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c"
_PERMISSIONS = frozenset({"FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP"})
_GRANTEE = re.compile(r'\s*(id|uri|emailAddress)\s*=\s*"?([^",]*)"?\s*', re.IGNORECASE)
_ID = re.compile(r"[0-9a-f]{64}")

Acl = list[api.Grant] | UnsetType
"""What a bucket or an object grants; UNSET where nobody said."""


class AclHeaders(Protocol):
    """Parameters with a canned ACL and grant headers (`grant_write` on buckets alone)."""

    @property
    def acl(self) -> str | UnsetType: ...
    @property
    def grant_full_control(self) -> str | UnsetType: ...
    @property
    def grant_read(self) -> str | UnsetType: ...
    @property
    def grant_read_acp(self) -> str | UnsetType: ...
    @property
    def grant_write_acp(self) -> str | UnsetType: ...


def requested(
    params: AclHeaders, owner: str, bucket_owner: str, *, of_bucket: bool = False
) -> list[api.Grant] | UnsetType:
    """The grants that a request's headers ask for; UNSET where they are silent. `owner` is the resource's."""
    if _is_silent(params):
        return UNSET
    headers = _header_grants(params)
    if params.acl is not UNSET:
        if headers:
            # evidence: page ErrorResponses; words: guess
            raise errors.invalid_request("Specifying both Canned ACLs and Header Grants is not allowed")
        return canned(params.acl, owner, bucket_owner, of_bucket=of_bucket)
    return headers or UNSET


def canned(name: str, owner: str, bucket_owner: str, *, of_bucket: bool = False) -> list[api.Grant]:
    """The grants of a canned ACL. Refuses names that S3 does not have."""
    grants = [by_id(canonical_id(owner), "FULL_CONTROL")]
    further = {
        "private": [],
        "public-read": [by_group(ALL_USERS, "READ")],
        "public-read-write": [by_group(ALL_USERS, "READ"), by_group(ALL_USERS, "WRITE")],
        "authenticated-read": [by_group(AUTHENTICATED, "READ")],
        "aws-exec-read": [by_id(_EC2, "READ")],
    }
    if of_bucket:
        further["log-delivery-write"] = [by_group(LOG_DELIVERY, "WRITE"), by_group(LOG_DELIVERY, "READ_ACP")]
    else:
        other = owner != bucket_owner
        further["bucket-owner-read"] = [by_id(canonical_id(bucket_owner), "READ")] if other else []
        further["bucket-owner-full-control"] = (
            [by_id(canonical_id(bucket_owner), "FULL_CONTROL")] if other else []
        )
    if name not in further:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument("", "x-amz-acl", name)
    return grants + further[name]


def check_enabled(bucket: Bucket, params: AclHeaders) -> None:
    """Refuses ACLs where the bucket's are disabled, but for the one that says what holds anyway."""
    if bucket.ownership != ENFORCED or _is_silent(params):
        return
    if params.acl not in (UNSET, "bucket-owner-full-control") or _foreign(
        _header_grants(params), bucket.account
    ):
        raise errors.no_acls()


def check_public(bucket: Bucket, grants: list[api.Grant] | UnsetType) -> None:
    """Refuses public grants where the bucket blocks them (BlockPublicAcls)."""
    block = bucket.public_access_block
    if grants is UNSET or block is UNSET or block.block_public_acls is not True:
        return
    if is_public(grants):
        # evidence: page ErrorResponses; words: guess
        raise errors.access_denied()


def is_public(grants: list[api.Grant]) -> bool:
    """Whether everybody, or everybody with an account, is granted anything."""
    return any(
        grant.grantee is not UNSET and grant.grantee.uri in (ALL_USERS, AUTHENTICATED) for grant in grants
    )


def of_policy(policy: api.AccessControlPolicy, owner: str) -> list[api.Grant]:
    """The grants of an AccessControlPolicy, checked. The owner that it names must be the resource's."""
    if policy.owner is UNSET or policy.grants is UNSET:
        raise errors.malformed_xml()
    if policy.owner.id != canonical_id(owner):
        # evidence: page ErrorResponses; words: guess
        raise errors.access_denied()
    if len(policy.grants) > limits.GRANTS_MAX:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
        raise errors.invalid_request("The number of grants exceeds the maximum of 100")
    return [_checked(grant) for grant in policy.grants]


def effective(grants: list[api.Grant] | UnsetType, owner: str) -> list[api.Grant]:
    """What was granted, or the owner's own full control."""
    return [by_id(canonical_id(owner), "FULL_CONTROL")] if grants is UNSET else grants


def by_id(canonical: str, permission: str) -> api.Grant:
    """A grant to an account."""
    return api.Grant(grantee=api.Grantee(id=canonical, type="CanonicalUser"), permission=permission)


def by_group(uri: str, permission: str) -> api.Grant:
    """A grant to one of S3's groups."""
    return api.Grant(grantee=api.Grantee(uri=uri, type="Group"), permission=permission)


def allows(grants: list[api.Grant] | UnsetType, permission: str, account: str | None) -> bool:
    """Whether grants give a permission to an account; None is an anonymous caller."""
    if grants is UNSET:
        return False
    for grant in grants:
        grantee = grant.grantee
        if grantee is UNSET or grant.permission not in (permission, "FULL_CONTROL"):
            continue
        if grantee.uri == ALL_USERS or (account is not None and grantee.uri == AUTHENTICATED):
            return True
        if account is not None and grantee.id == canonical_id(account):
            return True
    return False


def _is_silent(params: AclHeaders) -> bool:
    """Whether a request says nothing of access, as nearly all do."""
    silent = params.acl is UNSET and params.grant_full_control is UNSET and params.grant_read is UNSET
    silent = silent and params.grant_read_acp is UNSET and params.grant_write_acp is UNSET
    return silent and getattr(params, "grant_write", UNSET) is UNSET


def _header_grants(params: AclHeaders) -> list[api.Grant]:
    named = (
        ("grant_full_control", "FULL_CONTROL"),
        ("grant_read", "READ"),
        ("grant_read_acp", "READ_ACP"),
        ("grant_write", "WRITE"),
        ("grant_write_acp", "WRITE_ACP"),
    )
    grants: list[api.Grant] = []
    for attribute, permission in named:
        text = getattr(params, attribute, UNSET)
        if isinstance(text, str):
            grants += [_of_header(part, permission, attribute) for part in text.split(",") if part.strip()]
    return grants


def _of_header(text: str, permission: str, attribute: str) -> api.Grant:
    found = _GRANTEE.fullmatch(text)
    name = "x-amz-" + attribute.replace("_", "-")
    if found is None:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument("Argument format not recognized", name, text)
    kind, value = found[1].lower(), found[2]
    if kind == "emailaddress":
        raise _no_email(value)
    if kind == "uri":
        _check_group(value)
        return by_group(value, permission)
    if not _ID.fullmatch(value):
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument("Invalid id", name, text)
    return by_id(value, permission)


def _checked(grant: api.Grant) -> api.Grant:
    grantee = grant.grantee
    if grantee is UNSET or grant.permission is UNSET or grant.permission not in _PERMISSIONS:
        raise errors.malformed_xml()
    if grantee.email_address is not UNSET:
        raise _no_email(grantee.email_address)
    if grantee.uri is not UNSET:
        _check_group(grantee.uri)
        return by_group(grantee.uri, grant.permission)
    if grantee.id is UNSET:
        raise errors.malformed_xml()
    if not _ID.fullmatch(grantee.id):
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument("Invalid id", "CanonicalUser/ID", grantee.id)
    return by_id(grantee.id, grant.permission)


def _check_group(uri: str) -> None:
    if uri not in GROUPS:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument("Invalid group uri", "uri", uri)


def _no_email(address: str) -> Refusal:
    """Grants by e-mail address ended on 1 October 2025."""
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
    return errors.refused(
        "UnresolvableGrantByEmailAddress",
        "The email address you provided does not match any account on record.",
        EmailAddress=address,
    )


def _foreign(grants: list[api.Grant], owner: str) -> bool:
    own = canonical_id(owner)
    return any(grant.grantee is UNSET or grant.grantee.id != own for grant in grants)
