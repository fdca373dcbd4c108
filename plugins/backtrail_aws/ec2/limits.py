"""EC2's numbers, each with the page that it comes from.

VPC: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
EC2: https://docs.aws.amazon.com/general/latest/gr/ec2-service.html
"""

from __future__ import annotations

VPCS_MAX = 5  # VPC: per region (L-F678F1CE)
CIDRS_PER_VPC_MAX = 5  # VPC: IPv4 CIDR blocks per VPC (L-83CA0A9D)
IPV6_CIDRS_PER_VPC_MAX = 5  # VPC: L-085A6257
SUBNETS_PER_VPC_MAX = 200  # VPC: L-407747CB
INTERNET_GATEWAYS_MAX = 5  # VPC: per region (L-A4707A72)
ROUTE_TABLES_PER_VPC_MAX = 200  # VPC: the main one counts (L-589F43AA)
ROUTES_PER_TABLE_MAX = 500  # VPC: not propagated (L-93826ACB)
NETWORK_ACLS_PER_VPC_MAX = 200  # VPC: L-B4A6D682
NETWORK_ACL_ENTRIES_MAX = 20  # VPC: each way (L-2AEEBF1A)
SECURITY_GROUPS_MAX = 2_500  # VPC: per region (L-E79EC296)
RULES_PER_GROUP_MAX = 60  # VPC: each way, and for IPv4 and IPv6 (L-0EA8095F)
GROUPS_PER_INTERFACE_MAX = 5  # VPC: L-2AFB9258
INTERFACES_MAX = 5_000  # VPC: per region (L-DF5E4CA3)
NAT_GATEWAYS_PER_ZONE_MAX = 5  # VPC: L-FE5A380F
EGRESS_ONLY_GATEWAYS_MAX = 5  # VPC: per region (L-45FE3B85)
CUSTOMER_GATEWAYS_MAX = 50  # VPN: vpn/latest/s2svpn/vpn-limits.html
VPN_GATEWAYS_MAX = 5  # VPN: the same
TRANSIT_GATEWAYS_MAX = 5  # vpc/latest/tgw/transit-gateway-quotas.html (L-A2478D36)
ELASTIC_IPS_MAX = 5  # EC2: EC2-VPC Elastic IPs (L-0263D0A3)

VPC_PREFIX_BITS = (16, 28)  # vpc/latest/userguide/vpc-cidr-blocks.html
SUBNET_PREFIX_BITS = (16, 28)  # vpc/latest/userguide/subnet-sizing.html
RESERVED_ADDRESSES = 5  # vpc/latest/userguide/subnet-sizing.html: the first four and the last of a subnet

TAGS_MAX, TAG_KEY_MAX, TAG_VALUE_MAX = 50, 128, 256  # AWSEC2/latest/UserGuide/Using_Tags.html; API_CreateTags
TAGGED_AT_ONCE_MAX = 1_000  # API_CreateTags
FILTERS_MAX, FILTER_VALUES_MAX = 50, 200  # AWSEC2/latest/UserGuide/Using_Filtering.html
PAGE = (5, 1_000)  # API_DescribeVpcs and most others: MaxResults

ACL_RULE_NUMBERS = (1, 32_766)  # API_CreateNetworkAclEntry
ACL_LAST_RULE = 32_767
"""The number of the rule that no one made and that denies all: shown as `*` in the console."""
GROUP_NAME_MAX, DESCRIPTION_MAX = 255, 255  # API_CreateSecurityGroup

KEY_PAIRS_MAX = 5_000  # EC2: key pairs per region
KEY_NAME_MAX = 255  # API_CreateKeyPair

VOLUMES_MAX = 100_000  # EBS: no number of volumes is documented, but storage for each type; ours
SNAPSHOTS_MAX = 100_000  # EBS: snapshots per region (L-309BACF6)
XEN_ATTACHMENTS_MAX, NITRO_ATTACHMENTS_MAX = 40, 28  # AWSEC2/latest/UserGuide/volume_limits.html
MULTI_ATTACHMENTS_MAX = 16  # ebs/latest/userguide/ebs-volumes-multi.html

LAUNCH_TEMPLATES_MAX = 5_000  # EC2: launch templates per region (L-FB451C26)
LAUNCH_TEMPLATE_VERSIONS_MAX = 10_000  # EC2: versions per launch template
USER_DATA_MAX = 16_384  # AWSEC2/latest/UserGuide/user-data.html: bytes before they are encoded
INSTANCES_AT_ONCE_MAX = 1_000  # ours: no page tells how many one call may launch
STANDARD_VCPUS, SPECIAL_VCPUS = 1_152, 128
# AWSEC2/latest/UserGuide/ec2-on-demand-instances.html: what an account that is in use has; a new one begins with less

PLACEMENT_GROUPS_MAX, PARTITIONS_MAX, SPREAD_MAX = 500, 7, 7  # AWSEC2/latest/UserGuide/placement-groups.html

VPN_CONNECTIONS_MAX, VPN_STATIC_ROUTES_MAX = 50, 100  # vpn/latest/s2svpn/vpn-limits.html
MIRROR_TARGETS_MAX, MIRROR_FILTERS_MAX, MIRROR_RULES_MAX = 10_000, 10_000, 10
MIRROR_SESSIONS_MAX = 10_000  # vpc/latest/mirroring/traffic-mirroring-limits.html
INSIGHTS_PATHS_MAX, INSIGHTS_ANALYSES_MAX = (
    100,
    1_000,
)  # vpc/latest/reachability/reachability-analyzer-limits.html

HOSTS_MAX = 100  # EC2: dedicated hosts have a quota a family; ours, for all
RESERVED_MAX = 20  # EC2: reserved instances per zone and month; here per region

QUOTAS = {
    "hosts": HOSTS_MAX,
    "vpn_connections": VPN_CONNECTIONS_MAX,
    "mirror_targets": MIRROR_TARGETS_MAX,
    "mirror_filters": MIRROR_FILTERS_MAX,
    "mirror_sessions": MIRROR_SESSIONS_MAX,
    "insights_paths": INSIGHTS_PATHS_MAX,
    "insights_analyses": INSIGHTS_ANALYSES_MAX,
    "standard_vcpus": STANDARD_VCPUS,
    **dict.fromkeys(("f_vcpus", "g_vcpus", "inf_vcpus", "p_vcpus", "trn_vcpus", "x_vcpus"), SPECIAL_VCPUS),
    "placement_groups": PLACEMENT_GROUPS_MAX,
    "launch_templates": LAUNCH_TEMPLATES_MAX,
    "launch_template_versions": LAUNCH_TEMPLATE_VERSIONS_MAX,
    "volumes": VOLUMES_MAX,
    "snapshots": SNAPSHOTS_MAX,
    "key_pairs": KEY_PAIRS_MAX,
    "vpcs": VPCS_MAX,
    "cidrs_per_vpc": CIDRS_PER_VPC_MAX,
    "subnets_per_vpc": SUBNETS_PER_VPC_MAX,
    "internet_gateways": INTERNET_GATEWAYS_MAX,
    "route_tables_per_vpc": ROUTE_TABLES_PER_VPC_MAX,
    "routes_per_table": ROUTES_PER_TABLE_MAX,
    "network_acls_per_vpc": NETWORK_ACLS_PER_VPC_MAX,
    "network_acl_entries": NETWORK_ACL_ENTRIES_MAX,
    "security_groups": SECURITY_GROUPS_MAX,
    "rules_per_group": RULES_PER_GROUP_MAX,
    "groups_per_interface": GROUPS_PER_INTERFACE_MAX,
    "interfaces": INTERFACES_MAX,
    "elastic_ips": ELASTIC_IPS_MAX,
    "transit_gateways": TRANSIT_GATEWAYS_MAX,
    "nat_gateways_per_zone": NAT_GATEWAYS_PER_ZONE_MAX,
    "egress_only_gateways": EGRESS_ONLY_GATEWAYS_MAX,
    "customer_gateways": CUSTOMER_GATEWAYS_MAX,
    "vpn_gateways": VPN_GATEWAYS_MAX,
}
"""What `call.quota(name, …)` tells, as AWS sets it out."""
