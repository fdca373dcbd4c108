"""Network ACLs: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html"""

from __future__ import annotations

from collections.abc import Callable

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.ec2 import api, errors, filters, founding, limits, tags, uses
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import AclEntry, NetworkAcl
from backtrail_aws.ec2.vpcs import VPCS

NETWORK_ACLS = Kind(
    "network-acl", "acl", NetworkAcl, lambda state: state.network.network_acls,
    code="InvalidNetworkAclID.NotFound", noun="networkAcl ID", cloudformation="AWS::EC2::NetworkAcl",
    parameters=("network_acl_id", "network_acl_ids"), created_by=("CreateNetworkAcl",),
    parent=lambda acl: told(acl.vpc, None),
)  # fmt: skip


@service.handle(token="client_token")
def create_network_acl(state: Ec2, call: Call[api.CreateNetworkAcl]) -> api.CreateNetworkAclResult:
    """A list that denies everything, over no subnet."""
    params = call.params
    tags.check_new(params.tag_specifications, "network-acl")
    vpc = VPCS.find(state, params.vpc_id)
    there = sum(one.vpc == vpc.id for one in state.network.network_acls.values())
    if there >= call.quota("network_acls_per_vpc", limits.NETWORK_ACLS_PER_VPC_MAX):
        raise errors.limit("NetworkAclLimitExceeded", "network ACLs")
    acl = NetworkAcl(
        id=call.new_id("acl"), vpc=vpc.id, is_default=False,
        tags=tags.given(params.tag_specifications, "network-acl"),
    )  # fmt: skip
    acl.arn = NETWORK_ACLS.arn(call, acl.id)
    for egress in (True, False):
        founding.put_entry(acl, AclEntry(number=limits.ACL_LAST_RULE, egress=egress, cidr=founding.ANYWHERE))
    return api.CreateNetworkAclResult(network_acl=shown(acl), client_token=params.client_token)


@service.project
def network_acl_created(state: Ec2, event: Event[api.CreateNetworkAcl, api.CreateNetworkAclResult]) -> None:
    """The list is there."""
    made = told(event.result.network_acl, api.NetworkAcl())
    if isinstance(made.network_acl_id, UnsetType):
        return
    vpc = VPCS.known(state, event, event.params.vpc_id)
    acl = NetworkAcl(
        id=made.network_acl_id, vpc=vpc.id, is_default=False,
        tags=tags.given(event.params.tag_specifications, "network-acl"),
    )  # fmt: skip
    founding.add_acl(state.network, event, acl)


@service.handle
def delete_network_acl(state: Ec2, call: Call[api.DeleteNetworkAcl]) -> None:
    """Refuse for the default list, and while it is over a subnet."""
    acl = NETWORK_ACLS.find(state, call.params.network_acl_id)
    if acl.is_default is True:
        # evidence: guess
        raise errors.invalid(f"cannot delete default network ACL {acl.id}")
    if acl.associations or uses.used(state, "network-acl", acl.id):
        raise errors.in_use("networkAcl", acl.id)


@service.project
def network_acl_deleted(state: Ec2, event: Event[api.DeleteNetworkAcl, None]) -> None:
    """The list is gone."""
    founding.remove_acl(state.network, event.params.network_acl_id)


@service.evidence
def network_acl_was_gone(state: Ec2, event: Event[api.DeleteNetworkAcl, None]) -> None:
    """A list that could not be deleted because it is not there is not there."""
    if event.error == "Client.InvalidNetworkAclID.NotFound":
        founding.remove_acl(state.network, event.params.network_acl_id)


@service.handle
def replace_network_acl_association(
    state: Ec2, call: Call[api.ReplaceNetworkAclAssociation]
) -> api.ReplaceNetworkAclAssociationResult:
    """Another list is over the subnet."""
    params = call.params
    old = state.network.network_acls.get(state.network.acl_associations.get(params.association_id, ""))
    if old is None:
        # evidence: page errors-overview.html (InvalidAssociationID.NotFound); words: guess
        raise errors.not_found("InvalidAssociationID.NotFound", "association ID", [params.association_id])
    acl = NETWORK_ACLS.find(state, params.network_acl_id)
    if acl.vpc != old.vpc and UNSET not in (acl.vpc, old.vpc):
        subnet = old.associations[params.association_id]
        # evidence: guess
        raise errors.invalid(f"network ACL {acl.id} and subnet {subnet} belong to different networks")
    return api.ReplaceNetworkAclAssociationResult(new_association_id=call.new_id("aclassoc"))


@service.project
def network_acl_association_replaced(
    state: Ec2, event: Event[api.ReplaceNetworkAclAssociation, api.ReplaceNetworkAclAssociationResult]
) -> None:
    """The subnet is under the other list. Of an association that nobody knows, nobody knows the subnet."""
    network = state.network
    acl = NETWORK_ACLS.known(state, event, event.params.network_acl_id)
    old = network.network_acls.get(network.acl_associations.get(event.params.association_id, ""))
    new = event.result.new_association_id
    if old is not None and isinstance(new, str):
        founding.join_acl(network, acl, old.associations[event.params.association_id], new)


# describe


def _fields() -> filters.Fields[NetworkAcl]:
    """API_DescribeNetworkAcls: Filters."""

    def entries(look: Callable[[AclEntry], str | UnsetType]) -> Callable[[NetworkAcl], filters.Value]:
        return lambda acl: [look(one) for one in acl.entries.values()]

    def number(pair: tuple[int, int] | UnsetType, index: int) -> str | UnsetType:
        return UNSET if isinstance(pair, UnsetType) else str(pair[index])

    return {
        "association.association-id": lambda acl: list(acl.associations),
        "association.network-acl-id": lambda acl: acl.id if acl.associations else None,
        "association.subnet-id": lambda acl: acl.associations.values(),
        "default": lambda acl: acl.is_default,
        "entry.cidr": entries(lambda one: one.cidr),
        "entry.egress": entries(lambda one: "true" if one.egress else "false"),
        "entry.icmp.code": entries(lambda one: number(one.icmp, 1)),
        "entry.icmp.type": entries(lambda one: number(one.icmp, 0)),
        "entry.ipv6-cidr": entries(lambda one: one.ipv6_cidr),
        "entry.port-range.from": entries(lambda one: number(one.ports, 0)),
        "entry.port-range.to": entries(lambda one: number(one.ports, 1)),
        "entry.protocol": entries(lambda one: one.protocol),
        "entry.rule-action": entries(lambda one: one.action),
        "entry.rule-number": entries(lambda one: str(one.number)),
        "network-acl-id": lambda acl: acl.id,
        "owner-id": lambda acl: acl.owner,
        "vpc-id": lambda acl: acl.vpc,
    }


_FIELDS = _fields()


@service.read
def describe_network_acls(state: Ec2, call: Call[api.DescribeNetworkAcls]) -> api.DescribeNetworkAclsResult:
    """Lists, in the order of their ids."""
    page = filters.described(state, call, NETWORK_ACLS, call.params.network_acl_ids, _FIELDS)
    return api.DescribeNetworkAclsResult(
        network_acls=[shown(one) for one in page.items], next_token=page.next or UNSET
    )


def shown(acl: NetworkAcl) -> api.NetworkAcl:
    """A list as answers show it."""
    return api.NetworkAcl(
        network_acl_id=acl.id, vpc_id=acl.vpc, owner_id=acl.owner, is_default=acl.is_default,
        tags=tags.shown(acl.tags), entries=[entry_shown(one) for one in acl.entries.values()],
        associations=[
            api.NetworkAclAssociation(network_acl_association_id=one, network_acl_id=acl.id, subnet_id=subnet)
            for one, subnet in acl.associations.items()
        ],
    )  # fmt: skip


def entry_shown(entry: AclEntry) -> api.NetworkAclEntry:
    """An entry as answers show it."""
    ports: api.PortRange | UnsetType = UNSET
    if not isinstance(entry.ports, UnsetType):
        ports = api.PortRange(from_=entry.ports[0], to=entry.ports[1])
    icmp: api.IcmpTypeCode | UnsetType = UNSET
    if not isinstance(entry.icmp, UnsetType):
        icmp = api.IcmpTypeCode(type=entry.icmp[0], code=entry.icmp[1])
    return api.NetworkAclEntry(
        rule_number=entry.number, egress=entry.egress, protocol=entry.protocol, rule_action=entry.action,
        cidr_block=entry.cidr, ipv6_cidr_block=entry.ipv6_cidr, port_range=ports, icmp_type_code=icmp,
    )  # fmt: skip
