"""What of an instance can be asked and changed one by one.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html
"""

from __future__ import annotations

import base64
from typing import Any

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import (
    api,
    errors,
    instances,
    interfaces,
    launching,
    route_targets,
    security_groups,
    type_data,
)
from backtrail_aws.ec2.instances import INSTANCES
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_compute import Instance
from backtrail_aws.ec2.state_network import RouteTable

STOPPED = (
    "instanceType",
    "kernel",
    "ramdisk",
    "userData",
    "ebsOptimized",
    "sriovNetSupport",
    "enaSupport",
    "enclaveOptions",
)
"""What only a stopped instance lets change."""
MEMBERS = {
    "instanceType": "instance_type", "kernel": "kernel", "ramdisk": "ramdisk", "userData": "user_data",
    "disableApiTermination": "disable_api_termination", "disableApiStop": "disable_api_stop",
    "instanceInitiatedShutdownBehavior": "instance_initiated_shutdown_behavior", "ebsOptimized": "ebs_optimized",
    "sourceDestCheck": "source_dest_check", "groupSet": "groups", "blockDeviceMapping": "block_device_mappings",
    "sriovNetSupport": "sriov_net_support", "enaSupport": "ena_support", "enclaveOptions": "enclave_options",
}  # fmt: skip
_BOOLEAN = ("disableApiTermination", "disableApiStop", "ebsOptimized", "sourceDestCheck", "enaSupport")
_READ = (*MEMBERS, "rootDeviceName", "productCodes")


def changes(params: api.ModifyInstanceAttribute) -> dict[str, Any]:
    """What a request changes: attribute -> value. It says so in a member of its own, or as `attribute` and `value`."""
    found: dict[str, Any] = {}
    for name, member in MEMBERS.items():
        value = getattr(params, member)
        if not isinstance(value, UnsetType) and value != []:
            found[name] = getattr(value, "value", value)
    if isinstance(params.attribute, str) and isinstance(params.value, str) and params.attribute not in found:
        text = params.value
        found[params.attribute] = text.lower() == "true" if params.attribute in _BOOLEAN else text
    return found


# modify


@service.handle
def modify_instance_attribute(state: Ec2, call: Call[api.ModifyInstanceAttribute]) -> None:
    """Change one attribute of an instance; some only while it is stopped."""
    params = call.params
    if params.instance_id not in state.compute.instances and not INSTANCES.fits(params.instance_id):
        # evidence: record denied-calls ModifyInstanceAttribute
        raise errors.invalid(
            f"Value ({params.instance_id}) for parameter instanceId is invalid. Expected: 'i-...'."
        )
    instance = INSTANCES.find(state, params.instance_id)
    wanted = changes(params)
    if isinstance(params.attribute, str) and params.attribute not in MEMBERS:
        raise bad_attribute(params.attribute)
    if not wanted:
        # evidence: page errors-overview.html; words: guess
        raise errors.combination("No attributes specified.")
    if len(wanted) > 1:
        # evidence: page API_ModifyInstanceAttribute ("You can specify only one attribute at a time"); words: guess
        raise errors.combination("Fields for multiple attribute types specified: " + ", ".join(wanted))
    (name, value), = wanted.items()  # fmt: skip
    now = instances.state_of(call, instance)
    if now in ("shutting-down", "terminated") or (name in STOPPED and now != "stopped"):
        # evidence: page errors-overview.html (IncorrectInstanceState); words: guess
        raise Refusal(
            "IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'stopped' state."
        )
    _check(state, call, instance, name, value)


def _check(state: Ec2, call: Call[Any], instance: Instance, name: str, given: Any) -> None:
    value: Any = given
    if name == "instanceType":
        kind = type_data.types().get(value)
        if kind is None:
            # evidence: page errors-overview.html; words: guess
            raise errors.invalid(f"Invalid value '{value}' for InstanceType.")
        if isinstance(instance.architecture, str) and instance.architecture not in kind.architectures:
            # evidence: page UserGuide/resize-limitations.html; words: guess
            raise errors.invalid(
                f"The architecture '{instance.architecture}' of the specified instance does not match the architecture "
                f"'{','.join(kind.architectures)}' of the specified instance type."
            )
    elif name == "groupSet":
        held = interfaces.of_instance(state, instance.id)
        security_groups.check_count(call, len(value))
        security_groups.chosen(state, told(held[0].vpc if held else instance.vpc, ""), value)
    elif name == "instanceInitiatedShutdownBehavior" and value not in ("stop", "terminate"):
        # evidence: guess
        raise errors.invalid(f"Invalid value '{value}' for instanceInitiatedShutdownBehavior.")
    elif name == "userData":
        launching.check_user_data(_text(value))
    elif name == "blockDeviceMapping":
        there = state.compute.devices.get(instance.id, {})
        devices: list[api.InstanceBlockDeviceMappingSpecification] = given
        for one in devices:
            if told(one.device_name, "") not in there:
                # evidence: page errors-overview.html (InvalidInstanceAttributeValue); words: guess
                raise Refusal(
                    "InvalidInstanceAttributeValue", f"No device is currently mapped at {one.device_name}"
                )


def _text(value: Any) -> str | UnsetType:
    """User data as the log keeps it: in base64; the wire has taken that off bytes."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value if isinstance(value, str) else UNSET


@service.project
def instance_attribute_modified(state: Ec2, event: Event[api.ModifyInstanceAttribute, None]) -> None:
    """The instance is otherwise from now on."""
    instance = INSTANCES.known(state, event, event.params.instance_id)
    fields = {
        "instanceType": "type", "kernel": "kernel", "ramdisk": "ramdisk", "disableApiTermination": "keeps",
        "disableApiStop": "keeps_running", "instanceInitiatedShutdownBehavior": "shutdown",
        "ebsOptimized": "ebs_optimized", "sriovNetSupport": "sriov", "enaSupport": "ena",
    }  # fmt: skip
    for name, value in changes(event.params).items():
        if name in fields:
            setattr(instance, fields[name], value)
        elif name == "userData":
            instance.user_data = _text(value)
        elif name == "enclaveOptions":
            instance.enclave = told(value.enabled, False)
        elif name == "sourceDestCheck":
            _check_source(state, instance, value)
        elif name == "groupSet":
            _regroup(state, instance, value)
        elif name == "blockDeviceMapping":
            _remap(state, instance, value)


def _check_source(state: Ec2, instance: Instance, value: bool) -> None:
    instance.check = value
    for interface in interfaces.of_instance(state, instance.id)[:1]:
        interface.check = value


def _regroup(state: Ec2, instance: Instance, groups: list[str]) -> None:
    instance.groups = list(groups)
    for interface in interfaces.of_instance(state, instance.id)[:1]:
        interface.groups = list(groups)


def _remap(
    state: Ec2, instance: Instance, devices: list[api.InstanceBlockDeviceMappingSpecification]
) -> None:
    """Whether volumes go with the instance."""
    for one in devices:
        identifier = state.compute.devices.get(instance.id, {}).get(told(one.device_name, ""))
        volume = state.storage.volumes.get(identifier or "")
        ebs = told(one.ebs, None)
        if volume is not None and ebs is not None and isinstance(ebs.delete_on_termination, bool):
            volume.uses[instance.id].delete = ebs.delete_on_termination


@service.handle
def reset_instance_attribute(state: Ec2, call: Call[api.ResetInstanceAttribute]) -> None:
    """Kernel, RAM disk or the check of sources are as they were at first."""
    instance = INSTANCES.find(state, call.params.instance_id)
    name = told(call.params.attribute, "")
    if name not in ("kernel", "ramdisk", "sourceDestCheck"):
        raise bad_attribute(name)
    if name != "sourceDestCheck" and instances.state_of(call, instance) != "stopped":
        # evidence: page errors-overview.html (IncorrectInstanceState); words: guess
        raise Refusal(
            "IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'stopped' state."
        )


@service.project
def instance_attribute_reset(state: Ec2, event: Event[api.ResetInstanceAttribute, None]) -> None:
    """They are."""
    instance = INSTANCES.known(state, event, event.params.instance_id)
    if event.params.attribute == "sourceDestCheck":
        _check_source(state, instance, True)
        return
    image = state.images.images.get(told(instance.image, ""))
    member = told(event.params.attribute, "")
    if member in ("kernel", "ramdisk"):
        setattr(instance, member, getattr(image, member) if image is not None else UNSET)


# describe


@service.read
def describe_instance_attribute(
    state: Ec2, call: Call[api.DescribeInstanceAttribute]
) -> api.DescribeInstanceAttributeResult:
    """One attribute of an instance."""
    instance = INSTANCES.find(state, call.params.instance_id)
    wanted = told(call.params.attribute, "")
    if wanted not in _READ:
        raise bad_attribute(wanted)
    return api.DescribeInstanceAttributeResult(
        instance_id=instance.id, **_shown(state, call, instance, wanted)
    )


def _shown(state: Ec2, call: Call[Any], instance: Instance, wanted: str) -> dict[str, Any]:
    made = instances.shown(state, call, instance)
    texts = {
        "instanceType": ("instance_type", instance.type), "kernel": ("kernel_id", instance.kernel),
        "ramdisk": ("ramdisk_id", instance.ramdisk), "userData": ("user_data", instance.user_data),
        "instanceInitiatedShutdownBehavior": ("instance_initiated_shutdown_behavior", told(instance.shutdown, "stop")),
        "rootDeviceName": ("root_device_name", instance.root_name),
        "sriovNetSupport": ("sriov_net_support", instance.sriov),
    }  # fmt: skip
    flags = {
        "disableApiTermination": ("disable_api_termination", instance.keeps),
        "disableApiStop": ("disable_api_stop", instance.keeps_running),
        "ebsOptimized": ("ebs_optimized", instance.ebs_optimized),
        "sourceDestCheck": ("source_dest_check", made.source_dest_check), "enaSupport": ("ena_support", instance.ena),
    }  # fmt: skip
    if wanted in texts:
        member, text = texts[wanted]
        return {member: api.AttributeValue(value=text)}
    if wanted in flags:
        member, flag = flags[wanted]
        return {member: api.AttributeBooleanValue(value=told(flag, False))}
    if wanted == "enclaveOptions":
        return {"enclave_options": api.EnclaveOptions(enabled=told(instance.enclave, False))}
    if wanted == "groupSet":
        return {"groups": made.security_groups}
    if wanted == "productCodes":
        return {"product_codes": instance.products}
    return {"block_device_mappings": made.block_device_mappings}


def bad_attribute(name: str) -> Refusal:
    """An attribute that instances do not have."""
    # evidence: guess
    return errors.invalid(f"Value ({name}) for parameter attribute is invalid. Unknown attribute.")


# routes to instances


def _alive(state: Ec2, table: RouteTable, identifier: str) -> bool:
    """Whether an instance forwards what a route sends it."""
    instance = state.compute.instances.get(identifier)
    return instance is None or instance.state in ("pending", "running")


def _check_target(state: Ec2, table: RouteTable, identifier: str) -> None:
    instance = INSTANCES.find(state, identifier)
    held = interfaces.of_instance(state, identifier)
    if len(held) > 1:
        # evidence: page errors-overview.html (InvalidInstanceID); words: guess
        raise Refusal(
            "InvalidInstanceID",
            f"There are multiple interfaces attached to instance '{identifier}'. Please specify an interface ID for "
            "the operation instead.",
        )  # fmt: skip
    if UNSET not in (instance.vpc, table.vpc) and instance.vpc != table.vpc:
        # evidence: page errors-overview.html; words: guess
        raise errors.invalid(f"route table {table.id} and instance {identifier} belong to different networks")


route_targets.declare("instance_id", alive=_alive, check=_check_target)
