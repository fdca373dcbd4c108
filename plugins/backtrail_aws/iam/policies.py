"""Managed policies and their versions."""

from __future__ import annotations

from collections.abc import Iterator

from backtrail import UNSET, Call, Event, NotInTrail, Page, told
from backtrail.record import partition_of
from backtrail.trail.times import SpacedTime
from backtrail_aws.iam import api, aws_policies, documents, errors, implied, quotas, tags
from backtrail_aws.iam.listing import ends, listed, named
from backtrail_aws.iam.names import arn_of, encoded, path_of
from backtrail_aws.iam.policy_lookup import own_policy_at, policy_at
from backtrail_aws.iam.state import Iam, Policy, Version, fill, key_of, service


def _in_list(state: Iam, policy: Policy) -> api.Policy:
    """A policy as lists show it: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html"""
    return api.Policy(
        policy_name=policy.name,
        policy_id=policy.id,
        arn=policy.arn,
        path=policy.path,
        default_version_id=policy.default,
        attachment_count=len(state.attachments.to(policy.arn)),
        permissions_boundary_usage_count=len(state.boundaries.to(policy.arn)),
        is_attachable=True,
        create_date=policy.created,
        update_date=policy.updated,
    )


def full(state: Iam, policy: Policy) -> api.Policy:
    """A policy with its description and tags."""
    return api.Policy(
        policy_name=policy.name,
        policy_id=policy.id,
        arn=policy.arn,
        path=policy.path,
        default_version_id=policy.default,
        attachment_count=len(state.attachments.to(policy.arn)),
        permissions_boundary_usage_count=len(state.boundaries.to(policy.arn)),
        is_attachable=True,
        description=policy.description or UNSET,
        create_date=policy.created,
        update_date=policy.updated,
        tags=tags.shown(policy),
    )


def newest_first(policy: Policy) -> list[str]:
    """The names of a policy's versions."""
    return sorted(policy.versions, key=_number, reverse=True)


def version_view(policy: Policy, name: str, *, document: bool) -> api.PolicyVersion:
    """A version as answers show it; lists leave the document out."""
    version = policy.versions[name]
    shown = document and version.document is not UNSET
    return api.PolicyVersion(
        document=encoded(str(version.document)) if shown else UNSET,
        version_id=name,
        is_default_version=name == policy.default,
        create_date=version.created,
    )


@service.handle
def create_policy(state: Iam, call: Call[api.CreatePolicy]) -> api.CreatePolicyResult:
    """Make a policy, with its first version."""
    params = call.params
    documents.check_identity_policy(params.policy_document, managed=True)
    quotas.check_size(call, "PolicySize", params.policy_document)
    if key_of(params.policy_name) in state.policies:
        raise errors.policy_exists(params.policy_name)
    tags.check_new(call, params.tags)
    quotas.check(call, "PoliciesPerAccount", len(state.policies))
    path, now = path_of(params.path), SpacedTime.of(call.time)
    return api.CreatePolicyResult(
        policy=api.Policy(
            policy_name=params.policy_name,
            policy_id=call.new_id("ANPA"),
            arn=arn_of(call, "policy", path, params.policy_name),
            path=path,
            default_version_id="v1",
            attachment_count=0,
            permissions_boundary_usage_count=0,
            is_attachable=True,
            create_date=now,
            update_date=now,
            tags=tags.echoed(params.tags),
        )
    )


@service.project
def policy_created(state: Iam, event: Event[api.CreatePolicy, api.CreatePolicyResult]) -> None:
    """There is this policy."""
    params, result = event.params, event.result.policy
    path, now = path_of(params.path), SpacedTime.of(event.time)
    made = Policy(
        name=params.policy_name,
        path=path,
        arn=arn_of(event, "policy", path, params.policy_name),
        id=UNSET if result is UNSET else result.policy_id,
        created=now,
        updated=now,
        tags=tags.of(params.tags),
        description=params.description,
        default="v1",
        last=1,
        versions={"v1": Version(document=params.policy_document, created=now)},
    )
    old = state.policies.get(key_of(made.name))
    if old is not None and old.implied_by and old.arn == made.arn:
        later = {name: version for name, version in old.versions.items() if name != "v1"}
        fill(old, made).implied_by = ""
        old.versions |= later
    else:
        if old is not None:
            forget(state, old.arn)
        state.policies[key_of(made.name)] = made


@service.read
def get_policy(state: Iam, call: Call[api.GetPolicy]) -> api.GetPolicyResult:
    """A policy, the account's or AWS's."""
    return api.GetPolicyResult(policy=full(state, policy_at(state, call.params.policy_arn)))


@service.evidence
def policy_was_not_there(state: Iam, event: Event[api.GetPolicy, None]) -> None:
    """What cannot be found is gone."""
    if event.error == "NoSuchEntityException":
        forget(state, event.params.policy_arn)


@service.read
def list_policies(state: Iam, call: Call[api.ListPolicies]) -> api.ListPoliciesResult:
    """The account's policies, AWS's, or both: those under a path, in use, as what."""
    params = call.params
    own = told(params.scope, "All") in ("All", "Local")
    aws = told(params.scope, "All") in ("All", "AWS")
    usage, prefix = params.policy_usage_filter, told(params.path_prefix, "/")

    def keep(policy: Policy) -> bool:
        permits, bounds = bool(state.attachments.to(policy.arn)), bool(state.boundaries.to(policy.arn))
        if usage is not UNSET and not (permits if usage == "PermissionsPolicy" else bounds):
            return False
        if params.only_attached is True and not permits:
            return False
        return policy.path is UNSET or policy.path.startswith(prefix)

    # The account's own come first, by name; a marker is a key of this order.
    page: Page[Policy]
    if not aws:
        page = listed(state.policies, params, keep)
    else:
        page = listed(dict(_all(state, partition_of(call.region), own=own)), params, keep)
    return api.ListPoliciesResult(policies=[_in_list(state, policy) for policy in page.items], **ends(page))


def _all(state: Iam, partition: str, *, own: bool) -> Iterator[tuple[str, Policy]]:
    if own:
        yield from ((f"0/{key}", policy) for key, policy in state.policies.items())
    for arn, policy in {**state.aws_policies, **aws_policies.policies(partition)}.items():
        yield f"1/{arn}", policy


@service.handle
def delete_policy(state: Iam, call: Call[api.DeletePolicy]) -> None:
    """Delete a policy that nobody has and that has one version only."""
    policy = own_policy_at(state, call.params.policy_arn, call.caller.arn, "DeletePolicy")
    if state.attachments.to(policy.arn) or state.boundaries.to(policy.arn):
        raise errors.policy_attached()
    if len(policy.versions) > 1:
        raise errors.policy_has_versions()


@service.project
def policy_deleted(state: Iam, event: Event[api.DeletePolicy, None]) -> None:
    """The policy is gone."""
    forget(state, event.params.policy_arn)


@service.evidence
def policy_was_gone(state: Iam, event: Event[api.DeletePolicy, None]) -> None:
    """What cannot be found to be deleted is gone."""
    if event.error == "NoSuchEntityException":
        forget(state, event.params.policy_arn)


def forget(state: Iam, arn: str) -> None:
    """The policy is gone, and attached to nobody."""
    key = key_of(arn.rpartition("/")[2])
    held = state.policies.get(key)
    if held is not None and held.arn == arn:
        del state.policies[key]
    state.attachments.drop_right(arn)
    state.boundaries.drop_right(arn)


@service.handle
def create_policy_version(state: Iam, call: Call[api.CreatePolicyVersion]) -> api.CreatePolicyVersionResult:
    """Give a policy another version, the fifth at most."""
    params = call.params
    policy = own_policy_at(state, params.policy_arn, call.caller.arn, "CreatePolicyVersion")
    documents.check_identity_policy(params.policy_document, managed=True)
    quotas.check_size(call, "PolicySize", params.policy_document)
    limit = call.quota("VersionsPerPolicy", 5)
    if len(policy.versions) >= limit:
        raise errors.too_many_versions(limit)
    return api.CreatePolicyVersionResult(
        policy_version=api.PolicyVersion(
            version_id=f"v{policy.last + 1}",
            is_default_version=params.set_as_default is True,
            create_date=SpacedTime.of(call.time),
        )
    )


@service.project
def policy_version_created(
    state: Iam, event: Event[api.CreatePolicyVersion, api.CreatePolicyVersionResult]
) -> None:
    """The policy has this version, too."""
    policy = implied.policy(state, event, event.params.policy_arn)
    if policy is None:
        return
    result = event.result.policy_version
    name = UNSET if result is UNSET else result.version_id
    if name is UNSET:
        name = f"v{policy.last + 1}"
    policy.versions[name] = Version(document=event.params.policy_document, created=SpacedTime.of(event.time))
    policy.last = max(policy.last, _number(name))
    policy.updated = SpacedTime.of(event.time)
    if event.params.set_as_default is True:
        policy.default = name


def _number(version: str) -> int:
    digits = version.removeprefix("v").partition(".")[0]
    return int(digits) if digits.isdecimal() else 0


@service.read
def get_policy_version(state: Iam, call: Call[api.GetPolicyVersion]) -> api.GetPolicyVersionResult:
    """One version of a policy, with its document."""
    policy = policy_at(state, call.params.policy_arn)
    name = call.params.version_id
    if name not in policy.versions:
        if policy.implied_by or policy.default is UNSET:
            raise NotInTrail(f"version {name} of {policy.arn}")
        raise errors.no_policy_version(policy.arn, name)
    if policy.versions[name].document is UNSET:
        raise NotInTrail(f"the document of {policy.arn}, version {name}")
    return api.GetPolicyVersionResult(policy_version=version_view(policy, name, document=True))


@service.read
def list_policy_versions(state: Iam, call: Call[api.ListPolicyVersions]) -> api.ListPolicyVersionsResult:
    """A policy's versions, the newest first, without their documents."""
    policy = policy_at(state, call.params.policy_arn)
    # Markers are keys in order, so a version's key counts down.
    order = {f"{10**6 - _number(name):07}": name for name in newest_first(policy)}
    page = named(sorted(order), call.params)
    versions = [version_view(policy, order[key], document=False) for key in page.items]
    return api.ListPolicyVersionsResult(versions=versions, **ends(page))


@service.handle
def set_default_policy_version(state: Iam, call: Call[api.SetDefaultPolicyVersion]) -> None:
    """Make one of a policy's versions the one that counts."""
    params = call.params
    policy = own_policy_at(state, params.policy_arn, call.caller.arn, "SetDefaultPolicyVersion")
    if params.version_id not in policy.versions and not policy.implied_by:
        raise errors.no_policy_version(policy.arn, params.version_id)


@service.project
def default_policy_version_set(state: Iam, event: Event[api.SetDefaultPolicyVersion, None]) -> None:
    """This version counts."""
    policy = implied.policy(state, event, event.params.policy_arn)
    if policy is None:
        return
    _seen(policy, event.params.version_id)
    policy.default = event.params.version_id
    policy.updated = SpacedTime.of(event.time)


def _seen(policy: Policy, version: str) -> None:
    """A version that a record names is there, whatever it says."""
    policy.versions.setdefault(version, Version())
    policy.last = max(policy.last, _number(version))


@service.handle
def delete_policy_version(state: Iam, call: Call[api.DeletePolicyVersion]) -> None:
    """Delete one of a policy's versions, but not the one that counts."""
    params = call.params
    policy = own_policy_at(state, params.policy_arn, call.caller.arn, "DeletePolicyVersion")
    if params.version_id not in policy.versions and not policy.implied_by:
        raise errors.no_policy_version(policy.arn, params.version_id)
    if params.version_id == policy.default:
        raise errors.default_version()


@service.project
def policy_version_deleted(state: Iam, event: Event[api.DeletePolicyVersion, None]) -> None:
    """The policy has this version no more; its number never comes again."""
    policy = implied.policy(state, event, event.params.policy_arn)
    if policy is not None:
        _seen(policy, event.params.version_id)
        del policy.versions[event.params.version_id]


@service.handle
def tag_policy(state: Iam, call: Call[api.TagPolicy]) -> None:
    """Put tags on one of the account's policies."""
    policy = own_policy_at(state, call.params.policy_arn, call.caller.arn, "TagPolicy")
    tags.check_more(call, policy, call.params.tags)


@service.project
def policy_tagged(state: Iam, event: Event[api.TagPolicy, None]) -> None:
    """The policy has these tags, too."""
    policy = implied.policy(state, event, event.params.policy_arn)
    if policy is not None:
        tags.put(policy, event.params.tags)


@service.handle
def untag_policy(state: Iam, call: Call[api.UntagPolicy]) -> None:
    """Take tags off one of the account's policies."""
    own_policy_at(state, call.params.policy_arn, call.caller.arn, "UntagPolicy")


@service.project
def policy_untagged(state: Iam, event: Event[api.UntagPolicy, None]) -> None:
    """The policy has these tags no more."""
    policy = implied.policy(state, event, event.params.policy_arn)
    if policy is not None:
        tags.remove(policy, event.params.tag_keys)


@service.read
def list_policy_tags(state: Iam, call: Call[api.ListPolicyTags]) -> api.ListPolicyTagsResult:
    """A policy's tags."""
    found, end = tags.page_of(policy_at(state, call.params.policy_arn), call.params)
    return api.ListPolicyTagsResult(tags=found, **end)
