"""Network interfaces: attached to instances, changed, and described."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, errors, filters, hostnames, kinds, security_groups
from backtrail_aws.ec2.interface_answers import attachment_shown, groups_shown, private_name, shown
from backtrail_aws.ec2.interfaces import INTERFACES, attach, detach, managed
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_addresses import Attachment, Interface

# attach and detach


@service.handle
def attach_network_interface(
    state: Ec2, call: Call[api.AttachNetworkInterface]
) -> api.AttachNetworkInterfaceResult:
    """One interface has one instance, and one instance one interface at each device index."""
    params = call.params
    interface = INTERFACES.find(state, params.network_interface_id)
    kinds.KINDS["instance"].find(state, params.instance_id)
    if not isinstance(interface.attachment, UnsetType):
        # evidence: https://github.com/pulumi/pulumi-aws/issues/2394
        raise Refusal("InvalidNetworkInterface.InUse", f"Interface: [{interface.id}] in use.")
    if str(params.device_index) in state.addresses.of_instance.get(params.instance_id, {}):
        # evidence: https://github.com/lstoll/k8s-vpcnet/issues/71
        raise errors.invalid(
            f"Instance '{params.instance_id}' already has an interface attached at device index "
            f"'{params.device_index}'."
        )
    return api.AttachNetworkInterfaceResult(
        attachment_id=call.new_id("eni-attach"), network_card_index=told(params.network_card_index, 0)
    )


@service.project
def network_interface_attached(
    state: Ec2, event: Event[api.AttachNetworkInterface, api.AttachNetworkInterfaceResult]
) -> None:
    """The interface is the instance's."""
    interface = INTERFACES.known(state, event, event.params.network_interface_id)
    detach(state, interface)
    attachment = Attachment(
        id=told(event.result.attachment_id, event.new_id("eni-attach")), instance=event.params.instance_id,
        owner=event.account, device_index=event.params.device_index,
        card=told(event.params.network_card_index, 0), since=event.time,
    )  # fmt: skip
    attach(state, interface, attachment)


@service.handle
def detach_network_interface(state: Ec2, call: Call[api.DetachNetworkInterface]) -> None:
    """Refuse for an instance's primary interface, and for one that is a service's."""
    interface = _attached(state, call.params.attachment_id)
    if interface.managed:
        raise managed("ela-attach")
    attachment = interface.attachment
    if not isinstance(attachment, UnsetType) and attachment.device_index == 0:
        # evidence: https://github.com/redhat-performance/cloud-governance/pull/952
        raise errors.not_permitted(
            "The network interface at device index 0 and networkCard index 0 cannot be detached."
        )


@service.project
def network_interface_detached(state: Ec2, event: Event[api.DetachNetworkInterface, None]) -> None:
    """The interface is nobody's."""
    interface = INTERFACES.get(state, state.addresses.attachments.get(event.params.attachment_id, ""))
    if interface is not None:
        detach(state, interface)


def _attached(state: Ec2, attachment: str) -> Interface:
    interface = INTERFACES.get(state, state.addresses.attachments.get(attachment, ""))
    if interface is None:
        raise no_attachment(attachment)
    return interface


def no_attachment(identifier: str) -> Refusal:
    """An attachment that is not there."""
    # evidence: page errors-overview.html; words: guess
    return Refusal("InvalidAttachmentID.NotFound", f"The attachment ID '{identifier}' does not exist")


# attributes


@service.handle
def modify_network_interface_attribute(state: Ec2, call: Call[api.ModifyNetworkInterfaceAttribute]) -> None:
    """Groups of the interface's VPC, and an attachment that is the interface's own."""
    params = call.params
    interface = INTERFACES.find(state, params.network_interface_id)
    if not isinstance(params.groups, UnsetType):
        security_groups.check_count(call, len(set(params.groups)))
        security_groups.chosen(state, told(interface.vpc, ""), params.groups)
    if not isinstance(params.attachment, UnsetType):
        own = interface.attachment
        named = told(params.attachment.attachment_id, "")
        if isinstance(own, UnsetType) or (named and own.id != named):
            raise no_attachment(named)


@service.project
def network_interface_attribute_modified(
    state: Ec2, event: Event[api.ModifyNetworkInterfaceAttribute, None]
) -> None:
    """What was given is changed."""
    params = event.params
    interface = INTERFACES.known(state, event, params.network_interface_id)
    if not isinstance(params.description, UnsetType):
        interface.description = told(params.description.value, "")
    if not isinstance(params.source_dest_check, UnsetType):
        interface.check = params.source_dest_check.value
    if not isinstance(params.groups, UnsetType):
        interface.groups = list(params.groups)
    if params.enable_primary_ipv6 is True:
        interface.primary_ipv6 = True
    change = params.attachment
    if not isinstance(change, UnsetType) and not isinstance(interface.attachment, UnsetType):
        kept = interface.attachment.delete_on_termination
        interface.attachment.delete_on_termination = told(change.delete_on_termination, kept)


_ATTRIBUTES = ("description", "groupSet", "sourceDestCheck", "attachment", "associatePublicIpAddress")


@service.read
def describe_network_interface_attribute(
    state: Ec2, call: Call[api.DescribeNetworkInterfaceAttribute]
) -> api.DescribeNetworkInterfaceAttributeResult:
    """One attribute."""
    interface = INTERFACES.find(state, call.params.network_interface_id)
    wanted = told(call.params.attribute, "")
    if wanted not in _ATTRIBUTES:
        # evidence: guess
        raise errors.invalid(f"Value ({wanted}) for parameter attribute is invalid.")
    answer = api.DescribeNetworkInterfaceAttributeResult(network_interface_id=interface.id)
    match wanted:
        case "description":
            answer = _with(answer, description=api.AttributeValue(value=told(interface.description, "")))
        case "groupSet":
            answer = _with(answer, groups=groups_shown(state, interface))
        case "sourceDestCheck":
            answer = _with(answer, source_dest_check=api.AttributeBooleanValue(value=interface.check))
        case "attachment":
            answer = _with(answer, attachment=attachment_shown(interface))
        case _:
            answer = _with(answer, associate_public_ip_address=False)
    return answer


def _with(
    answer: api.DescribeNetworkInterfaceAttributeResult, **members: object
) -> api.DescribeNetworkInterfaceAttributeResult:
    return msgspec.structs.replace(answer, **members)


# describe


def _fields(state: Ec2, region: str) -> filters.Fields[Interface]:
    """API_DescribeNetworkInterfaces: Filters."""

    def publics(interface: Interface, member: str) -> list[str]:
        mapped = [one.public for one in interface.private_ips if not isinstance(one.public, UnsetType)]
        values = [getattr(one, member) for one in mapped]
        return [one for one in values if isinstance(one, str)]

    def attached(member: str) -> Callable[[Interface], filters.Value]:
        return lambda one: None if isinstance(one.attachment, UnsetType) else getattr(one.attachment, member)

    def owners(interface: Interface) -> str | None:
        if not publics(interface, "ip"):
            return None
        return interface.owner if publics(interface, "allocation") else "amazon"

    def since(interface: Interface) -> str | None:
        shown_at = UNSET if isinstance(interface.attachment, UnsetType) else interface.attachment.since
        return None if isinstance(shown_at, UnsetType) else IsoMillisZ.of(shown_at).written()

    return {
        "addresses.association.owner-id": owners,
        "addresses.association.public-ip": lambda one: publics(one, "ip"),
        "addresses.primary": lambda one: ["true" if ip.primary else "false" for ip in one.private_ips],
        "addresses.private-ip-address": lambda one: [ip.address for ip in one.private_ips],
        "association.allocation-id": lambda one: publics(one, "allocation"),
        "association.association-id": lambda one: publics(one, "association"),
        "association.ip-owner-id": owners,
        "association.public-dns-name": lambda one: [
            hostnames.public(ip, region) for ip in publics(one, "ip")
        ],
        "association.public-ip": lambda one: publics(one, "ip"),
        "attachment.attach-time": since,
        "attachment.attachment-id": attached("id"),
        "attachment.delete-on-termination": attached("delete_on_termination"),
        "attachment.device-index": attached("device_index"),
        "attachment.instance-id": attached("instance"),
        "attachment.instance-owner-id": attached("owner"),
        "attachment.status": lambda one: "detached" if isinstance(one.attachment, UnsetType) else "attached",
        "availability-zone": lambda one: one.zone,
        "availability-zone-id": lambda one: one.zone_id,
        "description": lambda one: one.description,
        "group-id": lambda one: one.groups,
        "group-name": lambda one: [told(group.group_name, "") for group in groups_shown(state, one)],
        "interface-type": lambda one: one.kind,
        "ipv6-addresses.ipv6-address": lambda one: one.ipv6,
        "mac-address": lambda one: one.mac,
        "network-interface-id": lambda one: one.id,
        "operator.managed": lambda one: False,
        "owner-id": lambda one: one.owner,
        "private-dns-name": lambda one: private_name(state, one, one.primary, region),
        "private-ip-address": lambda one: [ip.address for ip in one.private_ips],
        "requester-id": lambda one: one.requester,
        "requester-managed": lambda one: one.managed,
        "source-dest-check": lambda one: one.check,
        "status": lambda one: "available" if isinstance(one.attachment, UnsetType) else "in-use",
        "subnet-id": lambda one: one.subnet,
        "vpc-id": lambda one: one.vpc,
    }


@service.read
def describe_network_interfaces(
    state: Ec2, call: Call[api.DescribeNetworkInterfaces]
) -> api.DescribeNetworkInterfacesResult:
    """Interfaces, in the order of their ids."""
    page = filters.described(
        state, call, INTERFACES, call.params.network_interface_ids, _fields(state, call.region),
        alone="networkInterfaceIdSet",
    )  # fmt: skip
    return api.DescribeNetworkInterfacesResult(
        network_interfaces=[shown(state, one, call.region) for one in page.items],
        next_token=page.next or UNSET,
    )
