"""Repositories, their policies and tags.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html and its neighbours. A policy is
answered as it was given, where AWS spaces it anew.
"""

from __future__ import annotations

import base64
import json
import re
from datetime import timedelta
from typing import Any

from backtrail import UNSET, Call, Event, UnsetType, members, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.ecr import api, errors, pages
from backtrail_aws.ecr.state import Registry, Repository, inferred, plain, registry, required, service

_NAME = re.compile(r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*")
TAGS_MAX = 50


def _check_tags(made: dict[str, str]) -> None:
    if len(made) > TAGS_MAX:
        raise errors.too_many_tags()
    if any(key.lower().startswith("aws:") or not 1 <= len(key) <= 128 for key in made):
        # evidence: guess
        raise errors.invalid("Invalid parameter at 'tagKey': invalid tag key")


@service.handle(at=registry)
def create_repository(state: Registry, call: Call[api.CreateRepository]) -> api.CreateRepositoryResult:
    """An empty repository."""
    params = call.params
    name, account = params.repository_name, registry(call)[0]
    if _NAME.fullmatch(name) is None or not 2 <= len(name) <= 256:
        # evidence: guess
        raise errors.invalid(
            "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression "
            "'(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*''"
        )
    if name in state.repositories:
        raise errors.repository_exists(name, account)
    _check_tags(plain(params.tags))
    made = members.changed(
        members.over(api.Repository(), params), registry_id=account,
        repository_arn=call.arn("ecr", f"repository/{name}", account=account),
        repository_uri=f"{account}.dkr.ecr.{call.region}.amazonaws.com/{name}",
        created_at=SpacedTime.of(call.time), image_tag_mutability=told(params.image_tag_mutability, "MUTABLE"),
        image_scanning_configuration=told(
            params.image_scanning_configuration, api.ImageScanningConfiguration(scan_on_push=False)
        ),
        encryption_configuration=told(
            params.encryption_configuration, api.EncryptionConfiguration(encryption_type="AES256")
        ),
    )  # fmt: skip
    return api.CreateRepositoryResult(repository=made)


@service.project(at=registry)
def repository_created(
    state: Registry, event: Event[api.CreateRepository, api.CreateRepositoryResult]
) -> None:
    """The repository is there."""
    name, account = event.params.repository_name, registry(event)[0]
    shown = members.over(api.Repository(), event.params, event.result.repository)
    arn = told(shown.repository_arn, event.arn("ecr", f"repository/{name}", account=account))
    state.repositories[name] = Repository(
        name=name, arn=arn, registry=account, shown=shown, made=event.time, tags=plain(event.params.tags)
    )


@service.read(at=registry)
def describe_repositories(
    state: Registry, call: Call[api.DescribeRepositories]
) -> api.DescribeRepositoriesResult:
    """Those that are named, or all."""
    names = call.params.repository_names
    if isinstance(names, list) and names:
        found = [_shown(required(state, call, one)) for one in names]
        return api.DescribeRepositoriesResult(repositories=found)
    held, token = pages.paged(call.params, state.repositories)
    return api.DescribeRepositoriesResult(repositories=[_shown(one) for one in held], next_token=token)


def _shown(held: Repository) -> api.Repository:
    return members.changed(
        held.shown, repository_name=held.name, repository_arn=held.arn, registry_id=held.registry
    )


@service.handle(at=registry)
def delete_repository(state: Registry, call: Call[api.DeleteRepository]) -> api.DeleteRepositoryResult:
    """One without images, unless by force."""
    held = required(state, call, call.params.repository_name)
    if held.images and call.params.force is not True:
        raise errors.not_empty(held.name, held.registry)
    return api.DeleteRepositoryResult(repository=_shown(held))


@service.project(at=registry)
def repository_deleted(
    state: Registry, event: Event[api.DeleteRepository, api.DeleteRepositoryResult]
) -> None:
    """It is gone, with its images."""
    state.repositories.pop(event.params.repository_name, None)


@service.evidence(at=registry)
def repository_was_gone(state: Registry, event: Event[api.DeleteRepository, None]) -> None:
    """A repository that could not be deleted because it is not there is not there."""
    if event.error == "RepositoryNotFoundException":
        state.repositories.pop(event.params.repository_name, None)


# policies


def _check_json(text: str, what: str) -> None:
    try:
        found: object = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        # evidence: guess
        raise errors.invalid(f"Invalid parameter at '{what}' failed to satisfy constraint: 'Invalid policy'")


@service.handle(at=registry)
def set_repository_policy(
    state: Registry, call: Call[api.SetRepositoryPolicy]
) -> api.SetRepositoryPolicyResult:
    """Who may do what with its images."""
    held = required(state, call, call.params.repository_name)
    _check_json(call.params.policy_text, "PolicyText")
    return api.SetRepositoryPolicyResult(
        registry_id=held.registry, repository_name=held.name, policy_text=call.params.policy_text
    )


@service.project(at=registry)
def repository_policy_set(
    state: Registry, event: Event[api.SetRepositoryPolicy, api.SetRepositoryPolicyResult]
) -> None:
    """It is its policy."""
    inferred(state, event, event.params.repository_name).policy = event.params.policy_text


@service.read(at=registry)
def get_repository_policy(
    state: Registry, call: Call[api.GetRepositoryPolicy]
) -> api.GetRepositoryPolicyResult:
    """Its policy."""
    held = required(state, call, call.params.repository_name)
    if isinstance(held.policy, UnsetType):
        raise errors.no_policy(held.name, held.registry)
    return api.GetRepositoryPolicyResult(
        registry_id=held.registry, repository_name=held.name, policy_text=held.policy
    )


@service.handle(at=registry)
def delete_repository_policy(
    state: Registry, call: Call[api.DeleteRepositoryPolicy]
) -> api.DeleteRepositoryPolicyResult:
    """The policy that there was is the answer."""
    held = required(state, call, call.params.repository_name)
    if isinstance(held.policy, UnsetType):
        raise errors.no_policy(held.name, held.registry)
    return api.DeleteRepositoryPolicyResult(
        registry_id=held.registry, repository_name=held.name, policy_text=held.policy
    )


@service.project(at=registry)
def repository_policy_deleted(
    state: Registry, event: Event[api.DeleteRepositoryPolicy, api.DeleteRepositoryPolicyResult]
) -> None:
    """It has none."""
    inferred(state, event, event.params.repository_name).policy = UNSET


@service.handle(at=registry)
def put_lifecycle_policy(state: Registry, call: Call[api.PutLifecyclePolicy]) -> api.PutLifecyclePolicyResult:
    """Which images are to go; kept, and not followed."""
    held = required(state, call, call.params.repository_name)
    _check_json(call.params.lifecycle_policy_text, "LifecyclePolicyText")
    return api.PutLifecyclePolicyResult(
        registry_id=held.registry,
        repository_name=held.name,
        lifecycle_policy_text=call.params.lifecycle_policy_text,
    )


@service.project(at=registry)
def lifecycle_policy_put(
    state: Registry, event: Event[api.PutLifecyclePolicy, api.PutLifecyclePolicyResult]
) -> None:
    """It is its lifecycle policy."""
    inferred(state, event, event.params.repository_name).lifecycle = event.params.lifecycle_policy_text


@service.read(at=registry)
def get_lifecycle_policy(state: Registry, call: Call[api.GetLifecyclePolicy]) -> api.GetLifecyclePolicyResult:
    """Its lifecycle policy."""
    held = required(state, call, call.params.repository_name)
    if isinstance(held.lifecycle, UnsetType):
        raise errors.no_lifecycle(held.name, held.registry)
    return api.GetLifecyclePolicyResult(
        registry_id=held.registry, repository_name=held.name, lifecycle_policy_text=held.lifecycle
    )


@service.handle(at=registry)
def delete_lifecycle_policy(
    state: Registry, call: Call[api.DeleteLifecyclePolicy]
) -> api.DeleteLifecyclePolicyResult:
    """The policy that there was is the answer."""
    held = required(state, call, call.params.repository_name)
    if isinstance(held.lifecycle, UnsetType):
        raise errors.no_lifecycle(held.name, held.registry)
    return api.DeleteLifecyclePolicyResult(
        registry_id=held.registry, repository_name=held.name, lifecycle_policy_text=held.lifecycle
    )


@service.project(at=registry)
def lifecycle_policy_deleted(
    state: Registry, event: Event[api.DeleteLifecyclePolicy, api.DeleteLifecyclePolicyResult]
) -> None:
    """It has none."""
    inferred(state, event, event.params.repository_name).lifecycle = UNSET


# settings


@service.handle(at=registry)
def put_image_tag_mutability(
    state: Registry, call: Call[api.PutImageTagMutability]
) -> api.PutImageTagMutabilityResult:
    """Whether tags can be moved."""
    held = required(state, call, call.params.repository_name)
    return members.changed(
        members.over(api.PutImageTagMutabilityResult(), call.params), registry_id=held.registry
    )


@service.project(at=registry)
def image_tag_mutability_put(
    state: Registry, event: Event[api.PutImageTagMutability, api.PutImageTagMutabilityResult]
) -> None:
    """They can, or not."""
    held = inferred(state, event, event.params.repository_name)
    held.shown = members.changed(held.shown, image_tag_mutability=event.params.image_tag_mutability)


@service.handle(at=registry)
def put_image_scanning_configuration(
    state: Registry, call: Call[api.PutImageScanningConfiguration]
) -> api.PutImageScanningConfigurationResult:
    """Whether images are scanned when they are pushed."""
    held = required(state, call, call.params.repository_name)
    made = members.over(api.PutImageScanningConfigurationResult(), call.params)
    return members.changed(
        made, registry_id=held.registry, image_scanning_configuration=call.params.image_scanning_configuration
    )


@service.project(at=registry)
def image_scanning_configuration_put(
    state: Registry, event: Event[api.PutImageScanningConfiguration, api.PutImageScanningConfigurationResult]
) -> None:
    """They are, or not."""
    held = inferred(state, event, event.params.repository_name)
    held.shown = members.changed(
        held.shown, image_scanning_configuration=event.params.image_scanning_configuration
    )


# tags and tokens


def _named(arn: str) -> str:
    return arn.partition(":repository/")[2]


@service.handle
def tag_resource(state: Registry, call: Call[api.TagResource]) -> None:
    """Tags are added, or get new values."""
    held = required(state, call, _named(call.params.resource_arn))
    _check_tags(held.tags | plain(call.params.tags))


@service.project
def resource_tagged(state: Registry, event: Event[api.TagResource, None]) -> None:
    """The tags are there."""
    if name := _named(event.params.resource_arn):
        inferred(state, event, name).tags |= plain(event.params.tags)


@service.handle
def untag_resource(state: Registry, call: Call[api.UntagResource]) -> None:
    """A key that is not there is no error."""
    required(state, call, _named(call.params.resource_arn))


@service.project
def resource_untagged(state: Registry, event: Event[api.UntagResource, None]) -> None:
    """The tags are gone."""
    if name := _named(event.params.resource_arn):
        held = inferred(state, event, name)
        for key in event.params.tag_keys:
            held.tags.pop(key, None)


@service.read
def list_tags_for_resource(
    state: Registry, call: Call[api.ListTagsForResource]
) -> api.ListTagsForResourceResult:
    """All tags of a repository."""
    held = required(state, call, _named(call.params.resource_arn))
    return api.ListTagsForResourceResult(
        tags=[api.Tag(key=key, value=value) for key, value in held.tags.items()]
    )


@service.read
def get_authorization_token(
    state: Registry, call: Call[api.GetAuthorizationToken]
) -> api.GetAuthorizationTokenResult:
    """A password for twelve hours; no registry listens here that would take it."""
    password = call.secret_text("token", 64)
    accounts = told(call.params.registry_ids, []) or [call.account]
    return api.GetAuthorizationTokenResult(
        authorization_data=[_token(call, one, password) for one in accounts]
    )


def _token(call: Call[Any], account: str, password: str) -> api.AuthorizationData:
    return api.AuthorizationData(
        authorization_token=base64.b64encode(f"AWS:{password}".encode()).decode(),
        expires_at=SpacedTime.of(call.time + timedelta(hours=12)),
        proxy_endpoint=f"https://{account}.dkr.ecr.{call.region}.amazonaws.com",
    )
