"""Who was seen calling: users and roles that no record made, and keys that no record gave, are there by inference.

A unique id is given once and never again, so a late record of somebody who is known to be gone proves nothing; one
with another id, or of somebody whose id nobody ever told, proves a creation that the trail missed.
"""

from __future__ import annotations

import re

from backtrail import UNSET
from backtrail.record import Issuer
from backtrail_aws.iam import access_keys, gone
from backtrail_aws.iam.names import AnyEvent
from backtrail_aws.iam.state import Iam, Role, Thing, User, key_of, service

_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(user|role)(/(?:[!-~]+/)?)([\w+=,.@-]+)", re.ASCII)


@service.callers
def caller_seen(state: Iam, event: AnyEvent) -> None:
    """Whoever calls is there: the user, or the role or user whose session it is."""
    identity = event.identity
    if identity.type == "IAMUser":
        user = _seen(state, event, identity.arn, identity.principal_id)
        key = identity.access_key_id
        if isinstance(user, User) and isinstance(key, str) and key.startswith("AKIA"):
            access_keys.seen(state, event, user, key)
        return
    context = identity.session_context
    if context is not UNSET and context.session_issuer is not UNSET:
        issuer: Issuer = context.session_issuer
        if issuer.account_id in (event.account, UNSET, None):
            _seen(state, event, issuer.arn, issuer.principal_id)


def _seen(state: Iam, event: AnyEvent, arn: object, id: object) -> Thing | None:
    """The user or role of an ARN, inferred where it is unknown; None for one that is known to be gone."""
    found = _ARN.fullmatch(arn) if isinstance(arn, str) else None
    if found is None or not isinstance(arn, str):
        return None
    kind, path, name = found.groups()
    users, roles, key = state.users, state.roles, key_of(name)
    there = users.get(key) if kind == "user" else roles.get(key)
    if there is None:
        if gone.mark(id, name) in state.gone:
            return None
        if kind == "user":
            there = users[key] = User(name=name, arn=arn, implied_by=event.id)
        else:
            there = roles[key] = Role(name=name, arn=arn, implied_by=event.id)
        event.implied.append(name)
    if there.implied_by and there.path is UNSET:
        there.path, there.arn = path, arn
    if there.id is UNSET and isinstance(id, str) and id:
        there.id = id
    return there
