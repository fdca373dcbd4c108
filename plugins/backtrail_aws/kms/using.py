"""What holds for every use of a key: its state, what it is for, and the secret that is computed with.

https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backtrail import Call, NotInTrail, UnsetType, told
from backtrail.trail.jsons import is_list
from backtrail_aws.kms import errors, names, specs
from backtrail_aws.kms.state import EXTERNAL, Key, Kms, Material


def usable(state: Kms, call: Call[Any], identifier: str, usage: str) -> Key:
    """The key that a request names, if it can be used so. Raises `Refusal`."""
    return check(state, call, names.required(state, call, identifier), usage)


def check(state: Kms, call: Call[Any], key: Key, usage: str) -> Key:
    """The same, of a key that is found."""
    ready(key)
    if usage and told(key.usage, usage) != usage:
        raise errors.usage(key.arn, told(key.usage, ""), call.action)
    _check_tokens(state, getattr(call.params, "grant_tokens", None))
    return key


def ready(key: Key) -> Key:
    """A key in a state in which it can be used. Raises `Refusal`."""
    state = key.state
    if state == "Disabled":
        raise errors.disabled(key.arn)
    if state == "PendingImport":
        raise errors.state(key.arn, "pending import")
    return names.living(key)


def _check_tokens(state: Kms, tokens: object) -> None:
    if not is_list(tokens) or not tokens:
        return
    held = {grant.token for key in state.keys.values() for grant in key.grants.values()}
    if any(one not in held for one in tokens):
        raise errors.bad_grant_token()


def dry(call: Call[Any]) -> None:
    """Where nothing is to be done in earnest, say that it could be. Raises `Refusal`."""
    if getattr(call.params, "dry_run", None) is True:
        raise errors.dry_run()


def check_algorithm(key: Key, name: str, fit: Sequence[str]) -> None:
    """Refuse an algorithm that does not go with the key's kind."""
    if not isinstance(key.spec, UnsetType) and name not in fit:
        raise errors.algorithm(name, key.spec)


def current(key: Key) -> Material:
    """The material that is used for what is new. Raises `NotInTrail` where no record told of any."""
    found = key.material
    if found is None:
        raise NotInTrail(f"no record told the material of {key.arn}")
    return found


def secret(call: Call[Any], key: Key, material: Material) -> bytes:
    """The bytes of a material. What KMS made derives from the log's key; what was imported was kept."""
    if isinstance(material.secret, bytes):
        return material.secret
    if key.origin == EXTERNAL or told(key.spec, "") in specs.PAIRS:
        raise NotInTrail(f"no record told the material of {key.arn}")
    size = specs.HMAC_BYTES.get(told(key.spec, ""), 32)
    return call.secret("key", size, of=f"kms/material/{material.id}")
