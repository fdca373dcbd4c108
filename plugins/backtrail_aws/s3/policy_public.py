"""Whether a policy is public: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html

"To be considered non-public, a bucket policy must grant access only to fixed values ... of one or more of": a
principal, addresses that are not too broad, and the condition keys below.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Final

from backtrail_aws.s3.policy_document import Statement, statements

_FIXED_KEYS: Final = frozenset(
    {
        "aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:sourceaccount",
        "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner", "aws:sourcevpc",
        "aws:sourcevpce", "aws:sourcevpcarn", "aws:userid", "s3:dataaccesspointaccount", "s3:dataaccesspointarn",
    }
)  # fmt: skip
_POSITIVE: Final = frozenset({"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"})
_BROADEST: Final = {4: 8, 6: 32}


@lru_cache(maxsize=256)
def is_public(policy: str) -> bool:
    """Whether a policy gives anything to anybody whom it does not name."""
    return any(statement.allow and _is_open(statement) for statement in statements(policy))


def _is_open(statement: Statement) -> bool:
    named = statement.aws | statement.services | statement.canonical | statement.federated
    if not statement.others and named and not any("*" in name or "${" in name for name in named):
        return False
    return not any(
        _narrows(operator, key, values)
        for operator, keys in statement.conditions.items()
        for key, values in keys.items()
    )


def _narrows(operator: str, key: str, values: tuple[str, ...]) -> bool:
    """Whether a condition leaves only those whom its fixed values name."""
    plain = operator.removeprefix("ForAnyValue:")
    key = key.lower()
    if plain == "IpAddress" and key == "aws:sourceip":
        return bool(values) and all(_is_narrow(value) for value in values)
    if plain not in _POSITIVE or key not in _FIXED_KEYS or not values:
        return False
    return all(_is_fixed(key, value) for value in values)


def _is_fixed(key: str, value: str) -> bool:
    if "${" in value:
        return False
    if key == "s3:dataaccesspointarn":
        account = value.split(":")[4:5]  # its name may have wildcards, its account may not
        return bool(account) and account[0].isdecimal()
    if key == "aws:userid":
        return not value.startswith("*")
    if key in ("aws:sourcearn", "aws:principalarn"):
        account = value.split(":")[4:5]
        return "*" not in value or (bool(account) and account[0].isdecimal())
    return "*" not in value and "?" not in value


def _is_narrow(value: str) -> bool:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return network.is_private or network.prefixlen >= _BROADEST[network.version]
