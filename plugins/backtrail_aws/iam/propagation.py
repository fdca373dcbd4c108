"""Trusted identity propagation: how an identity provider's tokens name their subject to IAM Identity Center."""

from __future__ import annotations

from typing import Protocol

from backtrail import UNSET, UnsetType, told
from backtrail_aws.iam import api
from backtrail_aws.iam.state import ContextProvider, Provider


class Changed(Protocol):
    """The parameters of an update of either kind of provider."""

    @property
    def context_provider(self) -> api.ContextProvider | UnsetType: ...
    @property
    def identity_center_instance_arn(self) -> str | UnsetType: ...
    @property
    def remove_context_provider(self) -> bool | UnsetType: ...
    @property
    def remove_identity_center_instance(self) -> bool | UnsetType: ...


def kept(given: api.ContextProvider | UnsetType) -> ContextProvider | UnsetType:
    """A context provider as a state keeps it."""
    if given is UNSET:
        return UNSET
    keys = given.key_definition_list
    return ContextProvider(
        subject_source_key=given.subject_source_key,
        subject_type_value=given.subject_type_value,
        subject_type_source_key=given.subject_type_source_key,
        keys=UNSET if keys is UNSET else [(key.source_key, told(key.target_key, "") or None) for key in keys],
    )


def shown(held: ContextProvider | UnsetType) -> api.ContextProvider | UnsetType:
    """A context provider as answers show it."""
    if held is UNSET:
        return UNSET
    keys = held.keys
    return api.ContextProvider(
        subject_source_key=held.subject_source_key,
        subject_type_value=held.subject_type_value,
        subject_type_source_key=held.subject_type_source_key,
        key_definition_list=UNSET
        if keys is UNSET
        else [
            api.ContextProviderKeyDefinition(source_key=source, target_key=target or UNSET)
            for source, target in keys
        ],
    )


def update(held: Provider, params: Changed) -> None:
    """Change what an update names, and take away what it removes."""
    if params.context_provider is not UNSET:
        held.context = kept(params.context_provider)
    if params.remove_context_provider is True:
        held.context = UNSET
    held.identity_center = told(params.identity_center_instance_arn, held.identity_center)
    if params.remove_identity_center_instance is True:
        held.identity_center = UNSET
