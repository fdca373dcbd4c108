"""What `aws kms list-keys`, `describe-key` and `list-aliases` printed."""

from __future__ import annotations

from backtrail import Event, listed, told
from backtrail_aws.kms import api
from backtrail_aws.kms.state import Kms, service


@service.observed
def keys_observed(state: Kms, event: Event[api.ListKeys, api.ListKeysResult]) -> None:
    """There are these keys, whatever they are."""
    for one in told(event.result.keys, []):
        state.known(event, told(one.key_id, ""), told(one.key_arn, ""))


@service.observed
def key_observed(state: Kms, event: Event[api.DescribeKey, api.DescribeKeyResult]) -> None:
    """There is this key, of this kind, in this state."""
    shown = event.result.key_metadata
    if not isinstance(shown, api.KeyMetadata):
        return
    key = state.known(event, told(shown.key_id, ""), told(shown.arn, ""))
    key.description, key.made = told(shown.description, key.description), told(shown.creation_date, key.made)
    key.usage, key.spec = told(shown.key_usage, key.usage), told(shown.key_spec, key.spec)
    key.origin, key.manager = told(shown.origin, key.origin), told(shown.key_manager, key.manager)
    key.enabled = shown.key_state != "Disabled"
    key.gone_at = told(shown.deletion_date, key.gone_at)


@service.observed
def aliases_observed(state: Kms, event: Event[api.ListAliases, api.ListAliasesResult]) -> None:
    """There are these aliases, each of its key."""
    aliases = [one for one in told(event.result.aliases, []) if isinstance(one.target_key_id, str)]
    listed.fold(service, state, event, "CreateAlias", aliases, state.aliases, lambda one: one.alias_name)
