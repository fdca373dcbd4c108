"""What STS knows: the sessions that it began, by their access keys."""

from __future__ import annotations

from datetime import datetime

import msgspec

from backtrail import UNSET, Credential, Identity, Narrowing, Scope, Sealed, Service, State, UnsetType
from backtrail_aws.sts import errors
from backtrail_aws.sts.trail import TRAIL


class Session(msgspec.Struct, kw_only=True):
    """A session: who it is, until when, and who began it.

    `secret` and `token` are unknown of a session that a foreign record told of. `by` is the ARN (or what else names
    them) of who asked for it, `by_key` the access key it was asked for with, `by_event` the record. `tags` hold the
    transitive ones too, `transitive` their keys.
    """

    key: str
    account: str
    identity: Identity
    secret: Sealed[str] | UnsetType = UNSET
    token: Sealed[str] | UnsetType = UNSET
    begins: datetime
    expires: datetime | UnsetType = UNSET
    by: str = ""
    by_key: str = ""
    by_event: str = ""
    role: str | UnsetType = UNSET
    source_identity: str | UnsetType = UNSET
    tags: dict[str, str] = {}
    transitive: list[str] = []
    policies: list[str] = []
    policy_arns: list[str] = []


class Sessions(State):
    """All sessions, of all accounts: a key says by itself whose it is."""

    sessions: dict[str, Session] = {}


service = Service("sts", Sessions, scope=Scope.PARTITION, trail=TRAIL, errors=errors.CODES, validate=True)


@service.credentials
def credential(state: Sessions, access_key_id: str) -> Credential | None:
    """Who a session's key is, what proves it, and until when."""
    session = state.sessions.get(access_key_id)
    if session is None:
        return None
    secret = None if isinstance(session.secret, UnsetType) else session.secret
    return Credential(
        identity=session.identity,
        account=session.account,
        secret=secret,
        token=None if secret is None or isinstance(session.token, UnsetType) else session.token,
        expires=None if isinstance(session.expires, UnsetType) else session.expires,
        narrowing=narrowing(session),
    )


def narrowing(session: Session) -> Narrowing | None:
    """What narrows and marks a session: the policies it began with, and each that it was scoped down by."""
    first = (*filter(None, session.policies[:1]), *session.policy_arns)
    groups = tuple(group for group in (first, *((policy,) for policy in session.policies[1:])) if group)
    return Narrowing(groups=groups, tags=session.tags) if groups or session.tags else None
