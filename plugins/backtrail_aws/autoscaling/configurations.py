"""Launch configurations: https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-configurations.html"""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import Answer, Call, Event, UnsetType, members, told
from backtrail_aws.autoscaling import api, asking, errors, limits, pages
from backtrail_aws.autoscaling.groups import from_instance
from backtrail_aws.autoscaling.made import made
from backtrail_aws.autoscaling.state import Scaling, service

ALLOWED = service.option(
    "launch_configurations", True, "Whether launch configurations can be created: new accounts cannot."
)


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """Beside the record: what was copied from an instance."""

    configuration: api.LaunchConfiguration


@service.handle
def create_launch_configuration(state: Scaling, call: Call[api.CreateLaunchConfiguration]) -> Answer[None]:
    """From an image and a type, or from an instance."""
    params = call.params
    if not call.option(ALLOWED):
        # evidence: page launch-configurations.html (new accounts since 1 October 2024); words: guess
        raise errors.invalid(
            "The Launch Configuration creation operation is not available in your account. Use launch templates to "
            "create configuration templates for your Auto Scaling groups."
        )
    name = params.launch_configuration_name
    if name in state.configurations:
        raise errors.configuration_exists(name)
    if len(state.configurations) >= call.quota("configurations", limits.CONFIGURATIONS_MAX):
        raise errors.too_many("launch configurations")
    if isinstance(params.instance_id, str):
        held = asking.instance(call, params.instance_id)
        if held is None:
            # evidence: guess
            raise errors.invalid(f"The instance ID '{params.instance_id}' does not exist")
        return Answer(None, note=Copied(configuration=from_instance(held)))
    if not params.image_id or not params.instance_type:
        # evidence: guess
        raise errors.invalid(
            "Valid requests must contain either the InstanceID parameter or both the ImageId and InstanceType "
            "parameters."
        )
    return Answer(None)


@service.project
def launch_configuration_created(state: Scaling, event: Event[api.CreateLaunchConfiguration, None]) -> None:
    """It is there, and never changes."""
    name, note = event.params.launch_configuration_name, event.note(Copied)
    base = note.configuration if note is not None else api.LaunchConfiguration()
    state.configurations[name] = made(event, name, members.over(base, event.params))


@service.handle
def delete_launch_configuration(state: Scaling, call: Call[api.DeleteLaunchConfiguration]) -> None:
    """One that no group launches from."""
    name = call.params.launch_configuration_name
    if name not in state.configurations:
        raise errors.no_configuration(name)
    for group in state.groups.values():
        if group.shown.launch_configuration_name == name:
            raise errors.configuration_used(name, group.name)


@service.project
def launch_configuration_deleted(state: Scaling, event: Event[api.DeleteLaunchConfiguration, None]) -> None:
    """It is gone."""
    state.configurations.pop(event.params.launch_configuration_name, None)


@service.evidence
def launch_configuration_was_not_there(
    state: Scaling, event: Event[api.DeleteLaunchConfiguration, None]
) -> None:
    """What AWS does not find is gone."""
    if event.error in ("ValidationError", "ValidationException"):
        state.configurations.pop(event.params.launch_configuration_name, None)


@service.read
def describe_launch_configurations(
    state: Scaling, call: Call[api.DescribeLaunchConfigurations]
) -> api.DescribeLaunchConfigurationsResult:
    """All, or those that are named."""
    wanted = told(call.params.launch_configuration_names, [])
    found, token = pages.paged(
        call.params, state.configurations, lambda one: not wanted or one.name in wanted
    )
    return api.DescribeLaunchConfigurationsResult(
        launch_configurations=[_shown(one.shown) for one in found], next_token=token
    )


def _shown(held: api.LaunchConfiguration) -> api.LaunchConfiguration:
    """As answers have it: what was not told is empty."""
    empty: dict[str, Any] = {"key_name": "", "user_data": "", "kernel_id": "", "ramdisk_id": ""}
    lists: dict[str, Any] = {
        "security_groups": [], "classic_link_vpc_security_groups": [], "block_device_mappings": [],
    }  # fmt: skip
    changes = {
        name: value for name, value in (empty | lists).items() if isinstance(getattr(held, name), UnsetType)
    }
    return msgspec.structs.replace(
        held, **changes, ebs_optimized=told(held.ebs_optimized, False),
        instance_monitoring=told(held.instance_monitoring, api.InstanceMonitoring(enabled=True)),
    )  # fmt: skip
