"""Patch groups: https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-patch-groups.html"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, Refusal, told
from backtrail_aws.ssm import api, baselines, errors, limits
from backtrail_aws.ssm.document_reading import paged
from backtrail_aws.ssm.state import Baseline, Ssm, service


def _key(held: Baseline, group: str) -> str:
    return f"{told(held.system, baselines.WINDOWS)}/{group}"


@service.handle
def register_patch_baseline_for_patch_group(
    state: Ssm, call: Call[api.RegisterPatchBaselineForPatchGroup]
) -> api.RegisterPatchBaselineForPatchGroupResult:
    """A group has one baseline for each operating system."""
    params = call.params
    held = baselines.required(state, call.region, params.baseline_id)
    if _key(held, params.patch_group) in state.groups:
        # evidence: model; words: guess
        raise Refusal(
            "AlreadyExistsException",
            f"Patch Group baseline already has a baseline registered for OperatingSystem "
            f"{told(held.system, baselines.WINDOWS)}.",
        )
    if list(state.groups.values()).count(held.id) >= limits.GROUPS_MAX:
        # evidence: guess
        raise errors.limit("You have reached the maximum number of patch groups of this patch baseline.")
    return api.RegisterPatchBaselineForPatchGroupResult(baseline_id=held.id, patch_group=params.patch_group)


@service.project
def patch_group_registered(
    state: Ssm,
    event: Event[api.RegisterPatchBaselineForPatchGroup, api.RegisterPatchBaselineForPatchGroupResult],
) -> None:
    """The group has the baseline."""
    held = _known(state, event, event.params.baseline_id)
    state.groups[_key(held, event.params.patch_group)] = held.id


def _known(
    state: Ssm,
    event: Event[api.RegisterPatchBaselineForPatchGroup, api.RegisterPatchBaselineForPatchGroupResult],
    identifier: str,
) -> Baseline:
    found = baselines.find(state, event.region, identifier)
    return found if found is not None else state.baseline(event, identifier.rpartition("/")[2])


@service.handle
def deregister_patch_baseline_for_patch_group(
    state: Ssm, call: Call[api.DeregisterPatchBaselineForPatchGroup]
) -> api.DeregisterPatchBaselineForPatchGroupResult:
    """The group must have it."""
    params = call.params
    held = baselines.find(state, call.region, params.baseline_id)
    if held is None or state.groups.get(_key(held, params.patch_group)) != held.id:
        # evidence: model; words: guess
        raise Refusal("InvalidResourceId", "Patch Baseline to be retrieved does not exist.")
    return api.DeregisterPatchBaselineForPatchGroupResult(baseline_id=held.id, patch_group=params.patch_group)


@service.project
def patch_group_deregistered(
    state: Ssm,
    event: Event[api.DeregisterPatchBaselineForPatchGroup, api.DeregisterPatchBaselineForPatchGroupResult],
) -> None:
    """The group has no baseline of that operating system."""
    held = baselines.find(state, event.region, event.params.baseline_id)
    identifier = held.id if held is not None else event.params.baseline_id.rpartition("/")[2]
    for key, other in list(state.groups.items()):
        if other == identifier and key.partition("/")[2] == event.params.patch_group:
            del state.groups[key]


@service.read
def get_patch_baseline_for_patch_group(
    state: Ssm, call: Call[api.GetPatchBaselineForPatchGroup]
) -> api.GetPatchBaselineForPatchGroupResult:
    """The group's baseline for an operating system, or that one's default."""
    group, system = call.params.patch_group, told(call.params.operating_system, baselines.WINDOWS)
    identifier = state.groups.get(f"{system}/{group}") or baselines.default(state, call.region, system)
    return api.GetPatchBaselineForPatchGroupResult(
        baseline_id=identifier, patch_group=group, operating_system=system
    )


@service.read
def describe_patch_groups(state: Ssm, call: Call[api.DescribePatchGroups]) -> api.DescribePatchGroupsResult:
    """Groups with their baselines."""
    params = call.params
    held = {
        key: api.PatchGroupPatchBaselineMapping(
            patch_group=key.partition("/")[2],
            baseline_identity=baselines.identity(state, call.region, one),
        )
        for key, identifier in state.groups.items()
        if (one := baselines.find(state, call.region, identifier)) is not None
    }
    tests = [(told(one.key, ""), told(one.values, [])) for one in told(params.filters, [])]

    def keep(mapping: api.PatchGroupPatchBaselineMapping) -> bool:
        about = told(mapping.baseline_identity, api.PatchBaselineIdentity())
        read = {
            "NAME_PREFIX": told(mapping.patch_group, ""),
            "OPERATING_SYSTEM": told(about.operating_system, ""),
        }
        return all(
            read.get(key, "").startswith(tuple(values)) if key == "NAME_PREFIX" else read.get(key) in values
            for key, values in tests
        )

    found = paged(held, params.next_token, params.max_results, limits.BASELINE_PAGE, keep)
    return api.DescribePatchGroupsResult(mappings=found.items, next_token=found.next or UNSET)
