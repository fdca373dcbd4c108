"""What S3 holds a bucket policy against before it keeps it.

The messages are S3's own as public sources quote them; https://docs.aws.amazon.com/AmazonS3/latest/userguide/
access-policy-language-overview.html and https://repost.aws/knowledge-center/s3-invalid-principal-in-policy-error.
Each statement is checked before the next, and the first fault is told.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from backtrail.trail.jsons import is_list, is_object
from backtrail_aws.s3 import limits, policy_actions
from backtrail_aws.s3.bucket_errors import malformed_policy
from backtrail_aws.s3.policy_document import Json, Statement, matches, parts, statement_of, texts, written

# evidence: page https://repost.aws/knowledge-center/s3-invalid-principal-in-policy-error (principals), issue
# https://github.com/aws/aws-cdk/issues/6708 (missing element), github.com/humanmade/S3-Uploads/issues/191 and 239
# (Principal, actions on resources); unknown fields, the pairs and Allow with NotPrincipal: guess
_TOP: Final = frozenset({"Version", "Id", "Statement"})
_ELEMENTS: Final = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
_PAIRS: Final = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))
_PRINCIPALS: Final = frozenset({"AWS", "Service", "CanonicalUser", "Federated"})
_AWS: Final = re.compile(
    r"\*|\d{12}|arn:aws[a-z-]*:(?:iam::\d{12}:(?:root|(?:user|role)/[\w+=,.@/-]+)"
    r"|sts::\d{12}:(?:assumed-role|federated-user)/[\w+=,.@/-]+"
    r"|iam::cloudfront:user/CloudFront Origin Access Identity \w+)"
)
_SERVICE: Final = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?")
_CANONICAL: Final = re.compile(r"[0-9a-f]{64}")

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
_OPERATORS: Final = frozenset(
    [
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
        "NumericEquals",
        "NumericNotEquals",
        "NumericLessThan",
        "NumericLessThanEquals",
        "NumericGreaterThan",
        "NumericGreaterThanEquals",
        "DateEquals",
        "DateNotEquals",
        "DateLessThan",
        "DateLessThanEquals",
        "DateGreaterThan",
        "DateGreaterThanEquals",
        "Bool",
        "BinaryEquals",
        "IpAddress",
        "NotIpAddress",
        "ArnEquals",
        "ArnLike",
        "ArnNotEquals",
        "ArnNotLike",
        "Null",
    ]
)
_LISTINGS: Final = frozenset({"s3:listbucket", "s3:listbucketversions"})
_LISTING_KEYS: Final = frozenset({"s3:prefix", "s3:delimiter", "s3:max-keys"})


def check(policy: str, bucket: str) -> None:
    """Refuses what is no policy for this bucket, with MalformedPolicy."""
    document = _document(policy)
    _check_top(document)
    for found in parts(document["Statement"]):
        if not is_object(found):
            # evidence: page ErrorResponses; words: guess
            raise malformed_policy("Invalid policy syntax.")
        _check_elements(found)
        statement = statement_of(found)
        _check_principal(found, statement)
        _check_actions(statement)
        _check_resources(statement, bucket)
        _check_conditions(statement)


def _document(policy: str) -> Json:
    if not policy.lstrip().startswith("{"):
        # evidence: page ErrorResponses; words: guess
        raise malformed_policy("Policies must be valid JSON and the first byte must be '{'")
    try:
        document: object = msgspec.json.decode(policy)
    except (msgspec.DecodeError, UnicodeError) as error:
        # evidence: page ErrorResponses; words: guess
        raise malformed_policy("This policy contains invalid Json") from error
    if not is_object(document):
        # evidence: page ErrorResponses; words: guess
        raise malformed_policy("Policies must be valid JSON and the first byte must be '{'")
    if len(written(policy).encode()) > limits.POLICY_MAX_BYTES:
        # evidence: page ErrorResponses; words: guess
        raise malformed_policy(
            f"Normalized policy document exceeds the maximum allowed size of {limits.POLICY_MAX_BYTES} bytes"
        )
    return document


def _check_top(document: Json) -> None:
    for name in document:
        if name not in _TOP:
            # evidence: page ErrorResponses; words: guess
            raise malformed_policy(f"Unknown field {name}")
    if "Version" in document and document["Version"] not in ("2008-10-17", "2012-10-17"):
        # evidence: page ErrorResponses; words: guess
        raise malformed_policy("The policy must contain a valid version string")
    if "Statement" not in document:
        # evidence: page ErrorResponses; words: guess
        raise malformed_policy("Missing required field Statement")
    if not parts(document["Statement"]):
        # evidence: page ErrorResponses; words: guess
        raise malformed_policy("Could not parse the policy: Statement is empty!")


def _check_elements(found: Json) -> None:
    for name in found:
        if name not in _ELEMENTS:
            # evidence: page ErrorResponses; words: guess
            raise malformed_policy(f"Unknown field {name}")
    if "Effect" not in found:
        # evidence: page ErrorResponses; words: guess
        raise malformed_policy("Missing required field Effect")
    if found["Effect"] not in ("Allow", "Deny"):
        # evidence: page ErrorResponses; words: guess
        raise malformed_policy(f"Invalid effect: {found['Effect']}")
    for one, other in reversed(_PAIRS):
        if one in found and other in found:
            # evidence: page ErrorResponses; words: guess
            raise malformed_policy("Invalid policy syntax.")
        if one not in found and other not in found:
            missing = "Principal" if one == "Principal" else None
            message = (
                f"Missing required field {missing}" if missing else "Statement is missing required element"
            )
            # evidence: page ErrorResponses; words: guess
            raise malformed_policy(message)
        _check_texts(found.get(one, found.get(other)), principal=one == "Principal")


def _check_texts(value: object, *, principal: bool) -> None:
    if principal and is_object(value):
        return
    if (
        value is None
        or (is_list(value) and not value)
        or not all(isinstance(part, str) for part in parts(value))
    ):
        # evidence: page ErrorResponses; words: guess
        raise malformed_policy("Invalid policy syntax.")


def _check_principal(found: Json, statement: Statement) -> None:
    principal = found.get("Principal", found.get("NotPrincipal"))
    if statement.others and statement.allow:
        # evidence: page ErrorResponses; words: guess
        raise malformed_policy("Invalid principal in policy")
    if not is_object(principal):
        valid = principal == "*"
    else:
        valid = bool(principal) and _PRINCIPALS.issuperset(principal) and all(map(texts, principal.values()))
        valid = valid and all(_AWS.fullmatch(name) for name in statement.aws)
        valid = valid and all(_SERVICE.fullmatch(name) for name in statement.services)
        valid = valid and all(_CANONICAL.fullmatch(name) for name in statement.canonical)
    if not valid:
        # evidence: page ErrorResponses; words: guess
        raise malformed_policy("Invalid principal in policy")


def _check_actions(statement: Statement) -> None:
    for pattern in (*statement.actions, *statement.not_actions):
        if not policy_actions.named(pattern):
            # evidence: page ErrorResponses; words: guess
            raise malformed_policy("Policy has invalid action")


def _check_resources(statement: Statement, bucket: str) -> None:
    on_bucket = on_objects = False
    for pattern in (*statement.resources, *statement.not_resources):
        name, slash, _ = _path(pattern).partition("/")
        if not matches(name, bucket):
            # evidence: page ErrorResponses; words: guess
            raise malformed_policy("Policy has invalid resource")
        on_objects = on_objects or bool(slash) or name.endswith("*")
        on_bucket = on_bucket or not slash
    if not statement.actions or statement.not_resources:
        return
    about = (policy_actions.BUCKET_ACTIONS if on_bucket else frozenset[str]()) | (
        policy_actions.OBJECT_ACTIONS if on_objects else frozenset[str]()
    )
    for pattern in statement.actions:
        if policy_actions.named(pattern).isdisjoint(about):
            # evidence: page ErrorResponses; words: guess
            raise malformed_policy("Action does not apply to any resource(s) in statement")


def _path(resource: str) -> str:
    """What follows `arn:aws:s3:::`; refuses all other resources."""
    pieces = resource.split(":", 5)
    if len(pieces) < 6 or pieces[0] != "arn" or pieces[2] != "s3" or pieces[3] or pieces[4] or not pieces[5]:
        # evidence: page ErrorResponses; words: guess
        raise malformed_policy("Policy has invalid resource")
    return pieces[5]


def _check_conditions(statement: Statement) -> None:
    for operator, keys in statement.conditions.items():
        plain = operator.removeprefix("ForAllValues:").removeprefix("ForAnyValue:").removesuffix("IfExists")
        if plain not in _OPERATORS:
            # evidence: page ErrorResponses; words: guess
            raise malformed_policy(f"Invalid Condition type : {operator}")
        for key in keys:
            if ":" not in key:
                # evidence: page ErrorResponses; words: guess
                raise malformed_policy("Policy has an invalid condition key")
            if key.lower() in _LISTING_KEYS and not _only_lists(statement):
                # evidence: page ErrorResponses; words: guess
                raise malformed_policy(
                    "Conditions do not apply to combination of actions and resources in statement"
                )


def _only_lists(statement: Statement) -> bool:
    """Whether each action of a statement is, or its wildcards reach, a listing: only these have prefixes."""
    return not statement.actions or all(
        not policy_actions.named(pattern).isdisjoint(_LISTINGS) for pattern in statement.actions
    )
