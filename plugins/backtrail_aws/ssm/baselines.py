"""Patch baselines: the account's own and AWS's, and which one is the default of an operating system.

https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-patch-baselines.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ssm import api, errors, limits, settings, tags
from backtrail_aws.ssm.document_reading import paged
from backtrail_aws.ssm.parameters import time
from backtrail_aws.ssm.state import Baseline, Ssm, service

WINDOWS = "WINDOWS"
AWS = "075727635805"  # whose predefined baselines are in us-east-1: examples of DescribePatchBaselines
_PREDEFINED = {
    "ALMA_LINUX": "AWS-AlmaLinuxDefaultPatchBaseline",
    "AMAZON_LINUX": "AWS-AmazonLinuxDefaultPatchBaseline",
    "AMAZON_LINUX_2": "AWS-AmazonLinux2DefaultPatchBaseline",
    "AMAZON_LINUX_2022": "AWS-AmazonLinux2022DefaultPatchBaseline",
    "AMAZON_LINUX_2023": "AWS-AmazonLinux2023DefaultPatchBaseline",
    "CENTOS": "AWS-CentOSDefaultPatchBaseline",
    "DEBIAN": "AWS-DebianDefaultPatchBaseline",
    "MACOS": "AWS-MacOSDefaultPatchBaseline",
    "ORACLE_LINUX": "AWS-OracleLinuxDefaultPatchBaseline",
    "RASPBIAN": "AWS-RaspbianDefaultPatchBaseline",
    "REDHAT_ENTERPRISE_LINUX": "AWS-RedHatDefaultPatchBaseline",
    "ROCKY_LINUX": "AWS-RockyLinuxDefaultPatchBaseline",
    "SUSE": "AWS-SuseDefaultPatchBaseline",
    "UBUNTU": "AWS-UbuntuDefaultPatchBaseline",
    WINDOWS: "AWS-DefaultPatchBaseline",
}
"""patch-manager-predefined-and-custom-patch-baselines.html. AWS's ids are its own secret; these are derived."""


@cache
def predefined(region: str) -> dict[str, Baseline]:
    """AWS's baselines in a region, by ARN, which is their id."""
    found: dict[str, Baseline] = {}
    for system, name in _PREDEFINED.items():
        digest = hashlib.blake2b(f"{region}/{name}".encode()).hexdigest()[:17]
        arn = f"arn:aws:ssm:{region}:{AWS}:patchbaseline/pb-{digest}"
        held = api.UpdatePatchBaseline(
            baseline_id=arn, name=name, description=f"Default Patch Baseline for {system} Provided by AWS.",
            approved_patches=[], rejected_patches=[], sources=[], approved_patches_compliance_level="UNSPECIFIED",
            approved_patches_enable_non_security=False, rejected_patches_action="ALLOW_AS_DEPENDENCY",
        )  # fmt: skip
        found[arn] = Baseline(id=arn, arn=arn, system=system, settings=held)
    return found


def find(state: Ssm, region: str, identifier: str) -> Baseline | None:
    """The baseline of an id or an ARN; None where there is none."""
    return predefined(region).get(identifier) or state.baselines.get(identifier.rpartition("/")[2])


def required(state: Ssm, region: str, identifier: str) -> Baseline:
    """The baseline of an id or an ARN. Raises `Refusal`."""
    found = find(state, region, identifier)
    if found is None:
        # evidence: guess
        raise errors.missing("Patch Baseline to be retrieved does not exist.")
    return found


def default(state: Ssm, region: str, system: str) -> str:
    """The id of an operating system's default baseline."""
    held = state.defaults.get(system)
    if held is not None:
        return held
    return next((one.id for one in predefined(region).values() if one.system == system), "")


# create


@service.handle(token="client_token")
def create_patch_baseline(state: Ssm, call: Call[api.CreatePatchBaseline]) -> api.CreatePatchBaselineResult:
    """A baseline; of Windows, where nothing else is said."""
    tags.check(told(call.params.tags, []), {})
    if len(state.baselines) >= call.quota("patch-baselines", limits.BASELINES_MAX):
        # evidence: guess
        raise errors.limit("You have reached the maximum number of patch baselines.")
    return api.CreatePatchBaselineResult(baseline_id=call.new_id("pb"))


@service.project
def patch_baseline_created(
    state: Ssm, event: Event[api.CreatePatchBaseline, api.CreatePatchBaselineResult]
) -> None:
    """The baseline is there."""
    params = event.params
    identifier = told(event.result.baseline_id, event.new_id("pb"))
    base = api.UpdatePatchBaseline(
        baseline_id=identifier, approved_patches=[], rejected_patches=[], sources=[],
        approved_patches_compliance_level="UNSPECIFIED", approved_patches_enable_non_security=False,
        rejected_patches_action="ALLOW_AS_DEPENDENCY",
        global_filters=api.PatchFilterGroup(patch_filters=[]), approval_rules=api.PatchRuleGroup(patch_rules=[]),
    )  # fmt: skip
    state.baselines[identifier] = Baseline(
        id=identifier, arn=event.arn("ssm", f"patchbaseline/{identifier}"),
        system=told(params.operating_system, WINDOWS), settings=settings.changed(base, params), made=event.time,
        changed=event.time, tags=tags.plain(told(params.tags, [])),
    )  # fmt: skip


# update


@service.handle
def update_patch_baseline(state: Ssm, call: Call[api.UpdatePatchBaseline]) -> api.UpdatePatchBaselineResult:
    """What is given changes; with Replace, what is not given is gone."""
    params = call.params
    held = state.baselines.get(params.baseline_id.rpartition("/")[2])
    if held is None:
        # evidence: guess
        raise errors.missing("Patch Baseline to be retrieved does not exist.")
    made = settings.changed(held.settings, params, whole=params.replace is True)
    base = api.UpdatePatchBaselineResult(
        operating_system=told(held.system, WINDOWS),
        created_date=time(held.made),
        modified_date=time(call.time),
    )
    return settings.changed(base, made)


@service.project
def patch_baseline_updated(
    state: Ssm, event: Event[api.UpdatePatchBaseline, api.UpdatePatchBaselineResult]
) -> None:
    """The baseline is otherwise."""
    params = event.params
    held = state.baseline(event, params.baseline_id.rpartition("/")[2])
    held.settings = settings.changed(held.settings, params, whole=params.replace is True)
    held.changed = event.time


# delete


@service.handle
def delete_patch_baseline(state: Ssm, call: Call[api.DeletePatchBaseline]) -> api.DeletePatchBaselineResult:
    """Not while a patch group has it, or while it is a default; one that is not there is no error."""
    identifier = call.params.baseline_id.rpartition("/")[2]
    if identifier in state.groups.values() or identifier in state.defaults.values():
        # evidence: model; words: page API_DeletePatchBaseline
        raise Refusal(
            "ResourceInUseException",
            "The patch baseline can't be deleted because it is the default, or is registered with a patch group.",
        )
    return api.DeletePatchBaselineResult(baseline_id=call.params.baseline_id)


@service.project
def patch_baseline_deleted(
    state: Ssm, event: Event[api.DeletePatchBaseline, api.DeletePatchBaselineResult]
) -> None:
    """The baseline is gone, and with it what a record that began half-way said of its use."""
    identifier = event.params.baseline_id.rpartition("/")[2]
    state.baselines.pop(identifier, None)
    for group in [name for name, held in state.groups.items() if held == identifier]:
        del state.groups[group]
    state.defaults = {system: held for system, held in state.defaults.items() if held != identifier}


# default


@service.handle
def register_default_patch_baseline(
    state: Ssm, call: Call[api.RegisterDefaultPatchBaseline]
) -> api.RegisterDefaultPatchBaselineResult:
    """The default of its operating system."""
    return api.RegisterDefaultPatchBaselineResult(
        baseline_id=required(state, call.region, call.params.baseline_id).id
    )


@service.project
def default_patch_baseline_registered(
    state: Ssm, event: Event[api.RegisterDefaultPatchBaseline, api.RegisterDefaultPatchBaselineResult]
) -> None:
    """The default is another one."""
    held = find(state, event.region, event.params.baseline_id)
    if held is None:
        held = state.baseline(event, event.params.baseline_id.rpartition("/")[2])
    state.defaults[told(held.system, WINDOWS)] = held.id


@service.read
def get_default_patch_baseline(
    state: Ssm, call: Call[api.GetDefaultPatchBaseline]
) -> api.GetDefaultPatchBaselineResult:
    """The default of an operating system."""
    system = told(call.params.operating_system, WINDOWS)
    return api.GetDefaultPatchBaselineResult(
        baseline_id=default(state, call.region, system), operating_system=system
    )


# read


@service.read
def get_patch_baseline(state: Ssm, call: Call[api.GetPatchBaseline]) -> api.GetPatchBaselineResult:
    """All of a baseline."""
    held = required(state, call.region, call.params.baseline_id)
    groups = [key.partition("/")[2] for key, identifier in state.groups.items() if identifier == held.id]
    base = api.GetPatchBaselineResult(
        operating_system=told(held.system, WINDOWS), patch_groups=groups, created_date=time(held.made),
        modified_date=time(held.changed),
    )  # fmt: skip
    return settings.changed(base, held.settings)


@service.read
def describe_patch_baselines(
    state: Ssm, call: Call[api.DescribePatchBaselines]
) -> api.DescribePatchBaselinesResult:
    """The account's and AWS's, that all filters keep."""
    params = call.params
    tests = [_test(told(one.key, ""), told(one.values, [])) for one in told(params.filters, [])]
    held = {**predefined(call.region), **state.baselines}
    found = paged(
        held,
        params.next_token,
        params.max_results,
        limits.BASELINE_PAGE,
        lambda one: all(test(one) for test in tests),
    )
    return api.DescribePatchBaselinesResult(
        baseline_identities=[identity(state, call.region, one) for one in found.items],
        next_token=found.next or UNSET,
    )


def identity(state: Ssm, region: str, one: Baseline) -> api.PatchBaselineIdentity:
    """A baseline as lists show it."""
    system = told(one.system, WINDOWS)
    return api.PatchBaselineIdentity(
        baseline_id=one.id, baseline_name=one.settings.name, operating_system=system,
        baseline_description=told(one.settings.description, ""),
        default_baseline=default(state, region, system) == one.id,
    )  # fmt: skip


def _test(key: str, values: Sequence[str]) -> Callable[[Baseline], bool]:
    tests: dict[str, Callable[[Baseline], bool]] = {
        "NAME_PREFIX": lambda one: told(one.settings.name, "").startswith(tuple(values)),
        "OWNER": lambda one: (
            ("AWS" if isinstance(one.made, UnsetType) and one.id == one.arn else "Self") in values
        ),
        "OPERATING_SYSTEM": lambda one: told(one.system, WINDOWS) in values,
    }
    if key not in tests:
        # evidence: model; words: guess
        raise Refusal("InvalidFilter", f"The filter key {key} is not valid.")
    return tests[key]
