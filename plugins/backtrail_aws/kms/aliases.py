"""Aliases: https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Answer, Call, Event, Resource, known, told
from backtrail_aws.kms import api, errors, limits, metadata, names, paging
from backtrail_aws.kms.state import Alias, Key, Kms, service


def _about(call: Call[Any], alias: str, key: Key | None) -> list[Resource]:
    """As real records have it: the alias is called a key, too."""
    named = Resource(account_id=call.account, type="AWS::KMS::Key", arn=call.arn("kms", alias))
    if key is None:
        return [named]
    return [named, Resource(account_id=key.account, type="AWS::KMS::Key", arn=key.arn)]


def _check_name(name: str) -> None:
    if not name.startswith("alias/") or name == "alias/":
        # evidence: issue aws-controllers-k8s/community#1878
        raise errors.validation(
            'Alias must start with the prefix "alias/". Please see '
            "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
        )
    if name.startswith(names.OWN):
        # evidence: page API_CreateAlias (the prefix is reserved); words: guess
        raise errors.not_authorized()
    if ":" in name:
        # evidence: guess
        raise errors.validation(f"{name} contains invalid characters for an alias")


def _target(state: Kms, call: Call[Any], identifier: str) -> Key:
    key = names.by_id(state, call, identifier)
    if key.manager == "AWS":
        # evidence: page API_CreateAlias; words: guess
        raise errors.not_authorized()
    return names.living(key)


def _check_room(state: Kms, call: Call[Any], key: Key) -> None:
    if len(names.aliases_of(state, key)) >= call.quota("aliases", limits.ALIASES_MAX):
        raise errors.too_many("The key has the maximum number of aliases.")


@service.handle
def create_alias(state: Kms, call: Call[api.CreateAlias]) -> Answer[None]:
    """A name that nothing has, for a key of the same account and region."""
    name = call.params.alias_name
    _check_name(name)
    key = _target(state, call, call.params.target_key_id)
    if name in state.aliases:
        # evidence: issue crossplane-contrib/provider-aws#1741
        raise errors.exists(f"An alias with the name {call.arn('kms', name)} already exists")
    _check_room(state, call, key)
    return Answer(None, resources=_about(call, name, key)[::-1])


@service.project
def alias_created(state: Kms, event: Event[api.CreateAlias, None]) -> None:
    """The key has the alias."""
    name = event.params.alias_name
    key = state.known(event, event.params.target_key_id)
    state.aliases[name] = Alias(
        name=name, arn=event.arn("kms", name), key=key.id, made=event.time, changed=event.time
    )


@service.handle
def update_alias(state: Kms, call: Call[api.UpdateAlias]) -> Answer[None]:
    """The same name for another key of the same kind."""
    name = call.params.alias_name
    _check_name(name)
    alias = _required(state, call, name)
    key = _target(state, call, call.params.target_key_id)
    old = state.keys.get(alias.key)
    if old is not None and (told(old.usage, "") != told(key.usage, "") or _kind(old) != _kind(key)):
        # evidence: https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateAlias.html; words: guess
        raise errors.validation(
            "The current and new target keys must be the same type and have the same key usage."
        )
    if alias.key != key.id:
        _check_room(state, call, key)
    return Answer(None, resources=_about(call, name, key))


def _kind(key: Key) -> str:
    spec = told(key.spec, "")
    return spec if spec.startswith("SYMMETRIC") else spec.partition("_")[0]


def _required(state: Kms, call: Call[Any], name: str) -> Alias:
    found = state.aliases.get(name)
    if found is None:
        raise errors.no_alias(call.arn("kms", name))
    return found


@service.project
def alias_updated(state: Kms, event: Event[api.UpdateAlias, None]) -> None:
    """The alias is another key's."""
    key = state.known(event, event.params.target_key_id)
    alias = known(
        state.aliases, event.params.alias_name, event,
        lambda: Alias(name=event.params.alias_name, arn=event.arn("kms", event.params.alias_name)),
    )  # fmt: skip
    alias.key, alias.changed = key.id, event.time


@service.handle
def delete_alias(state: Kms, call: Call[api.DeleteAlias]) -> Answer[None]:
    """The key stays."""
    name = call.params.alias_name
    _check_name(name)
    alias = _required(state, call, name)
    return Answer(None, resources=_about(call, name, state.keys.get(alias.key)))


@service.project
def alias_deleted(state: Kms, event: Event[api.DeleteAlias, None]) -> None:
    """The alias is gone."""
    state.aliases.pop(event.params.alias_name, None)


@service.evidence
def alias_was_gone(state: Kms, event: Event[api.DeleteAlias, None]) -> None:
    """An alias that is not found is not there."""
    if event.error == "NotFoundException":
        state.aliases.pop(event.params.alias_name, None)


@service.read
def list_aliases(state: Kms, call: Call[api.ListAliases]) -> api.ListAliasesResult:
    """All aliases, or those of one key."""
    held = dict(state.aliases.items())
    if isinstance(call.params.key_id, str):
        key = names.by_id(state, call, call.params.key_id)
        held = {one.name: one for one in names.aliases_of(state, key)}
    found = paging.cut(held, call.params.marker, call.params.limit, limits.ALIASES_PAGE_DEFAULT)
    return api.ListAliasesResult(
        aliases=[
            api.AliasListEntry(
                alias_name=one.name, alias_arn=one.arn, target_key_id=one.key or UNSET,
                creation_date=metadata.at(one.made), last_updated_date=metadata.at(one.changed),
            )
            for one in found.items
        ],
        next_marker=found.next or UNSET, truncated=found.next is not None,
    )  # fmt: skip
