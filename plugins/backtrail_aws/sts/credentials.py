"""New credentials, and the sessions that they open."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from backtrail import Call, Event, Identity, UnsetType, told
from backtrail.ids import ALPHANUMERIC
from backtrail.record import SessionAttributes, SessionContext
from backtrail.trail.times import CommaTime
from backtrail_aws.sts import limits
from backtrail_aws.sts.api import Credentials
from backtrail_aws.sts.state import Session, Sessions

_SECRET_ALPHABET = ALPHANUMERIC + "+/"
_TOKEN_HEAD = b"!\n\x09origin_ec\x10"  # AWS's tokens begin with IQoJb3JpZ2luX2VjE (measured)


def issued(call: Call[Any], duration_s: float, least_token: int | UnsetType = 0) -> Credentials:
    """Credentials that expire after some seconds. Key and secrets derive from the call, the secrets from the log's key.

    `least_token` is the least size of the token, in letters.
    """
    size = max(limits.TOKEN_BYTES, -(-told(least_token, 0) * 3 // 4))
    token = _TOKEN_HEAD + call.secret("session-token", size - len(_TOKEN_HEAD))
    return Credentials(
        access_key_id=call.new_id("ASIA"),
        secret_access_key=call.secret_text("secret-key", limits.SECRET_LETTERS, _SECRET_ALPHABET),
        session_token=base64.b64encode(token).decode(),
        expiration=CommaTime.of(call.time + timedelta(seconds=duration_s)),
    )


def context(event: Event[Any, Any], *, mfa: bool = False, **more: Any) -> SessionContext:
    """The session context of whoever uses the credentials that this event gave."""
    attributes = SessionAttributes(
        creation_date=event.time.strftime("%Y-%m-%dT%H:%M:%SZ"), mfa_authenticated="true" if mfa else "false"
    )
    return SessionContext(attributes=attributes, **more)


def opened(
    state: Sessions, event: Event[Any, Any], given: Credentials | UnsetType, identity: Identity, **more: Any
) -> None:
    """Fold a new session. The copies that AWS writes of one call in two accounts are one session.

    What no record told of the credentials stays unknown; without a key there is no session to speak of.
    """
    if isinstance(given, UnsetType) or not isinstance(given.access_key_id, str):
        return
    key = given.access_key_id
    session = Session(
        key=key,
        account=told(identity.account_id, event.account),
        identity=_with_key(identity, key),
        secret=given.secret_access_key,
        token=given.session_token,
        begins=event.time,
        expires=_exact(given.expiration),
        by=asker(event.identity),
        by_key=told(event.identity.access_key_id, ""),
        by_event=event.id,
        **more,
    )
    old = state.sessions.get(key)
    copied = old is not None and old.identity.arn == session.identity.arn and old.expires == session.expires
    if copied and old is not None and old.by.startswith("arn:"):
        return
    state.sessions[key] = session


def asker(identity: Identity) -> str:
    """What names who asked for a session: an ARN, else what the record has of them."""
    for known in (identity.arn, identity.principal_id, identity.invoked_by, identity.account_id):
        if isinstance(known, str) and known:
            return known
    return ""


def _exact(time: CommaTime | UnsetType) -> datetime | UnsetType:
    """A time as a state keeps it, whatever style it is written in."""
    return time if isinstance(time, UnsetType) else datetime.fromtimestamp(time.timestamp(), UTC)


def _with_key(identity: Identity, key: str) -> Identity:
    return msgspec.structs.replace(identity, access_key_id=key)
