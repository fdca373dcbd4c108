"""Options of instances that have actions of their own: metadata service, placement, CPU credits."""

from __future__ import annotations

import msgspec

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, errors, filters, instances, placement_groups, type_data
from backtrail_aws.ec2.instances import INSTANCES
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_compute import Instance

METADATA = {
    "http_tokens": ("optional", "required"), "http_endpoint": ("enabled", "disabled"),
    "http_protocol_ipv6": ("enabled", "disabled"), "instance_metadata_tags": ("enabled", "disabled"),
}  # fmt: skip
HOPS = (1, 64)  # API_ModifyInstanceMetadataOptions

# metadata service


@service.handle
def modify_instance_metadata_options(
    state: Ec2, call: Call[api.ModifyInstanceMetadataOptions]
) -> api.ModifyInstanceMetadataOptionsResult:
    """Demand tokens or not, let metadata travel farther, turn the service off."""
    params = call.params
    instance = INSTANCES.find(state, params.instance_id)
    if not instances.alive(instance):
        # evidence: page errors-overview.html (IncorrectInstanceState); words: guess
        raise Refusal("IncorrectInstanceState", f"The instance '{instance.id}' is not in a valid state.")
    for name, choices in METADATA.items():
        value = getattr(params, name)
        if value not in (UNSET, *choices):
            # evidence: page API_ModifyInstanceMetadataOptions; words: guess
            raise errors.invalid(f"Invalid value '{value}' for {name}.")
    hops = params.http_put_response_hop_limit
    if not isinstance(hops, UnsetType) and not HOPS[0] <= hops <= HOPS[1]:
        # evidence: page API_ModifyInstanceMetadataOptions; words: guess
        raise errors.invalid(
            f"Invalid value '{hops}' for HttpPutResponseHopLimit. Valid values are from 1 to 64."
        )
    return api.ModifyInstanceMetadataOptionsResult(
        instance_id=instance.id, instance_metadata_options=_changed(instance, params, "pending")
    )


def _changed(
    instance: Instance, params: api.ModifyInstanceMetadataOptions, state: str
) -> api.InstanceMetadataOptionsResponse:
    held = told(instance.metadata, api.InstanceMetadataOptionsResponse())
    members = (*METADATA, "http_put_response_hop_limit")
    given = {name: value for name in members if (value := getattr(params, name)) is not UNSET}
    return msgspec.structs.replace(held, state=state, **given)


@service.project
def instance_metadata_options_modified(
    state: Ec2, event: Event[api.ModifyInstanceMetadataOptions, api.ModifyInstanceMetadataOptionsResult]
) -> None:
    """It is so."""
    instance = INSTANCES.known(state, event, event.params.instance_id)
    instance.metadata = _changed(instance, event.params, "applied")


# placement


@service.handle
def modify_instance_placement(
    state: Ec2, call: Call[api.ModifyInstancePlacement]
) -> api.ModifyInstancePlacementResult:
    """Put a stopped instance into a group or onto a host, or take it out of one."""
    params = call.params
    instance = INSTANCES.find(state, params.instance_id)
    if instances.state_of(call, instance) != "stopped":
        # evidence: page errors-overview.html (IncorrectInstanceState); words: guess
        raise Refusal(
            "IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'stopped' state."
        )
    kind = type_data.types().get(told(instance.type, ""))
    if isinstance(params.group_name, str) and params.group_name and kind is not None:
        placement_groups.check(state, call, params.group_name, kind, told(instance.zone, ""), 1)
    return api.ModifyInstancePlacementResult(return_=True)


@service.project
def instance_placement_modified(
    state: Ec2, event: Event[api.ModifyInstancePlacement, api.ModifyInstancePlacementResult]
) -> None:
    """It is there."""
    params = event.params
    instance = INSTANCES.known(state, event, params.instance_id)
    members = (
        "group_name",
        "group_id",
        "partition_number",
        "host_id",
        "host_resource_group_arn",
        "tenancy",
        "affinity",
    )
    given = {name: value for name in members if (value := getattr(params, name)) is not UNSET}
    instance.placement = msgspec.structs.replace(instance.placement, **given)


# credits


def credits_of(instance: Instance) -> str | None:
    """How a burstable instance pays for bursts; None for others. Unless told, T2 is `standard`, others `unlimited`."""
    kind = type_data.types().get(told(instance.type, ""))
    if kind is None or not kind.burstable or kind.family == "t1":
        return None
    return told(instance.credits, "standard" if kind.family == "t2" else "unlimited")


@service.read
def describe_instance_credit_specifications(
    state: Ec2, call: Call[api.DescribeInstanceCreditSpecifications]
) -> api.DescribeInstanceCreditSpecificationsResult:
    """The burstable instances that are named; without names, those that are `unlimited`."""
    wanted = told(call.params.instance_ids, [])
    found = INSTANCES.find_all(state, wanted) if wanted else list(state.compute.instances.values())
    for one in found:
        if wanted and credits_of(one) is None:
            # evidence: page errors-overview.html (InstanceCreditSpecification.NotSupported); words: guess
            raise Refusal(
                "InstanceCreditSpecification.NotSupported",
                f"The instance '{one.id}' does not support CPU credits.",
            )
    looks: filters.Fields[Instance] = {"instance-id": lambda one: one.id}
    keep = filters.matching(call.params.filters, looks)
    held = {
        one.id: one
        for one in found
        if instances.alive(one) and (keep is None or keep(one)) and (wanted or credits_of(one) == "unlimited")
    }
    page = filters.paged(call, held)
    return api.DescribeInstanceCreditSpecificationsResult(
        instance_credit_specifications=[
            api.InstanceCreditSpecification(instance_id=one.id, cpu_credits=credits_of(one) or UNSET)
            for one in page.items
        ],
        next_token=page.next or UNSET,
    )


@service.handle(token="client_token")
def modify_instance_credit_specification(
    state: Ec2, call: Call[api.ModifyInstanceCreditSpecification]
) -> api.ModifyInstanceCreditSpecificationResult:
    """Each instance for itself: those that cannot say why."""
    done: list[api.SuccessfulInstanceCreditSpecificationItem] = []
    failed: list[api.UnsuccessfulInstanceCreditSpecificationItem] = []
    for one in call.params.instance_credit_specifications:
        error = _credit_error(state, one)
        if error is None:
            done.append(api.SuccessfulInstanceCreditSpecificationItem(instance_id=one.instance_id))
        else:
            failed.append(
                api.UnsuccessfulInstanceCreditSpecificationItem(instance_id=one.instance_id, error=error)
            )
    return api.ModifyInstanceCreditSpecificationResult(
        successful_instance_credit_specifications=done, unsuccessful_instance_credit_specifications=failed
    )


def _credit_error(
    state: Ec2, one: api.InstanceCreditSpecificationRequest
) -> api.UnsuccessfulInstanceCreditSpecificationItemError | None:
    """Why an instance cannot be changed: API_UnsuccessfulInstanceCreditSpecificationItemError."""
    instance = state.compute.instances.get(one.instance_id)
    code, text = "", ""
    if not INSTANCES.fits(one.instance_id):
        code, text = "InvalidInstanceID.Malformed", f"The instance ID '{one.instance_id}' is malformed"
    elif instance is None:
        code, text = "InvalidInstanceID.NotFound", f"The instance ID '{one.instance_id}' does not exist"
    elif credits_of(instance) is None:
        code, text = (
            "InstanceCreditSpecification.NotSupported",
            f"'{one.instance_id}' does not support CPU credits.",
        )
    elif one.cpu_credits not in ("standard", "unlimited"):
        code, text = "InvalidInstanceCreditSpecification", f"Invalid CPU credits: {told(one.cpu_credits, '')}"
    return api.UnsuccessfulInstanceCreditSpecificationItemError(code=code, message=text) if code else None


@service.project
def instance_credits_modified(
    state: Ec2,
    event: Event[api.ModifyInstanceCreditSpecification, api.ModifyInstanceCreditSpecificationResult],
) -> None:
    """Those that could be changed are."""
    failed = {one.instance_id for one in told(event.result.unsuccessful_instance_credit_specifications, [])}
    for one in event.params.instance_credit_specifications:
        if one.instance_id not in failed and isinstance(one.cpu_credits, str):
            INSTANCES.known(state, event, one.instance_id).credits = one.cpu_credits
