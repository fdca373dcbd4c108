"""How requests name a secret: by name, by ARN, or by an ARN without its last six characters.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
"""

from __future__ import annotations

import re
from typing import Any

from backtrail import UNSET, Call, Event, Refusal, UnsetType
from backtrail_aws.secretsmanager import errors
from backtrail_aws.secretsmanager.state import Secret, Secrets

_NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]{1,512}")
_SUFFIX = re.compile(r"(.+)-[A-Za-z0-9]{6}")
_PARTS = 7


def check(name: str) -> None:
    """Refuse a name that no secret may have."""
    if _NAME.fullmatch(name) is None:
        # evidence: page API_CreateSecret (the characters); words: guess
        raise Refusal(
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
        )


def arn_of(call: Call[Any], name: str) -> str:
    """A new secret's ARN: its name and six more characters."""
    return call.arn("secretsmanager", f"secret:{name}-{call.new_id('let6', name)}")


def find(state: Secrets, identifier: str) -> Secret | None:
    """The secret that a request names; None where there is none."""
    if not identifier.startswith("arn:"):
        return state.secrets.get(identifier)
    rest = _rest(identifier)
    found = state.secrets.get(rest)
    if found is not None and found.arn != identifier and found.arn.rpartition("-")[0] == identifier:
        return found
    whole = _SUFFIX.fullmatch(rest)
    held = state.secrets.get(whole[1]) if whole else None
    if held is not None and (held.arn == identifier or (_is_copy(held) and _rest(held.arn) == rest)):
        return held
    return found


def _is_copy(secret: Secret) -> bool:
    """A copy is also meant by the ARN that it has in its primary region."""
    return not isinstance(secret.primary, UnsetType)


def required(state: Secrets, identifier: str) -> Secret:
    """The secret that a request names, also one that is to be deleted. Raises `Refusal`."""
    found = find(state, identifier)
    if found is None:
        raise errors.no_secret()
    return found


def alive(state: Secrets, identifier: str) -> Secret:
    """The same, but for one that is to be deleted. Raises `Refusal`."""
    found = required(state, identifier)
    if not isinstance(found.deleted, UnsetType):
        raise errors.deleted()
    return found


def writable(state: Secrets, identifier: str) -> Secret:
    """The same, but for a copy, which follows its primary secret alone. Raises `Refusal`."""
    found = alive(state, identifier)
    check_writable(found)
    return found


def check_writable(secret: Secret) -> None:
    """Refuse what would change a copy."""
    if _is_copy(secret):
        # evidence: https://github.com/gruntwork-io/cloud-nuke/issues/435
        raise errors.invalid(
            "Operation not permitted on a replica secret. Call must be made in primary secret's region."
        )


def known(state: Secrets, event: Event[Any, Any], identifier: str, arn: str | UnsetType = UNSET) -> Secret:
    """In a fold: the secret that a record names, inferred where no record made it; `arn` is what the answer tells."""
    whole = arn if isinstance(arn, str) and arn else identifier
    found = find(state, identifier) or find(state, whole)
    if found is not None:
        if isinstance(arn, str) and arn:
            found.arn = arn
        return found
    if not whole.startswith("arn:"):
        return state.known(event, whole)
    return state.known(event, name_of(whole), whole)


def name_of(arn: str) -> str:
    """The name that an ARN has."""
    rest = _rest(arn)
    match = _SUFFIX.fullmatch(rest)
    return match[1] if match else rest


def _rest(arn: str) -> str:
    parts = arn.split(":", _PARTS - 1)
    return parts[6] if len(parts) == _PARTS else arn


def by_id(where: Call[Any] | Event[Any, Any]) -> tuple[str, str]:
    """Where a secret lives that a request names: an ARN says so."""
    identifier: object = getattr(where.params, "secret_id", None)
    return place_of(identifier, where)


def place_of(identifier: object, where: Call[Any] | Event[Any, Any]) -> tuple[str, str]:
    """The same, of an identifier."""
    parts = identifier.split(":", _PARTS - 1) if isinstance(identifier, str) else []
    if len(parts) == _PARTS and parts[0] == "arn" and parts[2] == "secretsmanager" and parts[4]:
        return parts[4], where.region
    return where.account, where.region
