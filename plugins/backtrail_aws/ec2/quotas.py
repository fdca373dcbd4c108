"""The quotas that Service Quotas lists of EC2 and VPC, and that are minded here.

https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html,
https://docs.aws.amazon.com/general/latest/gr/ec2-service.html. Codes that no document tells begin otherwise than AWS's.
"""

from __future__ import annotations

from typing import Any, Final

from backtrail import Service
from backtrail_aws.ec2.limits import QUOTAS

_LISTED: Final = (
    ("vpc", "L-F678F1CE", "vpcs", "VPCs per Region", None),
    ("vpc", "L-83CA0A9D", "cidrs_per_vpc", "IPv4 CIDR blocks per VPC", 50),
    ("vpc", "L-407747CB", "subnets_per_vpc", "Subnets per VPC", None),
    ("vpc", "L-A4707A72", "internet_gateways", "Internet gateways per Region", None),
    ("vpc", "L-45FE3B85", "egress_only_gateways", "Egress-only internet gateways per Region", None),
    ("vpc", "L-589F43AA", "route_tables_per_vpc", "Route tables per VPC", None),
    ("vpc", "L-93826ACB", "routes_per_table", "Routes per route table", 1_000),
    ("vpc", "L-B4A6D682", "network_acls_per_vpc", "Network ACLs per VPC", None),
    ("vpc", "L-2AEEBF1A", "network_acl_entries", "Rules per network ACL", 40),
    ("vpc", "L-E79EC296", "security_groups", "VPC security groups per Region", None),
    ("vpc", "L-0EA8095F", "rules_per_group", "Inbound or outbound rules per security group", None),
    ("vpc", "L-2AFB9258", "groups_per_interface", "Security groups per network interface", 16),
    ("vpc", "L-DF5E4CA3", "interfaces", "Network interfaces per Region", None),
    ("vpc", "L-FE5A380F", "nat_gateways_per_zone", "NAT gateways per Availability Zone", None),
    ("ec2", "L-0263D0A3", "elastic_ips", "EC2-VPC Elastic IPs", None),
    ("ec2", "L-FB451C26", "launch_templates", "Launch templates per Region", None),
    ("ec2", "EC2-launch-template-versions", "launch_template_versions", "Versions per launch template", None),
    (
        "ec2",
        "L-1216C47A",
        "standard_vcpus",
        "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
        None,
    ),
    ("ec2", "L-74FC7D96", "f_vcpus", "Running On-Demand F instances", None),
    ("ec2", "L-DB2E81BA", "g_vcpus", "Running On-Demand G and VT instances", None),
    ("ec2", "L-1945791B", "inf_vcpus", "Running On-Demand Inf instances", None),
    ("ec2", "L-417A185B", "p_vcpus", "Running On-Demand P instances", None),
    ("ec2", "L-2C3B7624", "trn_vcpus", "Running On-Demand Trn instances", None),
    ("ec2", "L-7295265B", "x_vcpus", "Running On-Demand X instances", None),
    ("ebs", "L-309BACF6", "snapshots", "Snapshots per Region", None),
    ("ec2", "EC2-key-pairs", "key_pairs", "Key pairs per Region", None),
    ("ec2", "EC2-placement-groups", "placement_groups", "Placement groups per Region", None),
    ("ec2", "EC2-customer-gateways", "customer_gateways", "Customer gateways per Region", None),
    ("ec2", "EC2-vpn-gateways", "vpn_gateways", "Virtual private gateways per Region", None),
)
"""Service code, code, name here, title, and how far AWS raises it where a page tells."""


def declare(service: Service[Any]) -> None:
    """Let `call.quota` give an account's own values, and Service Quotas list them."""
    for owner, code, name, title, most in _LISTED:
        service.quota(code, name, QUOTAS[name], title, owner=owner, most=most)
