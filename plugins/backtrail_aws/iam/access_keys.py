"""Access keys of users and of the root."""

from __future__ import annotations

from functools import lru_cache

from backtrail import UNSET, Call, Credential, Event, Identity, UnsetType
from backtrail.ids import ALPHANUMERIC
from backtrail.trail.times import SpacedTime
from backtrail_aws.iam import api, implied, quotas
from backtrail_aws.iam import credential_errors as errors
from backtrail_aws.iam.listing import ends, named
from backtrail_aws.iam.names import AnyEvent, user_meant
from backtrail_aws.iam.state import AccessKey, Iam, User, key_of, service

_SECRET_ALPHABET = ALPHANUMERIC + "+/"
_SECRET_LENGTH = 40

_DELETED = "Deleted"


@service.handle
def create_access_key(state: Iam, call: Call[api.CreateAccessKey]) -> api.CreateAccessKeyResult:
    """Make a key for a user, or for the caller; the answer is the only one that shows its secret."""
    user = user_meant(state, call, call.params.user_name)
    quotas.check(call, "AccessKeysPerUser", len(user.keys))
    return api.CreateAccessKeyResult(
        access_key=api.AccessKey(
            user_name=user.name or UNSET,
            access_key_id=call.new_id("AKIA"),
            status="Active",
            secret_access_key=call.secret_text("access-key", _SECRET_LENGTH, _SECRET_ALPHABET),
            create_date=SpacedTime.of(call.time),
        )
    )


@service.project
def access_key_created(state: Iam, event: Event[api.CreateAccessKey, api.CreateAccessKeyResult]) -> None:
    """The user has this key. A record without an answer does not tell which."""
    made = event.result.access_key
    if made is UNSET or made.access_key_id is UNSET:
        return
    name = made.user_name if event.params.user_name is UNSET else event.params.user_name
    user = implied.owner(state, event, name)
    if user is None:
        return
    _give(state, event, user, made.access_key_id, made.secret_access_key)


def _give(state: Iam, event: AnyEvent, user: User, key: str, secret: str | UnsetType) -> None:
    state.keys[key] = AccessKey(
        id=key, account=event.account, user=user.name, secret=secret, created=SpacedTime.of(event.time)
    )
    if key not in user.keys:
        user.keys.append(key)


def _key_of(state: Iam, user: User, key: str) -> AccessKey:
    """A user's key that is not deleted. Raises `Refusal`."""
    if key not in user.keys:
        raise errors.no_access_key(key)
    return state.keys[key]


@service.read
def list_access_keys(state: Iam, call: Call[api.ListAccessKeys]) -> api.ListAccessKeysResult:
    """A user's keys, without their secrets."""
    user = user_meant(state, call, call.params.user_name)
    page = named(sorted(user.keys), call.params)
    shown = [
        api.AccessKeyMetadata(
            user_name=user.name or UNSET,
            access_key_id=key.id,
            status=key.status,
            create_date=key.created,
        )
        for key in (state.keys[found] for found in page.items)
    ]
    return api.ListAccessKeysResult(access_key_metadata=shown, **ends(page))


@service.handle
def update_access_key(state: Iam, call: Call[api.UpdateAccessKey]) -> None:
    """Make a key active or inactive."""
    _key_of(state, user_meant(state, call, call.params.user_name), call.params.access_key_id)


@service.project
def access_key_updated(state: Iam, event: Event[api.UpdateAccessKey, None]) -> None:
    """The key has this status."""
    key = _inferred(state, event, event.params.access_key_id, event.params.user_name)
    if key is not None and key.status != _DELETED:
        key.status = event.params.status


@service.handle
def delete_access_key(state: Iam, call: Call[api.DeleteAccessKey]) -> None:
    """Delete a key."""
    _key_of(state, user_meant(state, call, call.params.user_name), call.params.access_key_id)


@service.project
def access_key_deleted(state: Iam, event: Event[api.DeleteAccessKey, None]) -> None:
    """The key is gone for ever."""
    _delete(state, event, event.params.access_key_id, event.params.user_name)


@service.evidence
def access_key_was_gone(state: Iam, event: Event[api.DeleteAccessKey, None]) -> None:
    """What cannot be found to be deleted is gone."""
    key = state.keys.get(event.params.access_key_id)
    name = event.params.user_name
    if event.error == "NoSuchEntityException" and key is not None and name is not UNSET and key.user == name:
        _delete(state, event, key.id, name)


def _delete(state: Iam, event: AnyEvent, key_id: str, name: str | UnsetType) -> None:
    key = _inferred(state, event, key_id, name)
    if key is None:
        return
    key.status = _DELETED
    key.secret = UNSET
    user = state.users.get(key_of(key.user)) if key.user else state.root
    if user is not None and key.id in user.keys:
        user.keys.remove(key.id)


def seen(state: Iam, event: AnyEvent, user: User, key: str) -> None:
    """The user called with this key, so it was given."""
    if key not in state.keys:
        _give(state, event, user, key, UNSET)
        state.keys[key].created = UNSET


def _inferred(state: Iam, event: AnyEvent, key: str, name: str | UnsetType) -> AccessKey | None:
    """The key of that id; one that no record made is the user's that the record names."""
    if key not in state.keys:
        user = implied.owner(state, event, name)
        if user is None:
            return None
        _give(state, event, user, key, UNSET)
        state.keys[key].created = UNSET
    return state.keys[key]


@service.read
def get_access_key_last_used(
    state: Iam, call: Call[api.GetAccessKeyLastUsed]
) -> api.GetAccessKeyLastUsedResult:
    """Whose a key is, and when, where and for what the log saw it last: `N/A` for a key never used."""
    key = state.keys.get(call.params.access_key_id)
    if key is None or key.status == _DELETED:
        raise errors.no_access_key(call.params.access_key_id)
    use = call.last_use(call.params.access_key_id)
    last = api.AccessKeyLastUsed(service_name="N/A", region="N/A")
    if use is not None:
        last = api.AccessKeyLastUsed(
            last_used_date=SpacedTime.of(use.time), service_name=use.service, region=use.region
        )
    return api.GetAccessKeyLastUsedResult(user_name=key.user or UNSET, access_key_last_used=last)


@service.credentials
def credential(state: Iam, access_key_id: str) -> Credential | None:
    """Who a key is, as long as the log remembers it."""
    key = state.keys.get(access_key_id)
    if key is None:
        return None
    return Credential(
        identity=_identity_of(state, key),
        account=key.account,
        secret=None if key.secret is UNSET else key.secret,
        status=key.status,
    )


def _identity_of(state: Iam, key: AccessKey) -> Identity:
    if not key.user:
        return _root_identity(key.account, key.id)
    user = state.users.get(key_of(key.user))
    arn = f"arn:aws:iam::{key.account}:user/{key.user}" if user is None else user.arn
    identifier = UNSET if user is None else user.id
    return _user_identity(key.account, key.id, key.user, arn, None if identifier is UNSET else identifier)


@lru_cache(4096)
def _root_identity(account: str, key: str) -> Identity:
    """One object a key, so that its JSON is made once."""
    arn = f"arn:aws:iam::{account}:root"
    return Identity(type="Root", principal_id=account, arn=arn, account_id=account, access_key_id=key)


@lru_cache(4096)
def _user_identity(account: str, key: str, name: str, arn: str, identifier: str | None) -> Identity:
    return Identity(
        type="IAMUser",
        principal_id=UNSET if identifier is None else identifier,
        arn=arn,
        account_id=account,
        access_key_id=key,
        user_name=name,
    )
