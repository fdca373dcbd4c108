"""The grammar of policy documents: those of identities, and those that say who may assume a role.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html. IAM names one fault, the first it
meets. Its words, as far as somebody quoted them: "Syntax errors in policy." (99designs/iamy#74), "The policy failed
legacy parsing" (hashicorp/terraform#10057), "Policy document should not specify a principal." (hashicorp/
terraform#13449), "Resource ... must be in ARN format or "*"." (trussworks/terraform-aws-s3-anti-virus#21),
"Actions/Condition can contain only one colon." (garnaat/kappa#111), "IAM resource ... cannot contain region
information." (cloud-gov/terraform-provision#1838), "Invalid principal in policy: "AWS":"..."" (hashicorp/
terraform-provider-aws#8905). The others are guesses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Final, NoReturn, cast

from backtrail_aws.iam import errors

Json = object
Statement = Mapping[str, Json]

SYNTAX: Final = "Syntax errors in policy."
LEGACY: Final = "The policy failed legacy parsing"

_VERSIONS = ("2012-10-17", "2008-10-17")
_TOP = frozenset({"Version", "Id", "Statement"})
_IN_STATEMENT = frozenset(
    {
        "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
    }
)  # fmt: skip
_SID = re.compile(r"[0-9A-Za-z]*")
_ACTION = re.compile(r"[\w*?-]+:[\w*?]+", re.ASCII)
_VENDOR = re.compile(r"[A-Za-z0-9*?-]+")
_CONDITION_KEY = re.compile(r"[\w-]+:[^\s]+", re.ASCII)
_OPERATORS = frozenset(
    f"{qualifier}{name}{if_exists}"
    for qualifier in ("", "ForAllValues:", "ForAnyValue:")
    for if_exists in ("", "IfExists")
    for name in (
        "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike",
        "StringNotLike", "NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals",
        "NumericGreaterThan", "NumericGreaterThanEquals", "DateEquals", "DateNotEquals", "DateLessThan",
        "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals", "Bool", "BinaryEquals", "IpAddress",
        "NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike",
    )
) | {"Null"}  # fmt: skip
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"""

_PARTITION = re.compile(r"aws(-[a-z]+)*|[^:]*[*?$][^:]*")
_IAM_RESOURCES = (
    "user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/",
    "sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/", "u2f/", "root", "*",
)  # fmt: skip

_STS_ACTIONS = frozenset(
    {
        "sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:tagsession",
        "sts:setsourceidentity", "sts:setcontext", "sts:*",
    }
)  # fmt: skip
_PRINCIPALS = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})
_AWS_PRINCIPAL = re.compile(
    r"\*|\d{12}|arn:aws[a-z-]*:(iam|sts)::\d{12}:(root|user/.+|role/.+|assumed-role/.+/.+|federated-user/.+)"
    r"|A(ROA|IDA)[A-Z0-9]{4,}"
)
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_FEDERATED = re.compile(
    r"\*|arn:aws[a-z-]*:iam::\d{12}:(saml-provider|oidc-provider)/.+|[a-z0-9-]+(\.[a-z0-9-]+)+"
)


def check_identity_policy(document: str, *, managed: bool) -> None:
    """Whether a document can be a policy of users, groups and roles. Raises `Refusal`.

    A managed policy must say its version; an inline one without is of 2008-10-17.
    """
    policy = _policy(document)
    if managed and policy.get("Version") != _VERSIONS[0]:
        _refuse("Policy document must be version 2012-10-17 or greater.")
    for statement in _statements(policy):
        if "Principal" in statement or "NotPrincipal" in statement:
            _refuse("Policy document should not specify a principal.")
        _check_actions(statement)
        _check_resources(statement)
        _check_conditions(statement)


def check_trust_policy(document: str) -> None:
    """Whether a document can say who may assume a role. Raises `Refusal`."""
    for statement in _statements(_policy(document)):
        for member in ("Resource", "NotResource"):
            if member in statement:
                _refuse(f"Has prohibited field {member}")
        if "Principal" not in statement and "NotPrincipal" not in statement:
            _refuse("Missing required field Principal")
        _check_principals(statement)
        _check_actions(statement)
        _check_trust_actions(statement)
        _check_conditions(statement)


def _refuse(message: str) -> NoReturn:
    # evidence: model; words: guess
    raise errors.malformed_policy(message)


def _policy(document: str) -> Mapping[str, Json]:
    try:
        policy = _object(json.loads(document, object_pairs_hook=_once, parse_constant=_no_constant))
    except (ValueError, RecursionError):
        _refuse(SYNTAX)
    if not policy.keys() <= _TOP or "Statement" not in policy:
        _refuse(SYNTAX)
    if "Version" in policy and policy["Version"] not in _VERSIONS:
        _refuse(SYNTAX)
    if not isinstance(policy.get("Id", ""), str):
        _refuse(SYNTAX)
    return policy


def _object(held: Json) -> Mapping[str, Json]:
    if not isinstance(held, dict):
        _refuse(SYNTAX)
    return cast(Mapping[str, Json], held)


def _list(held: Json) -> list[Json]:
    """A list, or one thing as a list of itself."""
    return cast(list[Json], held) if isinstance(held, list) else [held]


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """An object whose keys are all different: IAM takes no other."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key comes twice")
    return made


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _statements(policy: Mapping[str, Json]) -> list[Statement]:
    statements = [_object(held) for held in _list(policy["Statement"])]
    if not statements:
        _refuse(SYNTAX)
    ids: list[str] = []
    for statement in statements:
        if not statement.keys() <= _IN_STATEMENT:
            _refuse(SYNTAX)
        if statement.get("Effect") not in ("Allow", "Deny"):
            _refuse(LEGACY if "Effect" in statement else SYNTAX)
        _check_pairs(statement)
        if "Sid" in statement:
            ids.append(_sid(statement["Sid"]))
    if len(set(ids)) < len(ids):
        _refuse("Statement IDs (SID) in a single policy must be unique.")
    return statements


def _check_pairs(statement: Statement) -> None:
    """A statement names what it is about, or what it is not about."""
    for member in ("Action", "Resource", "Principal"):
        if member in statement and f"Not{member}" in statement:
            _refuse(SYNTAX)


def _sid(held: Json) -> str:
    if not isinstance(held, str):
        _refuse(SYNTAX)
    if not _SID.fullmatch(held):
        _refuse(
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
            "[0-9A-Za-z]*"
        )
    return held


def _texts(held: Json) -> list[str]:
    """One text, or a list of texts."""
    values = _list(held)
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) < len(values):
        _refuse(SYNTAX)
    return texts


def _either(statement: Statement, member: str) -> list[str]:
    """The values of `Action` or of `NotAction`."""
    return _texts(statement.get(member, statement.get(f"Not{member}", [])))


def _check_actions(statement: Statement) -> None:
    actions = _either(statement, "Action")
    if not actions:
        _refuse("Policy statement must contain actions.")
    for action in actions:
        if action == "*" or _ACTION.fullmatch(action):
            continue
        vendor, colon, name = action.partition(":")
        if not colon or not name:
            _refuse("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
        if ":" in name:
            _refuse("Actions/Condition can contain only one colon.")
        if not _VENDOR.fullmatch(vendor):
            _refuse(f"Vendor {vendor} is not valid")
        _refuse(LEGACY)


def _check_resources(statement: Statement) -> None:
    resources = _either(statement, "Resource")
    if not resources:
        _refuse("Policy statement must contain resources.")
    for resource in resources:
        if resource != "*":
            _check_arn(resource)


def _check_arn(resource: str) -> None:
    parts = resource.split(":", 5)
    if parts[0] not in ("arn", "*") or (len(parts) < 6 and "*" not in resource):
        _refuse(f'Resource {resource} must be in ARN format or "*".')
    if len(parts) < 6:
        return
    _, partition, vendor, region, _, relative = parts
    if not _PARTITION.fullmatch(partition):
        _refuse(f'Partition "{partition}" is not valid for resource "{resource}".')
    if vendor == "iam":
        if region not in ("", "*"):
            _refuse(f"IAM resource {resource} cannot contain region information.")
        if not relative.startswith(_IAM_RESOURCES) and "*" not in relative and "${" not in relative:
            kinds = ", ".join(_IAM_RESOURCES[:-3])
            _refuse(f'IAM resource path must either be "*" or start with {kinds}.')
    if (
        vendor == "s3"
        and region not in ("", "*")
        and "/" in relative
        and not relative.startswith("accesspoint")
    ):
        _refuse(f"Resource {resource} can not contain region information.")


def _check_conditions(statement: Statement) -> None:
    for operator, keys in _object(statement.get("Condition", {})).items():
        if operator not in _OPERATORS:
            _refuse(SYNTAX)
        for key, values in _object(keys).items():
            if not _CONDITION_KEY.fullmatch(key):
                _refuse("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
            if not all(isinstance(value, str | int | float | bool) for value in _list(values)):
                _refuse(SYNTAX)


def _check_trust_actions(statement: Statement) -> None:
    for action in _either(statement, "Action"):
        if action.lower() not in _STS_ACTIONS and not action.lower().startswith("sts:assumerole"):
            _refuse("AssumeRole policy may only specify STS AssumeRole actions.")


def _check_principals(statement: Statement) -> None:
    held = statement.get("Principal", statement.get("NotPrincipal"))
    if held == "*":
        _refuse('AssumeRolepolicy contained an invalid principal: "STAR":"*".')
    principals = _object(held)
    if not principals or not principals.keys() <= _PRINCIPALS:
        _refuse(SYNTAX)
    for kind, values in principals.items():
        fits = _KINDS.get(kind)
        for value in _texts(values):
            if fits is not None and not fits(value):
                _refuse(f'Invalid principal in policy: "{kind.upper()}":"{value}"')


_KINDS: Mapping[str, Callable[[str], object]] = {
    "AWS": _AWS_PRINCIPAL.fullmatch,
    "Service": _SERVICE.fullmatch,
    "Federated": _FEDERATED.fullmatch,
}
