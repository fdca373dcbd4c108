"""Users' SSH public keys for CodeCommit."""

from __future__ import annotations

from backtrail import UNSET, Call, Event, NotInTrail, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.iam import api, implied, pem, quotas
from backtrail_aws.iam import credential_errors as errors
from backtrail_aws.iam.listing import ends, listed
from backtrail_aws.iam.names import user_meant, user_named
from backtrail_aws.iam.state import Iam, SshKey, User, service

_ID_LENGTH = 20
"""APKA and 16 letters, as in https://docs.aws.amazon.com/IAM/latest/APIReference/API_SSHPublicKey.html"""


def _key_of(user: User, key: str) -> SshKey:
    if key not in user.ssh_keys:
        raise errors.no_ssh_key(key)
    return user.ssh_keys[key]


@service.handle
def upload_ssh_public_key(state: Iam, call: Call[api.UploadSSHPublicKey]) -> api.UploadSSHPublicKeyResult:
    """Give a user a public key, in SSH or in PEM form."""
    params = call.params
    user = user_named(state, params.user_name)
    body = pem.ssh_key(params.ssh_public_key_body)
    fingerprint = pem.ssh_fingerprint(body)
    if any(key.fingerprint == fingerprint for key in user.ssh_keys.values()):
        raise errors.duplicate_ssh_key()
    quotas.check(call, "SSHPublicKeysPerUser", len(user.ssh_keys))
    return api.UploadSSHPublicKeyResult(
        ssh_public_key=api.SSHPublicKey(
            user_name=user.name,
            ssh_public_key_id=call.new_id("APKA")[:_ID_LENGTH],
            fingerprint=fingerprint,
            ssh_public_key_body=params.ssh_public_key_body,
            status="Active",
            upload_date=SpacedTime.of(call.time),
        )
    )


@service.project
def ssh_public_key_uploaded(
    state: Iam, event: Event[api.UploadSSHPublicKey, api.UploadSSHPublicKeyResult]
) -> None:
    """The user has this key. A record without an answer does not tell its id."""
    made = event.result.ssh_public_key
    user = implied.user(state, event, event.params.user_name)
    if made is not UNSET and made.ssh_public_key_id is not UNSET:
        user.ssh_keys[made.ssh_public_key_id] = SshKey(
            id=made.ssh_public_key_id,
            body=event.params.ssh_public_key_body,
            fingerprint=made.fingerprint,
            uploaded=SpacedTime.of(event.time),
        )


@service.read
def get_ssh_public_key(state: Iam, call: Call[api.GetSSHPublicKey]) -> api.GetSSHPublicKeyResult:
    """A user's key, in SSH or in PEM form."""
    params = call.params
    user = user_named(state, params.user_name)
    key = _key_of(user, params.ssh_public_key_id)
    if params.encoding not in ("SSH", "PEM"):
        raise errors.ssh_encoding()
    if key.body is UNSET:
        raise NotInTrail(f"the body of the public key {key.id}")
    ssh = pem.ssh_key(key.body)
    return api.GetSSHPublicKeyResult(
        ssh_public_key=api.SSHPublicKey(
            user_name=user.name,
            ssh_public_key_id=key.id,
            fingerprint=told(key.fingerprint, pem.ssh_fingerprint(ssh)),
            ssh_public_key_body=ssh if params.encoding == "SSH" else pem.ssh_as_pem(ssh),
            status=key.status,
            upload_date=key.uploaded,
        )
    )


@service.read
def list_ssh_public_keys(state: Iam, call: Call[api.ListSSHPublicKeys]) -> api.ListSSHPublicKeysResult:
    """A user's keys, without their bodies."""
    user = user_meant(state, call, call.params.user_name)
    page = listed(user.ssh_keys, call.params)
    shown = [
        api.SSHPublicKeyMetadata(
            user_name=user.name or UNSET,
            ssh_public_key_id=key.id,
            status=key.status,
            upload_date=key.uploaded,
        )
        for key in page.items
    ]
    return api.ListSSHPublicKeysResult(ssh_public_keys=shown, **ends(page))


@service.handle
def update_ssh_public_key(state: Iam, call: Call[api.UpdateSSHPublicKey]) -> None:
    """Make a key active or inactive."""
    _key_of(user_named(state, call.params.user_name), call.params.ssh_public_key_id)


@service.project
def ssh_public_key_updated(state: Iam, event: Event[api.UpdateSSHPublicKey, None]) -> None:
    """The key has this status."""
    user = implied.user(state, event, event.params.user_name)
    key = event.params.ssh_public_key_id
    user.ssh_keys.setdefault(key, SshKey(id=key)).status = event.params.status


@service.handle
def delete_ssh_public_key(state: Iam, call: Call[api.DeleteSSHPublicKey]) -> None:
    """Delete a user's key."""
    _key_of(user_named(state, call.params.user_name), call.params.ssh_public_key_id)


@service.project
def ssh_public_key_deleted(state: Iam, event: Event[api.DeleteSSHPublicKey, None]) -> None:
    """The user has the key no more."""
    implied.user(state, event, event.params.user_name).ssh_keys.pop(event.params.ssh_public_key_id, None)
